/** What commands may ask of a running server over the control socket. */

import type { ControlHandler } from "../../kit/net/control_socket.ts";

import type { QueueId } from "../../../store/spool/spool.ts";

import type { QueueAction, QueueSelection } from "../queue/access.ts";

import type { Keeper } from "./keeper.ts";

export interface ControlOptions {
  readonly keeper: () => Keeper;
  readonly reload: () => Promise<unknown>;
  /** Begins to stop; the answer is given when all is stopped. */
  readonly stop: () => Promise<void>;
}

export function controlMethods(
  { keeper, reload, stop }: ControlOptions,
): Readonly<Record<string, ControlHandler>> {
  return {
    ping: () => null,
    status: () => keeper().report(),
    reload,
    stop,
    collect: async () => {
      await keeper().queue.collect();
      return null;
    },
    "queue list": async function* () {
      yield* keeper().queue.list();
    },
    "queue flush": async (params) => {
      const selection = readSelection(params);
      const { queue } = keeper();
      if (selection === "ALL") await queue.flush();
      else for (const id of selection) queue.flushId(id);
      return null;
    },
    "queue delete": (params) => change(keeper(), "delete", readSelection(params)),
    "queue hold": (params) => change(keeper(), "hold", readSelection(params)),
    "queue release": (params) => change(keeper(), "release", readSelection(params)),
  };
}

/** @throws Error when a command of another version asks for something else. */
function readSelection(params: unknown): QueueSelection {
  const selection = typeof params === "object" && params !== null && "selection" in params
    ? params.selection
    : undefined;
  if (selection === "ALL") return "ALL";
  if (Array.isArray(selection) && selection.every((id) => typeof id === "string")) return selection;
  throw new Error("the request names no messages");
}

async function change(
  keeper: Keeper,
  action: QueueAction,
  selection: QueueSelection,
): Promise<readonly QueueId[]> {
  const { queue } = keeper;
  const ids: QueueId[] = selection === "ALL" ? [] : [...selection];
  if (selection === "ALL") { for await (const { id } of queue.list()) ids.push(id); }
  const done: QueueId[] = [];
  for (const id of ids) {
    const changed = action === "delete"
      ? queue.remove(id)
      : action === "hold"
      ? queue.hold(id)
      : queue.release(id);
    if (await changed) done.push(id);
  }
  return done;
}
