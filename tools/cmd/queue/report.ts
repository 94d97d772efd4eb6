/**
 * The queue as `mailq` and `postqueue -p` print it, to the letter (Postfix src/postqueue/showq_compat.c,
 * showq_json.c), since scripts cut these columns.
 */

import { formatCtime } from "../../kit/mail/date.ts";

import type { QueuedMessage } from "../../../store/spool/spool.ts";

const heading = "-Queue ID-  --Size-- ----Arrival Time---- -Sender/Recipient-------\n";

/** Width that a reason is right-aligned to. */
const reasonColumn = 76;

/** The listing, a message at a time. */
export class QueueListing {
  #messages = 0;
  #octets = 0;

  next(message: QueuedMessage): string {
    const before = this.#messages === 0 ? heading : "\n";
    this.#messages++;
    this.#octets += message.octets;
    return before + formatEntry(message);
  }

  end(): string {
    if (this.#messages === 0) return "Mail queue is empty\n";
    const plural = this.#messages === 1 ? "" : "s";
    return `\n-- ${Math.floor(this.#octets / 1024)} Kbytes in ${this.#messages} Request${plural}.\n`;
  }
}

function formatEntry(message: QueuedMessage): string {
  const place = message.queue === "active" ? "*" : message.queue === "hold" ? "!" : "";
  const mark = isExpired(message) ? `${place}#` : place;
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

function isExpired({ marks }: QueuedMessage): boolean {
  return marks?.includes("expired") === true;
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
    ["forced_expire", isExpired(message)],
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
