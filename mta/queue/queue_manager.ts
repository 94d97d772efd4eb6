/**
 * The queue manager: tries what is queued, again and again at growing intervals, until every recipient has the message or
 * the sender has a report. What a turn of a message is stands in `message_turn.ts`, which delivery is begun next in
 * `dispatcher.ts`.
 *
 * | a message is | known of it in memory |
 * |---|---|
 * | deferred, on hold | its id, and when a deferred one falls due; no envelope: the queue may hold 100,000 of them |
 * | ready: accepted, or fallen due | its id; or `parked` behind others of its sender or destination (`shares.ts`) |
 * | active | its envelope, and what became of its recipients; their number is limited (qmgr_message_active_limit) |
 *
 * Trouble with the queue's disk keeps a message where it is; what is known is kept in memory, and its turn comes again.
 * Waiting is measured by the monotonic clock: who sets the clock makes no mail wait longer than maximal_backoff_time.
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
  QueueName,
  Spool,
} from "../../store/spool/spool.ts";

import type { NamedRoute, Router } from "../delivery/delivery.ts";
import { ActiveQueue } from "./active_queue.ts";
import type { Job } from "./active_queue.ts";
import { Dispatcher } from "./dispatcher.ts";
import { DueQueue } from "./due_queue.ts";
import type { TurnWorld, Wish } from "./message_turn.ts";
import { takeTurn } from "./message_turn.ts";
import type { Pickup } from "./pickup.ts";
import type { QueueSettings } from "./schedule.ts";
import type { SenderRewriter } from "./return_path.ts";
import type { ReportSettings } from "./send_report.ts";
import { defaultReportSettings, sendReports } from "./send_report.ts";

/** A spool that also takes in what other processes left in `maildrop`. */
export interface ManagedSpool extends Spool {
  collect(): Promise<readonly QueueId[]>;
  /** All that is queued but for `maildrop`, without a look into the files. */
  names(): AsyncIterable<{ readonly id: QueueId; readonly place: QueueName; readonly nextAttemptMs: number }>;
  queueOf(id: QueueId): QueueName | undefined;
  /** Makes durable what is finished. */
  settle(): Promise<void>;
}

export interface QueueManagerOptions {
  readonly spool: ManagedSpool;
  readonly route: Router;
  readonly named: NamedRoute;
  /** For mail that leaves by a transport of that name (SRS). */
  readonly senderRewriter?: ((transport: string) => SenderRewriter | undefined) | undefined;
  readonly clock: Clock;
  readonly log: Log;
  /** $myhostname, in reports. */
  readonly hostname: string;
  readonly settings: QueueSettings;
  /** How senders and postmaster are told what becomes of mail; absent: as Postfix does by default. */
  readonly reports?: ReportSettings | undefined;
  /** Makes the envelopes of reports ready for the queue. @throws TempFailure */
  readonly cleanEnvelope?: ((envelope: QueueEnvelope) => Promise<QueueEnvelope>) | undefined;
  /** Makes ready what programs left in `maildrop`; without it, that is taken in as it is. */
  readonly pickup?: Pick<Pickup, "collect"> | undefined;
}

export class QueueManager {
  readonly #options: QueueManagerOptions;
  readonly #log: Log;
  readonly #world: TurnWorld;
  readonly #active: ActiveQueue;
  readonly #due = new DueQueue<QueueId>();
  /** Outcomes of deferred messages that could not be recorded. */
  readonly #unrecorded = new Map<QueueId, ReadonlyMap<number, DeliveryOutcome>>();
  readonly #dispatcher: Dispatcher;
  #collected: Promise<void> = Promise.resolve();
  #cancelTimer: CancelTimer | undefined;
  #isStopped = false;

  constructor(options: QueueManagerOptions) {
    this.#options = options;
    this.#log = options.log.part("qmgr");
    const dispatcher = new Dispatcher(options.clock, (transport) => options.settings.limitsOf(transport));
    this.#dispatcher = dispatcher;
    this.#world = {
      ...options,
      dispatcher,
      get settings() {
        return options.settings;
      },
      report: (message, result) => {
        const reports = options.reports ?? defaultReportSettings(options.hostname);
        return sendReports(message, result, { ...options, reports });
      },
    };
    this.#active = new ActiveQueue(() => options.settings, (job) => this.#run(job));
  }

  /** Takes up all that is queued. */
  async start(): Promise<void> {
    const { spool, clock, settings } = this.#options;
    await this.collect();
    const nowMs = clock.now();
    for await (const { id, place, nextAttemptMs } of spool.names()) {
      if (this.#isKnown(id) || place === "hold") continue;
      const waitMs = Math.min(nextAttemptMs - nowMs, settings.maximalBackoffMs);
      if (place === "deferred" && waitMs > 0) this.#due.set(id, clock.monotonic() + waitMs);
      else this.#makeReady(id, { fresh: place !== "deferred" });
    }
    this.#arm();
  }

  /** A message was queued: it is tried as soon as there is room, unless it is on hold. */
  accepted(id: QueueId, place: "incoming" | "hold" = "incoming"): void {
    if (place === "incoming" && !this.#isKnown(id)) this.#makeReady(id, { fresh: true });
  }

  /** Takes in what is in `maildrop`: at the start, and whenever `send` says that there is something. One at a time. */
  collect(): Promise<void> {
    const collected = this.#collected.then(() => this.#collect());
    this.#collected = collected.catch(() => {});
    return collected;
  }

  async #collect(): Promise<void> {
    const { pickup, spool } = this.#options;
    if (pickup === undefined) { for (const id of await spool.collect()) this.accepted(id); }
    else for (const { id, place } of await pickup.collect()) this.accepted(id, place);
  }

  /** Tries all deferred messages now, also those for sites that are thought dead; says how many. */
  async flush(): Promise<number> {
    await this.collect();
    this.#dispatcher.revive();
    const deferred = Array.from(this.#due.names());
    for (const id of deferred) this.#flush(id);
    return deferred.length;
  }

  /** Tries one deferred message now; false when there is none of that id. */
  flushId(id: QueueId): boolean {
    if (!this.#due.has(id)) return this.#active.has(id);
    this.#dispatcher.revive();
    this.#flush(id);
    return true;
  }

  /** Deletes a message without a report; waits for an attempt in progress. False when nothing was deleted. */
  async remove(id: QueueId): Promise<boolean> {
    const { spool } = this.#options;
    const wasTried = await this.#whenTried(id, "remove");
    if (spool.queueOf(id) === undefined) return wasTried;
    await this.#aside(id, () => spool.remove(id));
    this.#unrecorded.delete(id);
    this.#log.write("info", `${id}: removed`);
    return true;
  }

  /** Sets a message aside; waits for an attempt in progress. False when there is none of that id, or no longer. */
  async hold(id: QueueId): Promise<boolean> {
    const { spool } = this.#options;
    await this.#whenTried(id, "hold");
    if (spool.queueOf(id) === undefined) return false;
    await this.#aside(id, () => spool.hold(id));
    return true;
  }

  /** Ends `hold`: the message is tried now. False when none of that id is held. */
  async release(id: QueueId): Promise<boolean> {
    const { spool } = this.#options;
    if (spool.queueOf(id) !== "hold") return false;
    await spool.release(id);
    if (!this.#isKnown(id)) this.#makeReady(id, { fresh: false });
    return true;
  }

  /**
   * Gives a message back to `maildrop`, where `collect` finds it and has its addresses rewritten again; waits for an
   * attempt in progress. False when there is none of that id, or no longer.
   */
  async requeue(id: QueueId): Promise<boolean> {
    const { spool } = this.#options;
    const wasTried = await this.#whenTried(id, "requeue");
    if (spool.queueOf(id) === "maildrop") return wasTried;
    if (spool.queueOf(id) === undefined) return false;
    const unrecorded = this.#unrecorded.get(id);
    await this.#aside(id, async () => {
      if (unrecorded !== undefined) await spool.record(id, unrecorded);
      await spool.requeue(id);
    });
    this.#unrecorded.delete(id);
    return true;
  }

  /** The next attempt is the last: who does not get the message then never does. False when there is none of that id. */
  async expire(id: QueueId): Promise<boolean> {
    const { spool } = this.#options;
    const wasTried = await this.#whenTried(id, "expire");
    const message = await spool.find(id);
    if (message === undefined) return wasTried;
    if (message.marks?.includes("expired") === true) return false;
    await spool.mark(id, "expired");
    return true;
  }

  /** Where a message is. */
  queueOf(id: QueueId): QueueName | undefined {
    return this.#options.spool.queueOf(id);
  }

  /** All messages but those in `maildrop`, by their names alone. */
  names(): ReturnType<ManagedSpool["names"]> {
    return this.#options.spool.names();
  }

  /** All messages, with what is known of why their recipients wait. */
  async *list(): AsyncIterable<QueuedMessage> {
    for await (const message of this.#options.spool.scan()) {
      const unrecorded = this.#unrecorded.get(message.id);
      if (unrecorded === undefined) yield message;
      else {
        const outcomes = message.outcomes.map((known, index) => unrecorded.get(index) ?? known);
        yield { ...message, outcomes };
      }
    }
  }

  /** Starts nothing more; returns when the attempts in progress are over. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancelTimer?.();
    this.#active.stop();
    this.#dispatcher.stop();
    await this.#active.idle();
    try {
      await this.#options.spool.settle();
    } catch (thrown) {
      this.#log.write("warning", `${failureText(thrown)}; after a power cut, removed mail may return`);
    }
  }

  /** Returns when nothing is being tried and nothing is ready. */
  idle(): Promise<void> {
    return this.#active.idle();
  }

  #isKnown(id: QueueId): boolean {
    return this.#active.has(id) || this.#due.has(id);
  }

  #makeReady(id: QueueId, { fresh }: { readonly fresh: boolean }): void {
    this.#active.add(id, { fresh, readyMs: this.#options.clock.now() });
  }

  #flush(id: QueueId): void {
    this.#due.delete(id);
    this.#makeReady(id, { fresh: false });
  }

  #defer(id: QueueId, waitMs: number): void {
    this.#due.set(id, this.#options.clock.monotonic() + waitMs);
    this.#arm();
  }

  /** Does something to a message that is not being tried; on failure it is where it was. */
  async #aside(id: QueueId, action: () => Promise<void>): Promise<void> {
    const dueMs = this.#due.get(id);
    this.#due.delete(id);
    const job = this.#active.withdraw(id);
    try {
      await action();
    } catch (thrown) {
      if (dueMs !== undefined) this.#due.set(id, dueMs);
      else if (job !== undefined) this.#active.add(id, job);
      this.#arm();
      throw thrown;
    }
  }

  /** Sets the timer for what falls due first. */
  #arm(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const firstMs = this.#due.firstMs();
    if (firstMs === undefined || this.#isStopped) return;
    const { clock } = this.#options;
    this.#cancelTimer = clock.after(firstMs - clock.monotonic(), () => {
      const nowMs = clock.monotonic();
      for (let id = this.#due.shift(nowMs); id !== undefined; id = this.#due.shift(nowMs)) {
        this.#makeReady(id, { fresh: false });
      }
      this.#arm();
    });
  }

  /** A turn, and where the message goes then. Never throws. */
  async #run(job: Job): Promise<"parked" | undefined> {
    const { id } = job;
    job.unrecorded = this.#unrecorded.get(id) ?? job.unrecorded;
    try {
      const fate = await takeTurn(job, this.#world, {
        admit: (shares, recipients) => this.#active.admit(job, shares, recipients),
        reported: (ids) => ids.forEach((report) => this.accepted(report)),
      });
      if (fate.kind === "parked") return "parked";
      this.#keepUnrecorded(job, fate.kind === "deferred" || fate.kind === "held");
      if (fate.kind === "removed") this.#log.write("info", `${id}: removed`);
      if (fate.kind === "deferred") this.#defer(id, fate.waitMs);
    } catch (thrown) {
      this.#log.write("warning", `${id}: ${failureText(thrown)}; the message stays in the queue`);
      this.#keepUnrecorded(job, true);
      this.#defer(id, this.#options.settings.minimalBackoffMs);
    }
    return undefined;
  }

  #keepUnrecorded({ id, unrecorded }: Job, isWanted: boolean): void {
    if (isWanted && unrecorded.size > 0) this.#unrecorded.set(id, unrecorded);
    else this.#unrecorded.delete(id);
  }

  /** Returns when the message is not being tried; true when it was. */
  async #whenTried(id: QueueId, wish: Wish): Promise<boolean> {
    let wasTried = false;
    while (this.#active.isTried(id)) {
      wasTried = true;
      await this.#active.whenTried(id, wish);
    }
    return wasTried;
  }
}
