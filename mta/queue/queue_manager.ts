/**
 * The queue manager: tries what is queued, again and again at growing intervals, until every recipient has the message or
 * the sender has a report.
 *
 * For each message, in this order, so that a crash at any point repeats something rather than loses it:
 *
 * 1. It is made active and tried (`attempt.ts`).
 * 2. Deliveries and delays are recorded. When nobody waits and nobody failed, the removal is the record.
 * 3. A report about those that failed is queued, durably.
 * 4. With nobody waiting the message is removed; else the failures are recorded and it is deferred.
 *
 * Trouble with the queue's disk on the way keeps the message where it is; what is known is kept in memory, and the
 * message's turn comes again. A message whose time is up (postconf(5) maximal_queue_lifetime) is given up after an
 * attempt that failed, never without one. A report to the null sender is never made (RFC 5321 §6.1).
 *
 * Log lines are Postfix's, written as parts `qmgr`, `bounce` and the transport's name.
 */

import type { CancelTimer, Clock } from "../../tools/kit/base/clock.ts";
import { failureText } from "../../tools/kit/base/failure.ts";
import type { Log } from "../../tools/kit/base/log.ts";

import type {
  DeliveryOutcome,
  QueuedMessage,
  QueueEnvelope,
  QueueId,
  Spool,
} from "../../store/spool/spool.ts";

import type { Router } from "../delivery/delivery.ts";
import { attemptDelivery } from "./attempt.ts";
import { formatActive } from "./delivery_log.ts";
import { DueQueue } from "./due_queue.ts";
import { Outcomes } from "./outcomes.ts";
import type { Pickup } from "./pickup.ts";
import { sendBounce } from "./send_bounce.ts";
import type { QueueSettings } from "./schedule.ts";
import { backoffMs, isExpired } from "./schedule.ts";

/** A spool that also takes in what other processes left in `maildrop`. */
export interface ManagedSpool extends Spool {
  collect(): Promise<readonly QueueId[]>;
  /** Makes durable what is finished. */
  settle(): Promise<void>;
}

export interface QueueManagerOptions {
  readonly spool: ManagedSpool;
  readonly route: Router;
  readonly clock: Clock;
  readonly log: Log;
  /** $myhostname, in reports. */
  readonly hostname: string;
  readonly settings: QueueSettings;
  /** Makes the envelopes of reports ready for the queue. @throws TempFailure */
  readonly cleanEnvelope?: ((envelope: QueueEnvelope) => Promise<QueueEnvelope>) | undefined;
  /** Makes ready what programs left in `maildrop`; without it, that is taken in as it is. */
  readonly pickup?: Pick<Pickup, "collect"> | undefined;
}

interface Job {
  readonly id: QueueId;
  state: "ready" | "active" | "deferred" | "held";
  /** When it became ready, or is to become so. */
  timeMs: number;
  /** Outcomes that could not be recorded. */
  unrecorded: ReadonlyMap<number, DeliveryOutcome>;
  /** What an administrator wants when the attempt is over. */
  wish?: "remove" | "hold" | undefined;
  /** Called when the attempt is over. */
  readonly waiters: (() => void)[];
}

export class QueueManager {
  readonly #options: QueueManagerOptions;
  readonly #log: Log;
  readonly #jobs = new Map<QueueId, Job>();
  #ready: Job[] = [];
  readonly #due = new DueQueue<Job>();
  readonly #running = new Set<Promise<void>>();
  #cancelTimer: CancelTimer | undefined;
  #stopped = false;

  constructor(options: QueueManagerOptions) {
    this.#options = options;
    this.#log = options.log.part("qmgr");
  }

  /** Takes up all that is queued. */
  async start(): Promise<void> {
    await this.collect();
    for await (const { id, queue, nextAttemptMs } of this.#options.spool.scan()) {
      if (this.#jobs.has(id)) continue;
      if (queue === "hold") this.accepted(id, "hold");
      else if (queue === "deferred") this.#defer(this.#add(id, "deferred", nextAttemptMs), nextAttemptMs);
      else this.accepted(id);
    }
  }

  /** A message was queued: it is tried as soon as there is room, unless it is on hold. */
  accepted(id: QueueId, place: "incoming" | "hold" = "incoming"): void {
    if (this.#jobs.has(id)) return;
    if (place === "hold") this.#add(id, "held", 0);
    else this.#makeReady(this.#add(id, "ready", this.#options.clock.now()));
  }

  /** Takes in what is in `maildrop`: at the start, and whenever `send` says that there is something. */
  async collect(): Promise<void> {
    const { pickup, spool } = this.#options;
    if (pickup === undefined) { for (const id of await spool.collect()) this.accepted(id); }
    else for (const { id, place } of await pickup.collect()) this.accepted(id, place);
  }

  /** Tries all deferred messages now; says how many. */
  async flush(): Promise<number> {
    await this.collect();
    const deferred = Array.from(this.#jobs.values()).filter(({ state }) => state === "deferred");
    for (const job of deferred) this.#makeReady(job);
    return deferred.length;
  }

  /** Tries one deferred message now; false when there is none of that id. */
  flushId(id: QueueId): boolean {
    const job = this.#jobs.get(id);
    if (job?.state !== "deferred") return job !== undefined && job.state !== "held";
    this.#makeReady(job);
    return true;
  }

  /** Deletes a message without a report; waits for an attempt in progress. False when nothing was deleted. */
  async remove(id: QueueId): Promise<boolean> {
    const job = this.#jobs.get(id);
    if (job === undefined) return false;
    if (job.state === "active") {
      await this.#afterAttempt(job, "remove");
      return !this.#jobs.has(id);
    }
    this.#jobs.delete(id);
    try {
      await this.#options.spool.remove(id);
    } catch (thrown) {
      this.#restore(job);
      throw thrown;
    }
    this.#log.write("info", `${id}: removed`);
    return true;
  }

  /** Sets a message aside; waits for an attempt in progress. False when there is none of that id, or no longer. */
  async hold(id: QueueId): Promise<boolean> {
    const job = this.#jobs.get(id);
    if (job === undefined) return false;
    if (job.state === "active") {
      await this.#afterAttempt(job, "hold");
      return this.#jobs.has(id);
    }
    const { state } = job;
    job.state = "held";
    try {
      await this.#options.spool.hold(id);
    } catch (thrown) {
      job.state = state;
      this.#restore(job);
      throw thrown;
    }
    return true;
  }

  /** Ends `hold`: the message is tried now. False when none of that id is held. */
  async release(id: QueueId): Promise<boolean> {
    const job = this.#jobs.get(id);
    if (job?.state !== "held") return false;
    await this.#options.spool.release(id);
    this.#makeReady(job);
    return true;
  }

  /** All messages, with what is known of why their recipients wait. */
  async *list(): AsyncIterable<QueuedMessage> {
    for await (const message of this.#options.spool.scan()) {
      const unrecorded = this.#jobs.get(message.id)?.unrecorded;
      if (unrecorded === undefined || unrecorded.size === 0) yield message;
      else {yield {
          ...message,
          outcomes: message.outcomes.map((known, index) => unrecorded.get(index) ?? known),
        };}
    }
  }

  /** Starts nothing more; returns when the attempts in progress are over. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelTimer?.();
    await Promise.all(this.#running);
    try {
      await this.#options.spool.settle();
    } catch (thrown) {
      this.#log.write("warning", `${failureText(thrown)}; after a power cut, removed mail may return`);
    }
  }

  /** Returns when nothing is being tried and nothing is ready. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #add(id: QueueId, state: Job["state"], timeMs: number): Job {
    const job: Job = { id, state, timeMs, unrecorded: new Map(), waiters: [] };
    this.#jobs.set(id, job);
    return job;
  }

  #makeReady(job: Job): void {
    job.state = "ready";
    job.timeMs = this.#options.clock.now();
    this.#ready.push(job);
    this.#pump();
  }

  #defer(job: Job, timeMs: number): void {
    job.state = "deferred";
    job.timeMs = timeMs;
    this.#due.push(timeMs, job);
    this.#arm();
  }

  /** Puts a job back where an operation that failed had taken it from. */
  #restore(job: Job): void {
    this.#jobs.set(job.id, job);
    if (job.state === "ready") this.#makeReady(job);
    else if (job.state === "deferred") this.#defer(job, job.timeMs);
  }

  #isCurrent(job: Job, state: Job["state"]): boolean {
    return job.state === state && this.#jobs.get(job.id) === job;
  }

  /** Starts ready jobs while there is room. */
  #pump(): void {
    while (!this.#stopped && this.#running.size < this.#options.settings.deliveriesAtOnce) {
      const job = this.#next();
      if (job === undefined) return;
      const run = this.#run(job).finally(() => {
        this.#running.delete(run);
        this.#pump();
      });
      this.#running.add(run);
    }
  }

  /** The ready list is an array with a moving start: shift() of a long one copies it. */
  #start = 0;
  #next(): Job | undefined {
    while (this.#start < this.#ready.length) {
      const job = this.#ready[this.#start++]!;
      if (this.#isCurrent(job, "ready")) return job;
    }
    this.#ready = [];
    this.#start = 0;
    return undefined;
  }

  /** Sets the timer for what falls due first. */
  #arm(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const first = this.#due.peek();
    if (first === undefined || this.#stopped) return;
    this.#cancelTimer = this.#options.clock.after(
      first.dueMs - this.#options.clock.now(),
      () => this.#wake(),
    );
  }

  #wake(): void {
    const nowMs = this.#options.clock.now();
    for (
      let first = this.#due.peek();
      first !== undefined && first.dueMs <= nowMs;
      first = this.#due.peek()
    ) {
      this.#due.pop();
      const { item: job, dueMs } = first;
      if (this.#isCurrent(job, "deferred") && job.timeMs === dueMs) this.#makeReady(job);
    }
    this.#arm();
  }

  /** An attempt and all that follows from it. Never throws. */
  async #run(job: Job): Promise<void> {
    job.state = "active";
    const { spool, clock, settings } = this.#options;
    try {
      await spool.activate(job.id);
      const message = await spool.find(job.id);
      if (message === undefined) {
        this.#jobs.delete(job.id);
        return;
      }
      const outcomes = new Outcomes(message, job.unrecorded);
      this.#log.write("info", formatActive(message));
      await attemptDelivery(message, outcomes, { ...this.#options, readyMs: job.timeMs });
      job.unrecorded = outcomes.unrecorded();
      try {
        await this.#conclude(job, message, outcomes);
      } finally {
        job.unrecorded = outcomes.unrecorded();
      }
    } catch (thrown) {
      this.#log.write("warning", `${job.id}: ${failureText(thrown)}; the message stays in the queue`);
      this.#defer(job, clock.now() + settings.minimalBackoffMs);
    } finally {
      job.wish = undefined;
      for (const wake of job.waiters.splice(0)) wake();
    }
  }

  /** Steps 2 to 4 of the head of this file. */
  async #conclude(job: Job, message: QueuedMessage, outcomes: Outcomes): Promise<void> {
    const { spool, clock, settings } = this.#options;
    const { id, envelope } = message;
    if (job.wish === "remove") {
      await spool.remove(id);
      return this.#forgotten(job);
    }
    if (outcomes.waiting().length > 0 && isExpired(envelope, clock.now(), settings)) {
      this.#log.write("info", `${id}: from=<${envelope.sender}>, status=expired, returned to sender`);
      for (const index of outcomes.waiting()) outcomes.set(index, giveUp(outcomes.get(index)));
    }
    const waits = outcomes.waiting().length > 0;
    const failed = outcomes.unrecorded("failed");
    if (waits || failed.size > 0) {
      await this.#record(id, outcomes, outcomes.unrecorded("delivered", "deferred"));
    }
    if (failed.size > 0) await this.#report(message, failed);
    if (!waits) return await this.#forget(job);
    await this.#record(id, outcomes, failed);
    if (job.wish === "hold") {
      await spool.hold(id);
      job.state = "held";
      return;
    }
    const nextMs = clock.now() + backoffMs(envelope.arrivedMs, clock.now(), settings);
    await spool.defer(id, nextMs);
    this.#defer(job, nextMs);
  }

  async #record(id: QueueId, outcomes: Outcomes, some: ReadonlyMap<number, DeliveryOutcome>): Promise<void> {
    await this.#options.spool.record(id, some);
    outcomes.recorded(some);
  }

  async #forget(job: Job): Promise<void> {
    await this.#options.spool.finish(job.id);
    this.#forgotten(job);
  }

  #forgotten(job: Job): void {
    this.#jobs.delete(job.id);
    this.#log.write("info", `${job.id}: removed`);
  }

  async #report(message: QueuedMessage, failed: ReadonlyMap<number, DeliveryOutcome>): Promise<void> {
    const id = await sendBounce(message, failed, this.#options);
    if (id !== undefined) this.accepted(id);
  }

  async #afterAttempt(job: Job, wish: "remove" | "hold"): Promise<void> {
    if (job.wish !== "remove") job.wish = wish;
    await new Promise<void>((resolve) => job.waiters.push(resolve));
  }
}

/** The last reason to wait, made final. */
function giveUp(outcome: DeliveryOutcome | undefined): DeliveryOutcome {
  const { status, text } = outcome ?? { status: "4.4.7", text: "delivery time expired" };
  return { kind: "failed", status, text };
}
