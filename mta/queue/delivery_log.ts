/** The queue's log lines, in the words that administrators' scripts look for: pure. */

import type { DeliveryOutcome, QueuedMessage, QueuedRecipient } from "../../store/spool/spool.ts";

const statusWords: Readonly<Record<DeliveryOutcome["kind"], string>> = {
  delivered: "sent",
  deferred: "deferred",
  failed: "bounced",
};

/** Of attempts that deliver nothing (`sendmail -bv`). */
const probeWords: typeof statusWords = {
  delivered: "deliverable",
  deferred: "undeliverable",
  failed: "undeliverable",
};

export interface DeliveryFacts {
  /** The address that the recipient came to. */
  readonly address: string;
  readonly recipient: QueuedRecipient;
  readonly relay: string;
  readonly connectionUses?: number | undefined;
  readonly outcome: DeliveryOutcome;
  /** Before the queue manager, in it, for connecting, for passing on: milliseconds. */
  readonly delaysMs: readonly [number, number, number, number];
  /** Nothing was delivered: it was only asked what would be. */
  readonly isProbe?: boolean | undefined;
}

/** `ID: from=<S>, size=N, nrcpt=N (queue active)` */
export function formatActive(message: QueuedMessage): string {
  const { id, envelope, octets } = message;
  return `${id}: from=<${envelope.sender}>, size=${octets}, nrcpt=${envelope.recipients.length} (queue active)`;
}

/** `ID: to=<R>, orig_to=<O>, relay=local, conn_use=N, delay=T, delays=a/b/c/d, dsn=2.0.0, status=sent (TEXT)` */
export function formatDelivery(id: string, facts: DeliveryFacts): string {
  const { address, recipient, relay, connectionUses: uses, outcome, delaysMs, isProbe } = facts;
  const words = isProbe === true ? probeWords : statusWords;
  const original = recipient.original === "" || recipient.original === address
    ? ""
    : ` orig_to=<${recipient.original}>,`;
  const used = uses === undefined ? "" : ` conn_use=${uses},`;
  const delay = formatSeconds(delaysMs.reduce((sum, part) => sum + Math.max(0, part), 0));
  const delays = delaysMs.map(formatSeconds).join("/");
  return `${id}: to=<${address}>,${original} relay=${relay},${used} delay=${delay}, delays=${delays}, ` +
    `dsn=${outcome.status}, status=${words[outcome.kind]} (${outcome.text})`;
}

/**
 * Seconds with two significant digits, hundredths at the finest.
 *
 *     formatSeconds(4)  ->  "0"     formatSeconds(1234)  ->  "1.2"     formatSeconds(75_000)  ->  "75"
 */
export function formatSeconds(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds >= 9.95) return String(Math.round(seconds));
  return String(Number(seconds.toFixed(seconds < 0.995 ? 2 : 1)));
}
