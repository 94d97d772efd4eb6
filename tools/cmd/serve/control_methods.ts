/** What commands may ask of a running server over the control socket. */

import type { ControlHandler } from "../../kit/net/control_socket.ts";

import type { Keeper } from "./keeper.ts";
import { queueMethods } from "./queue_methods.ts";

export interface ControlOptions {
  readonly keeper: () => Keeper;
  readonly reload: () => Promise<unknown>;
  readonly now: () => number;
  /** Begins to stop; the answer is given when all is stopped. */
  readonly stop: () => Promise<void>;
}

export function controlMethods(
  { keeper, now, reload, stop }: ControlOptions,
): Readonly<Record<string, ControlHandler>> {
  return {
    ping: () => null,
    status: () => keeper().report(),
    reload,
    stop,
    ...queueMethods({ queue: () => keeper().queue, now }),
  };
}
