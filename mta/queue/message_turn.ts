/**
 * A message's turn: an attempt to deliver it, and all that follows, in this order, so that a crash at any point repeats
 * something rather than loses it:
 *
 * 1. It is read, and where its recipients go is found out. If its sender or all its destinations have their share of the
 *    queue already, it waits for its turn: `parked`.
 * 2. It is made active and tried (`attempt.ts`).
 * 3. Deliveries and delays are recorded. When nobody waits and nobody failed, the removal is the record.
 * 4. Reports are queued, durably: about those that failed, that wait for long, whose success is to be told.
 * 5. With nobody waiting the message is removed; else the failures are recorded and it is deferred.
 *
 * A message whose time is up (postconf(5) maximal_queue_lifetime), or that an administrator gave up (postsuper -e), is
 * returned after an attempt that failed, never without one. A report to the null sender is never made (RFC 5321 §6.1).
 */

import type { Clock } from "../../tools/kit/base/clock.ts";
import type { Log } from "../../tools/kit/base/log.ts";

import type { DeliveryOutcome, QueuedMessage, QueueId, Spool } from "../../store/spool/spool.ts";

import type { NamedRoute, Router } from "../delivery/delivery.ts";
import { attemptDelivery } from "./attempt.ts";
import { formatActive } from "./delivery_log.ts";
import type { PlannedDelivery } from "./delivery_plan.ts";
import { planDeliveries } from "./delivery_plan.ts";
import type { Dispatcher } from "./dispatcher.ts";
import { Outcomes } from "./outcomes.ts";
import type { SenderRewriter } from "./return_path.ts";
import type { QueueSettings } from "./schedule.ts";
import { backoffMs, isExpired, isWarningDue } from "./schedule.ts";
import type { SendResult } from "./send_report.ts";

export interface TurnWorld {
  readonly spool: Spool;
  readonly route: Router;
  readonly named: NamedRoute;
  readonly dispatcher: Dispatcher;
  /** For mail that leaves by a transport of that name (SRS). */
  readonly senderRewriter?: ((transport: string) => SenderRewriter | undefined) | undefined;
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: QueueSettings;
  /** Queues the reports that an attempt calls for; their ids. @throws TempFailure */
  report(message: QueuedMessage, result: SendResult): Promise<readonly QueueId[]>;
}

/** What an administrator wants when the attempt is over. */
export type Wish = "remove" | "hold" | "requeue" | "expire";

/** What is known of a message beside its file. */
export interface Turn {
  readonly id: QueueId;
  /** When it became ready. */
  readonly readyMs: number;
  wish?: Wish | undefined;
  /** Outcomes that could not be recorded. */
  unrecorded: ReadonlyMap<number, DeliveryOutcome>;
  /** Shares of the active queue that it has. */
  shares: readonly string[];
}

/** What becomes of the message. */
export type Fate =
  | { readonly kind: "gone" | "removed" | "held" | "requeued" | "stopped" | "parked" }
  | { readonly kind: "deferred"; readonly waitMs: number };

export interface TurnHooks {
  /** Takes the shares of a message, which has so many recipients; or gives the one that is full. */
  admit(shares: Shares, recipients: number): string | undefined;
  /** Reports are in the queue. */
  reported(ids: readonly QueueId[]): void;
}

export interface Shares {
  readonly sender: string;
  readonly destinations: readonly string[];
}

/** @throws TempFailure on trouble with the queue's disk: the message stays where it is */
export async function takeTurn(turn: Turn, world: TurnWorld, hooks: TurnHooks): Promise<Fate> {
  const { spool } = world;
  const message = await spool.find(turn.id);
  if (message === undefined) return { kind: "gone" };
  const outcomes = new Outcomes(message, turn.unrecorded);
  const plan = await planDeliveries(message, outcomes.waiting(), world);
  const full = hooks.admit(sharesOf(message, plan), message.envelope.recipients.length);
  if (full !== undefined) return { kind: "parked" };
  await spool.activate(turn.id);
  world.log.part("qmgr").write("info", formatActive(message));
  const isWhole = await attemptDelivery(message, outcomes, { ...world, plan, readyMs: turn.readyMs });
  try {
    return await conclude({ turn, message, outcomes, isWhole }, world, hooks);
  } finally {
    turn.unrecorded = outcomes.unrecorded();
  }
}

function sharesOf({ envelope }: QueuedMessage, plan: readonly PlannedDelivery[]): Shares {
  const names = plan.map(({ transport, destination }) => `to ${transport.name} ${destination}`);
  return { sender: `from ${envelope.sender}`, destinations: Array.from(new Set(names)) };
}

interface Attempted {
  readonly turn: Turn;
  readonly message: QueuedMessage;
  readonly outcomes: Outcomes;
  /** False: the server stops, and some have not been tried. */
  readonly isWhole: boolean;
}

/** Steps 3 to 5. */
async function conclude(attempted: Attempted, world: TurnWorld, hooks: TurnHooks): Promise<Fate> {
  const { turn, message, outcomes, isWhole } = attempted;
  const { spool, clock, settings } = world;
  const { id, envelope } = message;
  const record = async (some: ReadonlyMap<number, DeliveryOutcome>) => {
    await spool.record(id, some);
    outcomes.recorded(some);
  };
  if (turn.wish === "remove") {
    await spool.remove(id);
    return { kind: "removed" };
  }
  if (!isWhole) {
    await record(outcomes.unrecorded("delivered", "deferred"));
    return { kind: "stopped" };
  }
  giveUpWhenExpired(attempted, world);
  const waits = outcomes.waiting().length > 0;
  const failed = outcomes.unrecorded("failed");
  if (waits || failed.size > 0) await record(outcomes.unrecorded("delivered", "deferred"));
  const wasWarned = message.marks?.includes("warned") === true;
  const warns = waits && !wasWarned && isWarningDue(envelope.arrivedMs, clock.now(), settings);
  const { all, relays } = outcomes;
  hooks.reported(await world.report(message, { outcomes: all, relays, warns, wasWarned }));
  // One that only asked what would happen has its answer.
  if (!waits || envelope.trace === "verify") {
    await spool.finish(id);
    return { kind: "removed" };
  }
  await record(failed);
  if (warns) await spool.mark(id, "warned");
  if (turn.wish === "hold") {
    await spool.hold(id);
    return { kind: "held" };
  }
  if (turn.wish === "requeue") {
    await spool.requeue(id);
    return { kind: "requeued" };
  }
  const nowMs = clock.now();
  const waitMs = backoffMs(envelope.arrivedMs, nowMs, settings);
  await spool.defer(id, nowMs + waitMs);
  return { kind: "deferred", waitMs };
}

/** The last reason to wait becomes final for all whose time is up. */
function giveUpWhenExpired(
  { turn, message, outcomes }: Attempted,
  { clock, log, settings }: TurnWorld,
): void {
  const waiting = outcomes.waiting();
  if (waiting.length === 0) return;
  const isForced = turn.wish === "expire" || message.marks?.includes("expired") === true;
  if (!isForced && !isExpired(message.envelope, clock.now(), settings)) return;
  const word = isForced ? "force-expired" : "expired";
  const { sender } = message.envelope;
  log.part("qmgr").write("info", `${message.id}: from=<${sender}>, status=${word}, returned to sender`);
  for (const index of waiting) {
    const { kind: _kind, ...rest } = outcomes.get(index) ??
      { kind: "deferred", status: "4.4.7", text: "delivery time expired" };
    outcomes.set(index, { ...rest, kind: "failed" });
  }
}
