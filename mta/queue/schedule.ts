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
  /** Messages being delivered at the same time. */
  readonly deliveriesAtOnce: number;
  /** postconf(5) bounce_size_limit 50000: longer messages are returned by their header. */
  readonly bounceMaxOctets: number;
}

const dayMs = 86_400_000;

export const defaultQueueSettings: QueueSettings = {
  minimalBackoffMs: 300_000,
  maximalBackoffMs: 4_000_000,
  maximalLifetimeMs: 5 * dayMs,
  bounceLifetimeMs: 5 * dayMs,
  deliveriesAtOnce: 50,
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
