import { assertEquals } from "@std/assert";

import type { QueuedMessage } from "../../../store/spool/spool.ts";

import { contentMark, endMarks, formatEnvelopeRecords } from "./letter.ts";

const arrivedMs = new Date(2020, 6, 29, 18, 28, 22).getTime();

const left: QueuedMessage = {
  id: "D5A8510A18CF",
  queue: "maildrop",
  envelope: {
    sender: "root",
    recipients: [{ address: "root", original: "root" }],
    arrivedMs,
    attributes: { rewrite_context: "local", sender_fullname: "root" },
    smtpUtf8: false,
    body: "7BIT",
  },
  octets: 280,
  outcomes: [undefined],
  nextAttemptMs: 0,
  attempts: 0,
};

Deno.test("formatEnvelopeRecords() shows mail in maildrop as postcat(1) does in the tutorial", () => {
  assertEquals(
    formatEnvelopeRecords(left, "D5A8510A18CF"),
    "*** ENVELOPE RECORDS D5A8510A18CF ***\n" +
      "message_arrival_time: Wed Jul 29 18:28:22 2020\n" +
      "named_attribute: rewrite_context=local\n" +
      "sender_fullname: root\n" +
      "sender: root\n" +
      "recipient: root\n",
  );
});

Deno.test("formatEnvelopeRecords() shows what was done of a queued message (postcat(1))", () => {
  const queued: QueuedMessage = {
    ...left,
    queue: "deferred",
    envelope: {
      ...left.envelope,
      recipients: [{
        address: "a@x.test",
        original: "b@x.test",
        notify: ["NEVER"],
        dsnOriginal: "rfc822;b@x.test",
      }],
      attributes: { rewrite_context: "remote" },
      ret: "HDRS",
      envelopeId: "e1",
    },
    outcomes: [{ kind: "delivered", status: "2.0.0", text: "delivered to maildir" }],
  };
  assertEquals(formatEnvelopeRecords(queued, "deferred/D5A8510A18CF").split("\n"), [
    "*** ENVELOPE RECORDS deferred/D5A8510A18CF ***",
    "message_size:             280               0               1               0             280               0",
    "message_arrival_time: Wed Jul 29 18:28:22 2020",
    "create_time: Wed Jul 29 18:28:22 2020",
    "named_attribute: rewrite_context=remote",
    "dsn_envelope_id: e1",
    "dsn_return_flags: HDRS",
    "sender: root",
    "named_attribute: dsn_orig_rcpt=rfc822;b@x.test",
    "named_attribute: notify_flags=NEVER",
    "original_recipient: b@x.test",
    "done_recipient: a@x.test",
    "",
  ]);
});

Deno.test("contentMark() and endMarks() are postcat's", () => {
  assertEquals(contentMark("F"), "*** MESSAGE CONTENTS F ***\n");
  assertEquals(
    endMarks(left, "F"),
    "*** HEADER EXTRACTED F ***\nnamed_attribute: encoding=7bit\n*** MESSAGE FILE END F ***\n",
  );
});
