import { assertEquals } from "@std/assert";

import type { SmtpAnswer, SmtpQuestion } from "./question.ts";
import { playDialogue } from "./testing_dialogue.ts";

const trusted = (question: SmtpQuestion): SmtpAnswer | undefined =>
  question.kind === "connect" ? { kind: "proceed", clientName: "relay.test", mayXclient: true } : undefined;

const greeting = "S 220 mx.ref.test ESMTP...";
const ehlo = (name: string) =>
  `C EHLO ${name}
   S 250-mx.ref.test
   S 250-PIPELINING
   S 250-SIZE 10240000
   S 250-VRFY
   S 250-ETRN
   S 250-XCLIENT NAME ADDR PORT PROTO HELO REVERSE_NAME LOGIN DESTADDR DESTPORT
   S 250-ENHANCEDSTATUSCODES
   S 250-8BITMIME
   S 250-DSN
   S 250-SMTPUTF8
   S 250 CHUNKING`;

Deno.test("XCLIENT makes the session another client's, from the greeting on (Postfix XCLIENT_README)", () => {
  const { questions, log } = playDialogue(
    `${greeting}
     ${ehlo("relay.test")}
     C XCLIENT NAME=spike.test ADDR=168.100.189.2 REVERSE_NAME=rev.test
     ${greeting}
     C XCLIENT HELO=spike.test PROTO=SMTP LOGIN=u1 PORT=99 ADDR=IPV6:2001:db8::1
     ${greeting}
     C MAIL FROM:<a@remote.test>
     S 250 2.1.0 Ok
     C QUIT
     S 221 2.0.0 Bye
     CLOSED`,
    { answer: trusted },
  );
  assertEquals(questions.filter(({ kind }) => kind === "xclient").map(({ facts }) => facts.peer.address), [
    "168.100.189.2",
    "2001:db8::1",
  ]);
  const mail = questions.find(({ kind }) => kind === "mail")!.facts;
  assertEquals([mail.helo, mail.protocol, mail.login, mail.peer.port], [
    "spike.test",
    "SMTP",
    { user: "u1", mechanism: "xclient" },
    99,
  ]);
  assertEquals(log.at(-1), "disconnect from unknown[2001:db8::1] ehlo=1 mail=1 quit=1 xclient=2 commands=5");
});

Deno.test("XCLIENT is refused where it is malformed, in a transaction, or not trusted (Postfix XCLIENT_README)", () => {
  playDialogue(
    `${greeting}
     C XCLIENT
     S 501 5.5.4 Syntax: XCLIENT attribute=value...
     C XCLIENT NAME
     S 501 5.5.4 Syntax: XCLIENT attribute=value...
     C XCLIENT COLOR=red
     S 501 5.5.4 Bad XCLIENT attribute name: COLOR
     C XCLIENT ADDR=1.2.3
     S 501 5.5.4 Bad ADDR syntax: 1.2.3
     C XCLIENT NAME=+4
     S 501 5.5.4 Bad XCLIENT attribute value: +4
     C XCLIENT PORT=65536
     S 501 5.5.4 Bad port syntax: 65536
     C XCLIENT PROTO=HTTP
     S 501 5.5.4 Bad PROTO syntax: HTTP
     C MAIL FROM:<a@remote.test>
     S 250 2.1.0 Ok
     C XCLIENT NAME=a.test
     S 503 5.5.1 Error: MAIL transaction in progress`,
    { answer: trusted },
  );
  playDialogue(`${greeting}\nC XCLIENT NAME=a.test\nS 550 5.7.0 Error: insufficient authorization`);
});

Deno.test("a client that XCLIENT names and policy refuses hears it in place of the greeting (postconf(5) smtpd_delay_reject)", () => {
  const refusal = {
    code: 554,
    status: "5.7.1",
    lines: ["<a.test[1.2.3.4]>: Client host rejected: Access denied"],
  };
  playDialogue(
    `${greeting}
     C XCLIENT NAME=a.test ADDR=1.2.3.4
     S 554 5.7.1 <a.test[1.2.3.4]>: Client host rejected: Access denied
     C MAIL FROM:<a@remote.test>
     S 503 5.7.0 Error: access denied for a.test[1.2.3.4]`,
    {
      answer: (question) =>
        question.kind === "xclient"
          ? { kind: "reply", reply: refusal, clientName: "a.test" }
          : trusted(question),
    },
  );
});

Deno.test("HELO, ETRN and a hang-up are the world's to decide (postconf(5) smtpd_delay_reject, access(5) HANGUP)", () => {
  const reject = (text: string): SmtpAnswer => ({
    kind: "reply",
    reply: { code: 554, status: "5.7.1", lines: [text] },
    lines: ["NOQUEUE: reject: as told"],
  });
  const { log } = playDialogue(
    `${greeting}
     C HELO bad.test
     S 554 5.7.1 <bad.test>: Helo command rejected: Access denied
     L NOQUEUE: reject: as told
     C HELO good.test
     S 250 mx.ref.test
     C ETRN site.test
     S 554 5.7.1 <site.test>: Etrn command rejected: Access denied
     C MAIL FROM:<a@hangup.test>
     CLOSED`,
    {
      answer: (question) => {
        if (question.kind === "helo" && question.facts.helo === "bad.test") {
          return reject("<bad.test>: Helo command rejected: Access denied");
        }
        if (question.kind === "etrn") return reject("<site.test>: Etrn command rejected: Access denied");
        return question.kind === "mail" ? { kind: "hangup" } : undefined;
      },
    },
  );
  assertEquals(
    log.at(-1),
    "disconnect from client.test[192.0.2.1] helo=1/2 mail=0/1 etrn=0/1 commands=1/4",
  );
});
