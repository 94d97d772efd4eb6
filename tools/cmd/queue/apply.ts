/**
 * What postsuper(1) does to queued messages, to those of some ids or to all that a filter lets through: by the running
 * server, or, when none runs, in the queue's files.
 */

import type { QueuedMessage, QueueId, QueueName } from "../../../store/spool/spool.ts";

import type { QueueFilter } from "./filter.ts";
import { looksInside, matchesFilter } from "./filter.ts";

export const queueActions = ["delete", "hold", "release", "requeue", "expire", "return"] as const;
/** `return`: expire, and release what is held (postsuper -f). */
export type QueueAction = (typeof queueActions)[number];

export interface QueueSelection {
  readonly ids: readonly QueueId[] | "ALL";
  readonly filter: QueueFilter;
}

/** Each gives false when there was nothing to do: no such message, no longer, done already. */
export interface QueueOperations {
  queueOf(id: QueueId): Promise<QueueName | undefined>;
  names(): AsyncIterable<{ readonly id: QueueId; readonly place: QueueName }>;
  list(): AsyncIterable<QueuedMessage>;
  remove(id: QueueId): Promise<boolean>;
  hold(id: QueueId): Promise<boolean>;
  release(id: QueueId): Promise<boolean>;
  requeue(id: QueueId): Promise<boolean>;
  expire(id: QueueId): Promise<boolean>;
}

/** What was done to a message, in postsuper's words. */
export interface Changed {
  readonly id: QueueId;
  readonly words: readonly ChangeWord[];
}

export type ChangeWord = "removed" | "placed on hold" | "released from hold" | "requeued" | "expired";

/** Queues that each action is for, where no other is told (postsuper(1)). */
const queuesOf: Readonly<Record<QueueAction, readonly QueueName[]>> = {
  delete: ["hold", "incoming", "active", "deferred", "maildrop"],
  hold: ["incoming", "active", "deferred", "maildrop"],
  release: ["hold"],
  requeue: ["hold", "incoming", "active", "deferred"],
  expire: ["hold", "incoming", "active", "deferred"],
  return: ["hold", "incoming", "active", "deferred"],
};

/** Changes at the same time: they share syncs of the disk. */
const atOnce = 50;

/** What was done, as it is done; ids that are unknown are silently nothing, as postsuper(1) has it. */
export async function* applyToQueue(
  queue: QueueOperations,
  action: QueueAction,
  selection: QueueSelection & { readonly nowMs: number },
): AsyncGenerator<Changed, void> {
  let chunk: QueueId[] = [];
  const flush = async () => {
    const done = await Promise.all(chunk.map(async (id) => ({ id, words: await change(queue, action, id) })));
    chunk = [];
    return done.filter(({ words }) => words.length > 0);
  };
  for await (const id of selected(queue, action, selection)) {
    if (chunk.push(id) === atOnce) yield* await flush();
  }
  yield* await flush();
}

async function* selected(
  queue: QueueOperations,
  action: QueueAction,
  { ids, filter, nowMs }: QueueSelection & { readonly nowMs: number },
): AsyncGenerator<QueueId, void> {
  const queues = filter.queues ?? queuesOf[action];
  if (looksInside(filter) || (ids === "ALL" && queues.includes("maildrop"))) {
    const wanted = ids === "ALL" ? undefined : new Set(ids);
    for await (const message of queue.list()) {
      if (wanted !== undefined && !wanted.has(message.id)) continue;
      if (queues.includes(message.queue) && matchesFilter(message, filter, nowMs)) yield message.id;
    }
  } else if (ids === "ALL") {
    for await (const { id, place } of queue.names()) if (queues.includes(place)) yield id;
  } else {
    for (const id of new Set(ids)) {
      const place = await queue.queueOf(id);
      if (place !== undefined && queues.includes(place)) yield id;
    }
  }
}

async function change(
  queue: QueueOperations,
  action: QueueAction,
  id: QueueId,
): Promise<readonly ChangeWord[]> {
  switch (action) {
    case "delete":
      return await queue.remove(id) ? ["removed"] : [];
    case "hold":
      return await queue.hold(id) ? ["placed on hold"] : [];
    case "release":
      return await queue.release(id) ? ["released from hold"] : [];
    case "requeue":
      return await queue.requeue(id) ? ["requeued"] : [];
    case "expire":
      return await queue.expire(id) ? ["expired"] : [];
    case "return": {
      const isExpired = await queue.expire(id);
      const isReleased = await queue.release(id);
      return [...isExpired ? ["expired" as const] : [], ...isReleased ? ["released from hold" as const] : []];
    }
  }
}
