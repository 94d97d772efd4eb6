/**
 * The queue as commands reach it: through the running server, or, when none runs, in its files directly.
 */

import { NotRunning } from "../../kit/net/control_socket.ts";

import type { QueuedMessage, QueueId, QueueName, Spool } from "../../../store/spool/spool.ts";

import type { Settings } from "../../config/schema.ts";

import type { Context } from "../context.ts";
import { askServer, listFromServer } from "../control.ts";
import { openSpool } from "../open_stores.ts";

export type QueueAction = "delete" | "hold" | "release";
export type QueueSelection = readonly QueueId[] | "ALL";

export interface QueueAccess {
  list(): AsyncIterable<QueuedMessage>;
  /** Gives the ids that it was done to; unknown ids are silently nothing, as postsuper(1) has it. */
  apply(action: QueueAction, selection: QueueSelection): Promise<readonly QueueId[]>;
}

/** The running server's queue; without one, the files, after the warning that administrators know. */
export async function openQueue(context: Context, settings: Settings): Promise<QueueAccess> {
  try {
    await askServer(settings, "ping");
  } catch (thrown) {
    if (!(thrown instanceof NotRunning)) throw thrown;
    context.complain("warning: Mail system is down -- accessing queue directly");
    return directQueue(await openSpool(context, settings));
  }
  return {
    list: () => listFromServer<QueuedMessage>(settings, "queue list"),
    apply: async (action, selection) =>
      await askServer(settings, `queue ${action}`, { selection }) as readonly QueueId[],
  };
}

function directQueue(spool: Spool): QueueAccess {
  return {
    list: () => spool.scan(),
    apply: (action, selection) => applyToSpool(spool, action, selection),
  };
}

/** Default queues of postsuper(1) for each action. */
const queuesOf: Readonly<Record<QueueAction, readonly QueueName[]>> = {
  delete: ["hold", "incoming", "active", "deferred", "maildrop"],
  hold: ["incoming", "active", "deferred", "maildrop"],
  release: ["hold"],
};

async function applyToSpool(
  spool: Spool,
  action: QueueAction,
  selection: QueueSelection,
): Promise<readonly QueueId[]> {
  const done: QueueId[] = [];
  for await (const { id, queue } of spool.scan()) {
    if (selection !== "ALL" && !selection.includes(id)) continue;
    if (!queuesOf[action].includes(queue)) continue;
    if (action === "delete") await spool.remove(id);
    else if (action === "hold") await spool.hold(id);
    else await spool.release(id);
    done.push(id);
  }
  return done;
}
