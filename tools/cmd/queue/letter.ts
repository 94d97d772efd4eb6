/** One queued message as `postcat -q` prints it (Postfix src/postcat). */

import { formatCtime } from "../../kit/mail/date.ts";

import type { QueuedMessage } from "../../../store/spool/spool.ts";

/** The records before the content; `file` is the name shown in the marks. */
export function formatEnvelopeRecords(message: QueuedMessage, file: string): string {
  const { envelope, octets } = message;
  const size = [octets, 0, envelope.recipients.length, 0, octets, 0].map((value) =>
    String(value).padStart(16)
  ).join("");
  const arrival = formatCtime(envelope.arrivedMs);
  const lines = [`*** ENVELOPE RECORDS ${file} ***`];
  // What a program has just left has neither; it gets them when it is taken into the queue.
  const isCollected = message.queue !== "maildrop";
  if (isCollected) lines.push(`message_size: ${size.slice(1)}`);
  lines.push(`message_arrival_time: ${arrival}`);
  if (isCollected) lines.push(`create_time: ${arrival}`);
  const { sender_fullname: fullName, uid: _uid, ...attributes } = envelope.attributes;
  for (const [name, value] of Object.entries(attributes)) lines.push(`named_attribute: ${name}=${value}`);
  if (fullName !== undefined) lines.push(`sender_fullname: ${fullName}`);
  if (envelope.envelopeId !== undefined) lines.push(`dsn_envelope_id: ${envelope.envelopeId}`);
  if (envelope.ret !== undefined) lines.push(`dsn_return_flags: ${envelope.ret}`);
  lines.push(`sender: ${envelope.sender}`);
  envelope.recipients.forEach((recipient, index) => {
    if (recipient.dsnOriginal !== undefined) {
      lines.push(`named_attribute: dsn_orig_rcpt=${recipient.dsnOriginal}`);
    }
    if (recipient.notify !== undefined) {
      lines.push(`named_attribute: notify_flags=${recipient.notify.join(",")}`);
    }
    if (isCollected) lines.push(`original_recipient: ${recipient.original}`);
    const outcome = message.outcomes[index];
    const done = outcome?.kind === "delivered" || outcome?.kind === "failed";
    lines.push(`${done ? "done_recipient" : "recipient"}: ${recipient.address}`);
  });
  return `${lines.join("\n")}\n`;
}

/** Postfix's marks around the content. */
export function contentMark(file: string): string {
  return `*** MESSAGE CONTENTS ${file} ***\n`;
}

export function endMarks(message: QueuedMessage, file: string): string {
  const encoding = message.envelope.body === "8BITMIME" ? "8bit" : "7bit";
  return `*** HEADER EXTRACTED ${file} ***\nnamed_attribute: encoding=${encoding}\n*** MESSAGE FILE END ${file} ***\n`;
}
