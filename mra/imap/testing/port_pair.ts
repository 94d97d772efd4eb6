/** For tests: ports without workers. */

import type { Port } from "../../../tools/kit/rpc/rpc.ts";

/** Two ports that clone what they carry; messages arrive in microtasks. */
export function portPair(): [Port, Port] {
  const make = (other: () => Port): Port => ({
    onmessage: null,
    postMessage: (message, transfer) => {
      const data = structuredClone(message, { transfer });
      queueMicrotask(() => other().onmessage?.(new MessageEvent("message", { data })));
    },
  });
  const left: Port = make(() => right);
  const right: Port = make(() => left);
  return [left, right];
}
