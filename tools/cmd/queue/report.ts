/**
 * The queue as `mailq` and `postqueue -p` print it, to the letter (Postfix src/postqueue/showq_compat.c,
 * showq_json.c), since scripts cut these columns.
 */

import { formatCtime } from "../../kit/mail/date.ts";

import type { QueuedMessage, QueueName } from "../../../store/spool/spool.ts";

/** Postfix's order: maildrop, active, incoming, deferred, hold. */
const queueOrder: readonly QueueName[] = ["maildrop", "active", "incoming", "deferred", "hold"];

const heading = "-Queue ID-  --Size-- ----Arrival Time---- -Sender/Recipient-------\n";

/** Width that a reason is right-aligned to. */
const reasonColumn = 76;

/** Messages in the order in which they are listed: by queue, then by arrival. */
export function sortForListing(messages: readonly QueuedMessage[]): readonly QueuedMessage[] {
  return messages.filter((message) => queueOrder.includes(message.queue)).sort((left, right) =>
    queueOrder.indexOf(left.queue) - queueOrder.indexOf(right.queue) ||
    left.envelope.arrivedMs - right.envelope.arrivedMs
  );
}

/** The whole listing; messages as `sortForListing` gives them. */
export function formatQueueList(messages: readonly QueuedMessage[]): string {
  if (messages.length === 0) return "Mail queue is empty\n";
  const octets = messages.reduce((sum, message) => sum + message.octets, 0);
  const plural = messages.length === 1 ? "" : "s";
  return `${heading}${messages.map(formatEntry).join("\n")}\n-- ${
    Math.floor(octets / 1024)
  } Kbytes in ${messages.length} Request${plural}.\n`;
}

function formatEntry(message: QueuedMessage): string {
  const mark = message.queue === "active" ? "*" : message.queue === "hold" ? "!" : "";
  const date = formatCtime(message.envelope.arrivedMs).slice(0, 20);
  let text = columns(
    `${message.id}${mark}`,
    String(message.octets),
    date,
    shownAddress(message.envelope.sender),
  );
  let lastReason: string | undefined;
  for (const { address, reason } of pendingRecipients(message)) {
    if (reason !== lastReason) {
      if (reason !== undefined) text += `${`(${reason})`.padStart(reasonColumn)}\n`;
      else if (lastReason !== undefined) text += `${"(reason unavailable)".padStart(reasonColumn)}\n`;
      lastReason = reason;
    }
    text += columns("", "", "", address);
  }
  return text;
}

function columns(id: string, size: string, date: string, address: string): string {
  return `${id.padEnd(11)} ${size.padStart(7)} ${date.padEnd(20)} ${address}\n`;
}

/** Postfix's empty_address_recipient. */
function shownAddress(address: string): string {
  return address === "" ? "MAILER-DAEMON" : address;
}

interface PendingRecipient {
  readonly address: string;
  readonly original: string;
  readonly reason: string | undefined;
}

/** Recipients that are not done, with why they wait. */
function pendingRecipients(message: QueuedMessage): readonly PendingRecipient[] {
  return message.envelope.recipients.flatMap(({ address, original }, index) => {
    const outcome = message.outcomes[index];
    if (outcome?.kind === "delivered" || outcome?.kind === "failed") return [];
    return [{ address, original, reason: outcome?.text }];
  });
}

/** One message as a line of `postqueue -j`. */
export function formatQueueJson(message: QueuedMessage): string {
  const fields = [
    ["queue_name", message.queue],
    ["queue_id", message.id],
    ["arrival_time", Math.floor(message.envelope.arrivedMs / 1000)],
    ["message_size", message.octets],
    ["forced_expire", false],
    ["sender", shownAddress(message.envelope.sender)],
  ] as const;
  const recipients = pendingRecipients(message).map(({ address, original, reason }) => {
    const parts = original === address ? [] : [`"orig_address": ${JSON.stringify(original)}`];
    parts.push(`"address": ${JSON.stringify(address)}`);
    if (reason !== undefined) parts.push(`"delay_reason": ${JSON.stringify(reason)}`);
    return `{${parts.join(", ")}}`;
  });
  const head = fields.map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`).join(", ");
  return `{${head}, "recipients": [${recipients.join(", ")}]}\n`;
}
