/** Signals that a server understands. */

export interface SignalActions {
  /** SIGTERM, SIGINT. */
  terminate(): void;
  /** SIGHUP. */
  reload(): void;
}

/** Calls the actions until `stop`. A second SIGINT or SIGTERM is an action too: the first may take its time. */
export function onSignals(actions: SignalActions): { stop(): void } {
  const listeners = [
    ["SIGTERM", () => actions.terminate()],
    ["SIGINT", () => actions.terminate()],
    ["SIGHUP", () => actions.reload()],
  ] as const;
  for (const [signal, listener] of listeners) Deno.addSignalListener(signal, listener);
  return {
    stop: () => {
      for (const [signal, listener] of listeners) Deno.removeSignalListener(signal, listener);
    },
  };
}
