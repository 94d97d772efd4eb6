/**
 * A report about the delivery of a message (RFC 3461 §6, RFC 3464, RFC 6522): pure.
 *
 * A multipart/report of three parts: words for a person, message/delivery-status for programs, and the message itself or
 * its header. With SMTPUTF8 the parts are those of RFC 6533. The message is streamed between `prefix` and `suffix`.
 */

import type { Bytes } from "../../tools/kit/base/bytes.ts";
import { utf8Bytes } from "../../tools/kit/base/bytes.ts";
import { formatDateTime } from "../../tools/kit/mail/date.ts";

import { printable, wrap } from "./report_lines.ts";
import type { PlannedReport, ReportedRecipient } from "./report_plan.ts";
import type { StatusFacts } from "./report_status.ts";
import { deliveryStatus } from "./report_status.ts";
import type { ReportTemplates } from "./report_template.ts";

export interface ReportFacts extends Omit<StatusFacts, "textOf"> {
  /** Texts with their settings put in. */
  readonly templates: ReportTemplates;
  /** Id of the report itself. */
  readonly id: string;
  /** $myorigin. */
  readonly origin: string;
  /** By which way a recipient was reached, if one was: `local`, `mx.b.test[192.0.2.1]:25`. */
  readonly relayOf?: ((recipient: ReportedRecipient) => string | undefined) | undefined;
  /** Message-ID of the message, for threads (postconf(5) enable_threaded_bounces). */
  readonly threadId?: string | undefined;
}

export interface ReportText {
  readonly prefix: Bytes;
  readonly suffix: Bytes;
  /** Whether there is an octet above 127 in it, or in the message that it returns. */
  readonly has8Bit: boolean;
}

export function formatReport(facts: ReportFacts): ReportText {
  const { message: { id: messageId, envelope }, report, hostname, id, nowMs, origin } = facts;
  const template = facts.templates[report.kind];
  const utf8 = envelope.smtpUtf8;
  const boundary = `${messageId}.${Math.floor(nowMs / 1000)}/${hostname}`;
  const texts = notification(facts);
  // deno-lint-ignore no-control-regex
  const has8Bit = utf8 || envelope.body === "8BITMIME" || /[^\x00-\x7f]/.test(texts.join());
  const encoding = has8Bit ? ["Content-Transfer-Encoding: 8bit"] : [];
  const charset = template.charset.toLowerCase() === "us-ascii" && has8Bit ? "utf-8" : template.charset;
  const date = formatDateTime(nowMs, facts.zoneMinutes);
  const toPostmaster = report.audience === "postmaster";
  const subject = toPostmaster ? template.postmasterSubject ?? template.subject : template.subject;
  const lines = [
    `Received: by ${hostname} (${facts.mailName})`,
    `\tid ${id}; ${date}`,
    `Date: ${date}`,
    `From: ${fullFrom(template.from, origin)}`,
    `Subject: ${subject}`,
    `To: ${fullAddress(report.to, origin)}`,
    ...facts.threadId === undefined
      ? []
      : [`References: ${facts.threadId}`, `In-Reply-To: ${facts.threadId}`],
    `Auto-Submitted: ${toPostmaster ? "auto-generated" : "auto-replied"}`,
    "MIME-Version: 1.0",
    "Content-Type: multipart/report; report-type=delivery-status;",
    `\tboundary="${boundary}"`,
    ...encoding,
    `Message-Id: <${compactDate(nowMs)}.${id}@${hostname}>`,
    "",
    "This is a MIME-encapsulated message.",
    "",
    `--${boundary}`,
    "Content-Description: Notification",
    `Content-Type: text/plain; charset=${charset}`,
    ...encoding,
    "",
    ...texts,
    "",
    `--${boundary}`,
    "Content-Description: Delivery report",
    `Content-Type: message/${utf8 ? "global-delivery-status" : "delivery-status"}`,
    ...(utf8 ? encoding : []),
    "",
    ...deliveryStatus({ ...facts, textOf: (one) => textOf(one, facts) }),
    "",
    `--${boundary}`,
    `Content-Description: ${returnedName(report)}`,
    `Content-Type: ${returnedType({ utf8, headerOnly: report.headerOnly })}`,
    ...encoding,
    "",
    `Return-Path: <${printable(envelope.sender)}>`,
    "",
  ];
  return { prefix: utf8Bytes(lines.join("\n")), suffix: utf8Bytes(`\n--${boundary}--\n`), has8Bit };
}

function returnedName({ kind, headerOnly }: PlannedReport): string {
  const name = kind === "failure" || kind === "delay" ? "Undelivered Message" : "Message";
  return headerOnly ? `${name} Headers` : name;
}

function returnedType(kind: { readonly utf8: boolean; readonly headerOnly: boolean }): string {
  if (kind.headerOnly) return kind.utf8 ? "message/global-headers" : "text/rfc822-headers";
  return kind.utf8 ? "message/global" : "message/rfc822";
}

function notification(facts: ReportFacts): readonly string[] {
  const { report, templates } = facts;
  // Postmaster knows what a report is.
  const body = report.audience === "postmaster" ? [] : templates[report.kind].body;
  return [
    ...body,
    ...report.recipients.flatMap((one) => {
      const { address, original } = one.recipient;
      const from = original === "" || original === address ? "" : ` (expanded from <${original}>)`;
      return ["", ...wrap(printable(`<${address}>${from}: ${textOf(one, facts)}`))];
    }),
  ];
}

/** What was said; where the sender asked what becomes of the message, with the way that it took. */
function textOf(one: ReportedRecipient, { report, relayOf }: ReportFacts): string {
  const { text, remote } = one.outcome;
  if (report.kind !== "success" && report.kind !== "verify") return text;
  const relay = relayOf?.(one) ?? remote?.host;
  return relay === undefined || relay === "none" ? text : `delivery via ${relay}: ${text}`;
}

/** `MAILER-DAEMON` of a template becomes a whole address. */
function fullFrom(from: string, origin: string): string {
  const angled = from.replace(/<([^<>@]+)>/, `<$1@${origin}>`);
  return angled === from ? from.replace(/^([^\s<>@()"]+)(?=\s*(?:\(|$))/, `$1@${origin}`) : angled;
}

function fullAddress(address: string, origin: string): string {
  return printable(address.includes("@") ? address : `${address}@${origin}`);
}

/** `20251125011200`, UTC, as in a Message-Id of Postfix. */
function compactDate(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace(/\D/g, "");
}
