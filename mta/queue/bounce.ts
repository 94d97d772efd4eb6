/**
 * The report to the sender that a message could not be delivered (RFC 3462, RFC 3464): pure.
 *
 * A multipart/report of three parts: words for a person, message/delivery-status for programs, and the message itself or
 * its header. With SMTPUTF8 the parts are those of RFC 6533. The message is streamed between `prefix` and `suffix`.
 */

import type { Bytes } from "../../tools/kit/base/bytes.ts";
import { utf8Bytes } from "../../tools/kit/base/bytes.ts";
import { formatDateTime } from "../../tools/kit/mail/date.ts";

import type { QueuedMessage, QueuedRecipient } from "../../store/spool/spool.ts";

export interface FailedRecipient {
  readonly recipient: QueuedRecipient;
  readonly status: string;
  readonly text: string;
}

export interface BounceFacts {
  readonly message: QueuedMessage;
  readonly failed: readonly FailedRecipient[];
  /** Id of the bounce itself. */
  readonly id: string;
  /** $myhostname. */
  readonly hostname: string;
  readonly nowMs: number;
  /** Local time zone, minutes east of UTC. */
  readonly zoneMinutes: number;
  /** Is the header of the message returned alone? */
  readonly headerOnly: boolean;
}

export interface BounceText {
  readonly prefix: Bytes;
  readonly suffix: Bytes;
}

/** Those of the failed whose sender wants to know: RFC 3461 §4.1, and never the null sender (RFC 5321 §6.1). */
export function reportable(sender: string, failed: readonly FailedRecipient[]): readonly FailedRecipient[] {
  if (sender === "") return [];
  return failed.filter(({ recipient: { notify } }) => {
    return notify === undefined || notify.some((word) => word.toUpperCase() === "FAILURE");
  });
}

/** RET=HDRS (RFC 3461 §4.3), or longer than is returned. */
export function returnsHeaderOnly(message: QueuedMessage, maxOctets: number): boolean {
  return message.envelope.ret === "HDRS" || message.octets > maxOctets;
}

export function formatBounce(facts: BounceFacts): BounceText {
  const { message, hostname, id, nowMs } = facts;
  const { envelope } = message;
  const utf8 = envelope.smtpUtf8;
  const boundary = `${id}.${Math.floor(nowMs / 1000)}/${hostname}`;
  const encoding = utf8 || envelope.body === "8BITMIME" ? ["Content-Transfer-Encoding: 8bit"] : [];
  const date = formatDateTime(nowMs, facts.zoneMinutes);
  const lines = [
    `Received: by ${hostname} (Postfix)`,
    `\tid ${id}; ${date}`,
    `Date: ${date}`,
    `From: Mail Delivery System <MAILER-DAEMON@${hostname}>`,
    "Subject: Undelivered Mail Returned to Sender",
    `To: ${envelope.sender}`,
    "Auto-Submitted: auto-replied",
    "MIME-Version: 1.0",
    "Content-Type: multipart/report; report-type=delivery-status;",
    `\tboundary="${boundary}"`,
    ...encoding,
    `Message-Id: <${id}.${Math.floor(nowMs)}@${hostname}>`,
    "",
    "This is a MIME-encapsulated message.",
    "",
    `--${boundary}`,
    "Content-Description: Notification",
    `Content-Type: text/plain; charset=${utf8 ? "utf-8" : "us-ascii"}`,
    ...(utf8 ? encoding : []),
    "",
    ...notification(facts),
    "",
    `--${boundary}`,
    "Content-Description: Delivery report",
    `Content-Type: message/${utf8 ? "global-delivery-status" : "delivery-status"}`,
    ...(utf8 ? encoding : []),
    "",
    ...deliveryStatus(facts),
    "",
    `--${boundary}`,
    `Content-Description: Undelivered Message${facts.headerOnly ? " Headers" : ""}`,
    `Content-Type: ${returnedType({ utf8, headerOnly: facts.headerOnly })}`,
    ...encoding,
    "",
    "",
  ];
  return { prefix: utf8Bytes(lines.join("\n")), suffix: utf8Bytes(`\n--${boundary}--\n`) };
}

function returnedType(kind: { readonly utf8: boolean; readonly headerOnly: boolean }): string {
  if (kind.headerOnly) return kind.utf8 ? "message/global-headers" : "text/rfc822-headers";
  return kind.utf8 ? "message/global" : "message/rfc822";
}

function notification(facts: BounceFacts): readonly string[] {
  const many = facts.failed.length > 1;
  return [
    `This is the mail server at ${facts.hostname}.`,
    "",
    `Your message could not be delivered to ${
      many ? "the recipients" : "the recipient"
    } below, and will not be`,
    `tried again. ${facts.headerOnly ? "Its header" : "It"} is attached.`,
    "",
    "If you need help, write to <postmaster> and include this report.",
    "",
    ...facts.failed.flatMap(({ recipient: { address, original }, text }) => {
      const from = original === "" || original === address ? "" : ` (expanded from <${original}>)`;
      return wrap(`<${address}>${from}: ${printable(text)}`);
    }),
  ];
}

function deliveryStatus(facts: BounceFacts): readonly string[] {
  const { message, hostname } = facts;
  const { envelope } = message;
  const type = envelope.smtpUtf8 ? "utf-8" : "rfc822";
  const lines = [`Reporting-MTA: dns; ${hostname}`];
  if (envelope.envelopeId !== undefined) {
    lines.push(`Original-Envelope-Id: ${printable(envelope.envelopeId)}`);
  }
  lines.push(
    `X-Postfix-Queue-ID: ${message.id}`,
    `X-Postfix-Sender: ${type}; ${envelope.sender}`,
    `Arrival-Date: ${formatDateTime(envelope.arrivedMs, facts.zoneMinutes)}`,
  );
  for (const { recipient, status, text } of facts.failed) {
    lines.push(
      "",
      `Final-Recipient: ${type}; ${recipient.address}`,
      `Original-Recipient: ${printable(recipient.dsnOriginal ?? `${type};${recipient.original}`)}`,
      "Action: failed",
      `Status: ${status}`,
      ...wrap(`Diagnostic-Code: X-Postfix; ${printable(text)}`),
    );
  }
  return lines;
}

/** Lines of about 78 characters; those after the first begin with blanks. */
function wrap(text: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + word.length > 77) {
      lines.push(line);
      line = `    ${word}`;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

function printable(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\x00-\x1f\x7f]/g, "?");
}
