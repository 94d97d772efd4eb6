/**
 * The queue as commands reach it: through the running server, or, when none runs, in its files directly.
 */

import { NotRunning } from "../../kit/net/control_socket.ts";

import type { FileSpool } from "../../../store/spool/file_spool.ts";
import type { QueuedMessage, QueueId } from "../../../store/spool/spool.ts";

import type { Settings } from "../../config/schema.ts";

import type { Context } from "../context.ts";
import { askServer, listFromServer } from "../control.ts";
import { openSpool } from "../open_stores.ts";

import type { Changed, QueueAction, QueueOperations, QueueSelection } from "./apply.ts";
import { applyToQueue } from "./apply.ts";
import type { QueueFilter } from "./filter.ts";
import { matchesFilter } from "./filter.ts";

export interface QueueAccess {
  list(filter: QueueFilter): AsyncIterable<QueuedMessage>;
  apply(action: QueueAction, selection: QueueSelection): AsyncIterable<Changed>;
}

/** The running server's queue; without one, the files, after the warning that administrators know. */
export async function openQueue(context: Context, settings: Settings): Promise<QueueAccess> {
  try {
    await askServer(settings, "ping");
  } catch (thrown) {
    if (!(thrown instanceof NotRunning)) throw thrown;
    context.complain("warning: Mail system is down -- accessing queue directly");
    return directQueue(context, await openSpool(context, settings));
  }
  return {
    list: (filter) => listFromServer<QueuedMessage>(settings, "queue list", { filter }),
    apply: async function* (action, selection) {
      for (const part of inParts(selection)) {
        yield* listFromServer<Changed>(settings, "queue change", { action, selection: part });
      }
    },
  };
}

/** A request has at most so many ids. */
const idsAtOnce = 10_000;

function* inParts({ ids, filter }: QueueSelection): Iterable<QueueSelection> {
  if (ids === "ALL") return yield { ids, filter };
  for (let start = 0; start < ids.length; start += idsAtOnce) {
    yield { ids: ids.slice(start, start + idsAtOnce), filter };
  }
}

function directQueue({ clock }: Context, spool: FileSpool): QueueAccess {
  return {
    list: async function* (filter) {
      for await (const message of spool.scan()) {
        if (matchesFilter(message, filter, clock.now())) yield message;
      }
    },
    apply: (action, selection) =>
      applyToQueue(spoolOperations(spool), action, { ...selection, nowMs: clock.now() }),
  };
}

function spoolOperations(spool: FileSpool): QueueOperations {
  const done = async (action: Promise<void>) => {
    await action;
    return true;
  };
  const queueOf = async (id: QueueId) => (await spool.find(id))?.queue;
  return {
    queueOf,
    names: () => spool.names(),
    list: () => spool.scan(),
    remove: (id) => done(spool.remove(id)),
    hold: (id) => done(spool.hold(id)),
    release: async (id) => await queueOf(id) === "hold" && await done(spool.release(id)),
    requeue: (id) => done(spool.requeue(id)),
    expire: async (id) =>
      (await spool.find(id))?.marks?.includes("expired") !== true && await done(spool.mark(id, "expired")),
  };
}
