import { assertEquals } from "@std/assert";

import { SeededRandom } from "../../tools/kit/base/random.ts";

import { byteByByte, FakeRunner, loopback, play, type PlayOptions, stranger, wire } from "./fake_runner.ts";
import { FakeStore } from "./fake_store.ts";

const mails = [
  "Subject: dots\r\n\r\nfirst\r\n.\r\n.dot\r\nlast\r\n",
  "Subject: short\r\n\r\nbody\r\n",
  "Subject: no end\r\n\r\ntail",
];

const greeting = "+OK mailsrv ready.";
const login = ["USER u1", "PASS pw 1"];
const loggedIn = [greeting, "+OK", "+OK Logged in."];

interface Dialogue {
  readonly name: string;
  readonly client: readonly string[];
  readonly server: readonly string[];
  readonly options?: PlayOptions;
}

const dialogues: readonly Dialogue[] = [
  {
    name: "the session of RFC 1939's example (RFC 1939 §10)",
    client: [...login, "STAT", "LIST", "RETR 2", "DELE 2", "QUIT"],
    server: [
      ...loggedIn,
      "+OK 3 86",
      "+OK 3 messages:",
      "1 39",
      "2 24",
      "3 23",
      ".",
      "+OK 24 octets",
      "Subject: short",
      "",
      "body",
      ".",
      "+OK Marked to be deleted.",
      "+OK Logging out, messages deleted.",
    ],
  },
  {
    name: "dots at the start of lines are doubled in RETR and TOP (RFC 1939 §3)",
    client: [...login, "RETR 1", "TOP 1 99", "QUIT"],
    server: [
      ...loggedIn,
      "+OK 39 octets",
      ...["Subject: dots", "", "first", "..", "..dot", "last", "."],
      "+OK",
      ...["Subject: dots", "", "first", "..", "..dot", "last", "."],
      "+OK Logging out.",
    ],
  },
  {
    name: "TOP with no lines gives the header and the empty line (RFC 1939 §7)",
    client: [...login, "TOP 1 0", "TOP 1 2", "QUIT"],
    server: [
      ...loggedIn,
      ...["+OK", "Subject: dots", "", "."],
      ...["+OK", "Subject: dots", "", "first", "..", "."],
      "+OK Logging out.",
    ],
  },
  {
    name: "a last line without an end gets one before the dot (RFC 1939 §3)",
    client: [...login, "RETR 3", "QUIT"],
    server: [...loggedIn, "+OK 23 octets", "Subject: no end", "", "tail", ".", "+OK Logging out."],
  },
  {
    name: "UIDL of all and of one (RFC 1939 §7)",
    client: [...login, "UIDL", "UIDL 2", "uidl 9", "QUIT"],
    server: [
      ...loggedIn,
      "+OK",
      "1 0000000a4a3b2c1d",
      "2 0000000b4a3b2c1d",
      "3 0000000c4a3b2c1d",
      ".",
      "+OK 2 0000000b4a3b2c1d",
      "-ERR There's no message 9.",
      "+OK Logging out.",
    ],
  },
  {
    name: "LIST of one gives its octets with CRLF before dot-stuffing (RFC 1939 §5, §11)",
    client: [...login, "LIST 1", "LIST 99", "LIST 0", "LIST x", "LIST 1 2", "LIST 99999999999", "QUIT"],
    server: [
      ...loggedIn,
      "+OK 1 39",
      "-ERR There's no message 99.",
      "-ERR There's no message 0.",
      "-ERR Invalid message number: x",
      "-ERR Noise after message number:  2",
      "-ERR Message number too large: 99999999999",
      "+OK Logging out.",
    ],
  },
  {
    name: "TOP without its arguments is an error and the session goes on (RFC 1939 §7)",
    client: [...login, "TOP", "TOP 1", "TOP x y", "TOP 1 y", "NOOP", "QUIT"],
    server: [
      ...loggedIn,
      "-ERR Invalid message number: ",
      "-ERR Noise after message number: ",
      "-ERR Invalid message number: x y",
      "-ERR Invalid size: y",
      "+OK",
      "+OK Logging out.",
    ],
  },
  {
    name: "deleted messages are out of sight until RSET (RFC 1939 §5)",
    client: [
      ...login,
      ...["DELE 2", "DELE 2", "RETR 2", "TOP 2 0", "LIST 2", "UIDL 2", "STAT", "LIST", "UIDL"],
      ...["RSET", "STAT", "QUIT"],
    ],
    server: [
      ...loggedIn,
      "+OK Marked to be deleted.",
      ...Array(5).fill("-ERR Message is deleted."),
      "+OK 2 62",
      ...["+OK 2 messages:", "1 39", "3 23", "."],
      ...["+OK", "1 0000000a4a3b2c1d", "3 0000000c4a3b2c1d", "."],
      ...["+OK", "+OK 3 86", "+OK Logging out."],
    ],
  },
  {
    name: "commands that are not of the state, or of no state (RFC 1939 §4)",
    client: [
      "STAT",
      "NOOP",
      "FOO",
      "",
      "PASS pw 1",
      ...login,
      "USER u1",
      "STLS",
      "AUTH PLAIN",
      "LAST",
      "QUIT",
    ],
    server: [
      greeting,
      ...Array(4).fill("-ERR Unknown command."),
      "-ERR No username given.",
      ...loggedIn.slice(1),
      ...Array(3).fill("-ERR Unknown command."),
      "-ERR LAST command not enabled",
      "+OK Logging out.",
    ],
  },
  {
    name: "CAPA before and after the login (RFC 2449 §5)",
    client: ["CAPA", ...login, "CAPA", "QUIT"],
    server: [
      greeting,
      ...["+OK", "CAPA", "TOP", "UIDL", "RESP-CODES", "PIPELINING", "AUTH-RESP-CODE", "STLS", "USER"],
      ...["SASL PLAIN LOGIN", "."],
      ...loggedIn.slice(1),
      ...["+OK", "CAPA", "TOP", "UIDL", "RESP-CODES", "PIPELINING", "AUTH-RESP-CODE", "."],
      "+OK Logging out.",
    ],
  },
  {
    name: "QUIT before the login (RFC 1939 §4)",
    client: ["QUIT", "STAT"],
    server: [greeting, "+OK Logging out"],
  },
  {
    name: "a wrong password is refused after a pause and may be tried again (RFC 3206 §5)",
    client: ["USER u1", "PASS no", "USER u2", "PASS pw 1", "USER u1", "PASS ", "PASS pw 1", ...login, "QUIT"],
    server: [
      greeting,
      ...["+OK", "-ERR [AUTH] Authentication failed."],
      ...["+OK", "-ERR [AUTH] Authentication failed."],
      ...["+OK", "-ERR [AUTH] Authentication failed."],
      "-ERR No username given.",
      ...loggedIn.slice(1),
      "+OK Logging out.",
    ],
  },
  {
    name: "AUTH PLAIN with and without an initial response (RFC 5034 §4)",
    client: ["AUTH PLAIN", "AHUxAHB3IDE=", "QUIT"],
    server: [greeting, "+ ", "+OK Logged in.", "+OK Logging out."],
  },
  {
    name: "AUTH PLAIN with an initial response, in lower case, with the same authorization id (RFC 5034 §4)",
    client: ["auth plain dTEAdTEAcHcgMQ==", "QUIT"],
    server: [greeting, "+OK Logged in.", "+OK Logging out."],
  },
  {
    name: "AUTH LOGIN asks for name and password (RFC 5034 §4)",
    client: ["AUTH LOGIN", "dTE=", "cHcgMQ==", "QUIT"],
    server: [greeting, "+ VXNlcm5hbWU6", "+ UGFzc3dvcmQ6", "+OK Logged in.", "+OK Logging out."],
  },
  {
    name: "an AUTH exchange can be cancelled or be nonsense, and another one works (RFC 5034 §4)",
    client: [
      ...["AUTH PLAIN", "*", "AUTH PLAIN", "$$$", "AUTH PLAIN !", "AUTH PLAIN =", "AUTH PLAIN AHUxAA=="],
      ...["AUTH NTLM", "AUTH PLAIN AHUxAHB3IDE= x", "AUTH", "AUTH PLAIN eAB1MQBwdyAx"],
      ...["AUTH PLAIN AHUxAHB3IDE=", "QUIT"],
    ],
    server: [
      greeting,
      ...["+ ", "-ERR Authentication aborted by client."],
      ...["+ ", "-ERR Invalid base64 data in continued response."],
      "-ERR Invalid base64 data in initial response.",
      "-ERR [AUTH] Authentication failed.",
      "-ERR [AUTH] Authentication failed.",
      "-ERR Unsupported authentication mechanism.",
      "-ERR Invalid base64 data in initial response.",
      ...["+OK", "PLAIN", "LOGIN", "."],
      "-ERR [AUTH] Authentication failed.",
      "+OK Logged in.",
      "+OK Logging out.",
    ],
  },
  {
    name: "passwords are not taken where others can listen (RFC 2595 §4)",
    options: { peer: stranger },
    client: ["CAPA", "USER u1", "PASS pw 1", "AUTH PLAIN AHUxAHB3IDE=", "AUTH LOGIN", "QUIT"],
    server: [
      greeting,
      ...["+OK", "CAPA", "TOP", "UIDL", "RESP-CODES", "PIPELINING", "AUTH-RESP-CODE", "STLS", "."],
      ...Array(4).fill(
        "-ERR [AUTH] Cleartext authentication disallowed on non-secure (SSL/TLS) connections.",
      ),
      "+OK Logging out",
    ],
  },
  {
    name: "a setting may allow passwords everywhere (Dovecot auth_allow_cleartext)",
    options: { peer: stranger, settings: { allowCleartext: true, offerStls: false, greeting: "hello" } },
    client: ["STLS", ...login, "QUIT"],
    server: ["+OK hello", "-ERR TLS support isn't enabled.", ...loggedIn.slice(1), "+OK Logging out."],
  },
  {
    name: "a setting turns a listener's implicit TLS on (RFC 8314 §3.3)",
    options: { peer: { ...stranger, tls: { protocol: "TLSv1.3", cipher: "X", bits: 256 } } },
    client: ["STLS", ...login, "QUIT"],
    server: [greeting, "-ERR TLS is already active.", ...loggedIn.slice(1), "+OK Logging out."],
  },
  {
    name: "settings may leave out mechanisms and trust no loopback (Dovecot auth_mechanisms)",
    options: { settings: { mechanisms: ["login"], allowCleartextOnLoopback: false, allowCleartext: true } },
    client: ["AUTH", "AUTH PLAIN", "QUIT"],
    server: [
      greeting,
      ...["+OK", "LOGIN", ".", "-ERR Unsupported authentication mechanism.", "+OK Logging out"],
    ],
  },
  {
    name: "settings may want TLS on the loopback too (RFC 2595 §2.3)",
    options: { settings: { allowCleartextOnLoopback: false } },
    client: ["USER u1", "QUIT"],
    server: [
      greeting,
      "-ERR [AUTH] Cleartext authentication disallowed on non-secure (SSL/TLS) connections.",
      "+OK Logging out",
    ],
  },
  {
    name: "a bare LF ends a command as CRLF does, as Dovecot has it (RFC 1939 §3)",
    client: ["USER u1\nPASS pw 1\nSTAT\nQUIT"],
    server: [...loggedIn, "+OK 3 86", "+OK Logging out."],
  },
];

function randomCuts(seed: number): (bytes: Uint8Array) => readonly Uint8Array[] {
  const random = new SeededRandom(seed);
  return (bytes) => {
    const chunks: Uint8Array[] = [];
    for (let start = 0; start < bytes.length;) {
      const length = 1 + random.below(9);
      chunks.push(bytes.subarray(start, start + length));
      start += length;
    }
    return chunks;
  };
}

const cuts: readonly (readonly [name: string, cut: PlayOptions["cut"]])[] = [
  ["whole", undefined],
  ["byte by byte", byteByByte],
  ...[1, 2, 3].map((seed) => [`random cuts, seed ${seed}`, randomCuts(seed)] as const),
];

for (const { name, client, server, options } of dialogues) {
  Deno.test(`Pop3Session: ${name}`, async () => {
    for (const [how, cut] of cuts) {
      const played = await play(new FakeStore(mails), wire(...client), {
        ...options,
        ...(cut === undefined ? {} : { cut }),
      });
      assertEquals(played.output, wire(...server), how);
    }
  });
}

Deno.test("Pop3Session: nothing said before TLS is remembered or run after it (RFC 2595 §4)", async () => {
  const runner = new FakeRunner(new FakeStore(mails), { peer: stranger });
  await runner.receive("STLS now\r\nstls\r\nUSER u1\r\nPASS pw 1\r\nQUIT\r\n");
  assertEquals(
    runner.take(),
    wire(greeting, "-ERR STLS takes no arguments.", "+OK Begin TLS negotiation now.", "<TLS>"),
  );
  await runner.receive("PASS pw 1\r\nCAPA\r\n");
  assertEquals(
    runner.take(),
    wire(
      ...["-ERR No username given.", "+OK", "CAPA", "TOP", "UIDL", "RESP-CODES", "PIPELINING"],
      ...["AUTH-RESP-CODE", "USER", "SASL PLAIN LOGIN", "."],
    ),
  );
  await runner.receive(wire("STLS", ...login));
  assertEquals(runner.take(), wire("-ERR TLS is already active.", "+OK", "+OK Logged in."));
});

Deno.test("Pop3Session: a user given before STLS is forgotten (RFC 2595 §4)", async () => {
  const runner = new FakeRunner(new FakeStore(mails), { peer: loopback });
  await runner.receive("USER u1\r\nSTLS\r\n");
  await runner.receive("PASS pw 1\r\n");
  assertEquals(
    runner.take(),
    wire(greeting, "+OK", "+OK Begin TLS negotiation now.", "<TLS>", "-ERR No username given."),
  );
});

Deno.test("Pop3Session: a line that is too long is one error, however long it is (RFC 2449 §4)", async () => {
  for (const cut of [undefined, byteByByte]) {
    const text = wire(`USER ${"x".repeat(250)}`, `USER ${"x".repeat(251)}`, "x".repeat(3000), "QUIT");
    const played = await play(new FakeStore(), text, cut === undefined ? {} : { cut });
    const tooLong = "-ERR Input line too long.";
    assertEquals(played.output, wire(greeting, "+OK", tooLong, tooLong, "+OK Logging out"));
  }
});

Deno.test("Pop3Session: a SASL response may be longer than a command (RFC 5034 §4)", async () => {
  const long = btoa(`\0u1\0${"p".repeat(3000)}`);
  const played = await play(new FakeStore(), wire("AUTH PLAIN", long, "QUIT"));
  assertEquals(played.output, wire(greeting, "+ ", "-ERR [AUTH] Authentication failed.", "+OK Logging out"));
});

Deno.test("Pop3Session: too many bad commands in a row end the session (RFC 1939 §3)", async () => {
  const before = await play(new FakeStore(), wire(...Array(30).fill("FOO")));
  assertEquals(
    before.output,
    wire(greeting, ...Array(11).fill("-ERR Unknown command."), "-ERR Too many bad commands."),
  );
  const after = await play(
    new FakeStore(),
    wire(...login, ...Array(20).fill("FOO"), "NOOP", ...Array(40).fill("FOO")),
  );
  assertEquals(
    after.output,
    wire(
      ...loggedIn,
      ...Array(20).fill("-ERR Unknown command."),
      "+OK",
      ...Array(21).fill("-ERR Unknown command."),
      "-ERR Too many bad commands.",
    ),
  );
});

Deno.test("Pop3Session: each failed login waits, and too many end the session (RFC 3206 §5)", async () => {
  const played = await play(new FakeStore(), wire(...Array(40).fill(["USER u1", "PASS no"]).flat()));
  const failed = ["+OK", "-ERR [AUTH] Authentication failed."];
  assertEquals(played.output, wire(greeting, ...Array(10).fill(failed).flat()));
  assertEquals(played.paused, 10 * 2000);
});
