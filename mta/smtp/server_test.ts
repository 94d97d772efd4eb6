import { assertEquals } from "@std/assert";

import { playDialogue } from "./testing_dialogue.ts";

Deno.test("a session from greeting to QUIT takes a message (RFC 5321 §D.1)", () => {
  const played = playDialogue(`
    S 220 mx.ref.test ESMTP Postfix
    L connect from client.test[192.0.2.1]
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
    C MAIL FROM:<a@remote.test>
    C RCPT TO:<u1@ref.test>
    C DATA
    S 250 2.1.0 Ok
    S 250 2.1.5 Ok
    S 354 End data with <CR><LF>.<CR><LF>
    C Subject: x
    C
    C ..dot
    C .
    S 250 2.0.0 Ok: queued as 4C2F1A0B3D
    C QUIT
    S 221 2.0.0 Bye
    CLOSED
    L disconnect from client.test[192.0.2.1] ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5
  `);
  assertEquals(played.messages, ["Subject: x\n\n.dot\n"]);
  assertEquals(played.transactions[0]?.recipients.map(({ address }) => address), ["u1@ref.test"]);
});
