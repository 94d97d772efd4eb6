import { assert, assertEquals } from "@std/assert";

import { latin1Text } from "../../tools/kit/base/bytes.ts";

import { Client } from "./testing/client.ts";
import { FakeStore } from "./testing/fake_store.ts";

const textOf = (store: FakeStore, uid: number) => latin1Text(store.mailboxes.get("INBOX")!.find(uid)!.octets);

Deno.test("APPEND with neither flags nor date, 100,000 octets (RFC 3501 §6.3.11, R49)", async () => {
  const store = new FakeStore();
  const client = await Client.loggedIn(store);
  const message = `S: 1\r\n\r\n${"0123456\r\n".repeat(12_000)}`.slice(0, 100_000);
  assertEquals(await client.send("a APPEND INBOX {100000}\r\n"), "+ OK\r\n");
  assertEquals(await client.send(message), "");
  assertEquals(await client.send("\r\n"), "a OK [APPENDUID 1000 1] Append completed.\r\n");
  assertEquals(textOf(store, 1), message);
});

Deno.test("the CRLF after a literal ends APPEND and is no command (RFC 3501 §6.3.11, R50)", async () => {
  const store = new FakeStore();
  const client = await Client.loggedIn(store);
  assertEquals(
    await client.send("a APPEND INBOX {8+}\r\nS: 1\r\n\r\n\r\na2 NOOP\r\n"),
    "a OK [APPENDUID 1000 1] Append completed.\r\na2 OK NOOP completed.\r\n",
  );
  assertEquals(
    await client.send("a APPEND {5+}\r\nINBOX {3}\r\n"),
    "+ OK\r\n",
  );
  assertEquals(await client.send("abc\r\n"), "a OK [APPENDUID 1000 2] Append completed.\r\n");
});

Deno.test("APPEND keeps flags and date (RFC 3501 §6.3.11)", async () => {
  const store = new FakeStore();
  const client = await Client.loggedIn(store, "INBOX");
  assertEquals(await client.run('APPEND inbox (\\Seen $Junk) "01-Jan-2026 02:00:00 +0200" {3+}\r\nabc'), [
    "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Junk)",
    "* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Junk \\*)] Flags permitted.",
    "* 1 EXISTS",
    "* 1 RECENT",
    "T OK [APPENDUID 1000 1] Append completed.",
  ]);
  assertEquals(
    (await client.run("FETCH 1 (FLAGS INTERNALDATE)"))[0],
    '* 1 FETCH (FLAGS (\\Seen $Junk \\Recent) INTERNALDATE " 1-Jan-2026 00:00:00 +0000")',
  );
});

Deno.test("APPEND to no mailbox is refused before the octets come, and the next line is a command (RFC 3501 §7.5, R51)", async () => {
  const client = await Client.loggedIn(new FakeStore());
  assertEquals(
    await client.send("a APPEND nobox {5}\r\n"),
    "a NO [TRYCREATE] Mailbox doesn't exist: nobox\r\n",
  );
  assertEquals(await client.run("NOOP"), ["T OK NOOP completed."]);
  assertEquals(
    await client.send("a APPEND nobox {14+}\r\nb NOOP\r\nc NOOP\r\nd NOOP\r\n"),
    "a NO [TRYCREATE] Mailbox doesn't exist: nobox\r\nd OK NOOP completed.\r\n",
  );
  assertEquals(await client.run("NOOP"), ["T OK NOOP completed."]);
});

Deno.test("a message that is too large is refused, and none of it is run (RFC 7889, RFC 7888 §4, R52)", async () => {
  const store = new FakeStore();
  const client = await Client.loggedIn(store, undefined, { settings: { maxMessageOctets: 50 } });
  assert((await client.run("CAPABILITY"))[0]!.endsWith(" APPENDLIMIT=50"));
  const refused = "a NO [TOOBIG] Message is larger than 50 octets\r\n";
  assertEquals(await client.send("a APPEND INBOX {51}\r\n"), refused);
  assertEquals(
    await client.send(`a APPEND INBOX {80+}\r\n${"b NOOP\r\n".repeat(10)}\r\nc NOOP\r\n`),
    `${refused}c OK NOOP completed.\r\n`,
  );
  assertEquals(
    await client.send(`a APPEND INBOX {50+}\r\n${"x".repeat(50)}\r\n`),
    "a OK [APPENDUID 1000 1] Append completed.\r\n",
  );
  assertEquals((await client.run("APPEND INBOX {0+}\r\n"))[0], "T NO Can't save a zero byte message.");
});

Deno.test("APPEND with more behind its literal keeps nothing", async () => {
  const store = new FakeStore();
  const client = await Client.loggedIn(store);
  assertEquals(
    await client.send("a APPEND INBOX {3+}\r\nabc x\r\nb APPEND INBOX {3+}\r\nabc {3+}\r\ndef\r\nc NOOP\r\n"),
    "a BAD Error in IMAP command APPEND: Unexpected arguments.\r\n" +
      "b BAD Error in IMAP command APPEND: Unexpected arguments.\r\nc OK NOOP completed.\r\n",
  );
  assertEquals(store.mailboxes.get("INBOX")!.messages.length, 0);
  for (
    const args of [
      "INBOX",
      'INBOX "abc"',
      "INBOX (\\Recent) {3+}\r\nabc",
      'INBOX "x" {3+}\r\nabc',
      "INBOX (\\Seen){3+}\r\nabc",
    ]
  ) {
    assert((await client.run(`APPEND ${args}`))[0]!.startsWith("T BAD Error in IMAP command APPEND: "), args);
    assertEquals(await client.run("NOOP"), ["T OK NOOP completed."]);
  }
});

Deno.test("a disk that fills up during APPEND is told at its end", async () => {
  const store = new FakeStore();
  const client = await Client.loggedIn(store, undefined, {
    cut: (bytes) => [bytes.subarray(0, 30), bytes.subarray(30)],
  });
  store.failing = { method: "appendWrite", code: "overQuota" };
  assertEquals(await client.run(`APPEND INBOX {100+}\r\n${"x".repeat(100)}`), [
    "T NO [OVERQUOTA] Quota exceeded (mailbox for user is full)",
  ]);
  assert(store.requests.includes("appendAbort"));
  store.failing = { method: "appendCommit", code: "throws" };
  assert((await client.run("APPEND INBOX {3+}\r\nabc"))[0]!.startsWith("T NO [UNAVAILABLE] "));
  assertEquals(store.mailboxes.get("INBOX")!.messages.length, 0);
  assertEquals(
    (await client.run("APPEND INBOX {3+}\r\nabc"))[0],
    "T OK [APPENDUID 1000 1] Append completed.",
  );
});

Deno.test("a client that leaves during APPEND leaves nothing behind", async () => {
  const store = new FakeStore();
  const client = await Client.loggedIn(store);
  await client.send("a APPEND INBOX {100+}\r\nabc");
  await client.end();
  await client.hear();
  assertEquals(store.mailboxes.get("INBOX")!.messages.length, 0);
  assertEquals(store.endedSessions.length, 1);
});
