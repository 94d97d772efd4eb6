/**
 * When the queue tries, and when it gives up (postconf(5) minimal_backoff_time and its kin): pure.
 */

export interface QueueSettings {
  /** postconf(5) minimal_backoff_time 300s. */
  readonly minimalBackoffMs: number;
  /** postconf(5) maximal_backoff_time 4000s. */
  readonly maximalBackoffMs: number;
  /** postconf(5) maximal_queue_lifetime 5d; 0: one attempt only. */
  readonly maximalLifetimeMs: number;
  /** postconf(5) bounce_queue_lifetime 5d, for the null sender; at most the former. */
  readonly bounceLifetimeMs: number;
  /** postconf(5) delay_warning_time 0h: age at which the sender is told that the message still waits; 0: never. */
  readonly delayWarningMs: number;
  /** postconf(5) qmgr_message_active_limit 20000: messages that are being delivered or are next. */
  readonly messageActiveLimit: number;
  /** postconf(5) qmgr_message_recipient_limit 20000: their recipients. */
  readonly recipientActiveLimit: number;
  /** What a transport of that name bears. */
  readonly limitsOf: (transport: string) => TransportLimits;
  /** postconf(5) bounce_size_limit 50000: longer messages are returned by their header. */
  readonly bounceMaxOctets: number;
}

/** postconf(5) default_destination_concurrency_positive_feedback and negative_feedback: `1`, `1/concurrency`, ... */
export interface Feedback {
  readonly amount: number;
  readonly per: "delivery" | "concurrency" | "sqrt_concurrency";
}

export interface TransportLimits {
  /** postconf(5) default_process_limit 100: deliveries at the same time, whatever their destinations. */
  readonly deliveriesAtOnce: number;
  /** postconf(5) default_destination_recipient_limit 50: recipients a delivery; 1: a recipient is a destination of its own. */
  readonly recipientLimit: number;
  /** postconf(5) initial_destination_concurrency 5. */
  readonly initialConcurrency: number;
  /** postconf(5) default_destination_concurrency_limit 20; 0: no limit. */
  readonly concurrencyLimit: number;
  /** postconf(5) default_destination_rate_delay 0s: between deliveries, which then come one at a time. */
  readonly rateDelayMs: number;
  /** postconf(5) default_transport_rate_delay 0s: between deliveries of the transport, which then come one at a time. */
  readonly transportRateDelayMs: number;
  /** postconf(5) default_destination_concurrency_failed_cohort_limit 1; 0: a destination never dies. */
  readonly failedCohortLimit: number;
  readonly positiveFeedback: Feedback;
  readonly negativeFeedback: Feedback;
  /** How long a dead destination is left alone: postconf(5) minimal_backoff_time. */
  readonly deadMs: number;
}

export const defaultTransportLimits: TransportLimits = {
  deliveriesAtOnce: 100,
  recipientLimit: 50,
  initialConcurrency: 5,
  concurrencyLimit: 20,
  rateDelayMs: 0,
  transportRateDelayMs: 0,
  failedCohortLimit: 1,
  positiveFeedback: { amount: 1, per: "delivery" },
  negativeFeedback: { amount: 1, per: "delivery" },
  deadMs: 300_000,
};

/** `N`, `N/M`, `N/concurrency`, `N/sqrt_concurrency`; `undefined` for anything else. */
export function parseFeedback(text: string): Feedback | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*(?:\/\s*(concurrency|sqrt_concurrency|\d+(?:\.\d+)?)\s*)?$/.exec(text);
  if (match === null) return undefined;
  const [, amount, per = "1"] = match;
  if (per === "concurrency" || per === "sqrt_concurrency") return { amount: Number(amount), per };
  return Number(per) > 0 ? { amount: Number(amount) / Number(per), per: "delivery" } : undefined;
}

const dayMs = 86_400_000;

export const defaultQueueSettings: QueueSettings = {
  minimalBackoffMs: 300_000,
  maximalBackoffMs: 4_000_000,
  maximalLifetimeMs: 5 * dayMs,
  bounceLifetimeMs: 5 * dayMs,
  delayWarningMs: 0,
  messageActiveLimit: 20_000,
  recipientActiveLimit: 20_000,
  limitsOf: (transport) =>
    transport === "local" || transport === "virtual"
      ? { ...defaultTransportLimits, recipientLimit: 1 }
      : defaultTransportLimits,
  bounceMaxOctets: 50_000,
};

/** The age of a message, within the two back-off times: so waits roughly double, whatever the number of attempts. */
export function backoffMs(
  arrivedMs: number,
  nowMs: number,
  settings: Pick<QueueSettings, "minimalBackoffMs" | "maximalBackoffMs">,
): number {
  return Math.min(Math.max(nowMs - arrivedMs, settings.minimalBackoffMs), settings.maximalBackoffMs);
}

/** Is it time to tell the sender that the message still waits? */
export function isWarningDue(
  arrivedMs: number,
  nowMs: number,
  { delayWarningMs }: Pick<QueueSettings, "delayWarningMs">,
): boolean {
  return delayWarningMs > 0 && nowMs >= arrivedMs + delayWarningMs;
}

/** Is it time to give up? Asked after an attempt that left somebody without the message. */
export function isExpired(
  message: { readonly sender: string; readonly arrivedMs: number },
  nowMs: number,
  settings: Pick<QueueSettings, "maximalLifetimeMs" | "bounceLifetimeMs">,
): boolean {
  const { maximalLifetimeMs, bounceLifetimeMs } = settings;
  const lifetimeMs = message.sender === ""
    ? Math.min(bounceLifetimeMs, maximalLifetimeMs)
    : maximalLifetimeMs;
  return nowMs >= message.arrivedMs + lifetimeMs;
}
