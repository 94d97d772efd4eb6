/** What commands may ask of the running server's queue. */

import type { ControlHandler } from "../../kit/net/control_socket.ts";

import type { QueueManager } from "../../../mta/queue/queue_manager.ts";

import type { QueueOperations, QueueSelection } from "../queue/apply.ts";
import { applyToQueue, queueActions } from "../queue/apply.ts";
import type { QueueFilter } from "../queue/filter.ts";
import { isAt, matchesFilter } from "../queue/filter.ts";

export interface QueueMethodsOptions {
  readonly queue: () => QueueManager;
  readonly now: () => number;
}

export function queueMethods({ queue, now }: QueueMethodsOptions): Readonly<Record<string, ControlHandler>> {
  return {
    collect: async () => {
      await queue().collect();
      return null;
    },
    "queue list": async function* (params) {
      const filter = readFilter(params);
      for await (const message of queue().list()) if (matchesFilter(message, filter, now())) yield message;
    },
    "queue flush": async (params) => {
      const { ids } = readSelection(params);
      const site = isRecord(params) && typeof params.site === "string" ? params.site : undefined;
      if (site !== undefined) await flushSite(queue(), site);
      else if (ids === "ALL") await queue().flush();
      else for (const id of ids) queue().flushId(id);
      return null;
    },
    "queue change": async function* (params) {
      const action = queueActions.find((known) => isRecord(params) && known === params.action);
      if (action === undefined || !isRecord(params)) throw new Error("the request names nothing to do");
      const selection = readSelection(params.selection);
      yield* applyToQueue(operations(queue()), action, { ...selection, nowMs: now() });
      if (action === "requeue") await queue().collect();
    },
  };
}

function operations(queue: QueueManager): QueueOperations {
  return {
    queueOf: (id) => Promise.resolve(queue.queueOf(id)),
    names: () => queue.names(),
    list: () => queue.list(),
    remove: (id) => queue.remove(id),
    hold: (id) => queue.hold(id),
    release: (id) => queue.release(id),
    requeue: (id) => queue.requeue(id),
    expire: (id) => queue.expire(id),
  };
}

/** Tries mail that waits for somebody at a domain (postqueue -s). */
async function flushSite(queue: QueueManager, site: string): Promise<void> {
  for await (const { id, queue: place, envelope, outcomes } of queue.list()) {
    if (place !== "deferred") continue;
    const waits = envelope.recipients.some(({ address }, index) =>
      (outcomes[index]?.kind ?? "deferred") === "deferred" && isAt(address, site)
    );
    if (waits) queue.flushId(id);
  }
}

/** @throws Error when a command of another version asks for something else. */
function readSelection(params: unknown): QueueSelection {
  if (isRecord(params)) {
    const { ids } = params;
    const filter = readFilter(params);
    if (ids === "ALL") return { ids, filter };
    if (Array.isArray(ids) && ids.every((id) => typeof id === "string")) return { ids, filter };
  }
  throw new Error("the request names no messages");
}

/** @throws Error likewise; fields of a filter that are not known here would widen it. */
function readFilter(params: unknown): QueueFilter {
  const given = isRecord(params) ? params.filter : undefined;
  if (!isRecord(given)) return {};
  const isFilter = Object.entries(given).every(([name, value]) =>
    ["olderMs", "newerMs"].includes(name)
      ? typeof value === "number"
      : name === "queues"
      ? Array.isArray(value)
      : ["sender", "recipient", "domain", "reason"].includes(name) && typeof value === "string"
  );
  if (!isFilter) throw new Error("the request has a filter that is not known");
  // Each field was looked at above.
  return given as QueueFilter;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
