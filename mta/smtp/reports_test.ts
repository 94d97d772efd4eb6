/** Faults that real servers had, as their users reported them; the numbers are those of the project's list. */

import { assert, assertEquals } from "@std/assert";

import { type DialogueOptions, playDialogue } from "./testing_dialogue.ts";

const hello = "S 220 mx.ref.test ESMTP Postfix\nC HELO c.test\nS 250 mx.ref.test";
const toU1 = `${hello}
  C MAIL FROM:<a@remote.test>
  S 250 2.1.0 Ok
  C RCPT TO:<u1@ref.test>
  S 250 2.1.5 Ok
  C DATA
  S 354 End data with <CR><LF>.<CR><LF>`;
const queued = "250 2.0.0 Ok: queued as 4C2F1A0B3D";

function replyTo(line: string, reply: string, options: DialogueOptions = {}): void {
  playDialogue(`${hello}\nC ${line}\nS ${reply}\nC NOOP\nS 250 2.0.0 Ok`, options);
}

Deno.test("R01: LF . LF does not end a message and starts no second transaction (RFC 5321 §2.3.8)", () => {
  const smuggled =
    "C Subject: x\\r\\n\\r\\none\\n.\\nMAIL FROM:<z@evil.test>\\r\\nRCPT TO:<u2@ref.test>\\r\\nDATA\\c";
  const rest = "C \\r\\n.";
  for (const forbidBareNewline of ["normalize", "note", "no"] as const) {
    const played = playDialogue(`${toU1}\n${smuggled}\n${rest}\nS ${queued}`, {
      settings: { forbidBareNewline },
    });
    assertEquals(played.messages.length, 1);
    assert(played.messages[0]!.includes("MAIL FROM:<z@evil.test>\n"));
  }
  const refused = playDialogue(
    `${toU1}\n${smuggled}\n${rest}
    S 550 5.5.2 mx.ref.test Error: bare <LF> received
    L NOQUEUE: reject: END-OF-MESSAGE from client.test[192.0.2.1]: bare <LF> received; from=<a@remote.test> to=<u1@ref.test> proto=SMTP helo=<c.test>
    C NOOP
    S 250 2.0.0 Ok`,
    { settings: { forbidBareNewline: "reject" } },
  );
  assertEquals(refused.messages, []);
});

Deno.test("R01: no variant of a lone dot with bare CR or LF about it ends a message (RFC 5321 §4.1.1.4)", () => {
  const ends = [
    "\\n.\\n",
    "\\n.\\r\\n",
    "\\r\\n.\\n",
    "\\r.\\r",
    "\\r\\n.\\r",
    "\\r.\\r\\n",
    "\\r\\n.\\r\\r\\n",
    "\\n\\n.\\r\\n",
  ]
    .concat("\\r\\n\\0.\\r\\n", "\\r\\n.\\0\\r\\n", "\\r\\r\\n.\\r\\r\\n", "\\n\\r.\\r\\n", "\\r\\n .\\r\\n");
  for (const end of ends) {
    const played = playDialogue(`${toU1}\nC one${end}MAIL FROM:<z@evil.test>\\r\\n.\nS ${queued}`);
    assertEquals(played.messages.length, 1, end);
    assert(played.messages[0]!.endsWith("MAIL FROM:<z@evil.test>\n"), end);
  }
});

Deno.test("R02: a bare CR is data, not a line end (RFC 5321 §2.3.8)", () => {
  assertEquals(playDialogue(`${toU1}\nC\nC a\\rb\nC .\nS ${queued}`).messages, ["\na\rb\n"]);
});

Deno.test("R03: a quoted local part is an address (RFC 5321 §4.1.2)", () => {
  const played = playDialogue(`${hello}
    C MAIL FROM:<a@remote.test>
    S 250 2.1.0 Ok
    C RCPT TO:<"odd user"@ref.test>
    S 250 2.1.5 Ok
    C RCPT TO:<"u1"@ref.test>
    S 250 2.1.5 Ok`);
  const asked = played.questions.flatMap((question) =>
    question.kind === "rcpt" ? [question.recipient.address] : []
  );
  assertEquals(asked, ['"odd user"@ref.test', "u1@ref.test"]);
});

Deno.test("R04, R08, R24: what is no path is 501, in one line, and the session goes on (RFC 5321 §4.1.2)", () => {
  const bad = [
    "<>>>>>",
    "<a@remote.test>>>",
    "<a@b..test>",
    '<a"b@remote.test>',
    "<a\\0b@remote.test>",
    "<a@remote.test",
    "<a b@remote.test>",
    "<a@remote.test>x",
    "<a@remote.test>SIZE=1",
    "<@remote.test>",
    "<a@>",
    "<a@-remote.test>",
    "<a@1.2.3.4>",
    "<a@[1.2.3]>",
    "<a@b@remote.test>",
    "a@remote.test>",
    "<\\x7F@remote.test>",
    // allow_min_user: some program may take it for an option.
    "<-a@remote.test>",
    '<"-a b"@remote.test>',
  ];
  for (const path of bad) replyTo(`MAIL FROM:${path}`, "501 5.1.7 Bad sender address syntax");
  for (const path of ["<>", "<@ref.test>", "<u1@ref.test>>", "<-u1@ref.test>", "<-u1>"]) {
    playDialogue(`${hello}
      C MAIL FROM:<a@remote.test>
      S 250 2.1.0 Ok
      C RCPT TO:${path}
      S 501 5.1.3 Bad recipient address syntax`);
  }
  for (const line of ["MAIL", "MAIL FROM", "MAIL FROM:", "MAIL <a@b.test>", "MAIL TO:<a@b.test>"]) {
    replyTo(line, "501 5.5.4 Syntax: MAIL FROM:<address>");
  }
});

Deno.test("R05, R06, R07, R09: odd local parts and parameters are read right (RFC 5321 §4.1.1.11)", () => {
  const good = [
    "<SRS0=Ab1c=ft=sender.test=news@remote.test> BODY=8BITMIME",
    "<a@remote.test> BODY=8bitmime",
    "<boun+ces@remote.test>",
    "<u1@ref.test> SIZE=38677 AUTH=<>",
    "<>",
    " <a@remote.test>",
    "<@a.test,@b.test:a@remote.test>",
    "<a@[192.0.2.1]>",
    "<a@[IPv6:2001:db8::1]>",
    "<a@remote.test.>",
    "<a..b@remote.test>",
    "a@remote.test",
    "<a@remote.test> RET=HDRS ENVID=x",
  ];
  for (const path of good) replyTo(`MAIL FROM:${path}`, "250 2.1.0 Ok");
  replyTo("MAIL FROM:<a@remote.test> BODY=9BIT", "555 5.5.4 Unsupported option: BODY=9BIT");
});

Deno.test("nothing in the name a client gives can end its line, its brackets or a comment (RFC 5321 §4.4)", () => {
  playDialogue(`S 220 mx.ref.test ESMTP Postfix
    C HELO a\\x1B[2J\u009b\u2028(b)>;@\\rc
    S 250 mx.ref.test
    C MAIL FROM:<a@remote.test>
    S 250 2.1.0 Ok
    C RCPT TO:<x@elsewhere.test>
    S 454 4.7.1 <x@elsewhere.test>: Relay access denied
    L NOQUEUE: reject: RCPT from client.test[192.0.2.1]: 454 4.7.1 <x@elsewhere.test>: Relay access denied; from=<a@remote.test> to=<x@elsewhere.test> proto=SMTP helo=<a?[2J???b?????c>`);
});

Deno.test("strict_rfc821_envelopes takes only what the grammar says (RFC 5321 §4.1.2)", () => {
  const strict: DialogueOptions = { settings: { strictEnvelopes: true } };
  const refused = "501 5.1.7 Bad sender address syntax";
  for (const path of ["a@remote.test", " <a@remote.test>", "<a..b@remote.test>", "<a>"]) {
    replyTo(`MAIL FROM:${path}`, refused, strict);
  }
  for (const path of ["<a@remote.test>", "<>"]) replyTo(`MAIL FROM:${path}`, "250 2.1.0 Ok", strict);
});

Deno.test("R17, R25: long and unusual header lines are kept octet for octet (RFC 5321 §4.5.3.1.6)", () => {
  const to = `To: ${"a@remote.test,\\r\\n ".repeat(4_000)}b@remote.test`;
  const long = `X-Long: ${"x".repeat(1_200)}`;
  const played = playDialogue(`${toU1}
    C X-Mailer:NB
    C From:a@remote.test
    C ${to}
    C ${long}
    C
    C --BND
    C .
    S ${queued}`);
  const unfolded = to.replaceAll("\\r\\n", "\n");
  assertEquals(played.messages, [`X-Mailer:NB\nFrom:a@remote.test\n${unfolded}\n${long}\n\n--BND\n`]);
});

Deno.test("R19: LMTP gives one reply for each accepted recipient, in order (RFC 2033 §4.2)", () => {
  const lhlo = `S 220 mx.ref.test ESMTP Postfix
    C LHLO c.test
    S 250-mx.ref.test
    S 250-PIPELINING
    S 250-SIZE 10240000
    S 250-VRFY
    S 250-ENHANCEDSTATUSCODES
    S 250-8BITMIME
    S 250-DSN
    S 250-SMTPUTF8
    S 250 CHUNKING
    C MAIL FROM:<>
    C RCPT TO:<u1@ref.test>
    C RCPT TO:<nosuch@ref.test>
    C RCPT TO:<u2@ref.test>
    S 250 2.1.0 Ok
    S 250 2.1.5 Ok
    S 550 5.1.1 <nosuch@ref.test>: Recipient address rejected: User unknown in local recipient table
    S 250 2.1.5 Ok`;
  const data = "C DATA\nS 354 End data with <CR><LF>.<CR><LF>\nC Subject: x\nC .";
  const bye = "C QUIT\nS 221 2.0.0 Bye";
  playDialogue(
    `${lhlo}\n${data}
    S 250 2.0.0 <u1@ref.test> Ok: queued as 4C2F1A0B3D
    S 250 2.0.0 <u2@ref.test> Ok: queued as 4C2F1A0B3D
    ${bye}
    L disconnect from client.test[192.0.2.1] lhlo=1 mail=1 rcpt=2/3 data=1 quit=1 commands=6/7`,
    { role: "lmtp" },
  );
  playDialogue(
    `${lhlo}
    C BDAT 5
    C Subje\\c
    S 250 2.0.0 Ok: 5 bytes
    C BDAT 7 LAST
    C ct: x\\r\\n\\c
    S 250 2.0.0 <u1@ref.test> Ok: 12 bytes queued as 4C2F1A0B3D
    S 250 2.0.0 <u2@ref.test> Ok: 12 bytes queued as 4C2F1A0B3D`,
    { role: "lmtp" },
  );
  playDialogue(
    `${lhlo}\n${data}
    S 250 2.1.5 first
    S 452 4.2.2 second
    ${bye}`,
    {
      role: "lmtp",
      answer: ({ kind }) =>
        kind === "commit"
          ? {
            kind: "replies",
            replies: [
              { code: 250, status: "2.1.5", lines: ["first"] },
              { code: 452, status: "4.2.2", lines: ["second"] },
            ],
          }
          : undefined,
    },
  );
  playDialogue(
    `${lhlo}\n${data}
    S 552 5.3.4 Error: message file too big
    S 552 5.3.4 Error: message file too big
    ${bye}`.replace("SIZE 10240000", "SIZE 5"),
    { role: "lmtp", settings: { messageSizeLimit: 5 } },
  );
});

Deno.test("R20: LMTP knows no HELO and EHLO, SMTP no LHLO (RFC 2033 §4.1)", () => {
  const unknown = "S 500 5.5.2 Error: command not recognized";
  const greeting = "S 220 mx.ref.test ESMTP Postfix";
  playDialogue(`${greeting}\nC EHLO c.test\n${unknown}\nC HELO c.test\n${unknown}`, { role: "lmtp" });
  playDialogue(`${greeting}\nC LHLO c.test\n${unknown}`);
  playDialogue(`${greeting}\nC LHLO c.test\n${unknown}`, { role: "submission" });
});

Deno.test("LMTP: DATA without a recipient is 503 (RFC 2033 §4.2)", () => {
  playDialogue(
    `S 220 mx.ref.test ESMTP Postfix
    C MAIL FROM:<>
    S 250 2.1.0 Ok
    C DATA
    S 503 5.5.1 Error: no valid recipients`,
    { role: "lmtp" },
  );
});

Deno.test("R22: an address in UTF-8 needs SMTPUTF8 (RFC 6531 §3.5)", () => {
  const undeclared = "553 5.6.7 Must declare SMTPUTF8 to send unicode address";
  replyTo("MAIL FROM:<blå@remote.test>", undeclared);
  replyTo("MAIL FROM:<a@bücher.test>", undeclared);
  replyTo("MAIL FROM:<blå@remote.test> SMTPUTF8", "250 2.1.0 Ok");
  replyTo("MAIL FROM:<a@bücher.test> smtputf8", "250 2.1.0 Ok");
  replyTo("MAIL FROM:<bl\\xE5@remote.test>", "500 5.5.2 Error: bad UTF-8 syntax");
  replyTo("VRFY blå@ref.test", undeclared);
  replyTo("VRFY blå@ref.test SMTPUTF8", "252 2.0.0 blå@ref.test");
  for (const [parameter, reply] of [["", undeclared], [" SMTPUTF8", "250 2.1.5 Ok"]]) {
    playDialogue(`${hello}
      C MAIL FROM:<a@remote.test>${parameter}
      S 250 2.1.0 Ok
      C RCPT TO:<blå@ref.test>
      S ${reply}`);
  }
  replyTo("MAIL FROM:<a@remote.test> SMTPUTF8", "555 5.5.4 Unsupported option: SMTPUTF8", {
    settings: { smtpUtf8: false },
  });
});

Deno.test("messages with NUL, with 8-bit octets and without a header pass (RFC 6152 §3)", () => {
  const played = playDialogue(`${toU1}\nC no header here\\0\\xFF\nC .\nS ${queued}`);
  // An empty line is put before what is no field.
  assertEquals(played.messages, ["\nno header here\0\ufffd\n"]);
  assertEquals(played.transactions[0]?.has8Bit, true);
});
