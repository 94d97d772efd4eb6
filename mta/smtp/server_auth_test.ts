import { assertEquals } from "@std/assert";

import type { Peer } from "../../tools/kit/wire/engine.ts";

import { type DialogueOptions, playDialogue } from "./testing_dialogue.ts";

const loopback: Partial<Peer> = { address: "127.0.0.1", localAddress: "127.0.0.1" };
const greeting = "S 220 mx.ref.test ESMTP Postfix";
const submission: DialogueOptions = {
  role: "submission",
  settings: { saslAuth: true, hasCertificate: true, errorSleepMs: 1000 },
  peer: loopback,
};

/** Ways to log in; `S` of the last line is the outcome. After each the session goes on. */
const exchanges: readonly [name: string, dialogue: string][] = [
  ["PLAIN with initial response", "C AUTH PLAIN AHUxAHB3MQ==\nS 235 2.7.0 Authentication successful"],
  ["PLAIN in lower case", "C auth plain AHUxAHB3MQ==\nS 235 2.7.0 Authentication successful"],
  ["R12: PLAIN with authzid = authcid", "C AUTH PLAIN dTEAdTEAcHcx\nS 235 2.7.0 Authentication successful"],
  ["R13: PLAIN asked for", "C AUTH PLAIN\nS 334 \nC AHUxAHB3MQ==\nS 235 2.7.0 Authentication successful"],
  [
    "LOGIN",
    "C AUTH LOGIN\nS 334 VXNlcm5hbWU6\nC dTE=\nS 334 UGFzc3dvcmQ6\nC cHcx\nS 235 2.7.0 Authentication successful",
  ],
  [
    "LOGIN with initial response",
    "C AUTH LOGIN dTE=\nS 334 UGFzc3dvcmQ6\nC cHcx\nS 235 2.7.0 Authentication successful",
  ],
  [
    "PLAIN for another",
    "C AUTH PLAIN YWRtaW4AdTEAcHcx\nS 535 5.7.8 Error: authentication failed: may not act for another",
  ],
  [
    "PLAIN with a wrong password",
    "C AUTH PLAIN AHUxAHg=\nS 535 5.7.8 Error: authentication failed: authentication failure",
  ],
  [
    "R14: PLAIN with an empty initial response",
    "C AUTH PLAIN =\nS 535 5.7.8 Error: authentication failed:...",
  ],
  [
    "R16: PLAIN without a password",
    "C AUTH PLAIN AHUxAA==\nS 535 5.7.8 Error: authentication failed: PLAIN response has no password",
  ],
  ["R15: PLAIN given up", "C AUTH PLAIN\nS 334 \nC *\nS 501 5.7.0 Authentication aborted"],
  ["R15: LOGIN given up", "C AUTH LOGIN\nS 334 VXNlcm5hbWU6\nC *\nS 501 5.7.0 Authentication aborted"],
  ["LOGIN given up late", "C AUTH LOGIN dTE=\nS 334 UGFzc3dvcmQ6\nC *\nS 501 5.7.0 Authentication aborted"],
  ["no base64 at once", "C AUTH PLAIN !\nS 501 5.5.2 Error: invalid base64 data in response"],
  ["no base64 later", "C AUTH PLAIN\nS 334 \nC A\nS 501 5.5.2 Error: invalid base64 data in response"],
  ["no mechanism", "C AUTH\nS 501 5.5.4 Syntax: AUTH mechanism"],
  ["too much", "C AUTH PLAIN AA== AA==\nS 501 5.5.4 Syntax: AUTH mechanism"],
  ["an unknown mechanism", "C AUTH CRAM-MD5\nS 504 5.5.4 Error: authentication mechanism not supported"],
  [
    "a response that is too long",
    `C AUTH PLAIN\nS 334 \nC ${"A".repeat(12_300)}\nS 500 5.5.6 SASL response limit exceeded`,
  ],
];

for (const [name, dialogue] of exchanges) {
  Deno.test(`AUTH: ${name}; the session goes on (RFC 4954 §4)`, () => {
    const worked = dialogue.includes("S 235");
    playDialogue(
      `${greeting}
      ${dialogue}
      C NOOP
      S 250 2.0.0 Ok
      C AUTH PLAIN AHUxAHB3MQ==
      S ${worked ? "503 5.5.1 Error: already authenticated" : "235 2.7.0 Authentication successful"}`,
      submission,
    );
  });
}

Deno.test("nobody submits without a login (RFC 6409 §4.3)", () => {
  playDialogue(
    `${greeting}
    C MAIL FROM:<u1@ref.test>
    S 530 5.7.0 Authentication required
    C AUTH PLAIN AHUxAHB3MQ==
    S 235 2.7.0 Authentication successful
    C MAIL FROM:<u1@ref.test>
    S 250 2.1.0 Ok
    C AUTH PLAIN AHUxAHB3MQ==
    S 503 5.5.1 Error: MAIL transaction in progress`,
    submission,
  );
});

Deno.test("AUTH is offered in TLS or on loopback only, and refused elsewhere (RFC 4954 §4)", () => {
  const rows: readonly [options: DialogueOptions, reply: string][] = [
    [
      { settings: { saslAuth: true } },
      "538 5.7.11 Encryption required for requested authentication mechanism",
    ],
    [
      { settings: { saslAuth: true }, peer: { address: "127.0.0.1" } },
      "538 5.7.11 Encryption required for requested authentication mechanism",
    ],
    [
      { settings: { saslAuth: true, tlsAuthOnly: true }, peer: loopback },
      "538 5.7.11 Encryption required for requested authentication mechanism",
    ],
    [{ settings: { saslAuth: true }, peer: loopback }, "235 2.7.0 Authentication successful"],
    [
      { settings: { saslAuth: true }, peer: { tls: { protocol: "TLSv1.3", cipher: "X", bits: 256 } } },
      "235 2.7.0 Authentication successful",
    ],
    [{ peer: loopback }, "503 5.5.1 Error: authentication not enabled"],
    [
      { settings: { saslAuth: true, discardEhloKeywords: ["auth"] }, peer: loopback },
      "503 5.5.1 Error: authentication not enabled",
    ],
  ];
  for (const [options, reply] of rows) {
    const offered = reply.startsWith("235") ? "S 250-AUTH PLAIN LOGIN" : "";
    playDialogue(`${greeting}\nC AUTH PLAIN AHUxAHB3MQ==\nS ${reply}`, options);
    playDialogue(
      `${greeting}
      C EHLO c.test
      S 250-mx.ref.test
      S 250-PIPELINING
      S 250-SIZE 10240000
      S 250-VRFY
      S 250-ETRN
      ${offered}
      S 250-ENHANCEDSTATUSCODES
      S 250-8BITMIME
      S 250-DSN
      S 250-SMTPUTF8
      ${options.peer?.tls === undefined ? "S 250 CHUNKING" : "S 250-CHUNKING\n      S 250 REQUIRETLS"}`,
      options,
    );
  }
});

Deno.test("failed logins are slowed down and logged in the words that log watchers know", () => {
  const played = playDialogue(
    `${greeting}
    C AUTH PLAIN AHUxAHg=
    S 535 5.7.8 Error: authentication failed: authentication failure
    L client.test[127.0.0.1]: SASL PLAIN authentication failed: authentication failure, sasl_username=u1`,
    submission,
  );
  assertEquals(played.pausedMs, 1000);
});

Deno.test("an authentication service that cannot answer is for now (RFC 4954 §6)", () => {
  playDialogue(
    `${greeting}
    C AUTH PLAIN AHUxAHB3MQ==
    S 454 4.7.0 Temporary authentication failure
    C MAIL FROM:<u1@ref.test>
    S 530 5.7.0 Authentication required`,
    { ...submission, answer: ({ kind }) => kind === "login" ? { kind: "loginUnavailable" } : undefined },
  );
});

Deno.test("R10: STARTTLS takes no argument, and works after one was refused (RFC 3207 §4)", () => {
  const played = playDialogue(
    `${greeting}
    C EHLO c.test
    S 250-mx.ref.test
    S 250-PIPELINING
    S 250-SIZE 10240000
    S 250-VRFY
    S 250-ETRN
    S 250-STARTTLS
    S 250-ENHANCEDSTATUSCODES
    S 250-8BITMIME
    S 250-DSN
    S 250-SMTPUTF8
    S 250 CHUNKING
    C STARTTLS now
    S 501 5.5.4 Syntax: STARTTLS
    C STARTTLS
    S 220 2.0.0 Ready to start TLS
    TLS
    C STARTTLS
    S 554 5.5.1 Error: TLS already active
    C EHLO c.test
    S 250-mx.ref.test
    S 250-PIPELINING
    S 250-SIZE 10240000
    S 250-VRFY
    S 250-ETRN
    S 250-AUTH PLAIN LOGIN
    S 250-ENHANCEDSTATUSCODES
    S 250-8BITMIME
    S 250-DSN
    S 250-SMTPUTF8
    S 250-CHUNKING
    S 250 REQUIRETLS
    C QUIT
    S 221 2.0.0 Bye
    L disconnect from client.test[192.0.2.1] ehlo=2 starttls=1/3 quit=1 commands=4/6`,
    { ...submission, peer: {} },
  );
  assertEquals(played.closed, true);
});

Deno.test("R11: nothing said in plain text behind STARTTLS is run or remembered (RFC 3207 §4.2)", () => {
  playDialogue(
    `${greeting}
    C HELO c.test
    S 250 mx.ref.test
    C STARTTLS\\r\\nRSET\\r\\nMAIL FROM:<a@remote.test>\\r\\nQU\\c
    S 220 2.0.0 Ready to start TLS
    TLS
    C NOOP
    S 250 2.0.0 Ok
    C RCPT TO:<u1@ref.test>
    S 503 5.5.1 Error: need MAIL command`,
    { settings: { hasCertificate: true, forbidUnauthPipelining: false } },
  );
});

Deno.test("STARTTLS forgets transaction and HELO (RFC 3207 §4.2)", () => {
  playDialogue(
    `${greeting}
    C HELO c.test
    S 250 mx.ref.test
    C MAIL FROM:<a@remote.test>
    S 250 2.1.0 Ok
    C STARTTLS
    S 220 2.0.0 Ready to start TLS
    TLS
    C MAIL FROM:<a@remote.test>
    S 503 5.5.1 Error: send HELO/EHLO first
    C HELO c.test
    S 250 mx.ref.test
    C RCPT TO:<u1@ref.test>
    S 503 5.5.1 Error: need MAIL command`,
    { settings: { hasCertificate: true, heloRequired: true } },
  );
});

Deno.test("where TLS is a must, only greetings, NOOP, STARTTLS, HELP and QUIT come before it (postconf(5) smtpd_tls_security_level)", () => {
  playDialogue(
    `${greeting}
    C HELO c.test
    S 250 mx.ref.test
    C NOOP
    S 250 2.0.0 Ok
    C MAIL FROM:<a@remote.test>
    S 530 5.7.0 Must issue a STARTTLS command first
    C AUTH PLAIN AHUxAHB3MQ==
    S 530 5.7.0 Must issue a STARTTLS command first
    C VRFY u1@ref.test
    S 530 5.7.0 Must issue a STARTTLS command first
    C STARTTLS
    S 220 2.0.0 Ready to start TLS
    TLS
    C MAIL FROM:<a@remote.test>
    S 250 2.1.0 Ok`,
    { settings: { hasCertificate: true, tlsLevel: "encrypt", saslAuth: true } },
  );
});

Deno.test("a handshake that fails ends the session (RFC 3207 §4.1)", () => {
  playDialogue(
    `${greeting}
    C STARTTLS
    S 220 2.0.0 Ready to start TLS
    END
    L lost connection after STARTTLS from client.test[192.0.2.1]
    L disconnect from client.test[192.0.2.1] starttls=0/1 commands=0/1
    CLOSED`,
    { settings: { hasCertificate: true } },
  );
});

Deno.test("REQUIRETLS is taken inside TLS only, and not where it is discarded (RFC 8689 §4.1)", () => {
  const tls = { protocol: "TLSv1.3", cipher: "X", bits: 256 };
  const refused = "555 5.5.4 Unsupported option: REQUIRETLS";
  const rows: readonly [options: DialogueOptions, reply: string][] = [
    [{ peer: { tls } }, "250 2.1.0 Ok"],
    [{}, refused],
    [{ peer: { tls }, settings: { requireTls: false } }, refused],
    [{ peer: { tls }, settings: { discardEhloKeywords: ["requiretls"] } }, refused],
  ];
  for (const [options, reply] of rows) {
    playDialogue(`${greeting}\nC MAIL FROM:<a@remote.test> REQUIRETLS\nS ${reply}`, options);
  }
});
