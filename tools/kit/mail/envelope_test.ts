import { assertEquals } from "@std/assert";

import { concatBytes, latin1Bytes } from "../base/bytes.ts";
import { realRandom, SeededRandom } from "../base/random.ts";
import { type EnvelopeAddress, parseEnvelope } from "./envelope.ts";

const address = (mailbox: string, host: string, name?: string): EnvelopeAddress =>
  name === undefined ? { mailbox, host } : { name, mailbox, host };

Deno.test("parseEnvelope() reads the ten fields, unfolded (RFC 3501 §7.4.2)", () => {
  const header = "DATE: Tue, 7 Apr 2026\r\n 10:00:01 +0000\r\nSubject:  a\r\n\t b  c \r\n" +
    "From: F <f@x.test>\r\nSender: s@x.test\r\nReply-To: r@x.test\r\nTo: t@x.test,\r\n u@x.test\r\n" +
    "Cc: c@x.test\r\nBcc: b@x.test\r\nIn-Reply-To: <1@x>\r\nMessage-ID: <2@x>\r\n\r\nFrom: body@x.test\r\n";
  assertEquals(parseEnvelope(latin1Bytes(header)), {
    date: "Tue, 7 Apr 2026 10:00:01 +0000",
    subject: "a b c",
    from: [address("f", "x.test", "F")],
    sender: [address("s", "x.test")],
    replyTo: [address("r", "x.test")],
    to: [address("t", "x.test"), address("u", "x.test")],
    cc: [address("c", "x.test")],
    bcc: [address("b", "x.test")],
    inReplyTo: "<1@x>",
    messageId: "<2@x>",
  });
});

Deno.test("parseEnvelope() defaults sender and reply-to to from, also when they are empty (report R47)", () => {
  const from = [address("f", "x.test")];
  for (
    const [extra, replyTo] of [
      ["Reply-To: r@x.test\n", [address("r", "x.test")]],
      ["Reply-To:\n", from],
      ["Reply-To: (nobody)\nSender:  \n", from],
      ["", from],
    ] as const
  ) {
    const envelope = parseEnvelope(latin1Bytes(`From: f@x.test\n${extra}\n`));
    assertEquals(envelope.replyTo, [...replyTo], extra);
    assertEquals(envelope.sender, from, extra);
  }
});

Deno.test("parseEnvelope() tells an empty field from none, and reads groups (report R48)", () => {
  const envelope = parseEnvelope(latin1Bytes("Subject:\nTo: undisclosed-recipients:;\n\n"));
  assertEquals(envelope.subject, "");
  assertEquals(envelope.date, undefined);
  assertEquals(envelope.to, [{ mailbox: "undisclosed-recipients" }, {}]);
});

Deno.test("parseEnvelope() puts lists together and takes the last of texts that come twice", () => {
  const envelope = parseEnvelope(
    latin1Bytes("From: a@x.test\nSubject: one\nFrom: b@x.test\nSubject: two\n\n"),
  );
  assertEquals(envelope.from, [address("a", "x.test"), address("b", "x.test")]);
  assertEquals(envelope.subject, "two");
});

Deno.test("parseEnvelope() shows no NUL (RFC 3501 §9)", () => {
  const envelope = parseEnvelope(latin1Bytes('Subject: a\0b\nFrom: "n\0m" <l\0@x.test>\n\n'));
  assertEquals(envelope.subject, "a\x80b");
  assertEquals(envelope.from[0]!.name, "n\x80m");
});

Deno.test("parseEnvelope() makes something of random octets, and of a long field in linear time", () => {
  const random = new SeededRandom(realRandom.below(2 ** 32));
  const names = ["From", "To", "Subject", "Date", "Message-ID", "Reply-To"];
  for (let round = 0; round < 2000; round++) {
    const lines = names.flatMap((
      name,
    ) => [latin1Bytes(`${name}: `), random.bytes(random.below(40)), latin1Bytes("\n")]);
    const envelope = parseEnvelope(concatBytes(lines));
    const shown = JSON.stringify(envelope);
    assertEquals(shown.includes("\\u0000"), false, `seed ${random.seed}`);
  }
  for (const piece of ["a@b.test, ", "=?utf-8?Q?a?= ", "\r\n x", '"', "(", "  "]) {
    parseEnvelope(latin1Bytes(`To: ${piece.repeat(100_000)}\nSubject: ${piece.repeat(100_000)}\n\n`));
  }
});
