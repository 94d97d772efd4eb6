/** A worker for `worker_host_test.ts`: does what it is told, also what a worker must not do. */

import { connectRpc } from "./rpc.ts";
import { workerPort } from "./worker_port.ts";

/** Served by this worker. */
export type TestWorkerApi = {
  configure(params: { readonly word: string }): null;
  word(params: null): string;
  crash(how: "throw" | "reject"): null;
  hang(params: null): null;
  read(path: string): string;
};

/** Served by its keeper. */
export type TestKeeperApi = {
  shout(text: string): string;
};

let word = "";

const keeper = connectRpc<TestKeeperApi, TestWorkerApi>(workerPort(), {
  configure: async (params) => {
    word = await keeper.call("shout", params.word);
    return null;
  },
  word: () => word,
  crash: (how) => {
    if (how === "reject") Promise.reject(new Error("rejected in a worker"));
    else {
      queueMicrotask(() => {
        throw new Error("thrown in a worker");
      });
    }
    return new Promise<null>(() => {});
  },
  hang: () => new Promise<null>(() => {}),
  read: (path) => {
    try {
      return Deno.readTextFileSync(path);
    } catch (thrown) {
      return thrown instanceof Error ? thrown.name : "unknown";
    }
  },
});
