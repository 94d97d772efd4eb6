/** The part of a report that programs read: message/delivery-status (RFC 3464 §2, RFC 6533 §3): pure. */

import { formatDateTime } from "../../tools/kit/mail/date.ts";

import type { QueuedMessage } from "../../store/spool/spool.ts";

import { printable, wrap } from "./report_lines.ts";
import type { PlannedReport, ReportedRecipient } from "./report_plan.ts";

export interface StatusFacts {
  readonly message: QueuedMessage;
  readonly report: PlannedReport;
  /** $myhostname, $mail_name. */
  readonly hostname: string;
  readonly mailName: string;
  readonly nowMs: number;
  /** Local time zone, minutes east of UTC. */
  readonly zoneMinutes: number;
  /** When the message is given up, for reports of delay. */
  readonly expiryMs: number;
  /** The words about a recipient where no server has said any. */
  readonly textOf: (recipient: ReportedRecipient) => string;
}

/** Fields of the message, then for each recipient an empty line and its fields. */
export function deliveryStatus(facts: StatusFacts): readonly string[] {
  const { message: { id, envelope }, hostname, report } = facts;
  const name = mailSystemToken(facts.mailName);
  const sender = envelope.sender === "" ? `MAILER-DAEMON@${hostname}` : envelope.sender;
  const lines = [`Reporting-MTA: dns; ${hostname}`];
  // RFC 3464 §2.2.1: as the client gave it.
  if (envelope.envelopeId !== undefined) {
    lines.push(`Original-Envelope-Id: ${printable(envelope.envelopeId)}`);
  }
  lines.push(
    `X-${name}-Queue-ID: ${id}`,
    `X-${name}-Sender: ${addressType(sender, envelope)}; ${printable(sender)}`,
    `Arrival-Date: ${formatDateTime(envelope.arrivedMs, facts.zoneMinutes)}`,
  );
  for (const one of report.recipients) lines.push("", ...recipientFields(one, facts));
  return lines;
}

function recipientFields(one: ReportedRecipient, facts: StatusFacts): readonly string[] {
  const { recipient, action, outcome } = one;
  const { smtpUtf8 } = facts.message.envelope;
  const type = addressType(recipient.address, { smtpUtf8 });
  const original = recipient.dsnOriginal ??
    (recipient.original === ""
      ? undefined
      : `${addressType(recipient.original, { smtpUtf8 })};${recipient.original}`);
  const { status, remote, diagnostic } = outcome;
  const code = diagnostic === undefined
    ? `X-${mailSystemToken(facts.mailName)}; ${facts.textOf(one)}`
    : `${diagnostic.type}; ${diagnostic.text}`;
  return [
    `Final-Recipient: ${type}; ${printable(recipient.address)}`,
    ...original === undefined ? [] : [`Original-Recipient: ${printable(original)}`],
    `Action: ${action}`,
    `Status: ${status}`,
    ...remote === undefined ? [] : [`Remote-MTA: dns; ${printable(remote.host)}`],
    ...wrap(printable(`Diagnostic-Code: ${code}`)),
    ...facts.report.kind === "delay"
      ? [`Will-Retry-Until: ${formatDateTime(facts.expiryMs, facts.zoneMinutes)}`]
      : [],
  ];
}

/** RFC 6533 §3: an address that ASCII cannot hold is of the type utf-8, and comes only where such are allowed. */
function addressType(address: string, { smtpUtf8 }: { readonly smtpUtf8: boolean }): "rfc822" | "utf-8" {
  // deno-lint-ignore no-control-regex
  return smtpUtf8 && /[^\x00-\x7f]/.test(address) ? "utf-8" : "rfc822";
}

/** $mail_name as a part of a field's name. */
function mailSystemToken(mailName: string): string {
  return mailName.replace(/[^!-9;-~]+/g, "-");
}
