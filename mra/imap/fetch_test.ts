import { assert, assertEquals } from "@std/assert";

import { SeededRandom } from "../../tools/kit/base/random.ts";

import { Client } from "./testing/client.ts";
import { FakeStore } from "./testing/fake_store.ts";

const crlf = (text: string) => text.replace(/\n/g, "\r\n");

const simple = crlf("From: a@x.test\nSubject: one\nTo: u1@ref.test\n\nhello\n.\n");

const nested = crlf(`From: a@x.test
Subject: outer
Content-Type: multipart/mixed; boundary=o

--o
Content-Type: text/plain

first
--o
Content-Type: message/rfc822

From: b@x.test
Subject: inner
Content-Type: multipart/alternative; boundary=i

--i
Content-Type: text/plain

inner text
--i
Content-Type: text/html
X-Part: html

<p>inner</p>
--i--
--o--
`);

async function fetched(text: string, items: string): Promise<string> {
  const store = new FakeStore();
  store.deliver("INBOX", text, ["\\Seen"]);
  const client = await Client.loggedIn(store, "INBOX");
  const lines = await client.run(`FETCH 1 ${items}`);
  assertEquals(lines.at(-1), "T OK Fetch completed.", lines.join("\n"));
  return lines.slice(0, -1).join("\r\n").replace(/^\* 1 FETCH /, "");
}

Deno.test("FETCH of a partial section names its origin only (RFC 3501 §7.4.2, R32)", async () => {
  assertEquals(
    await fetched(simple, "BODY.PEEK[HEADER]<0.30>"),
    `(BODY[HEADER]<0> {30}\r\n${simple.slice(0, 30)})`,
  );
  assertEquals(await fetched(simple, "BODY[]<5.7>"), `(BODY[]<5> {7}\r\n${simple.slice(5, 12)})`);
  assertEquals(await fetched(simple, "BODY[TEXT]<3.99>"), "(BODY[TEXT]<3> {7}\r\nlo\r\n.\r\n)");
  assertEquals(await fetched(simple, "BODY[]<999.7>"), '(BODY[]<999> "")');
  assertEquals(await fetched(simple, "BODY[1]<7.1>"), "(BODY[1]<7> {1}\r\n.)");
});

Deno.test("items after a literal stand inside the same parenthesis (R60)", async () => {
  assertEquals(
    await fetched(simple, "(BODY.PEEK[] FLAGS RFC822.SIZE)"),
    `(BODY[] {${simple.length}}\r\n${simple} FLAGS (\\Seen \\Recent) RFC822.SIZE ${simple.length})`,
  );
});

Deno.test("sections reach into messages within messages (RFC 3501 §6.4.5, R63)", async () => {
  assertEquals(
    await fetched(nested, "(BODY.PEEK[2.1] BODY.PEEK[2.2.MIME] BODY.PEEK[2.HEADER])"),
    "(BODY[2.1] {10}\r\ninner text BODY[2.2.MIME] {41}\r\nContent-Type: text/html\r\nX-Part: html\r\n\r\n BODY[2.HEADER] {83}\r\n" +
      "From: b@x.test\r\nSubject: inner\r\nContent-Type: multipart/alternative; boundary=i\r\n\r\n)",
  );
  assertEquals(await fetched(nested, "BODY[1]"), "(BODY[1] {5}\r\nfirst)");
  assertEquals(
    await fetched(nested, "BODY[1.MIME]"),
    "(BODY[1.MIME] {28}\r\nContent-Type: text/plain\r\n\r\n)",
  );
  assertEquals(
    await fetched(nested, "BODY[2.HEADER.FIELDS (subject)]"),
    "(BODY[2.HEADER.FIELDS (subject)] {18}\r\nSubject: inner\r\n\r\n)",
  );
});

Deno.test("a section that is not there is empty", async () => {
  for (const section of ["3", "1.1", "2.3", "1.HEADER", "1.TEXT", "9.9.MIME", "2.1.1"]) {
    assertEquals(await fetched(nested, `BODY[${section}]`), `(BODY[${section}] "")`);
  }
  assertEquals(await fetched(simple, "BODY[2]"), '(BODY[2] "")');
});

Deno.test("HEADER.FIELDS keeps order and octets, and always ends in an empty line (RFC 3501 §6.4.5)", async () => {
  assertEquals(
    await fetched(simple, 'BODY[HEADER.FIELDS (TO "from" X-None)]'),
    "(BODY[HEADER.FIELDS (TO from X-None)] {36}\r\nFrom: a@x.test\r\nTo: u1@ref.test\r\n\r\n)".replace(
      "{36}",
      "{35}",
    ),
  );
  assertEquals(
    await fetched(simple, "BODY[HEADER.FIELDS.NOT (From To)]"),
    "(BODY[HEADER.FIELDS.NOT (From To)] {16}\r\nSubject: one\r\n\r\n)",
  );
  assertEquals(
    await fetched(simple, "BODY[HEADER.FIELDS (X-None)]"),
    "(BODY[HEADER.FIELDS (X-None)] {2}\r\n\r\n)",
  );
});

Deno.test("RFC822 items keep their names (RFC 3501 §6.4.5)", async () => {
  const body = "hello\r\n.\r\n";
  const header = simple.slice(0, -body.length);
  assertEquals(await fetched(simple, "RFC822"), `(RFC822 {${simple.length}}\r\n${simple})`);
  assertEquals(await fetched(simple, "RFC822.HEADER"), `(RFC822.HEADER {${header.length}}\r\n${header})`);
  assertEquals(await fetched(simple, "RFC822.TEXT"), `(RFC822.TEXT {${body.length}}\r\n${body})`);
});

Deno.test("ENVELOPE: reply-to and sender fall back to from; groups are marked (RFC 3501 §7.4.2, R47, R48)", async () => {
  const address = '((NIL NIL "a" "x.test"))';
  assertEquals(
    await fetched("From: a@x.test\r\nReply-To:\r\nTo: undisclosed-recipients:;\r\n\r\n", "ENVELOPE"),
    `(ENVELOPE (NIL NIL ${address} ${address} ${address} ((NIL NIL "undisclosed-recipients" NIL)(NIL NIL NIL NIL)) NIL NIL NIL NIL))`,
  );
  const replied = await fetched(
    'From: a@x.test\r\nReply-To: r@x.test\r\nSubject: a "b" \xe5\r\n\r\n',
    "ENVELOPE",
  );
  assert(replied.includes(`${address} ${address} ((NIL NIL "r" "x.test"))`), replied);
  assert(replied.includes('{7}\r\na "b" \xe5 '), replied);
});

Deno.test("BODY and BODYSTRUCTURE of nested messages (RFC 3501 §7.4.2)", async () => {
  const inner = '("alternative" ("boundary" "i") NIL NIL NIL)';
  const structure = await fetched(nested, "BODYSTRUCTURE");
  const first = '(BODYSTRUCTURE (("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 5 ';
  assert(structure.startsWith(first), structure);
  assert(
    structure.includes(' NIL NIL NIL NIL)("message" "rfc822" NIL NIL NIL "7bit" 195 (NIL "inner" (('),
    structure,
  );
  assert(structure.includes('"inner"'));
  assert(structure.includes(inner.slice(1, -1)), structure);
  assert(structure.endsWith('"mixed" ("boundary" "o") NIL NIL NIL))'), structure);
  const body = await fetched(nested, "BODY");
  assert(body.endsWith('"mixed"))'), body);
  assertEquals(
    await fetched("Content-Type: multipart/mixed; boundary=x\r\n\r\nno parts", "BODY"),
    '(BODY (("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0) "mixed"))',
  );
});

Deno.test("a boundary begins a line, and its CRLF belongs to it (RFC 2046 §5.1.1, R65, R66)", async () => {
  const part = (text: string) =>
    `Content-Type: multipart/mixed; boundary=BND\r\n\r\n--BND\r\n\r\n${text}\r\n--BND--\r\n`;
  assertEquals(
    await fetched(part("visit --BND for details\r\nSECRET"), "BODY[1]"),
    "(BODY[1] {31}\r\nvisit --BND for details\r\nSECRET)",
  );
  assertEquals(await fetched(part("abc\r\n"), "BODY[1]"), "(BODY[1] {5}\r\nabc\r\n)");
  assertEquals(await fetched(part("abc"), "BODY[1]"), "(BODY[1] {3}\r\nabc)");
});

Deno.test("a literal carries any octet", async () => {
  const octets = Array.from({ length: 256 }, (_, octet) => String.fromCharCode(octet)).join("");
  assertEquals(await fetched(octets, "BODY[]"), `(BODY[] {256}\r\n${octets})`);
});

Deno.test("reading without PEEK sets \\Seen and says so in the same response (RFC 3501 §6.4.5)", async () => {
  const store = new FakeStore();
  for (const _ of [1, 2, 3]) store.deliver("INBOX", "S: 1\r\n\r\nx");
  const client = await Client.loggedIn(store, "INBOX");
  assertEquals(await client.run("FETCH 1 BODY.PEEK[TEXT]"), [
    "* 1 FETCH (BODY[TEXT] {1}",
    "x)",
    "T OK Fetch completed.",
  ]);
  assertEquals(store.flagsOf("INBOX", 1), []);
  assertEquals((await client.run("FETCH 1 BODY[TEXT]"))[1], "x FLAGS (\\Seen \\Recent))");
  assertEquals((await client.run("FETCH 1 BODY[TEXT]"))[1], "x)");
  assertEquals(
    (await client.run("FETCH 2 (FLAGS RFC822.TEXT)"))[0],
    "* 2 FETCH (FLAGS (\\Seen \\Recent) RFC822.TEXT {1}",
  );
  await client.run("FETCH 3 RFC822.HEADER");
  assertEquals(store.flagsOf("INBOX", 3), []);
  await client.run("EXAMINE INBOX");
  await client.run("FETCH 3 BODY[]");
  assertEquals(store.flagsOf("INBOX", 3), []);
});

Deno.test("macros, lists, UIDs and sets (RFC 3501 §6.4.5, §6.4.8, R42, R43, R45, R53)", async () => {
  const store = new FakeStore();
  for (let uid = 1; uid <= 9; uid++) store.deliver("INBOX", "S: 1\r\n\r\n");
  const client = await Client.loggedIn(store, "INBOX");
  const numbers = async (command: string) =>
    (await client.run(command)).slice(0, -1).map((line) => line.split(" ")[1]);
  assertEquals(await client.run("UID FETCH 9999:* (UID)"), ["* 9 FETCH (UID 9)", "T OK Fetch completed."]);
  assertEquals(await numbers("FETCH *:8 (UID)"), ["8", "9"]);
  assertEquals(await numbers("FETCH 8:* (UID)"), ["8", "9"]);
  assertEquals(await numbers("FETCH 5,2:3,3 UID"), ["2", "3", "5"]);
  assertEquals(await client.run("UID FETCH 3 FLAGS"), [
    "* 3 FETCH (UID 3 FLAGS (\\Recent))",
    "T OK Fetch completed.",
  ]);
  assertEquals(await client.run("UID FETCH 100:200 FLAGS"), ["T OK Fetch completed."]);
  assertEquals(
    (await client.run("FETCH 1 FAST"))[0],
    '* 1 FETCH (FLAGS (\\Recent) INTERNALDATE " 5-Jun-2026 10:00:00 +0000" RFC822.SIZE 8)',
  );
  for (
    const args of [
      "10 FLAGS",
      "0 FLAGS",
      "1 FOO",
      "1 ()",
      "1 (FLAGS",
      "1 BODY[",
      "1 BODY[1.]",
      "1 BODY[0]",
      "1 BODY[MIME]",
      "1 BODY[]<0>",
      "1 BODY[]<0.0>",
      "1 (ALL)",
      "1 BODY[HEADER.FIELDS ()]",
      "1",
      "",
      "x FLAGS",
    ]
  ) {
    const [line] = await client.run(`FETCH ${args}`);
    assert(line!.startsWith("T BAD Error in IMAP command FETCH: "), `${args}: ${line}`);
    await client.run("NOOP");
  }
});

Deno.test("large messages are read and sent in pieces, octet for octet", async () => {
  const random = new SeededRandom(7);
  const body = Array.from({ length: 60_000 }, () => `${random.below(1e9)} line\r\n`).join("");
  const store = new FakeStore();
  store.deliver("INBOX", `S: 1\r\n\r\n${body}`);
  store.deliver("INBOX", "S: 2\r\n\r\nsmall");
  const client = await Client.loggedIn(store, "INBOX");
  const whole = await client.send("a FETCH 1:2 BODY.PEEK[]\r\n");
  const size = body.length + 8;
  assertEquals(
    whole,
    `* 1 FETCH (BODY[] {${size}}\r\nS: 1\r\n\r\n${body})\r\n* 2 FETCH (BODY[] {13}\r\nS: 2\r\n\r\nsmall)\r\na OK Fetch completed.\r\n`,
  );
  assertEquals(
    await client.send("a FETCH 1 BODY.PEEK[TEXT]<100.200000>\r\n"),
    `* 1 FETCH (BODY[TEXT]<100> {200000}\r\n${body.slice(100, 200_100)})\r\na OK Fetch completed.\r\n`,
  );
  assertEquals(
    await client.send(`a FETCH 1 BODY.PEEK[]<${size - 70_000}.99999>\r\n`),
    `* 1 FETCH (BODY[]<${size - 70_000}> {70000}\r\n${body.slice(-70_000)})\r\na OK Fetch completed.\r\n`,
  );
  assert(store.mostOctets <= 131_072);
  assert(client.mostOctets <= 600_000);
});

Deno.test("a large mailbox is answered in batches", async () => {
  const store = new FakeStore();
  for (let count = 0; count < 5000; count++) store.deliver("INBOX", `S: 1\r\n\r\n${"x".repeat(2000)}`);
  const client = await Client.loggedIn(store, "INBOX");
  assertEquals((await client.run("FETCH 1:* (UID FLAGS)")).length, 5001);
  assert(client.mostAtOnce < 100_000, `${client.mostAtOnce}`);
  assertEquals((await client.send("a FETCH 1:* RFC822.SIZE\r\n")).split("\r\n").length, 5002);
  assertEquals((await client.send("a FETCH 1:300 BODY.PEEK[]\r\n")).length > 600_000, true);
  assert(client.mostAtOnce < 700_000, `${client.mostAtOnce}`);
});

Deno.test("messages that vanished are left out; by sequence number that is said (RFC 2180 §4.1)", async () => {
  const store = new FakeStore();
  for (let uid = 1; uid <= 3; uid++) store.deliver("INBOX", `S: ${uid}\r\n\r\n`);
  const actor = await Client.loggedIn(store, "INBOX");
  const watcher = await Client.loggedIn(store, "INBOX");
  await actor.run("STORE 2 +FLAGS.SILENT \\Deleted");
  await actor.run("EXPUNGE");
  assertEquals(await watcher.run("FETCH 1:3 RFC822.SIZE"), [
    "* 1 FETCH (RFC822.SIZE 8)",
    "* 3 FETCH (RFC822.SIZE 8)",
    "T NO [EXPUNGEISSUED] Some of the requested messages no longer exist",
  ]);
  assertEquals(await watcher.run("UID FETCH 1:3 (BODY.PEEK[TEXT])"), [
    '* 1 FETCH (UID 1 BODY[TEXT] "")',
    '* 3 FETCH (UID 3 BODY[TEXT] "")',
    "* 2 EXPUNGE",
    "T OK Fetch completed.",
  ]);
  assertEquals((await watcher.run("FETCH 3 FLAGS"))[0]!.startsWith("T BAD"), true);
});

Deno.test("a store that fails is a NO, and the session goes on", async () => {
  const store = new FakeStore();
  store.deliver("INBOX", "S: 1\r\n\r\nx");
  const client = await Client.loggedIn(store, "INBOX");
  store.failing = { method: "read", code: "unavailable" };
  assertEquals(await client.run("FETCH 1 BODY.PEEK[]"), ["T NO [UNAVAILABLE] Disk trouble."]);
  store.failing = { method: "fetch", code: "throws" };
  assertEquals(await client.run("FETCH 1 ALL"), [
    "T NO [UNAVAILABLE] Internal error occurred. Refer to server log for more information.",
  ]);
  assert(client.logLines.some((line) => line.includes("the disk is on fire")));
  assertEquals((await client.run("FETCH 1 BODY.PEEK[]")).at(-1), "T OK Fetch completed.");
});
