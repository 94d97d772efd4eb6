import { assert, assertEquals, assertMatch } from "@std/assert";

import { utf8Text } from "../../tools/kit/base/bytes.ts";

import type { QueuedMessage, QueueEnvelope } from "../../store/spool/spool.ts";

import type { BounceFacts, FailedRecipient } from "./bounce.ts";
import { formatBounce, reportable, returnsHeaderOnly } from "./bounce.ts";

function messageOf(envelope: Partial<QueueEnvelope> = {}): QueuedMessage {
  return {
    id: "4C2F1A0B3D",
    queue: "active",
    envelope: {
      sender: "s@remote.test",
      recipients: [],
      arrivedMs: Date.UTC(2025, 10, 25, 1, 11, 53),
      attributes: {},
      smtpUtf8: false,
      body: "7BIT",
      ...envelope,
    },
    octets: 1234,
    outcomes: [],
    nextAttemptMs: 0,
    attempts: 0,
  };
}

function failed(address: string, extra: Partial<FailedRecipient["recipient"]> = {}): FailedRecipient {
  return { recipient: { address, original: address, ...extra }, status: "5.1.1", text: 'unknown user: "x"' };
}

function format(facts: Partial<BounceFacts> = {}): string {
  const { prefix, suffix } = formatBounce({
    message: messageOf(),
    failed: [failed("x@ref.test")],
    id: "5D301B0C4E",
    hostname: "mx.ref.test",
    nowMs: Date.UTC(2025, 10, 25, 1, 12, 0),
    zoneMinutes: 60,
    headerOnly: false,
    ...facts,
  });
  return utf8Text(prefix) + "CONTENT\n" + utf8Text(suffix);
}

Deno.test("formatBounce() makes a report of three parts (RFC 3462)", () => {
  assertEquals(
    format(),
    `Received: by mx.ref.test (Postfix)
\tid 5D301B0C4E; Tue, 25 Nov 2025 02:12:00 +0100
Date: Tue, 25 Nov 2025 02:12:00 +0100
From: Mail Delivery System <MAILER-DAEMON@mx.ref.test>
Subject: Undelivered Mail Returned to Sender
To: s@remote.test
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="5D301B0C4E.1764033120/mx.ref.test"
Message-Id: <5D301B0C4E.1764033120000@mx.ref.test>

This is a MIME-encapsulated message.

--5D301B0C4E.1764033120/mx.ref.test
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail server at mx.ref.test.

Your message could not be delivered to the recipient below, and will not be
tried again. It is attached.

If you need help, write to <postmaster> and include this report.

<x@ref.test>: unknown user: "x"

--5D301B0C4E.1764033120/mx.ref.test
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.ref.test
X-Postfix-Queue-ID: 4C2F1A0B3D
X-Postfix-Sender: rfc822; s@remote.test
Arrival-Date: Tue, 25 Nov 2025 02:11:53 +0100

Final-Recipient: rfc822; x@ref.test
Original-Recipient: rfc822;x@ref.test
Action: failed
Status: 5.1.1
Diagnostic-Code: X-Postfix; unknown user: "x"

--5D301B0C4E.1764033120/mx.ref.test
Content-Description: Undelivered Message
Content-Type: message/rfc822

CONTENT

--5D301B0C4E.1764033120/mx.ref.test--
`,
  );
});

Deno.test("formatBounce() names the original recipient and the envelope id (RFC 3464 §2.2.1, §2.3.1)", () => {
  const text = format({
    message: messageOf({ envelopeId: "QQ314159" }),
    failed: [failed("x@ref.test", { original: "alias@ref.test", dsnOriginal: "rfc822;first@ref.test" })],
  });
  assertMatch(text, /^<x@ref\.test> \(expanded from <alias@ref\.test>\): unknown user: "x"$/m);
  assertMatch(text, /^Original-Recipient: rfc822;first@ref\.test$/m);
  assertMatch(text, /^Original-Envelope-Id: QQ314159$/m);
});

Deno.test("formatBounce() returns the header alone, and says so (RFC 3461 §4.3)", () => {
  const text = format({ headerOnly: true });
  assertMatch(
    text,
    /^Content-Description: Undelivered Message Headers\nContent-Type: text\/rfc822-headers$/m,
  );
  assertEquals(returnsHeaderOnly(messageOf(), 50_000), false);
  assertEquals(returnsHeaderOnly(messageOf(), 1000), true);
  assertEquals(returnsHeaderOnly(messageOf({ ret: "HDRS" }), 50_000), true);
});

Deno.test("formatBounce() uses the international parts for SMTPUTF8 (RFC 6533)", () => {
  const text = format({ message: messageOf({ smtpUtf8: true }), failed: [failed("ü@ref.test")] });
  assertMatch(text, /^Content-Type: message\/global-delivery-status$/m);
  assertMatch(text, /^Content-Type: message\/global$/m);
  assertMatch(text, /^Final-Recipient: utf-8; ü@ref\.test$/m);
  assertEquals(text.match(/^Content-Transfer-Encoding: 8bit$/gm)?.length, 4);
});

Deno.test("formatBounce() folds long reasons and lets no line be forged", () => {
  const text = format({
    failed: [{ ...failed("x@ref.test"), text: `${"many words ".repeat(20)}\nStatus: 2.0.0` }],
  });
  assert(text.split("\n").every((line) => line.length <= 90));
  assert(!/^Status: 2/m.test(text));
});

Deno.test("reportable() leaves out those whose sender does not want to know (RFC 3461 §4.1)", () => {
  const all = [
    failed("a@ref.test"),
    failed("b@ref.test", { notify: ["NEVER"] }),
    failed("c@ref.test", { notify: ["SUCCESS"] }),
    failed("d@ref.test", { notify: ["DELAY", "FAILURE"] }),
  ];
  const told = reportable("s@remote.test", all).map(({ recipient }) => recipient.address);
  assertEquals(told, ["a@ref.test", "d@ref.test"]);
  assertEquals(reportable("", all), []);
});
