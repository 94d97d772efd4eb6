/**
 * What the queue knows of one destination: how many deliveries it bears at a time, and whether it is dead. Pure.
 *
 * The number of deliveries at a time, the window, starts small and moves by feedback (Postfix SCHEDULER_README): up with
 * each success, down with each failure of the site as a whole. When as many failures as a window holds have come with no
 * success between, the site is dead: its mail is deferred untried, with the reason of the last failure, until a back-off
 * time is over. Then one delivery probes it, and its success opens the first window anew; Postfix sends a whole window.
 *
 * Times are the monotonic clock's: who sets the clock kills and revives no site.
 */

import type { DeliveryOutcome } from "../../store/spool/spool.ts";

import type { Feedback, TransportLimits } from "./schedule.ts";

export class Destination {
  readonly name: string;
  #window: number;
  /** Deliveries in progress or chosen to be next. */
  #busy = 0;
  /** Failures since the last success, as parts of a window each. */
  #failedCohorts = 0;
  /** Not before this time the next delivery (rate delay). */
  #nextMs = 0;
  #dead: { readonly untilMs: number; readonly reason: DeliveryOutcome } | undefined;

  constructor(name: string, limits: TransportLimits) {
    this.name = name;
    this.#window = firstWindow(limits);
  }

  get busy(): number {
    return this.#busy;
  }

  /** Deliveries at a time. */
  get window(): number {
    return Math.max(1, Math.floor(this.#window));
  }

  /** Nothing is to be remembered of it. */
  isAsNew(limits: TransportLimits, nowMs: number): boolean {
    return this.#busy === 0 && this.#dead === undefined && this.#failedCohorts === 0 &&
      this.#nextMs <= nowMs &&
      this.#window === firstWindow(limits);
  }

  /** Why nothing is to be tried now; `undefined` when it may be. */
  deadReason(nowMs: number): DeliveryOutcome | undefined {
    if (this.#dead === undefined || nowMs < this.#dead.untilMs) return this.#dead?.reason;
    this.revive();
    return undefined;
  }

  /** Ends death: one delivery may probe. */
  revive(): void {
    if (this.#dead === undefined) return;
    this.#dead = undefined;
    this.#failedCohorts = 0;
    this.#window = 1;
  }

  /** May one more be begun? When not, and only time is wanting, `waitMs` tells how much. */
  hasRoom(limits: TransportLimits, nowMs: number): boolean {
    const most = limits.rateDelayMs > 0 ? 1 : this.window;
    return this.#busy < most && this.waitMs(nowMs) === 0;
  }

  waitMs(nowMs: number): number {
    return Math.max(0, this.#nextMs - nowMs);
  }

  begin(): void {
    this.#busy++;
  }

  /** Chosen, but not begun after all. */
  withdraw(): void {
    this.#busy--;
  }

  succeeded(limits: TransportLimits, nowMs: number): void {
    this.#end(limits, nowMs);
    this.#failedCohorts = 0;
    this.#dead = undefined;
    const isUsed = this.#window < this.#busy + 1 + limits.initialConcurrency;
    if (!isUsed) return;
    const most = limits.concurrencyLimit === 0 ? Infinity : limits.concurrencyLimit;
    const grown = Math.max(this.#window + share(limits.positiveFeedback, this.#window), firstWindow(limits));
    this.#window = Math.min(most, grown);
  }

  /** The site as a whole could not be used. True when it is dead now. */
  failed(reason: DeliveryOutcome, limits: TransportLimits, nowMs: number): boolean {
    this.#end(limits, nowMs);
    this.#failedCohorts += 1 / this.#window;
    this.#window -= share(limits.negativeFeedback, this.#window);
    const isDead = this.#window < 1 ||
      (limits.failedCohortLimit > 0 && this.#failedCohorts >= limits.failedCohortLimit);
    this.#window = Math.max(1, this.#window);
    if (isDead) this.#dead = { untilMs: nowMs + limits.deadMs, reason };
    return isDead;
  }

  #end(limits: TransportLimits, nowMs: number): void {
    this.#busy--;
    if (limits.rateDelayMs > 0) this.#nextMs = nowMs + limits.rateDelayMs;
  }
}

function firstWindow({ initialConcurrency, concurrencyLimit }: TransportLimits): number {
  const first = Math.max(1, initialConcurrency);
  return concurrencyLimit === 0 ? first : Math.min(first, concurrencyLimit);
}

function share({ amount, per }: Feedback, window: number): number {
  switch (per) {
    case "delivery":
      return amount;
    case "concurrency":
      return amount / window;
    case "sqrt_concurrency":
      return amount / Math.sqrt(window);
  }
}
