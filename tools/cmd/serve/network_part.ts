/** What the keeper does with every worker that listens, whatever its protocol: smtp-in, pop3, imap. */

import type { BoundListener, ServerStatus } from "../../kit/net/server.ts";

import type { WorkerReport } from "./report.ts";
import type { Snapshot } from "./snapshot.ts";

export interface NetworkPart {
  readonly name: string;
  /** @throws TempFailure when a listener cannot be opened. */
  start(): Promise<void>;
  readonly listeners: readonly BoundListener[];
  /** Settings and certificates of `snapshot` hold for sessions that begin from now on. */
  reconfigure(snapshot: Snapshot): Promise<void>;
  /** The store worker was started anew. */
  reconnectStore(): Promise<void>;
  drain(limitMs: number): Promise<void>;
  stop(): void;
  report(): Promise<WorkerReport>;
}

/** The report of a worker from what it says of itself, if it says anything. */
export async function reportOf(
  name: string,
  worker: { readonly isRunning: boolean; readonly restarts: number },
  status: () => Promise<ServerStatus>,
): Promise<WorkerReport> {
  const { restarts } = worker;
  if (!worker.isRunning) return { name, state: "restarting", restarts };
  const { connections, accepted } = await status();
  return { name, state: "running", restarts, connections, accepted };
}
