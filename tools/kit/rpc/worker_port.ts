/** The inside of a worker as a port: what a worker's entry file gives to `connectRpc`. */

import type { Port } from "./rpc.ts";

/** @throws Error outside a worker */
export function workerPort(): Port {
  const scope: object = globalThis;
  if (!("postMessage" in scope) || typeof scope.postMessage !== "function") {
    throw new Error("not in a worker");
  }
  const post = scope.postMessage;
  return {
    postMessage: (message, transfer) => post.call(scope, message, transfer),
    get onmessage() {
      return null;
    },
    set onmessage(handler) {
      Reflect.set(scope, "onmessage", handler);
    },
  };
}
