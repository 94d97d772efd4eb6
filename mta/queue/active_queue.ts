/**
 * The active queue: messages that are ready and those that are being tried, which are limited in number.
 *
 * First attempts go before second ones, but each fifth turn is for those that wait for another try. What finds its share of
 * the queue taken is parked, an id without an envelope, until a message of that share is done (`shares.ts`).
 */

import type { DeliveryOutcome, QueueId } from "../../store/spool/spool.ts";

import { FairQueue } from "./fair_queue.ts";
import type { Shares as Wanted, Turn, Wish } from "./message_turn.ts";
import type { QueueSettings } from "./schedule.ts";
import { Shares } from "./shares.ts";

export interface Job extends Turn {
  readonly fresh: boolean;
  state: "ready" | "parked" | "active";
  /** Its shares are taken. */
  isAdmitted: boolean;
  recipients: number;
  /** Called when its turn is over. */
  readonly waiters: (() => void)[];
}

/** Messages that are being read and resolved at the same time. */
const openingAtOnce = 50;

const nothing: ReadonlyMap<number, DeliveryOutcome> = new Map();

export class ActiveQueue {
  readonly #settings: () => Pick<QueueSettings, "messageActiveLimit" | "recipientActiveLimit">;
  readonly #run: (job: Job) => Promise<"parked" | undefined>;
  readonly #jobs = new Map<QueueId, Job>();
  readonly #ready = new FairQueue<Job>();
  readonly #shares: Shares<Job>;
  readonly #running = new Set<Promise<void>>();
  #active = 0;
  /** Begun, and not admitted yet. */
  #opening = 0;
  #recipients = 0;
  #isStopped = false;

  /** `run` gives a message its turn: it calls `admit` once, if there is such a message, and never throws. */
  constructor(
    settings: () => Pick<QueueSettings, "messageActiveLimit" | "recipientActiveLimit">,
    run: (job: Job) => Promise<"parked" | undefined>,
  ) {
    this.#settings = settings;
    this.#run = run;
    this.#shares = new Shares(() => settings().messageActiveLimit);
  }

  has(id: QueueId): boolean {
    return this.#jobs.has(id);
  }

  add(id: QueueId, { fresh, readyMs }: { readonly fresh: boolean; readonly readyMs: number }): void {
    const job: Job = {
      id,
      fresh,
      readyMs,
      state: "ready",
      unrecorded: nothing,
      shares: [],
      isAdmitted: false,
      recipients: 0,
      waiters: [],
    };
    this.#jobs.set(id, job);
    if (this.#ready.size === 0 && !this.#isStopped && this.#hasRoom()) return this.#begin(job);
    this.#enqueue(job);
    this.#pump();
  }

  /** Is it being tried? */
  isTried(id: QueueId): boolean {
    return this.#jobs.get(id)?.state === "active";
  }

  /** Takes out a message that is not being tried. */
  withdraw(id: QueueId): Job | undefined {
    const job = this.#jobs.get(id);
    if (job === undefined || job.state === "active") return undefined;
    this.#jobs.delete(id);
    return job;
  }

  /** When a message is being tried: returns when that is over, and `wish` was seen to if it came early enough. */
  whenTried(id: QueueId, wish: Wish): Promise<void> {
    const job = this.#jobs.get(id);
    if (job?.state !== "active") return Promise.resolve();
    if (job.wish !== "remove") job.wish = wish;
    return new Promise((resolve) => job.waiters.push(resolve));
  }

  /** Takes the shares that a message wants, or gives the one that is full; for messages of many destinations, all must be. */
  admit(job: Job, { sender, destinations }: Wanted, recipients: number): string | undefined {
    const isFull = (key: string) => this.#shares.isFull(key);
    const full = isFull(sender) ? sender : destinations.every(isFull) ? destinations[0] : undefined;
    if (full !== undefined && job.wish === undefined) {
      job.shares = [full];
      return full;
    }
    job.isAdmitted = true;
    job.shares = [sender, ...destinations];
    this.#shares.take(job.shares);
    job.recipients = recipients;
    this.#recipients += recipients;
    this.#opening--;
    this.#pump();
    return undefined;
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** Returns when nothing is being tried. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #enqueue(job: Job): void {
    job.state = "ready";
    // Whose it is shows only when it is read; until then it is a turn of its own.
    this.#ready.push(job, { fresh: job.fresh, sender: "", message: "" });
  }

  /** Begins turns while there is room. */
  #pump(): void {
    while (!this.#isStopped && this.#hasRoom()) {
      const job = this.#ready.shift();
      if (job === undefined) return;
      if (job.state !== "ready" || this.#jobs.get(job.id) !== job) continue;
      this.#begin(job);
    }
  }

  #begin(job: Job): void {
    job.state = "active";
    this.#active++;
    this.#opening++;
    const turn = this.#take(job).finally(() => this.#running.delete(turn));
    this.#running.add(turn);
  }

  #hasRoom(): boolean {
    const { messageActiveLimit, recipientActiveLimit } = this.#settings();
    return this.#opening < openingAtOnce && this.#active < messageActiveLimit &&
      this.#recipients < recipientActiveLimit;
  }

  async #take(job: Job): Promise<void> {
    const end = await this.#run(job);
    this.#active--;
    if (job.isAdmitted) this.#giveBack(job);
    else this.#opening--;
    if (end === "parked" && job.wish === undefined) {
      job.state = "parked";
      this.#shares.park(job.shares[0]!, job);
    } else if (end === "parked") this.#enqueue(job);
    else {
      if (this.#jobs.get(job.id) === job) this.#jobs.delete(job.id);
      for (const wake of job.waiters) wake();
    }
    this.#pump();
  }

  #giveBack(job: Job): void {
    this.#recipients -= job.recipients;
    for (const back of this.#shares.give(job.shares)) {
      if (this.#jobs.get(back.id) === back) this.#enqueue(back);
    }
  }
}
