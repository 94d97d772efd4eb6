/**
 * Time, handed to whoever needs it. The only place that reads the system clock or arms a timer; everything
 * else takes a `Clock`, so that a test or a simulation decides what time it is.
 */

/** Stops a timer that has not fired; harmless afterwards. */
export type CancelTimer = () => void;

export interface Clock {
  /** Wall-clock time in milliseconds since 1970-01-01 UTC; may have a fraction (microseconds). */
  now(): number;
  /** Milliseconds that never go backwards, from an arbitrary start. For durations and time limits. */
  monotonic(): number;
  /** Calls `action` once after `delayMs`. */
  after(delayMs: number, action: () => void): CancelTimer;
}

/** What the monotonic clock lacks to the wall clock. */
let wallOffsetMs = Date.now() - performance.now();

/**
 * Whole milliseconds from `Date.now`, the fraction from the monotonic clock: two readings in one millisecond keep their
 * order (a fraction of another origin would not). Follows the wall clock when that was set or has drifted.
 */
function wallTime(): number {
  const now = wallOffsetMs + performance.now();
  const wall = Date.now();
  if (now >= wall - 1 && now < wall + 2) return now;
  wallOffsetMs = wall - performance.now();
  return wall;
}

export const realClock: Clock = {
  now: wallTime,
  monotonic: () => performance.now(),
  after: (delayMs, action) => {
    // setTimeout holds 31 bits of milliseconds; a longer wait would fire at once.
    const timer = setTimeout(action, Math.min(Math.max(0, delayMs), 2 ** 31 - 1));
    return () => clearTimeout(timer);
  },
};

/** Resolves after `delayMs` by `clock`. */
export function sleep(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => clock.after(delayMs, resolve));
}

interface PendingTimer {
  readonly dueMs: number;
  readonly order: number;
  readonly action: () => void;
}

/** A clock that moves only when told to: `advance` fires what falls due, in order. */
export class ManualClock implements Clock {
  #nowMs: number;
  readonly #startMs: number;
  #order = 0;
  #timers: PendingTimer[] = [];

  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#nowMs = startMs;
    this.#startMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  monotonic(): number {
    return this.#nowMs - this.#startMs;
  }

  after(delayMs: number, action: () => void): CancelTimer {
    const timer: PendingTimer = { dueMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, action };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** When the next timer falls due, or `undefined` when none is armed. */
  nextDue(): number | undefined {
    return this.#earliest()?.dueMs;
  }

  /** Moves time forward by `durationMs`, firing timers as they fall due. */
  advance(durationMs: number): void {
    const target = this.#nowMs + durationMs;
    for (;;) {
      const timer = this.#earliest();
      if (timer === undefined || timer.dueMs > target) break;
      this.#timers = this.#timers.filter((other) => other !== timer);
      this.#nowMs = Math.max(this.#nowMs, timer.dueMs);
      timer.action();
    }
    this.#nowMs = target;
  }

  #earliest(): PendingTimer | undefined {
    let earliest: PendingTimer | undefined;
    for (const timer of this.#timers) {
      if (
        earliest === undefined || timer.dueMs < earliest.dueMs ||
        (timer.dueMs === earliest.dueMs && timer.order < earliest.order)
      ) earliest = timer;
    }
    return earliest;
  }
}
