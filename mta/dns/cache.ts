/**
 * Answers of the DNS while they hold: by their lifetime (RFC 1035 §3.2.1), those that say "no" by the zone's SOA (RFC 2308
 * §5), failures a few seconds (RFC 9520 §3.2). Bounded in number and octets: those least recently used go first.
 */

import type { Clock } from "../../tools/kit/base/clock.ts";

import type { DnsAnswer } from "./record.ts";

export interface DnsCacheLimits {
  readonly maxEntries: number;
  readonly maxOctets: number;
}

const usualLimits: DnsCacheLimits = { maxEntries: 10_000, maxOctets: 16 << 20 };

/** RFC 8767 §4 caps lifetimes at days; one is enough here. RFC 2308 §5: "no" one to three hours. */
const longestPositiveSeconds = 86_400;
const longestNegativeSeconds = 10_800;
const failureSeconds = 5;

/** What an entry takes beside its message. */
const entryOctets = 200;

interface Entry {
  readonly answer: DnsAnswer;
  readonly octets: number;
  readonly untilMs: number;
}

export class DnsCache {
  readonly #clock: Clock;
  readonly #limits: DnsCacheLimits;
  /** In the order of their last use. */
  readonly #entries = new Map<string, Entry>();
  #octets = 0;

  constructor(clock: Clock, limits: DnsCacheLimits = usualLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** With the seconds that are left of its lifetime. */
  get(key: string): DnsAnswer | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const leftMs = entry.untilMs - this.#clock.monotonic();
    this.#delete(key, entry);
    if (leftMs <= 0) return undefined;
    this.#add(key, entry);
    const { answer } = entry;
    return answer.kind === "found" ? { ...answer, ttlSeconds: Math.ceil(leftMs / 1000) } : answer;
  }

  /** `octets`: of the message it came in. */
  put(key: string, answer: DnsAnswer, how: { readonly keepSeconds: number; readonly octets: number }): void {
    const seconds = answer.kind === "failed"
      ? failureSeconds
      : Math.min(how.keepSeconds, answer.kind === "found" ? longestPositiveSeconds : longestNegativeSeconds);
    const old = this.#entries.get(key);
    if (old !== undefined) this.#delete(key, old);
    if (seconds <= 0) return;
    const untilMs = this.#clock.monotonic() + seconds * 1000;
    this.#add(key, { answer, octets: how.octets + key.length + entryOctets, untilMs });
    for (const [oldest, entry] of this.#entries) {
      if (this.#entries.size <= this.#limits.maxEntries && this.#octets <= this.#limits.maxOctets) break;
      this.#delete(oldest, entry);
    }
  }

  clear(): void {
    this.#entries.clear();
    this.#octets = 0;
  }

  #add(key: string, entry: Entry): void {
    this.#entries.set(key, entry);
    this.#octets += entry.octets;
  }

  #delete(key: string, entry: Entry): void {
    this.#entries.delete(key);
    this.#octets -= entry.octets;
  }
}
