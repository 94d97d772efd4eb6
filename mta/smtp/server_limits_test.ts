import { assert, assertEquals } from "@std/assert";

import { type DialogueOptions, playDialogue } from "./testing_dialogue.ts";

const greeting = "S 220 mx.ref.test ESMTP Postfix";
const hello = `${greeting}\nC HELO c.test\nS 250 mx.ref.test`;
const toU1 = `${hello}
  C MAIL FROM:<a@remote.test>
  S 250 2.1.0 Ok
  C RCPT TO:<u1@ref.test>
  S 250 2.1.5 Ok`;
const go = "C DATA\nS 354 End data with <CR><LF>.<CR><LF>";
const unknown = "500 5.5.2 Error: command not recognized";
const queued = "250 2.0.0 Ok: queued as 4C2F1A0B3D";

function times(count: number, text: string): string {
  return Array.from({ length: count }, () => text).join("\n");
}

Deno.test("from smtpd_soft_error_limit on replies wait, at smtpd_hard_error_limit the session ends (postconf(5))", () => {
  const played = playDialogue(`${greeting}
    ${times(20, `C FOO\nS ${unknown}`)}
    S 421 4.7.0 mx.ref.test Error: too many errors
    CLOSED
    L too many errors after UNKNOWN from client.test[192.0.2.1]
    L disconnect from client.test[192.0.2.1] unknown=0/20 commands=0/20`);
  assertEquals(played.pausedMs, 10_000);
});

Deno.test("a message that is taken forgives earlier errors (postconf(5) smtpd_hard_error_limit)", () => {
  playDialogue(`${greeting}
    ${times(15, `C FOO\nS ${unknown}`)}
    ${toU1.replace(greeting, "")}
    ${go}
    C .
    S ${queued}
    ${times(19, `C FOO\nS ${unknown}`)}
    C NOOP
    S 250 2.0.0 Ok`);
});

Deno.test("junk commands above their limit count as errors (postconf(5) smtpd_junk_command_limit)", () => {
  playDialogue(
    `${greeting}
    ${times(6, "C NOOP\nS 250 2.0.0 Ok")}
    S 421 4.7.0 mx.ref.test Error: too many errors`,
    { settings: { junkCommandLimit: 2, hardErrorLimit: 3 } },
  );
});

Deno.test("too many recipients are for another transaction, within reason (RFC 5321 §4.5.3.1.10)", () => {
  const refused = "C RCPT TO:<u9@ref.test>\nS 452 4.5.3 Error: too many recipients";
  const played = playDialogue(
    `${hello}
    C MAIL FROM:<a@remote.test>
    S 250 2.1.0 Ok
    ${times(2, "C RCPT TO:<u1@ref.test>\nS 250 2.1.5 Ok")}
    ${times(4, refused)}
    S 421 4.7.0 mx.ref.test Error: too many errors`,
    { settings: { recipientLimit: 2, recipientOvershootLimit: 3, hardErrorLimit: 1 } },
  );
  assertEquals(played.questions.filter(({ kind }) => kind === "rcpt").length, 2);
});

Deno.test("a declared size over the limit is refused at MAIL (RFC 1870 §6.1)", () => {
  playDialogue(`${hello}
    C MAIL FROM:<a@remote.test> SIZE=10240001
    S 552 5.3.4 Message size exceeds fixed limit
    L NOQUEUE: reject: MAIL from client.test[192.0.2.1]: 552 5.3.4 Message size exceeds fixed limit; from=<a@remote.test> proto=SMTP helo=<c.test>
    C MAIL FROM:<a@remote.test> SIZE=10240000
    S 250 2.1.0 Ok`);
});

Deno.test("a message over the limit is read to its end and given up (RFC 1870 §6.3)", () => {
  const line = `C ${"x".repeat(98)}`;
  const options: DialogueOptions = { settings: { messageSizeLimit: 1000 } };
  const played = playDialogue(
    `${toU1}\n${go}\n${times(11, line)}
    C .
    S 552 5.3.4 Error: message file too big
    C NOOP
    S 250 2.0.0 Ok`,
    options,
  );
  assertEquals(played.messages, []);
  assertEquals(played.discarded, 1);
  const fits = playDialogue(`${toU1}\n${go}\nC\n${times(9, line)}\nC .\nS ${queued}`, options);
  assertEquals(fits.messages[0]?.length, 892);
});

Deno.test("BDAT over the limit is refused, dropped, and ends the session when it goes too far (RFC 3030 §3)", () => {
  const options: DialogueOptions = { settings: { messageSizeLimit: 100 } };
  const played = playDialogue(
    `${toU1}
    C BDAT 60
    C ${"x".repeat(60)}\\c
    S 250 2.0.0 Ok: 60 bytes
    C BDAT 60
    C ${"x".repeat(60)}\\c
    S 552 5.3.4 Chunk exceeds message size limit
    C BDAT 5 LAST
    C QUIT!\\c
    S 551 5.0.0 Discarded 5 bytes after earlier error
    C NOOP
    S 250 2.0.0 Ok
    C BDAT 1000000
    S 503 5.5.1 Error: need RCPT command
    CLOSED`,
    options,
  );
  assertEquals(played.discarded, 1);
  assertEquals(played.messages, []);
});

Deno.test("a message that came through too many hosts is refused (RFC 5321 §6.3)", () => {
  const options: DialogueOptions = { settings: { hopcountLimit: 3 } };
  const played = playDialogue(
    `${toU1}\n${go}
    ${times(2, "C Received: from x")}
    C
    C .
    S 554 5.4.0 Error: too many hops`,
    options,
  );
  assertEquals(played.messages, []);
  playDialogue(
    `${toU1}\n${go}\nC Received: from x\nC\nC Received: no field\nC Received: nor this\nC .\nS ${queued}`,
    options,
  );
});

Deno.test("a command line over line_length_limit is refused whole (RFC 5321 §4.5.3.1.4)", () => {
  playDialogue(`${greeting}
    C NOOP ${"x".repeat(2041)}
    S 250 2.0.0 Ok
    C NOOP ${"x".repeat(2042)}
    S 500 5.5.2 mx.ref.test Error: command too long
    C ${"x".repeat(100_000)}
    S 500 5.5.2 mx.ref.test Error: command too long
    C NOOP
    S 250 2.0.0 Ok`);
});

Deno.test("a bare LF ends a command, or ends the session where it is forbidden (postconf(5) smtpd_forbid_bare_newline)", () => {
  playDialogue(`${greeting}\nC NOOP\\n\\c\nS 250 2.0.0 Ok`);
  playDialogue(
    `${greeting}
    C NOOP\\n\\c
    S 550 5.5.2 mx.ref.test Error: bare <LF> received
    CLOSED`,
    { settings: { forbidBareNewline: "reject" } },
  );
  playDialogue(
    `${greeting}
    C QUIT\\n\\c
    S 221 2.0.0 Bye
    L disconnect from client.test[192.0.2.1] quit=1 commands=1 notes=bare_lf`,
    { settings: { forbidBareNewline: "note" } },
  );
});

Deno.test("a client that knows no CRLF is served where it may be (postconf(5) smtpd_forbid_bare_newline_exclusions)", () => {
  const session = `${greeting}
    C HELO c.test\\n\\c
    S 250 mx.ref.test
    C MAIL FROM:<a@remote.test>\\n\\c
    S 250 2.1.0 Ok
    C RCPT TO:<u1@ref.test>\\n\\c
    S 250 2.1.5 Ok
    C DATA\\n\\c
    S 354 End data with <CR><LF>.<CR><LF>
    C Subject: x\\n\\nhello\\n.\\n\\c
    S ${queued}`;
  assertEquals(playDialogue(session, { settings: { forbidBareNewline: "no" } }).messages, [
    "Subject: x\n\nhello\n",
  ]);
});

Deno.test("web browsers, worms and header fields are sent away (postconf(5) smtpd_forbidden_commands)", () => {
  for (
    const line of [
      "GET / HTTP/1.1",
      "post /",
      "CONNECT x:25",
      "\\x16\\x03\\x01",
      "Subject: x",
      "{}",
      "http://x",
    ]
  ) {
    playDialogue(`${greeting}
      C ${line}
      S 221 2.7.0 Error: I can break rules, too. Goodbye.
      CLOSED`);
  }
});

Deno.test("a client that does not wait where it must is sent away (RFC 2920 §3.1)", () => {
  const outOfStep = "554 5.5.0 Error: SMTP protocol synchronization";
  const whole = (lines: string) => lines.split("|").join("\\r\\n");
  const rows: readonly string[] = [
    "HELO c.test|MAIL FROM:<a@remote.test>",
    "EHLO c.test|RSET",
    "RSET|RSET",
    "NOOP|QUIT",
  ];
  for (const lines of rows) playWhole(`${greeting}\nC ${whole(lines)}\nS ${outOfStep}\nCLOSED`);
  playWhole(`${toU1}\nC ${whole("DATA|Subject: x|.")}\nS ${outOfStep}\nCLOSED`);
  playWhole(
    `${greeting}
    C ${whole("HELO c.test|RSET")}
    S 250 mx.ref.test
    S 250 2.0.0 Ok
    L improper command pipelining after HELO from client.test[192.0.2.1]`,
    { settings: { forbidUnauthPipelining: false } },
  );
});

/** Octet by octet nothing is ahead of its time, so that this is played in one way only. */
function playWhole(text: string, options: DialogueOptions = {}): void {
  playDialogue(text, { ...options, only: "whole" });
}

Deno.test("after EHLO a group of commands may come at once (RFC 2920 §3.1)", () => {
  playWhole(`${greeting}
    C EHLO c.test
    S 250-mx.ref.test
    S 250-PIPELINING
    S 250-SIZE 10240000
    S 250-VRFY
    S 250-ETRN
    S 250-ENHANCEDSTATUSCODES
    S 250-8BITMIME
    S 250-DSN
    S 250-SMTPUTF8
    S 250 CHUNKING
    C RSET\\r\\nMAIL FROM:<a@remote.test>\\r\\nRCPT TO:<u1@ref.test>\\r\\nRCPT TO:<x@elsewhere.test>\\r\\nDATA
    S 250 2.0.0 Ok
    S 250 2.1.0 Ok
    S 250 2.1.5 Ok
    S 454 4.7.1 <x@elsewhere.test>: Relay access denied
    S 354 End data with <CR><LF>.<CR><LF>
    C hello\\r\\n.\\r\\nMAIL FROM:<a@remote.test>\\r\\nRCPT TO:<u1@ref.test>\\r\\nBDAT 2 LAST\\r\\nhiQUIT
    S ${queued}
    S 250 2.1.0 Ok
    S 250 2.1.5 Ok
    S 250 2.0.0 Ok: 4 bytes queued as 4C2F1A0B3D
    S 221 2.0.0 Bye
    CLOSED`);
});

Deno.test("a session that waits too long is told so, in every phase (RFC 5321 §4.5.3.2.7)", () => {
  const rows: readonly [before: string, where: string][] = [
    [greeting, "CONNECT"],
    [hello, "HELO"],
    [`${toU1}\n${go}\nC hello\nC`, "DATA (9 bytes)"],
    [`${toU1}\nC BDAT 10\nC hello\\r\\n\\c`, "BDAT (7 bytes)"],
  ];
  for (const [before, where] of rows) {
    const played = playDialogue(`${before}
      EXPIRE
      S 421 4.4.2 mx.ref.test Error: timeout exceeded
      L timeout after ${where} from client.test[192.0.2.1]
      CLOSED`);
    assertEquals(played.discarded, where.includes("bytes") ? 1 : 0, where);
  }
});

Deno.test("a connection that is lost leaves no message behind and a line in the log (RFC 5321 §4.1.1.4)", () => {
  const rows: readonly [before: string, where: string][] = [
    [greeting, "CONNECT"],
    [hello, "HELO"],
    [`${toU1}\n${go}\nC hello`, "DATA (7 bytes)"],
    [`${toU1}\nC BDAT 10\nC hello\\r\\n\\c`, "BDAT (7 bytes)"],
    [`${toU1}\nC BDAT 7\nC hello\\r\\n\\c\nS 250 2.0.0 Ok: 7 bytes`, "BDAT (7 bytes)"],
  ];
  for (const [before, where] of rows) {
    const played = playDialogue(
      `${before}\nEND\nL lost connection after ${where} from client.test[192.0.2.1]`,
    );
    assertEquals(played.messages, []);
    assertEquals(played.discarded, where.includes("bytes") ? 1 : 0, where);
  }
  const done = playDialogue(`${toU1}\n${go}\nC .\nS ${queued}\nEND`);
  assert(!done.log.some((line) => line.startsWith("lost connection")));
});

Deno.test("a server that stops or fails says goodbye (RFC 5321 §3.8)", () => {
  playDialogue(`${toU1}
    STOP
    S 421 4.3.2 mx.ref.test Service not available, closing transmission channel
    CLOSED
    L disconnect from client.test[192.0.2.1] helo=1 mail=1 rcpt=1 commands=3`);
  const played = playDialogue(`${toU1}\n${go}
    FAIL
    S 421 4.3.0 mx.ref.test Server local data error
    CLOSED`);
  assertEquals(played.discarded, 1);
});

Deno.test("a client refused at connect hears so until it leaves (RFC 5321 §3.1)", () => {
  const refusal = {
    code: 554,
    status: "5.7.1",
    lines: ["<client.test[192.0.2.1]>: Client host rejected: Access denied"],
  };
  const text = `554 5.7.1 ${refusal.lines[0]}`;
  playDialogue(
    `S ${text}
    L connect from unknown[192.0.2.1]
    L NOQUEUE: reject: CONNECT from unknown[192.0.2.1]: ${text}; proto=SMTP
    C EHLO c.test
    S 503 5.7.0 Error: access denied for unknown[192.0.2.1]
    C FOO
    S 503 5.7.0 Error: access denied for unknown[192.0.2.1]
    C QUIT
    S 221 2.0.0 Bye`,
    { answer: ({ kind }) => kind === "connect" ? { kind: "reply", reply: refusal } : undefined },
  );
  playDialogue(`S 421 4.7.0 busy\nCLOSED`, {
    answer: ({ kind }) =>
      kind === "connect"
        ? { kind: "reply", reply: { code: 421, status: "4.7.0", lines: ["busy"] }, close: true }
        : undefined,
  });
});

Deno.test("refusals by policy are logged with all that is known (postconf(5) smtpd_recipient_restrictions)", () => {
  playDialogue(`${hello}
    C MAIL FROM:<a@remote.test>
    S 250 2.1.0 Ok
    C RCPT TO:<x@elsewhere.test>
    S 454 4.7.1 <x@elsewhere.test>: Relay access denied
    L NOQUEUE: reject: RCPT from client.test[192.0.2.1]: 454 4.7.1 <x@elsewhere.test>: Relay access denied; from=<a@remote.test> to=<x@elsewhere.test> proto=SMTP helo=<c.test>`);
});

Deno.test("a message that cannot be made durable is refused, and the session goes on (RFC 5321 §6.1)", () => {
  const refusal = { code: 452, status: "4.3.1", lines: ["Insufficient system storage"] };
  playDialogue(
    `${toU1}\n${go}
    C .
    S 452 4.3.1 Insufficient system storage
    C MAIL FROM:<a@remote.test>
    S 250 2.1.0 Ok`,
    { answer: ({ kind }) => kind === "commit" ? { kind: "reply", reply: refusal } : undefined },
  );
  for (const opener of ["DATA", "BDAT 0 LAST"]) {
    const played = playDialogue(
      `${toU1}
      C ${opener}
      S 452 4.3.1 Insufficient system storage
      C RSET
      S 250 2.0.0 Ok`,
      { answer: ({ kind }) => kind === "data" ? { kind: "reply", reply: refusal } : undefined },
    );
    assertEquals(played.discarded, 0);
  }
});

Deno.test("smtpd_discard_ehlo_keywords hides any keyword (postconf(5))", () => {
  playDialogue(
    `${greeting}
    C EHLO c.test
    S 250-mx.ref.test
    S 250-PIPELINING
    S 250 SIZE
    C VRFY u1@ref.test
    S 502 5.5.1 VRFY command is disabled
    C MAIL FROM:<a@remote.test> RET=FULL
    S 501 5.7.1 DSN support is disabled
    C MAIL FROM:<a@remote.test> SMTPUTF8
    S 555 5.5.4 Unsupported option: SMTPUTF8
    C STARTTLS
    S 502 5.5.1 Error: command not implemented`,
    {
      settings: {
        disableVrfy: true,
        messageSizeLimit: 0,
        hasCertificate: true,
        discardEhloKeywords: [
          "vrfy",
          "etrn",
          "starttls",
          "enhancedstatuscodes",
          "8bitmime",
          "dsn",
          "smtputf8",
          "chunking",
        ],
      },
    },
  );
});
