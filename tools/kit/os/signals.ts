/** Signals to this process: TERM and INT ask it to stop, HUP to read its settings again. */

export type ServerSignal = "SIGTERM" | "SIGINT" | "SIGHUP";

/** Calls the handlers until the function that it gives is called. */
export function onSignals(handlers: Readonly<Partial<Record<ServerSignal, () => void>>>): () => void {
  const rows = Object.entries(handlers) as [ServerSignal, () => void][];
  for (const [signal, handler] of rows) Deno.addSignalListener(signal, handler);
  return () => {
    for (const [signal, handler] of rows) Deno.removeSignalListener(signal, handler);
  };
}
