import { assertEquals } from "@std/assert";

import { type DialogueOptions, playDialogue } from "./testing_dialogue.ts";

const hello = `
  S 220 mx.ref.test ESMTP Postfix
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
`;
const mail = `
  C MAIL FROM:<a@remote.test>
  S 250 2.1.0 Ok
`;
const rcpt = `
  C RCPT TO:<u1@ref.test>
  S 250 2.1.5 Ok
`;

/** Every command in every state: what is answered. The columns are states, made by what stands at their head. */
const states: Readonly<Record<string, string>> = {
  start: "S 220 mx.ref.test ESMTP Postfix",
  greeted: hello,
  mail: hello + mail,
  rcpt: hello + mail + rcpt,
  chunk: `${hello}${mail}${rcpt}
    C BDAT 3
    C abc\\c
    S 250 2.0.0 Ok: 3 bytes`,
  spoiled: `${hello}
    C BDAT 3
    C abc\\c
    S 503 5.5.1 Error: need RCPT command`,
};

const nested = "503 5.5.1 Error: nested MAIL command";
const ok = "250 2.0.0 Ok";
const needMail = "503 5.5.1 Error: need MAIL command";
const needRcpt = "503 5.5.1 Error: need RCPT command";
const rcptAfter = "503 5.5.1 Error: RCPT after BDAT";
const dataAfter = "503 5.5.1 Error: DATA after BDAT";
const etrnBusy = "503 Error: MAIL transaction in progress";
const queued = "250 2.0.0 Ok: 3 bytes queued as 4C2F1A0B3D";
const same = (reply: string) => Object.keys(states).map(() => reply);

const table: readonly [command: string, replies: readonly string[]][] = [
  ["HELO c.test", same("250 mx.ref.test")],
  ["NOOP", same(ok)],
  ["NOOP whatever", same(ok)],
  ["RSET", same(ok)],
  ["RSET x", same("501 5.5.4 Syntax: RSET")],
  [
    "HELP",
    same(
      "214 2.0.0 Commands: AUTH BDAT DATA EHLO ETRN EXPN HELO HELP MAIL NOOP QUIT RCPT RSET STARTTLS VRFY",
    ),
  ],
  [
    "HELP MAIL",
    same(
      "214 2.0.0 Commands: AUTH BDAT DATA EHLO ETRN EXPN HELO HELP MAIL NOOP QUIT RCPT RSET STARTTLS VRFY",
    ),
  ],
  ["EXPN list", same("502 5.5.1 Error: command not implemented")],
  ["VRFY u1@ref.test", same("252 2.0.0 u1@ref.test")],
  ["VRFY <u1@ref.test> SMTPUTF8", same("252 2.0.0 <u1@ref.test>")],
  [
    "VRFY nosuch@ref.test",
    same(
      "550 5.1.1 <nosuch@ref.test>: Recipient address rejected: User unknown in local recipient table",
    ),
  ],
  ["VRFY", same("501 5.5.4 Syntax: VRFY address [SMTPUTF8]")],
  ["VRFY a b c", same("501 5.1.3 Bad recipient address syntax")],
  ["HELO", same("501 Syntax: HELO hostname")],
  ["EHLO", same("501 Syntax: EHLO hostname")],
  ["LHLO c.test", same("500 5.5.2 Error: command not recognized")],
  ["FOO bar", same("500 5.5.2 Error: command not recognized")],
  ["", same("500 5.5.2 Error: bad syntax")],
  ["   ", same("500 5.5.2 Error: bad syntax")],
  ["STARTTLS", same("454 4.7.0 TLS not available due to local problem")],
  ["STARTTLS now", same("501 5.5.4 Syntax: STARTTLS")],
  ["AUTH PLAIN", same("503 5.5.1 Error: authentication not enabled")],
  ["ETRN ref.test", [
    "459 <ref.test>: service unavailable",
    "459 <ref.test>: service unavailable",
    etrnBusy,
    etrnBusy,
    etrnBusy,
    etrnBusy,
  ]],
  ["MAIL FROM:<b@remote.test>", [
    "250 2.1.0 Ok",
    "250 2.1.0 Ok",
    nested,
    nested,
    nested,
    "503 5.5.1 Error: MAIL after BDAT",
  ]],
  ["RCPT TO:<u2@ref.test>", [needMail, needMail, "250 2.1.5 Ok", "250 2.1.5 Ok", rcptAfter, rcptAfter]],
  ["DATA", [
    needRcpt,
    needRcpt,
    "554 5.5.1 Error: no valid recipients",
    "354 End data with <CR><LF>.<CR><LF>",
    dataAfter,
    dataAfter,
  ]],
  ["DATA x", [
    needRcpt,
    needRcpt,
    "554 5.5.1 Error: no valid recipients",
    "501 5.5.4 Syntax: DATA",
    dataAfter,
    dataAfter,
  ]],
  ["BDAT 0 LAST", [
    needRcpt,
    needRcpt,
    "554 5.5.1 Error: no valid recipients",
    "250 2.0.0 Ok: 0 bytes queued as 4C2F1A0B3D",
    queued.replace("3 bytes", "5 bytes"),
    "551 5.0.0 Discarded 0 bytes after earlier error",
  ]],
  ["QUIT", same("221 2.0.0 Bye")],
  ["QUIT now", same("221 2.0.0 Bye")],
];

for (const [command, replies] of table) {
  Deno.test(`${command === "" ? "an empty line" : command} is answered in every state as Postfix does (RFC 5321 §4.1.4)`, () => {
    Object.values(states).forEach((state, index) => {
      playDialogue(`${state}\nC ${command}\nS ${replies[index]}`);
    });
  });
}

Deno.test("EHLO ends a transaction, and so do RSET and the end of a message (RFC 5321 §4.1.4)", () => {
  playDialogue(`${hello}${mail}${rcpt}
    C RSET
    S 250 2.0.0 Ok
    C RCPT TO:<u1@ref.test>
    S ${needMail}
    ${mail}
    ${hello.replace(/^.*220.*$/m, "")}
    C RCPT TO:<u1@ref.test>
    S ${needMail}
    ${mail}${rcpt}
    C DATA
    S 354 End data with <CR><LF>.<CR><LF>
    C .
    S 250 2.0.0 Ok: queued as 4C2F1A0B3D
    C DATA
    S ${needRcpt}
  `);
});

Deno.test("verbs and keywords are read without regard to case and blanks (RFC 5321 §2.4)", () => {
  playDialogue(`${hello}
    C   mail  From: <a@remote.test>
    S 250 2.1.0 Ok
    C rcpt to:u1@ref.test
    S 250 2.1.5 Ok
    C Rcpt TO:<u2@ref.test>\\t
    S 250 2.1.5 Ok
    C rSeT
    S 250 2.0.0 Ok
  `);
});

Deno.test("BDAT takes a message in chunks, whatever is in them (RFC 3030 §2)", () => {
  const played = playDialogue(`${hello}${mail}${rcpt}
    C BDAT 7
    C a\\r\\n.\\r\\nb\\c
    C BDAT 10 LAST
    C QUIT\\r\\nRSET\\c
    S 250 2.0.0 Ok: 7 bytes
    S 250 2.0.0 Ok: 19 bytes queued as 4C2F1A0B3D
    C QUIT
    S 221 2.0.0 Bye
    L disconnect from client.test[192.0.2.1] ehlo=1 mail=1 rcpt=1 bdat=2 quit=1 commands=6
  `);
  assertEquals(played.messages, ["\na\n.\nbQUIT\nRSET\n"]);
});

Deno.test("a chunk that cannot be taken is read over, and so are those behind it (RFC 3030 §3)", () => {
  const played = playDialogue(`${hello}${mail}
    C RCPT TO:<nosuch@ref.test>
    C BDAT 6
    C DATA\\r\\n\\c
    C BDAT 6 LAST
    C QUIT\\r\\n\\c
    S 550 5.1.1 <nosuch@ref.test>: Recipient address rejected: User unknown in local recipient table
    S 554 5.5.1 Error: no valid recipients
    S 551 5.0.0 Discarded 6 bytes after earlier error
    ${mail}${rcpt}
    C BDAT 0
    S 551 5.7.1 Null BDAT request
    C MAIL FROM:<a@remote.test>
    S 503 5.5.1 Error: MAIL after BDAT
    C RSET
    S 250 2.0.0 Ok
    ${mail}
  `);
  assertEquals(played.messages, []);
});

Deno.test("BDAT that is malformed or hidden ends the session: what follows would be raw (RFC 3030 §2)", () => {
  for (
    const line of [
      "BDAT",
      "BDAT x",
      "BDAT -1",
      "BDAT 1 LAST x",
      "BDAT 1 NEXT",
      "BDAT 1.5",
      "BDAT 99999999999999999",
    ]
  ) {
    playDialogue(`${hello}
      C ${line}
      S 521 5.5.4 Syntax: BDAT count [LAST]
      CLOSED
    `);
  }
  const hidden: DialogueOptions = { settings: { discardEhloKeywords: ["chunking"] } };
  playDialogue(
    `${hello.replace("S 250-SMTPUTF8", "S 250 SMTPUTF8").replace("S 250 CHUNKING", "")}
      C BDAT 5
      S 521 5.5.1 Error: command not implemented
      CLOSED`,
    hidden,
  );
});
