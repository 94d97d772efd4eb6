import { assert, assertEquals } from "@std/assert";

import { Client } from "./testing/client.ts";
import { FakeStore } from "./testing/fake_store.ts";

function filled(count: number): FakeStore {
  const store = new FakeStore();
  for (let uid = 1; uid <= count; uid++) store.deliver("INBOX", `Subject: m${uid}\r\n\r\n`);
  return store;
}

Deno.test("STORE with and without parentheses, silent or not (RFC 3501 §6.4.6, R62)", async () => {
  const store = filled(2);
  const client = await Client.loggedIn(store, "INBOX");
  assertEquals(await client.run("STORE 1 +FLAGS \\Deleted"), [
    "* 1 FETCH (FLAGS (\\Deleted \\Recent))",
    "T OK Store completed.",
  ]);
  assertEquals(await client.run("STORE 1:2 FLAGS (\\Seen)"), [
    "* 1 FETCH (FLAGS (\\Seen \\Recent))",
    "* 2 FETCH (FLAGS (\\Seen \\Recent))",
    "T OK Store completed.",
  ]);
  assertEquals(await client.run("STORE 2 -flags.silent (\\Seen)"), ["T OK Store completed."]);
  assertEquals(await client.run("UID STORE 2 +FLAGS \\Flagged \\Draft"), [
    "* 2 FETCH (UID 2 FLAGS (\\Flagged \\Draft \\Recent))",
    "T OK Store completed.",
  ]);
  assertEquals(await client.run("STORE 1 FLAGS ()"), [
    "* 1 FETCH (FLAGS (\\Recent))",
    "T OK Store completed.",
  ]);
  assertEquals(await client.run("UID STORE 77 +FLAGS \\Seen"), ["T OK Store completed."]);
  for (
    const args of [
      "1 +FLAGS",
      "1 FOO \\Seen",
      "1 +FLAGS (\\Recent)",
      "9 +FLAGS \\Seen",
      '1 +FLAGS "\\\\Seen"',
      "1 (UNCHANGEDSINCE 1) FLAGS ()",
    ]
  ) {
    assert((await client.run(`STORE ${args}`))[0]!.startsWith("T BAD"), args);
  }
});

Deno.test("a new keyword is named by FLAGS before it is used (RFC 3501 §7.2.6)", async () => {
  const client = await Client.loggedIn(filled(1), "INBOX");
  assertEquals(await client.run("STORE 1 +FLAGS $New"), [
    "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $New)",
    "* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $New \\*)] Flags permitted.",
    "* 1 FETCH (FLAGS ($New \\Recent))",
    "T OK Store completed.",
  ]);
  assertEquals(await client.run("STORE 1 +FLAGS $new"), [
    "* 1 FETCH (FLAGS ($New \\Recent))",
    "T OK Store completed.",
  ]);
});

Deno.test("a silent STORE tells what somebody else had changed meanwhile (RFC 3501 §6.4.6)", async () => {
  const store = filled(1);
  const actor = await Client.loggedIn(store, "INBOX");
  const watcher = await Client.loggedIn(store, "INBOX");
  await actor.run("STORE 1 +FLAGS \\Answered");
  assertEquals(await watcher.run("STORE 1 +FLAGS.SILENT \\Seen"), [
    "* 1 FETCH (FLAGS (\\Answered \\Seen))",
    "T OK Store completed.",
  ]);
});

Deno.test("sessions see each other's flags, arrivals and expunges when a command ends (RFC 3501 §5.2, R44)", async () => {
  const store = filled(2);
  const actor = await Client.loggedIn(store, "INBOX");
  const watcher = await Client.loggedIn(store, "INBOX");
  await actor.run("STORE 1 +FLAGS (\\Deleted)");
  assertEquals(await watcher.run("FETCH 1 UID"), [
    "* 1 FETCH (UID 1)",
    "* 1 FETCH (FLAGS (\\Deleted))",
    "T OK Fetch completed.",
  ]);
  store.deliver("INBOX", "Subject: new\r\n\r\n");
  await actor.run("EXPUNGE");
  // During FETCH, STORE and SEARCH by sequence number the EXPUNGE waits; the arrival is told.
  assertEquals(
    await watcher.run("SEARCH ALL"),
    ["* SEARCH 2", "* 3 EXISTS", "* 1 RECENT", "T OK Search completed."].map((line) =>
      line === "* 1 RECENT" ? "* 0 RECENT" : line
    ),
  );
  assertEquals(await watcher.run("STORE 2 +FLAGS.SILENT \\Seen"), ["T OK Store completed."]);
  assertEquals(await watcher.run("NOOP"), ["* 1 EXPUNGE", "T OK NOOP completed."]);
  assertEquals(await watcher.run("FETCH 1:* UID"), [
    "* 1 FETCH (UID 2)",
    "* 2 FETCH (UID 3)",
    "T OK Fetch completed.",
  ]);
});

Deno.test("EXPUNGE waits while the next command is already here (RFC 3501 §5.5)", async () => {
  const store = filled(3);
  const actor = await Client.loggedIn(store, "INBOX");
  const watcher = await Client.loggedIn(store, "INBOX");
  await actor.run("STORE 1 +FLAGS.SILENT (\\Deleted)");
  await actor.run("EXPUNGE");
  assertEquals(
    await watcher.send("a NOOP\r\nb FETCH 2 UID\r\nc NOOP\r\n"),
    "a OK NOOP completed.\r\n* 2 FETCH (UID 2)\r\nb OK Fetch completed.\r\n* 1 EXPUNGE\r\nc OK NOOP completed.\r\n",
  );
});

Deno.test("EXPUNGE, UID EXPUNGE and CLOSE (RFC 3501 §6.4.2, §6.4.3, RFC 4315 §2.1)", async () => {
  const store = filled(6);
  const client = await Client.loggedIn(store, "INBOX");
  await client.run("STORE 1,3,5,6 +FLAGS.SILENT (\\Deleted)");
  assertEquals(await client.run("UID EXPUNGE 3:4"), ["* 3 EXPUNGE", "T OK Expunge completed."]);
  assertEquals(await client.run("EXPUNGE"), [
    "* 5 EXPUNGE",
    "* 4 EXPUNGE",
    "* 1 EXPUNGE",
    "T OK Expunge completed.",
  ]);
  await client.run("STORE 1 +FLAGS.SILENT (\\Deleted)");
  assertEquals(await client.run("UNSELECT"), ["T OK Unselect completed."]);
  await client.run("EXAMINE INBOX");
  assertEquals(await client.run("EXPUNGE"), ["T NO [READ-ONLY] Mailbox is read-only."]);
  assertEquals(await client.run("STORE 1 FLAGS ()"), ["T NO [READ-ONLY] Mailbox is read-only."]);
  assertEquals(await client.run("CLOSE"), ["T OK Close completed."]);
  assertEquals(store.mailboxes.get("INBOX")!.messages.length, 2);
  await client.run("SELECT INBOX");
  assertEquals(await client.run("CLOSE"), ["T OK Close completed."]);
  assertEquals(store.mailboxes.get("INBOX")!.messages.length, 1);
});

Deno.test("COPY and MOVE tell where the messages went (RFC 4315 §3, RFC 6851 §4.3)", async () => {
  const store = filled(4);
  const client = await Client.loggedIn(store, "INBOX");
  assertEquals(await client.run("COPY 1 box"), ["T NO [TRYCREATE] Mailbox doesn't exist: box"]);
  await client.run("CREATE box");
  const { uidValidity } = store.mailboxes.get("box")!;
  assertEquals(await client.run("COPY 1,3:4 box"), [
    `T OK [COPYUID ${uidValidity} 1,3:4 1:3] Copy completed.`,
  ]);
  assertEquals(await client.run("UID COPY 99 box"), ["T OK No messages found."]);
  assertEquals(await client.run("MOVE 2:3 box"), [
    `* OK [COPYUID ${uidValidity} 2:3 4:5] Moved UIDs.`,
    "* 3 EXPUNGE",
    "* 2 EXPUNGE",
    "T OK Move completed.",
  ]);
  assertEquals((await client.run("UID MOVE 4 box")).slice(1), ["* 2 EXPUNGE", "T OK Move completed."]);
  assertEquals((await client.run("FETCH 1:* UID"))[0], "* 1 FETCH (UID 1)");
});

Deno.test("COPY onto the selected mailbox tells its arrivals (RFC 3501 §6.4.7)", async () => {
  const client = await Client.loggedIn(filled(1), "INBOX");
  assertEquals(await client.run("COPY 1 INBOX"), [
    "* 2 EXISTS",
    "* 2 RECENT",
    "T OK [COPYUID 1000 1 2] Copy completed.",
  ]);
});

Deno.test("COPY of a vanished message copies nothing (RFC 2180 §4.4)", async () => {
  const store = filled(2);
  const actor = await Client.loggedIn(store, "INBOX");
  const watcher = await Client.loggedIn(store, "INBOX");
  await actor.run("CREATE box");
  await actor.run("STORE 1 +FLAGS.SILENT (\\Deleted)");
  await actor.run("EXPUNGE");
  assertEquals(
    (await watcher.run("COPY 1:2 box")).at(-1),
    "T NO [EXPUNGEISSUED] Some of the requested messages no longer exist",
  );
  assertEquals(store.mailboxes.get("box")!.messages.length, 0);
});

Deno.test("SEARCH answers in numbers or UIDs, ESEARCH as it is asked (RFC 3501 §6.4.4, RFC 4731 §3.1)", async () => {
  const store = filled(9);
  store.deliver("INBOX", "Subject: gh\r\nList-Id: <x>\r\n\r\nbl\xc3\xa5b\xc3\xa6r\r\n", ["\\Deleted"]);
  const client = await Client.loggedIn(store, "INBOX");
  const search = async (args: string) => (await client.run(`SEARCH ${args}`))[0]!;
  await client.run("STORE 1 +FLAGS.SILENT \\Deleted");
  await client.run("EXPUNGE");
  assertEquals(await search("ALL"), "* SEARCH 1 2 3 4 5 6 7 8");
  store.deliver("INBOX", "Subject: gh\r\nList-Id: <x>\r\n\r\nbl\xc3\xa5b\xc3\xa6r\r\n");
  await client.run("NOOP");
  assertEquals(await search('HEADER List-Id ""'), "* SEARCH 9");
  assertEquals(await search('(OR SUBJECT "m9" SUBJECT "gh") NOT DELETED'), "* SEARCH 8 9");
  assertEquals(await search('NOT DELETED (OR SUBJECT "m9" SUBJECT "gh")'), "* SEARCH 8 9");
  assertEquals(await search("2:3,99"), "* SEARCH 2 3");
  assertEquals(await search("UID 99:*"), "* SEARCH 9");
  assertEquals(await search("NOT 2:*"), "* SEARCH 1");
  assertEquals(await search("CHARSET UTF-8 TEXT {8+}\r\nbl\xc3\xa5b\xc3\xa6r"), "* SEARCH 9");
  assertEquals(await search('SINCE 5-Jun-2026 BEFORE "6-Jun-2026" KEYWORD x'), "* SEARCH");
  assertEquals(await search("RETURN () ALL"), '* ESEARCH (TAG "t15") ALL 1:9');
  assertEquals(await search("RETURN (MIN MAX COUNT) UNSEEN"), '* ESEARCH (TAG "t16") MIN 1 MAX 9 COUNT 9');
  assertEquals(await search("RETURN (COUNT MIN) DELETED"), '* ESEARCH (TAG "t17") COUNT 0');
  assertEquals((await client.run("UID SEARCH RETURN (MAX) ALL"))[0], '* ESEARCH (TAG "t18") UID MAX 11');
  assertEquals(await search("CHARSET KOI8-R ALL"), "T NO [BADCHARSET (US-ASCII UTF-8)] Unknown charset");
  for (
    const args of [
      "",
      "FOO",
      "NOT",
      "OR ALL",
      "SUBJECT",
      "SINCE 31-Feb-2026",
      "(ALL",
      "()",
      "ALL)",
      "LARGER x",
      "SUBJECT {1+}\r\n\xe5",
      `${"(".repeat(60)}ALL${")".repeat(60)}`,
      "NOT ".repeat(60) + "ALL",
      `${"ALL ".repeat(1001)}ALL`,
    ]
  ) {
    assert((await search(args)).startsWith("T BAD"), args.slice(0, 40));
    await client.run("NOOP");
  }
});

Deno.test("SEARCH gives no number that the client was not told (RFC 3501 §7.3.1)", async () => {
  const store = filled(1);
  const client = await Client.loggedIn(store, "INBOX");
  store.deliver("INBOX", "Subject: new\r\n\r\n");
  assertEquals(await client.run("SEARCH ALL"), [
    "* SEARCH 1",
    "* 2 EXISTS",
    "* 2 RECENT",
    "T OK Search completed.",
  ]);
});

Deno.test("IDLE tells changes as they come, and that it is alive (RFC 2177)", async () => {
  const store = filled(1);
  const actor = await Client.loggedIn(store, "INBOX");
  const watcher = await Client.loggedIn(store, "INBOX");
  assertEquals(await watcher.send("a IDLE\r\n"), "+ idling\r\n");
  assertEquals(watcher.idleMs, 120_000);
  assertEquals(await watcher.expire(120_000), "* OK Still here\r\n");
  store.deliver("INBOX", "Subject: new\r\n\r\n");
  assertEquals(await watcher.hear(), "* 2 EXISTS\r\n* 1 RECENT\r\n");
  await actor.run("STORE 1 +FLAGS.SILENT (\\Deleted)");
  assertEquals(await watcher.hear(), "* 1 FETCH (FLAGS (\\Deleted))\r\n");
  await actor.run("EXPUNGE");
  assertEquals(await watcher.hear(), "* 1 EXPUNGE\r\n");
  assertEquals(await watcher.send("done\r\n"), "a OK Idle completed.\r\n");
  assertEquals(watcher.idleMs, 1_800_000);
});

Deno.test("IDLE begins with what has happened before it", async () => {
  const store = filled(0);
  const watcher = await Client.loggedIn(store, "INBOX");
  store.deliver("INBOX", "Subject: new\r\n\r\n");
  assertEquals(await watcher.send("a IDLE\r\n"), "+ idling\r\n* 1 EXISTS\r\n* 1 RECENT\r\n");
});

Deno.test("a command inside IDLE ends it (RFC 2177, R55)", async () => {
  const client = await Client.loggedIn(filled(1), "INBOX");
  await client.send("a IDLE\r\n");
  assertEquals(await client.send("a2 NOOP\r\n"), "a BAD Expected DONE.\r\n");
  assertEquals(await client.run("NOOP"), ["T OK NOOP completed."]);
});

Deno.test("IDLE without a mailbox, pipelined with DONE", async () => {
  const client = await Client.loggedIn(filled(0));
  assertEquals(
    await client.send("a IDLE\r\nDONE\r\nb NOOP\r\n"),
    "+ idling\r\na OK Idle completed.\r\nb OK NOOP completed.\r\n",
  );
});

Deno.test("a store that was restarted ends the sessions that used it", async () => {
  const store = filled(1);
  const idling = await Client.loggedIn(store, "INBOX");
  const waiting = await Client.loggedIn(store, "INBOX");
  await idling.send("a IDLE\r\n");
  store.registry.storeLost();
  const bye = "* BYE Internal error occurred. Refer to server log for more information.";
  assertEquals(await idling.hear(), `${bye}\r\n`);
  assertEquals(await waiting.run("NOOP"), [bye]);
  assertEquals([idling.closed, waiting.closed], [true, true]);
});

Deno.test("STORE sets the flags of what is there, and says that some is gone (RFC 2180 §4.2.2)", async () => {
  const store = filled(2);
  const actor = await Client.loggedIn(store, "INBOX");
  const watcher = await Client.loggedIn(store, "INBOX");
  await actor.run("STORE 1 +FLAGS.SILENT (\\Deleted)");
  await actor.run("EXPUNGE");
  assertEquals(await watcher.run("STORE 1:2 +FLAGS (\\Seen)"), [
    "* 2 FETCH (FLAGS (\\Seen))",
    "T OK [EXPUNGEISSUED] Store completed.",
  ]);
  assertEquals((await watcher.run("UID STORE 1:2 +FLAGS (\\Seen)")).at(-1), "T OK Store completed.");
});
