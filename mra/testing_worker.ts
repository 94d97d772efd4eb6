/** A reader's worker on a thread of its own, with the rights it has in the server, and its log. */

import type { LogRecord } from "../tools/kit/base/log.ts";
import { type Connected, connectRpc } from "../tools/kit/rpc/rpc.ts";

import type { LoginAnswer, LoginRequest } from "./login.ts";
import type { ReaderKeeperApi, ReaderWorkerApi } from "./reader_api.ts";

const permissions = { net: ["127.0.0.1"], read: false, write: false, env: false, run: false, ffi: false };

export interface StartedWorker<Settings> {
  readonly worker: Connected<ReaderWorkerApi<Settings>>;
  /** Of its one listener. */
  readonly port: number;
  readonly log: readonly LogRecord[];
}

export interface WorkerOptions<Settings> {
  /** Of its entry file. */
  readonly url: string;
  readonly settings: Settings;
  readonly connectionsPerAddress: number;
  readonly login: (request: LoginRequest) => Promise<LoginAnswer>;
  /** Serves the store on its end of the port. */
  readonly serveStore: (port: MessagePort) => void;
}

export async function withReaderWorker<Settings>(
  { url, settings, connectionsPerAddress, login, serveStore }: WorkerOptions<Settings>,
  run: (started: StartedWorker<Settings>) => Promise<void>,
): Promise<void> {
  const log: LogRecord[] = [];
  const thread = new Worker(url, { type: "module", deno: { permissions } });
  const store = new MessageChannel();
  try {
    const worker = connectRpc<ReaderWorkerApi<Settings>, ReaderKeeperApi>(thread, {
      login,
      log: (record) => {
        log.push(record);
        return null;
      },
    });
    serveStore(store.port1);
    const bound = await worker.call("start", {
      listeners: [{ name: "reader", hostname: "127.0.0.1", port: 0, mode: "plain" }],
      settings,
      limits: { connectionsPerAddress },
      store: store.port2,
    }, [store.port2]);
    await run({ worker, port: bound[0]!.port, log });
    await worker.call("drain", { limitMs: 1000 });
  } finally {
    store.port1.close();
    thread.terminate();
  }
}
