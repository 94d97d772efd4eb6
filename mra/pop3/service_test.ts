import { assert, assertEquals, assertStringIncludes } from "@std/assert";

import { silentLog } from "../../tools/kit/base/log.ts";
import { SeededRandom } from "../../tools/kit/base/random.ts";

import { FakeRunner, loopback, play, stranger, wire } from "./fake_runner.ts";
import { FakeStore } from "./fake_store.ts";
import { Pop3Service } from "./service.ts";

const login = ["USER u1", "PASS pw 1"];
const loggedIn = wire("+OK mailsrv ready.", "+OK", "+OK Logged in.");
const mails = ["A: 1\r\n\r\none\r\n", "A: 2\r\n\r\ntwo\r\n", "A: 3\r\n\r\nthree\r\n"];

function left(store: FakeStore): readonly number[] {
  return store.messages.map((message) => message.uid);
}

function seen(store: FakeStore): readonly number[] {
  return store.messages.filter((message) => message.seen).map((message) => message.uid);
}

Deno.test("QUIT removes what DELE marked, and nothing before it (RFC 1939 §6)", async () => {
  const store = new FakeStore(mails);
  const runner = new FakeRunner(store);
  await runner.receive(wire(...login, "DELE 1", "DELE 3"));
  assertEquals(left(store), [10, 11, 12]);
  runner.take();
  await runner.receive(wire("QUIT"));
  assertEquals(runner.take(), wire("+OK Logging out, messages deleted."));
  assertEquals(left(store), [11]);
  assert(runner.closed);
});

Deno.test("a session that breaks, idles out or is shut down removes nothing (RFC 1939 §6)", async () => {
  const ends = [
    { kind: "ended" },
    { kind: "expired" },
    { kind: "shutdown", reason: "stopping" },
    { kind: "shutdown", reason: "failure" },
  ] as const;
  const goodbyes = [
    "",
    "-ERR Disconnected for inactivity.\r\n",
    "-ERR [SYS/TEMP] Server shutting down.\r\n",
    "-ERR [SYS/TEMP] Internal error occurred. Refer to server log for more information.\r\n",
  ];
  for (const [index, end] of ends.entries()) {
    const store = new FakeStore(mails);
    const runner = new FakeRunner(store);
    await runner.receive(wire(...login, "DELE 1"));
    runner.take();
    await runner.give(end);
    assertEquals(runner.take(), goodbyes[index]);
    assertEquals(left(store), [10, 11, 12]);
    assert(runner.closed);
    assertEquals(store.requests.at(-1), "endSession");
  }
});

Deno.test("QUIT claims nothing when the store could not remove (RFC 1939 §6)", async () => {
  for (const how of ["unavailable", "throws"] as const) {
    const store = new FakeStore(mails);
    store.failing = { method: "remove", how };
    const played = await play(store, wire(...login, "DELE 1", "QUIT"));
    const last = played.output.trimEnd().split("\r\n").at(-1)!;
    assert(last.startsWith("-ERR [SYS/TEMP] Some deleted messages were not removed: "), last);
    assert(played.closed);
    const log = played.logLines.join("\n");
    assertStringIncludes(log, "Disconnected: Storage error during logout top=0/0, retr=0/0, del=0/3");
  }
});

Deno.test("RETR sets \\Seen at the session's end, TOP does not, removed messages need none (RFC 1939 §5)", async () => {
  const store = new FakeStore(mails);
  await play(store, wire(...login, "RETR 1", "TOP 2 0", "RETR 3", "DELE 3", "QUIT"));
  assertEquals(seen(store), [10]);
  assertEquals(store.requests.slice(-3), ["setFlags 7 10 add \\Seen", "remove 7 12", "endSession"]);

  const dropped = new FakeStore(mails);
  await play(dropped, wire(...login, "RETR 2", "DELE 2"));
  assertEquals(seen(dropped), [11]);
});

Deno.test("a maildrop that is in use is said so after the password, not before (RFC 2449 §8.1.1)", async () => {
  const store = new FakeStore(mails);
  store.failing = { method: "open", how: "inUse" };
  const runner = new FakeRunner(store);
  await runner.receive(wire(...login));
  assertEquals(runner.take(), wire("+OK mailsrv ready.", "+OK", "-ERR [IN-USE] Mailbox is locked."));
  assertEquals(store.requests.at(-1), "endSession");
  store.failing = undefined;
  await runner.receive(wire(...login, "STAT"));
  assertEquals(runner.take(), wire("+OK", "+OK Logged in.", "+OK 3 41"));
});

Deno.test("trouble of keeper or store is temporary and names no detail (RFC 3206 §4)", async () => {
  const store = new FakeStore(mails);
  const runner = new FakeRunner(store);
  await runner.receive("");
  runner.take();
  const internal = "-ERR [SYS/TEMP] Internal error occurred. Refer to server log.";
  const rows = [
    ["login", "unavailable", "-ERR [SYS/TEMP] Temporary authentication failure."],
    ["login", "throws", "-ERR [SYS/TEMP] Temporary authentication failure."],
    ["open", "unavailable", "-ERR [SYS/TEMP] Disk trouble."],
    ["open", "throws", internal],
    ["fetch", "throws", internal],
  ] as const;
  for (const [method, how, line] of rows) {
    store.failing = { method, how };
    await runner.receive(wire(...login));
    assertEquals(runner.take(), wire("+OK", line));
  }
  store.failing = undefined;
  await runner.receive(wire(...login));
  runner.take();
  store.failing = { method: "read", how: "throws" };
  await runner.receive(wire("RETR 1", "NOOP"));
  assertEquals(runner.take(), wire(internal, "+OK"));
  assert(runner.logLines.some((line) => line.startsWith("error: cannot read a message: ")));
});

Deno.test("a message that another session removed cannot be had; numbers stay (RFC 1939 §5)", async () => {
  const store = new FakeStore(mails);
  const runner = new FakeRunner(store);
  await runner.receive(wire(...login));
  runner.take();
  store.messages = store.messages.filter((message) => message.uid !== 11);
  await runner.receive(wire("RETR 2", "TOP 2 1", "LIST 2", "RETR 3", "DELE 2", "QUIT"));
  assertEquals(
    runner.take(),
    wire(
      "-ERR Message 2 was deleted by another session.",
      "-ERR Message 2 was deleted by another session.",
      "+OK 2 13",
      ...["+OK 15 octets", "A: 3", "", "three", "."],
      "+OK Marked to be deleted.",
      "+OK Logging out, messages deleted.",
    ),
  );
});

Deno.test("a large message is read and sent in bounded pieces (RFC 1939 §5)", async () => {
  const line = `${"x".repeat(98)}\r\n`;
  const body = line.repeat(5000);
  const store = new FakeStore([`A: 1\r\n\r\n${body}`, `A: 1\r\n\r\n${"y".repeat(65536 - 8)}`]);
  const played = await play(store, wire(...login, "RETR 1", "RETR 2", "TOP 1 1000", "QUIT"));
  const head = "A: 1\r\n\r\n";
  assertEquals(
    played.output,
    `${loggedIn}+OK ${head.length + body.length} octets\r\n${head}${body}.\r\n` +
      `+OK 65536 octets\r\n${head}${"y".repeat(65536 - 8)}\r\n.\r\n` +
      `+OK\r\n${head}${line.repeat(1000)}.\r\n+OK Logging out.\r\n`,
  );
  assert(played.mostOctets <= 65536 && store.mostOctets <= 65536);
});

Deno.test("a message that vanishes while it is sent breaks the connection (RFC 1939 §3)", async () => {
  const store = new FakeStore([`A: 1\r\n\r\n${"x".repeat(300_000)}`]);
  const { call } = store.store;
  let reads = 0;
  Object.assign(store.store, {
    call: (method: "read", params: Parameters<typeof call<"read">>[1]) => {
      if (method === "read" && ++reads === 3) store.messages = [];
      return call(method, params);
    },
  });
  const played = await play(store, wire(...login, "RETR 1"));
  assert(played.closed);
  assertStringIncludes(played.logLines.join("\n"), "broken: message is not to be had any more");
});

Deno.test("100,000 messages are listed in bounded pieces (RFC 1939 §5)", async () => {
  const store = new FakeStore(Array(100_000).fill("A: 1\r\n\r\n"));
  const played = await play(store, wire(...login, "STAT", "DELE 2", "LIST", "UIDL", "QUIT"));
  const lines = played.output.split("\r\n");
  assertEquals(lines[3], "+OK 100000 800000");
  assertEquals(lines.slice(5, 8), ["+OK 99999 messages:", "1 8", "3 8"]);
  assertEquals(lines.length, 3 + 1 + 1 + 100_001 + 100_001 + 1 + 1);
  assert(played.mostOctets < 65536, `${played.mostOctets}`);
});

Deno.test("the log has Dovecot's lines at login and logout (Dovecot pop3_logout_format)", async () => {
  const store = new FakeStore(mails);
  const { logLines } = await play(store, wire(...login, "RETR 1", "TOP 2 0", "DELE 1", "QUIT"));
  assertEquals(logLines, [
    "info: pop3-login: Login: user=<u1>, method=USER, rip=127.0.0.1, lip=127.0.0.1, secured, session=<abc>",
    "info: pop3(u1)<abc>: Disconnected: Logged out top=1/8, retr=1/13, del=1/3, size=41",
  ]);
});

Deno.test("the log tells failed logins by Dovecot's words, for those who ban (Dovecot pop3-login)", async () => {
  const runner = new FakeRunner(new FakeStore(), { peer: loopback });
  await runner.receive(wire("USER eve", "PASS a", "AUTH PLAIN AHUxAHg="));
  runner.advance(4000);
  await runner.give({ kind: "ended" });
  assertEquals(runner.logLines, [
    "info: pop3-login: Disconnected: Connection closed (auth failed, 2 attempts in 4 secs): " +
    "user=<u1>, method=PLAIN, rip=127.0.0.1, lip=127.0.0.1, secured, session=<abc>",
  ]);
  const silent = await play(new FakeStore(), "", { peer: stranger });
  assertEquals(silent.logLines, [
    "info: pop3-login: Disconnected: Connection closed (no auth attempts in 0 secs): " +
    "user=<>, rip=192.0.2.7, lip=192.0.2.1, session=<abc>",
  ]);
  const barred = await play(new FakeStore(), wire("USER u1"), { peer: stranger });
  assertStringIncludes(barred.logLines[0]!, "(tried to use disallowed cleartext auth): user=<>");
});

Deno.test("the keeper is told who connects and how (RFC 5034 §4)", async () => {
  const store = new FakeStore();
  const runner = new FakeRunner(store, { peer: stranger });
  await runner.receive(wire("STLS"));
  await runner.receive(wire("AUTH PLAIN AHUxAHB3IDE="));
  assertEquals(store.logins, [{
    protocol: "pop3",
    user: "u1",
    password: "pw 1",
    mechanism: "PLAIN",
    peer: stranger,
    tls: { protocol: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384", bits: 256 },
  }]);
});

Deno.test("silence is borne for 3 minutes before the login and for 10 after it (RFC 1939 §3)", async () => {
  const runner = new FakeRunner(new FakeStore());
  await runner.receive("NOOP\r\n");
  assertEquals(runner.idleMs, 180_000);
  await runner.receive(wire(...login));
  assertEquals(runner.idleMs, 600_000);
});

Deno.test("whoever leaves during the login leaves no session behind (RFC 1939 §4)", async () => {
  const store = new FakeStore(mails);
  const service = new Pop3Service({ login: store.login, store: store.store, log: silentLog });
  const question = { kind: "login", user: "u1", password: "pw 1", mechanism: "USER" } as const;
  const asking = service.ask({ ...question, peer: loopback, tls: undefined });
  service.closed();
  await asking;
  assertEquals(store.requests.at(-1), "endSession");
});

Deno.test("nothing that a client sends breaks a session: 300 seeds of noise (RFC 1939 §3)", async () => {
  const words = [
    ...[
      "USER",
      "PASS",
      "AUTH",
      "PLAIN",
      "LOGIN",
      "RETR",
      "TOP",
      "LIST",
      "UIDL",
      "DELE",
      "RSET",
      "STLS",
      "CAPA",
    ],
    ...[
      "u1",
      "pw 1",
      "1",
      "2",
      "3",
      "99",
      "-1",
      "=",
      "*",
      "AHUxAHB3IDE=",
      " ",
      "\0",
      "\r",
      "\n",
      "\r\n",
      "\xff",
    ],
    ...["\r\n", "\r\n", "\r\n", "USER u1\r\nPASS pw 1\r\n", "QUIT", "x".repeat(300), "toString", "__proto__"],
  ];
  for (let seed = 1; seed <= 300; seed++) {
    const random = new SeededRandom(seed);
    let text = "";
    for (let count = random.below(60); count >= 0; count--) text += words[random.below(words.length)]! + " ";
    const store = new FakeStore(mails);
    const played = await play(store, text);
    const lines = played.output.split("\r\n");
    assert(lines.every((line) => line.length <= 510), `seed ${seed}`);
    assert(lines[0] === "+OK mailsrv ready.", `seed ${seed}`);
    if (!played.output.includes("messages deleted")) assertEquals(left(store), [10, 11, 12], `seed ${seed}`);
  }
});
