import { assert, assertEquals } from "@std/assert";

import { Client, stranger, tls } from "./testing/client.ts";
import { FakeStore } from "./testing/fake_store.ts";

const failed = "T NO [AUTHENTICATIONFAILED] Authentication failed.";
const refused =
  "T NO [PRIVACYREQUIRED] Cleartext authentication disallowed on non-secure (SSL/TLS) connections.";
const b64 = (text: string) => btoa(text);

Deno.test("the greeting names the capabilities of the moment (RFC 3501 §7.1.1, §7.2.1)", async () => {
  const local = await Client.connect(new FakeStore(), { settings: { mechanisms: ["PLAIN", "LOGIN"] } });
  assertEquals(
    local.take(),
    "* OK [CAPABILITY IMAP4rev1 SASL-IR ID ENABLE IDLE LITERAL+ AUTH=PLAIN AUTH=LOGIN] mailsrv ready.\r\n",
  );
  const far = await Client.connect(new FakeStore(), {
    peer: stranger,
    settings: { startTls: true, greeting: "Hi" },
  });
  assertEquals(
    far.take(),
    "* OK [CAPABILITY IMAP4rev1 SASL-IR ID ENABLE IDLE LITERAL+ STARTTLS LOGINDISABLED] Hi\r\n",
  );
  const secure = await Client.connect(new FakeStore(), {
    peer: { ...stranger, tls },
    settings: { startTls: true },
  });
  assertEquals(secure.take().includes("STARTTLS"), false);
});

Deno.test("LOGIN takes quoted strings and literals of both kinds (RFC 3501 §6.2.3, R54)", async () => {
  const logins = [
    "LOGIN u1 pw1",
    'login "u1" "pw1"',
    'LOGIN u1 "foo\\\\bar\\"q"',
    'LOGIN u1 {9+}\r\nfoo\\bar"q',
    "LOGIN {2+}\r\nu1 {3+}\r\npw1",
  ];
  for (const login of logins) {
    const store = new FakeStore();
    const client = await Client.connect(store);
    client.take();
    const lines = await client.run(login);
    assertEquals(lines.length, 1);
    assert(lines[0]!.startsWith("T OK [CAPABILITY IMAP4rev1 "), lines[0]);
    assert(lines[0]!.endsWith("] Logged in"));
    assertEquals(store.logins[0]!.protocol, "imap");
  }
});

Deno.test("a literal that the client waits with gets its + (RFC 3501 §7.5)", async () => {
  const client = await Client.connect(new FakeStore());
  client.take();
  assertEquals(await client.send("a LOGIN {2}\r\n"), "+ OK\r\n");
  assertEquals(await client.send("u1 {3}\r\n"), "+ OK\r\n");
  assert((await client.send("pw1\r\n")).startsWith("a OK "));
});

Deno.test("a wrong password waits two seconds for its answer (RFC 3501 §6.2.3)", async () => {
  const client = await Client.connect(new FakeStore());
  client.take();
  assertEquals(await client.run("LOGIN u1 nope"), [failed]);
  assertEquals(client.pausedMs, 2000);
  assertEquals(await client.run("LOGIN nobody pw1"), [failed]);
  assertEquals(await client.run('LOGIN u1 ""'), [failed]);
  assertEquals(await client.run("LOGIN broken pw1"), [
    "T NO [UNAVAILABLE] Temporary authentication failure.",
  ]);
  assert((await client.run("LOGIN U1 pw1"))[0]!.endsWith("] Logged in"));
  await client.end();
  assertEquals(
    client.logLines[0],
    "imap-login: Login: user=<u1>, method=PLAIN, rip=127.0.0.1, lip=127.0.0.1, session=<abc>",
  );
  assert(client.logLines[1]!.startsWith("imap(u1)<abc>: Disconnected: Connection closed in="));
});

Deno.test("passwords are refused in clear text from afar, and the exposed one is pointed out (RFC 3501 §6.2.3)", async () => {
  const store = new FakeStore();
  const client = await Client.connect(store, { peer: stranger });
  client.take();
  const lines = await client.run("LOGIN u1 pw1");
  assert(lines[0]!.startsWith("* BAD [ALERT] cleartext authentication not allowed without SSL/TLS"));
  assertEquals(lines[1], refused);
  assertEquals(await client.run("AUTHENTICATE PLAIN"), [refused]);
  assertEquals((await client.run(`AUTHENTICATE PLAIN ${b64("\0u1\0pw1")}`)).length, 2);
  assertEquals(store.logins, []);
  const trusting = await Client.connect(store, { peer: stranger, settings: { allowCleartext: true } });
  trusting.take();
  assert((await trusting.run("LOGIN u1 pw1"))[0]!.startsWith("T OK"));
});

Deno.test("AUTHENTICATE PLAIN with and without an initial response (RFC 4959 §3)", async () => {
  const client = await Client.connect(new FakeStore());
  client.take();
  assertEquals(await client.run("AUTHENTICATE PLAIN ="), [failed]);
  assertEquals(await client.send("a AUTHENTICATE plain\r\n"), "+ \r\n");
  assertEquals(await client.send("*\r\n"), "a BAD Authentication aborted by client.\r\n");
  assertEquals(await client.send("a AUTHENTICATE PLAIN\r\n"), "+ \r\n");
  assertEquals(await client.send("!!\r\n"), "a BAD Invalid base64 data in continued response.\r\n");
  assertEquals(await client.run(`AUTHENTICATE PLAIN ${b64("other\0u1\0pw1")}`), [failed]);
  assertEquals(await client.run("AUTHENTICATE NTLM"), [
    "T NO [CANNOT] Unsupported authentication mechanism.",
  ]);
  assertEquals(await client.run("AUTHENTICATE LOGIN"), [
    "T NO [CANNOT] Unsupported authentication mechanism.",
  ]);
  assert((await client.run(`AUTHENTICATE PLAIN ${b64("u1\0u1\0pw1")}`))[0]!.endsWith("] Logged in"));
  assertEquals(await client.run("LOGIN u1 pw1"), ["T BAD Already logged in."]);
});

Deno.test("AUTHENTICATE LOGIN asks twice (RFC 3501 §6.2.2)", async () => {
  const client = await Client.connect(new FakeStore(), { settings: { mechanisms: ["LOGIN"] } });
  client.take();
  assertEquals(await client.send("a AUTHENTICATE LOGIN\r\n"), `+ ${b64("Username:")}\r\n`);
  assertEquals(await client.send(`${b64("u1")}\r\n`), `+ ${b64("Password:")}\r\n`);
  assert((await client.send(`${b64("pw1")}\r\n`)).startsWith("a OK "));
});

Deno.test("nothing of the plain text outlives STARTTLS (RFC 3501 §6.2.1)", async () => {
  const client = await Client.connect(new FakeStore(), { peer: stranger, settings: { startTls: true } });
  client.take();
  assertEquals(await client.run("STARTTLS now"), [
    "T BAD Error in IMAP command STARTTLS: Unexpected arguments.",
  ]);
  assertEquals(
    await client.send("a STARTTLS\r\nb NOOP\r\nc LOGIN {5}\r\n"),
    "a OK Begin TLS negotiation now.\r\n",
  );
  assertEquals(await client.run("NOOP"), ["T OK NOOP completed."]);
  assertEquals(await client.run("CAPABILITY"), [
    "* CAPABILITY IMAP4rev1 SASL-IR ID ENABLE IDLE LITERAL+ AUTH=PLAIN",
    "T OK Capability completed.",
  ]);
  assertEquals(await client.run("STARTTLS"), ["T BAD TLS is already active."]);
  assert((await client.run("LOGIN u1 pw1"))[0]!.startsWith("T OK"));
  assert(client.logLines[0]!.includes(", TLS, session="));
});

Deno.test("three wrong commands before login end the connection, twenty after it", async () => {
  const early = await Client.connect(new FakeStore());
  early.take();
  assertEquals(await early.run("FOO"), ["T BAD Error in IMAP command FOO: Unknown command."]);
  await early.run("SELECT INBOX");
  assertEquals(early.closed, false);
  assertEquals(await early.run("BAR"), [
    "T BAD Error in IMAP command BAR: Unknown command.",
    "* BYE Too many invalid IMAP commands.",
  ]);
  assertEquals(early.closed, true);
  const late = await Client.loggedIn(new FakeStore());
  for (let count = 0; count < 19; count++) await late.run("FOO");
  await late.run("NOOP");
  for (let count = 0; count < 19; count++) await late.run("FOO");
  assertEquals(late.closed, false);
  assertEquals((await late.run("FOO"))[1], "* BYE Too many invalid IMAP commands.");
});

Deno.test("a line that is no command is answered without a tag (RFC 3501 §7.1.3)", async () => {
  const client = await Client.loggedIn(new FakeStore());
  assertEquals(await client.send("\r\n"), "* BAD Error in IMAP tag: Invalid tag.\r\n");
  assertEquals(await client.send("a\r\n"), "a BAD Error in IMAP command: Missing argument.\r\n");
  assertEquals(await client.send("a UID\r\n"), "a BAD Error in IMAP command UID: Unknown command.\r\n");
  assertEquals(
    await client.send("a uid foo\r\n"),
    "a BAD Error in IMAP command UID FOO: Unknown command.\r\n",
  );
});

Deno.test("who does not log in within three minutes is let go, also when octets keep coming", async () => {
  const silent = await Client.connect(new FakeStore());
  assertEquals(silent.idleMs, 180_000);
  silent.take();
  assertEquals(await silent.expire(180_000), "* BYE Disconnected for inactivity.\r\n");
  const slow = await Client.connect(new FakeStore());
  slow.take();
  slow.advance(100_000);
  assertEquals(await slow.send("a"), "");
  slow.advance(100_000);
  assertEquals(await slow.send(" "), "* BYE Disconnected for inactivity.\r\n");
  assertEquals(slow.logLines, [
    "imap-login: Disconnected: Inactivity during authentication (no auth attempts in 200 secs): " +
    "user=<>, rip=127.0.0.1, lip=127.0.0.1, session=<abc>",
  ]);
});

Deno.test("a client that leaves after failed logins leaves the line that fail2ban looks for", async () => {
  const client = await Client.connect(new FakeStore());
  await client.run("LOGIN u1 nope");
  await client.end();
  assertEquals(client.logLines, [
    "imap-login: Disconnected: Connection closed (auth failed, 1 attempts in 2 secs): " +
    "user=<u1>, method=PLAIN, rip=127.0.0.1, lip=127.0.0.1, session=<abc>",
  ]);
});

Deno.test("ten failed logins end the connection", async () => {
  const client = await Client.connect(new FakeStore());
  for (let count = 0; count < 9; count++) assertEquals((await client.run("LOGIN u1 x")).at(-1), failed);
  assertEquals(await client.run("LOGIN u1 x"), ["* BYE Too many failed logins.", failed]);
  assertEquals(client.closed, true);
});

Deno.test("inactivity, shutdown and LOGOUT say BYE (RFC 3501 §5.4, §7.1.5)", async () => {
  const store = new FakeStore();
  const idle = await Client.loggedIn(store);
  assertEquals(idle.idleMs, 1_800_000);
  assertEquals(await idle.expire(1_800_000), "* BYE Disconnected for inactivity.\r\n");
  const stopped = await Client.loggedIn(store);
  assertEquals(await stopped.shutdown(), "* BYE Server shutting down.\r\n");
  const left = await Client.loggedIn(store);
  assertEquals(await left.run("LOGOUT"), ["* BYE Logging out", "T OK Logout completed."]);
  assertEquals(left.closed, true);
  await left.hear();
  assertEquals(store.endedSessions.length, 3);
});

Deno.test("a user name cannot put another address into the log", async () => {
  const client = await Client.connect(new FakeStore());
  await client.run('LOGIN "x>, method=PLAIN, rip=192.0.2.9, lip=" pw1');
  await client.end();
  assert(
    client.logLines[0]!.includes(
      "user=<x???method?PLAIN??rip?192.0.2.9??lip?>, method=PLAIN, rip=127.0.0.1,",
    ),
    client.logLines[0],
  );
});
