import { assert, assertEquals, assertMatch } from "@std/assert";

import { utf8Text } from "../../tools/kit/base/bytes.ts";

import type {
  DeliveryOutcome,
  QueuedMessage,
  QueuedRecipient,
  QueueEnvelope,
} from "../../store/spool/spool.ts";

import type { ReportFacts } from "./report.ts";
import { formatReport } from "./report.ts";
import type { PlannedReport, ReportAction } from "./report_plan.ts";
import { defaultReportSettings } from "./send_report.ts";

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

const unknown: DeliveryOutcome = { kind: "failed", status: "5.1.1", text: 'unknown user: "x"' };

interface Told {
  readonly address?: string;
  readonly more?: Partial<QueuedRecipient>;
  readonly action?: ReportAction;
  readonly outcome?: DeliveryOutcome;
}

function planOf(told: readonly Told[], changes: Partial<PlannedReport> = {}): PlannedReport {
  return {
    kind: "failure",
    audience: "sender",
    from: "",
    to: "s@remote.test",
    recipients: told.map(({ address = "x@ref.test", more, action = "failed", outcome = unknown }) => ({
      recipient: { address, original: address, ...more },
      action,
      outcome,
    })),
    headerOnly: false,
    ...changes,
  };
}

function format(facts: Partial<ReportFacts> = {}): string {
  const { prefix, suffix } = formatReport({
    ...defaultReportSettings("mx.ref.test"),
    message: messageOf(),
    report: planOf([{}]),
    id: "5D301B0C4E",
    nowMs: Date.UTC(2025, 10, 25, 1, 12, 0),
    zoneMinutes: 60,
    expiryMs: Date.UTC(2025, 10, 30, 1, 11, 53),
    ...facts,
  });
  return utf8Text(prefix) + "CONTENT\n" + utf8Text(suffix);
}

Deno.test("formatReport() makes a report of three parts (RFC 6522 §3)", () => {
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
\tboundary="4C2F1A0B3D.1764033120/mx.ref.test"
Message-Id: <20251125011200.5D301B0C4E@mx.ref.test>

This is a MIME-encapsulated message.

--4C2F1A0B3D.1764033120/mx.ref.test
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

This is the mail server at $myhostname.

Your message could not be delivered to the recipients below, and will not be
tried again. What was returned of it is attached.

If you need help, write to <postmaster> and include this report.

<x@ref.test>: unknown user: "x"

--4C2F1A0B3D.1764033120/mx.ref.test
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

--4C2F1A0B3D.1764033120/mx.ref.test
Content-Description: Undelivered Message
Content-Type: message/rfc822

Return-Path: <s@remote.test>
CONTENT

--4C2F1A0B3D.1764033120/mx.ref.test--
`,
  );
});

Deno.test("formatReport() names the original recipient and the envelope id (RFC 3464 §2.2.1, §2.3.1)", () => {
  const text = format({
    message: messageOf({ envelopeId: "QQ314159" }),
    report: planOf([{ more: { original: "alias@ref.test", dsnOriginal: "rfc822;first@ref.test" } }]),
  });
  assertMatch(text, /^<x@ref\.test> \(expanded from <alias@ref\.test>\): unknown user: "x"$/m);
  assertMatch(text, /^Original-Recipient: rfc822;first@ref\.test$/m);
  assertMatch(text, /^Original-Envelope-Id: QQ314159$/m);
});

Deno.test("formatReport() quotes the far side and names it (RFC 3464 §2.3.5, §2.3.6)", () => {
  const outcome: DeliveryOutcome = {
    kind: "failed",
    status: "5.3.0",
    text: "host mx.b.test[192.0.2.1] said: 500 5.3.0 Error: command failed (in reply to RCPT TO command)",
    remote: { host: "mx.b.test" },
    diagnostic: { type: "smtp", text: "500 5.3.0 Error: command failed" },
  };
  const text = format({ report: planOf([{ address: "q@b.test", outcome }, {}]) });
  assertMatch(
    text,
    /\n\n<q@b\.test>: host mx\.b\.test\[192\.0\.2\.1\] said: 500 5\.3\.0 Error: command failed\n {4}\(in reply to RCPT TO command\)\n\n<x@ref\.test>: /,
  );
  assertMatch(
    text,
    /\nAction: failed\nStatus: 5\.3\.0\nRemote-MTA: dns; mx\.b\.test\nDiagnostic-Code: smtp; 500 5\.3\.0 Error: command failed\n\nFinal-Recipient: rfc822; x@ref\.test\n/,
  );
});

Deno.test("formatReport() says until when a delayed message is tried (RFC 3464 §2.3.9)", () => {
  const outcome: DeliveryOutcome = { kind: "deferred", status: "4.3.2", text: "later on" };
  const report = planOf([{ action: "delayed", outcome }], { kind: "delay", headerOnly: true });
  const text = format({ report });
  assertMatch(text, /^Subject: Delayed Mail \(still being retried\)$/m);
  assertMatch(
    text,
    /\nAction: delayed\nStatus: 4\.3\.2\nDiagnostic-Code: X-Postfix; later on\nWill-Retry-Until: Sun, 30 Nov 2025 02:11:53 \+0100\n/,
  );
  assertMatch(
    text,
    /^Content-Description: Undelivered Message Headers\nContent-Type: text\/rfc822-headers$/m,
  );
});

Deno.test("formatReport() tells of success with the way that was taken (RFC 3461 §6.3)", () => {
  const outcome: DeliveryOutcome = { kind: "delivered", status: "2.0.0", text: "delivered to maildir" };
  const report = planOf([{ action: "delivered", outcome }], { kind: "success", headerOnly: true });
  const text = format({ report, relayOf: () => "local" });
  assertMatch(text, /^Subject: Successful Mail Delivery Report$/m);
  assertMatch(text, /^<x@ref\.test>: delivery via local: delivered to maildir$/m);
  assertMatch(text, /^Diagnostic-Code: X-Postfix; delivery via local: delivered to maildir$/m);
  assertMatch(text, /^Content-Description: Message Headers$/m);
});

Deno.test("formatReport() writes to postmaster without a greeting (postconf(5) notify_classes)", () => {
  const text = format({ report: planOf([{}], { audience: "postmaster", to: "postmaster" }) });
  assertMatch(text, /^To: postmaster@mx\.ref\.test\nAuto-Submitted: auto-generated$/m);
  assertMatch(text, /^Subject: Postmaster Copy: Undelivered Mail$/m);
  assertMatch(text, /charset=us-ascii\n\n\n<x@ref\.test>: /);
});

Deno.test("formatReport() uses the forms of RFC 6533 for a message with SMTPUTF8", () => {
  const text = format({
    message: messageOf({ smtpUtf8: true, sender: "ü@remote.test" }),
    report: planOf([{ address: "x@bücher.test" }, { address: "plain@ref.test" }]),
  });
  assertMatch(text, /^Content-Type: message\/global-delivery-status$/m);
  assertMatch(text, /^Final-Recipient: utf-8; x@bücher\.test$/m);
  assertMatch(text, /^Final-Recipient: rfc822; plain@ref\.test$/m);
  assertMatch(text, /^X-Postfix-Sender: utf-8; ü@remote\.test$/m);
  assertMatch(text, /^Content-Type: message\/global$/m);
  assertMatch(text, /^Content-Type: text\/plain; charset=utf-8$/m);
});

Deno.test("formatReport() lets no field begin in what others wrote", () => {
  const text = format({
    message: messageOf({ envelopeId: "a\nX-Evil: 1", sender: "s@remote.test\nX-Evil: 4" }),
    report: planOf([
      { more: { dsnOriginal: "rfc822;x\nX-Evil: 2" }, outcome: { ...unknown, text: "no\n\nX-Evil: 3" } },
    ], { to: "s@remote.test\nX-Evil: 5" }),
  });
  assert(!/^X-Evil/m.test(text));
});

Deno.test("formatReport() writes From: as header_from_format and templates say (postconf(5) header_from_format)", () => {
  const { templates } = defaultReportSettings("mx.ref.test");
  const from = (text: string) => {
    const template = { ...templates.failure, from: text };
    return /^From: (.*)$/m.exec(format({ templates: { ...templates, failure: template }, origin: "o.test" }))
      ?.[1];
  };
  assertEquals(from("MAILER-DAEMON (Mail Delivery System)"), "MAILER-DAEMON@o.test (Mail Delivery System)");
  assertEquals(from("Mail Delivery System <MAILER-DAEMON>"), "Mail Delivery System <MAILER-DAEMON@o.test>");
  assertEquals(from("postmaster@x.test"), "postmaster@x.test");
});

Deno.test("formatReport() answers in the thread of the message (postconf(5) enable_threaded_bounces)", () => {
  assertMatch(format({ threadId: "<1@a.test>" }), /^References: <1@a\.test>\nIn-Reply-To: <1@a\.test>$/m);
});
