import { assertEquals } from "@std/assert";

import { encodeBase64 } from "../../../tools/kit/base/base64.ts";
import { utf8Bytes, utf8Text } from "../../../tools/kit/base/bytes.ts";

import { message, playClient } from "./testing_client.ts";

const greeted = `
  S 220 mx.test ESMTP
  C EHLO me.test
`;

Deno.test("a message goes over command by command where PIPELINING is not offered (RFC 5321 §3.3)", () => {
  const { fates } = playClient(
    `${greeted}
    S 250 mx.test
    C MAIL FROM:<a@a.test>
    S 250 2.1.0 Ok
    C RCPT TO:<b@b.test>
    S 250 2.1.5 Ok
    C RCPT TO:<c@b.test>
    S 550 5.1.1 no such user
    C DATA
    S 354 go on
    BODY
    S 250 2.0.0 Ok: queued as 4711
    FREE`,
    { messages: [message(["b@b.test", "c@b.test"])] },
  );
  assertEquals(fates, [
    "delivered 2.0.0 (250 2.0.0 Ok: queued as 4711)",
    "failed 5.1.1 (host mx.test[192.0.2.1] said: 550 5.1.1 no such user (in reply to RCPT TO command))",
  ]);
});

Deno.test("commands go together where PIPELINING is offered, and replies find their recipients (RFC 2920 §3.1)", () => {
  const { fates, reports } = playClient(
    `${greeted}
    S 250-mx.test
    S 250-PIPELINING
    S 250-SIZE 10240000
    S 250-8BITMIME
    S 250 DSN
    C MAIL FROM:<a@a.test> SIZE=100 BODY=8BITMIME RET=HDRS ENVID=QQ+2B1
    C RCPT TO:<b@b.test> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;x+3Dy@b.test
    C RCPT TO:<c@b.test>
    C RCPT TO:<d@b.test>
    C DATA
    S 250 2.1.0 Ok
    S 250 2.1.5 Ok
    S 450-4.2.0 not
    S 450 4.2.0 now
    S 552 5.5.3 too many
    S 354 go on
    BODY
    S 250 Ok
    FREE`,
    {
      messages: [message(["b@b.test", "c@b.test", "d@b.test"], {
        recipients: [
          { address: "b@b.test", notify: ["SUCCESS", "FAILURE"], originalRecipient: "rfc822;x=y@b.test" },
          { address: "c@b.test" },
          { address: "d@b.test" },
        ],
        body: "8BITMIME",
        ret: "HDRS",
        envelopeId: "QQ+1",
      })],
    },
  );
  assertEquals(fates, [
    "delivered 2.0.0 (250 Ok)",
    "deferred 4.2.0 (host mx.test[192.0.2.1] said: 450-4.2.0 not 450 4.2.0 now (in reply to RCPT TO command))",
    "deferred 4.5.3 (host mx.test[192.0.2.1] said: 552 5.5.3 too many (in reply to RCPT TO command))",
  ]);
  const [fate] = reports[0]!.fates;
  assertEquals(fate?.kind === "delivered" && fate.how, "passed on");
});

Deno.test("a message that nobody takes is ended by a lone dot when the server has said 354 (RFC 2920 §3.1)", () => {
  const { fates } = playClient(
    `${greeted}
    S 250-mx.test
    S 250 PIPELINING
    C MAIL FROM:<a@a.test>
    C RCPT TO:<b@b.test>
    C DATA
    S 250 Ok
    S 550 5.1.1 no
    S 354 go on
    C .
    S 554 5.5.1 no valid recipients
    FREE`,
    { messages: [message(["b@b.test"])] },
  );
  assertEquals(fates, [
    "failed 5.1.1 (host mx.test[192.0.2.1] said: 550 5.1.1 no (in reply to RCPT TO command))",
  ]);
});

Deno.test("MAIL that is refused is refused for all, and the session goes on (RFC 5321 §3.3)", () => {
  const { fates } = playClient(
    `${greeted}
    S 250-mx.test
    S 250 PIPELINING
    C MAIL FROM:<a@a.test>
    C RCPT TO:<b@b.test>
    C RCPT TO:<c@b.test>
    C DATA
    S 553 5.1.8 bad sender
    S 503 5.5.1 need MAIL
    S 503 5.5.1 need MAIL
    S 503 5.5.1 need RCPT
    C MAIL FROM:<a@a.test>
    C RCPT TO:<d@b.test>
    C DATA
    S 250 Ok
    S 250 Ok
    S 354 go on
    BODY
    S 250 2.0.0 Ok
    FREE`,
    { messages: [message(["b@b.test", "c@b.test"]), message(["d@b.test"])] },
  );
  const refused =
    "failed 5.1.8 (host mx.test[192.0.2.1] said: 553 5.1.8 bad sender (in reply to MAIL FROM command))";
  assertEquals(fates, [refused, refused, "delivered 2.0.0 (250 2.0.0 Ok)"]);
});

Deno.test("a transaction that came to nothing is taken back before the next (RFC 5321 §4.1.1.5)", () => {
  const { fates } = playClient(
    `${greeted}
    S 250 mx.test
    C MAIL FROM:<a@a.test>
    S 250 Ok
    C RCPT TO:<b@b.test>
    S 450 4.2.1 busy
    C RSET
    S 250 Ok
    C MAIL FROM:<a@a.test>
    S 250 Ok
    C RCPT TO:<c@b.test>
    S 250 Ok
    C DATA
    S 451 4.3.0 not now
    FREE`,
    { messages: [message(["b@b.test"]), message(["c@b.test"])] },
  );
  assertEquals(fates, [
    "deferred 4.2.1 (host mx.test[192.0.2.1] said: 450 4.2.1 busy (in reply to RCPT TO command))",
    "deferred 4.3.0 (host mx.test[192.0.2.1] said: 451 4.3.0 not now (in reply to DATA command))",
  ]);
});

Deno.test("a server without EHLO is greeted by HELO, and mail is sent without extensions (RFC 5321 §3.2)", () => {
  const { fates } = playClient(
    `${greeted}
    S 502 unimplemented
    C HELO me.test
    S 250 mx.test
    C MAIL FROM:<>
    S 250 Ok
    C RCPT TO:<b@b.test>
    S 250 Ok
    C DATA
    S 354 go on
    BODY
    S 554 no thanks
    FREE`,
    { messages: [message(["b@b.test"], { sender: "", body: "8BITMIME", ret: "FULL" })] },
  );
  assertEquals(fates, [
    "failed 5.0.0 (host mx.test[192.0.2.1] said: 554 no thanks (in reply to end of DATA command))",
  ]);
});

Deno.test("LMTP has a reply for each recipient that was taken (RFC 2033 §4.2)", () => {
  const { fates } = playClient(
    `S 220 mx.test LMTP
    C LHLO me.test
    S 250-mx.test
    S 250 PIPELINING
    C MAIL FROM:<a@a.test>
    C RCPT TO:<b@b.test>
    C RCPT TO:<c@b.test>
    C RCPT TO:<d@b.test>
    S 250 Ok
    S 250 Ok
    S 550 5.1.1 no
    S 250 Ok
    C DATA
    S 354 go on
    BODY
    S 250 2.0.0 one
    S 452 4.2.2 full
    FREE`,
    {
      messages: [message(["b@b.test", "c@b.test", "d@b.test"])],
      target: { protocol: "lmtp" },
    },
  );
  assertEquals(fates, [
    "delivered 2.0.0 (250 2.0.0 one)",
    "failed 5.1.1 (host mx.test[192.0.2.1] said: 550 5.1.1 no (in reply to RCPT TO command))",
    "deferred 4.2.2 (host mx.test[192.0.2.1] said: 452 4.2.2 full (in reply to end of DATA command))",
  ]);
});

Deno.test("what a server cannot take is known before it is asked (RFC 1870 §4, RFC 6531 §3.5)", () => {
  const { fates, sources } = playClient(
    `${greeted}
    S 250-mx.test
    S 250 SIZE 1000
    C MAIL FROM:<a@a.test> SIZE=100
    S 250 Ok
    C RCPT TO:<b@b.test>
    S 250 Ok
    C DATA
    S 354 go on
    BODY
    S 250 Ok
    FREE`,
    {
      messages: [
        message(["b@b.test"], { octets: 1001 }),
        message(["bü@b.test"], { needsUtf8: true }),
        message(["b@b.test"], { body: "8BITMIME" }),
      ],
    },
  );
  assertEquals(fates.slice(0, 2), [
    "failed 5.3.4 (message size 1001 exceeds size limit 1000 of server mx.test[192.0.2.1])",
    "failed 5.6.7 (SMTPUTF8 is required, but was not offered by host mx.test[192.0.2.1])",
  ]);
  assertEquals(sources, [{ content: 1, to7Bit: true, isExact: false }]);
});

Deno.test("a message goes by BDAT where that is wanted and offered (RFC 3030 §2)", () => {
  const { fates, sources } = playClient(
    `${greeted}
    S 250-mx.test
    S 250-PIPELINING
    S 250 CHUNKING
    C MAIL FROM:<a@a.test>
    C RCPT TO:<b@b.test>
    C RCPT TO:<c@b.test>
    S 250 Ok
    S 250 Ok
    S 550 5.1.1 no
    C BDAT 77 LAST
    BODY
    S 250 2.0.0 Ok
    C MAIL FROM:<a@a.test>
    C RCPT TO:<d@b.test>
    S 250 Ok
    S 450 4.2.0 no
    FREE`,
    {
      messages: [message(["b@b.test", "c@b.test"]), message(["d@b.test"])],
      settings: { chunking: true },
    },
  );
  assertEquals(fates, [
    "delivered 2.0.0 (250 2.0.0 Ok)",
    "failed 5.1.1 (host mx.test[192.0.2.1] said: 550 5.1.1 no (in reply to RCPT TO command))",
    "deferred 4.2.0 (host mx.test[192.0.2.1] said: 450 4.2.0 no (in reply to RCPT TO command))",
  ]);
  assertEquals(sources, [{ content: 1, to7Bit: false, isExact: true }]);
});

Deno.test("the session's end, wherever it comes, says what it was doing (RFC 5321 §3.8, §4.5.3.2)", () => {
  const ehlo = `${greeted}\nS 250 mx.test\nC MAIL FROM:<a@a.test>`;
  const rcpt = `${ehlo}\nS 250 Ok\nC RCPT TO:<b@b.test>`;
  const data = `${rcpt}\nS 250 Ok\nC DATA`;
  const body = `${data}\nS 354 go\nBODY`;
  const lost = "lost connection with mx.test[192.0.2.1] while";
  const timedOut = "conversation with mx.test[192.0.2.1] timed out while";
  const rows: readonly [dialogue: string, failure: string, fates: readonly string[]][] = [
    ["END", `4.4.2 ${lost} receiving the initial server greeting`, []],
    ["EXPIRE", `4.4.2 ${timedOut} receiving the initial server greeting`, []],
    [`${greeted}\nEND`, `4.4.2 ${lost} performing the EHLO handshake`, []],
    [`${ehlo}\nEND`, `4.4.2 ${lost} sending MAIL FROM`, ["-"]],
    [`${rcpt}\nEXPIRE`, `4.4.2 ${timedOut} sending RCPT TO`, ["-"]],
    [`${data}\nEND`, `4.4.2 ${lost} sending DATA command`, ["-"]],
    [
      `${body}\nEND`,
      `4.4.2 ${lost} sending end of data -- message may be sent more than once`,
      [`deferred 4.4.2 (${lost} sending end of data -- message may be sent more than once)`],
    ],
    [
      "S 421 4.3.2 closing\nC QUIT",
      "4.3.2 host mx.test[192.0.2.1] refused to talk to me: 421 4.3.2 closing",
      [],
    ],
    [
      "S 554 5.7.1 go away\nC QUIT",
      "4.7.1 host mx.test[192.0.2.1] refused to talk to me: 554 5.7.1 go away",
      [],
    ],
    [
      `${rcpt}\nS 421 4.3.2 closing`,
      "4.3.2 host mx.test[192.0.2.1] said: 421 4.3.2 closing (in reply to RCPT TO command)",
      ["-"],
    ],
    [`${greeted}\nS 250 me.test here\nC QUIT`, "5.4.6 mail for mx.test loops back to myself", []],
    [
      "S HTTP/1.1 400 Bad Request",
      "4.5.0 Protocol error: host mx.test[192.0.2.1] said: HTTP/1.1 400 Bad Request",
      [],
    ],
  ];
  for (const [dialogue, failure, fates] of rows) {
    const played = playClient(`${dialogue}\nCLOSED`, { messages: [message(["b@b.test"])] });
    assertEquals(`${played.failure?.status} ${played.failure?.text}`, failure, dialogue);
    assertEquals(played.fates, fates, dialogue);
  }
});

Deno.test("STARTTLS comes first where it is offered, and what was said before it is forgotten (RFC 3207 §4.2)", () => {
  const { fates } = playClient(
    `${greeted}
    S 250-mx.test
    S 250-SIZE 5
    S 250 STARTTLS
    C STARTTLS
    S 220 2.0.0 Ready
    TLS
    C EHLO me.test
    S 250-mx.test
    S 250 PIPELINING
    C MAIL FROM:<a@a.test>
    C RCPT TO:<b@b.test>
    C DATA
    S 250 Ok
    S 250 Ok
    S 354 go
    BODY
    S 250 Ok
    FREE`,
    { messages: [message(["b@b.test"])], target: { tls: "may" } },
  );
  assertEquals(fates, ["delivered 2.0.0 (250 Ok)"]);
});

Deno.test("without TLS that must be, nothing is sent; where it may be, it goes on (RFC 3207 §4)", () => {
  const rows: readonly [dialogue: string, tls: "may" | "must", failure: string | undefined][] = [
    [
      "S 250 mx.test\nC QUIT\nCLOSED",
      "must",
      "tls 4.7.4 TLS is required, but was not offered by host mx.test[192.0.2.1]",
    ],
    ["S 250 mx.test\nFREE", "may", undefined],
    [
      "S 250-mx.test\nS 250 STARTTLS\nC STARTTLS\nS 454 4.7.0 no\nC QUIT\nCLOSED",
      "must",
      "tls 4.7.5 TLS is required, but host mx.test[192.0.2.1] refused to start TLS: 454 4.7.0 no",
    ],
    ["S 250-mx.test\nS 250 STARTTLS\nC STARTTLS\nS 454 4.7.0 no\nFREE", "may", undefined],
    [
      "S 250-mx.test\nS 250 STARTTLS\nC STARTTLS\nS 220 go\nNOTLS\nCLOSED",
      "may",
      "tls 4.7.5 Cannot start TLS: handshake failure",
    ],
  ];
  for (const [dialogue, tls, wanted] of rows) {
    const { failure } = playClient(`${greeted}\n${dialogue}`, { target: { tls } });
    assertEquals(failure && `${failure.stage} ${failure.status} ${failure.text}`, wanted, dialogue);
  }
  const refused = playClient(
    `${greeted}\nS 250-mx.test\nS 250 STARTTLS\nC STARTTLS\nS 220 go\nTLS\nC QUIT\nCLOSED`,
    {
      target: { tls: "must" },
      answer: ({ kind }) =>
        kind === "secured" ? { kind: "judged", problem: "Server certificate not trusted" } : undefined,
    },
  );
  assertEquals(refused.failure?.text, "Server certificate not trusted");
});

Deno.test("AUTH goes before mail, and a refused login puts the mail off (RFC 4954 §4, §6)", () => {
  const offered = `${greeted}\nS 250-mx.test\nS 250 AUTH PLAIN LOGIN`;
  const word = encodeBase64(utf8Bytes("\0u\0p"));
  const options = {
    target: { login: true },
    answer: (question: { kind: string; data?: Uint8Array }) =>
      question.kind === "login"
        ? { kind: "login", mechanism: "PLAIN", initial: utf8Bytes("\0u\0p") } as const
        : question.kind === "challenge"
        ? { kind: "response", data: utf8Bytes(`re:${utf8Text(question.data!)}`) } as const
        : undefined,
  };
  playClient(`${offered}\nC AUTH PLAIN ${word}\nS 235 2.7.0 Ok\nFREE`, options);
  const challenge = encodeBase64(utf8Bytes("q"));
  playClient(
    `${offered}\nC AUTH PLAIN ${word}\nS 334 ${challenge}\nC ${
      encodeBase64(utf8Bytes("re:q"))
    }\nS 235 Ok\nFREE`,
    options,
  );
  const { failure } = playClient(
    `${offered}\nC AUTH PLAIN ${word}\nS 535 5.7.8 wrong\nC QUIT\nCLOSED`,
    options,
  );
  assertEquals(
    failure?.text,
    "SASL authentication failed; server mx.test[192.0.2.1] said: 535 5.7.8 wrong",
  );
  assertEquals(failure?.status, "4.7.8");
});

Deno.test("a server has the time of RFC 5321 §4.5.3.2 for each reply", () => {
  const { deadlines } = playClient(
    `${greeted}\nS 250 mx.test\nC MAIL FROM:<a@a.test>\nS 250 Ok\nC RCPT TO:<b@b.test>\nS 250 Ok\nC DATA
    S 354 go\nBODY\nS 250 Ok\nFREE`,
    { messages: [message(["b@b.test"])] },
  );
  assertEquals(deadlines, [300_000, 300_000, 300_000, 300_000, 120_000, 600_000]);
});

Deno.test("nothing in the queue makes two commands of one (RFC 5321 §4.1.1)", () => {
  playClient(
    `${greeted}
    S 250-mx.test
    S 250-PIPELINING
    S 250-SMTPUTF8
    S 250 DSN
    C MAIL FROM:<a??QUIT@a.test> SMTPUTF8
    C RCPT TO:<b??RCPT TO:<x@b.test> ORCPT=utf-8;ä\\x{0D}\\x{0A}DATA
    C RCPT TO:<c@b.test>
    C DATA
    S 250 2.1.0 Ok
    S 250 2.1.5 Ok
    S 250 2.1.5 Ok
    S 354 go on
    BODY
    S 250 Ok
    FREE`,
    {
      messages: [message([], {
        sender: "a\r\nQUIT@a.test",
        recipients: [
          { address: "b\r\nRCPT TO:<x@b.test", originalRecipient: "utf-8;ä\r\nDATA" },
          { address: "c@b.test", originalRecipient: "rfc822\r\nDATA\r\n;c@b.test" },
        ],
        needsUtf8: true,
      })],
    },
  );
});
