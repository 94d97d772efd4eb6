/**
 * Many time limits, one timer: a server with hundreds of thousands of idle sessions arms a single coarse timer and
 * looks through their limits at each tick. A limit fires at most one tick late and never early.
 */

import type { CancelTimer, Clock } from "../base/clock.ts";

/** One session's limit; setting it again replaces the earlier one. */
export interface Limit {
  /** Calls `action` once when `clock.monotonic()` has reached `dueMs`. */
  set(dueMs: number, action: () => void): void;
  clear(): void;
}

interface Entry {
  readonly dueMs: number;
  readonly action: () => void;
}

export class Ticker {
  readonly #clock: Clock;
  readonly #tickMs: number;
  readonly #entries = new Map<Limit, Entry>();
  #cancel: CancelTimer | undefined;

  constructor(clock: Clock, options: { readonly tickMs?: number } = {}) {
    this.#clock = clock;
    this.#tickMs = options.tickMs ?? 1000;
  }

  limit(): Limit {
    const limit: Limit = {
      set: (dueMs, action) => {
        this.#entries.set(limit, { dueMs, action });
        this.#arm();
      },
      clear: () => {
        this.#entries.delete(limit);
      },
    };
    return limit;
  }

  /** How many limits are set. */
  get size(): number {
    return this.#entries.size;
  }

  /** Forgets all limits. */
  close(): void {
    this.#entries.clear();
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #arm(): void {
    this.#cancel ??= this.#clock.after(this.#tickMs, () => this.#tick());
  }

  #tick(): void {
    this.#cancel = undefined;
    const now = this.#clock.monotonic();
    for (const [limit, entry] of this.#entries) {
      if (entry.dueMs > now) continue;
      this.#entries.delete(limit);
      entry.action();
    }
    if (this.#entries.size > 0) this.#arm();
  }
}
