/** A worker as `serve` starts them: serves the toy protocol with TLS, and tries what it has no right to. */

import { connectRpc } from "../rpc/rpc.ts";
import { workerPort } from "../rpc/worker_port.ts";

import { serveToy, type ToyServer } from "./toy_server.ts";

/** What this worker serves. */
export type ToyWorkerApi = {
  /** The port that it listens on. */
  start(params: { readonly certPem: string; readonly keyPem: string }): number;
  stop(limitMs: number): null;
  /** The name of the error. */
  trespass(what: Trespass): string;
};

export type Trespass = "read" | "write" | "env" | "run" | "ffi" | "sys";

const trespasses: Readonly<Record<Trespass, () => unknown>> = {
  read: () => Deno.readTextFileSync("/etc/passwd"),
  write: () => Deno.writeTextFileSync("/tmp/trespass", ""),
  env: () => Deno.env.get("HOME"),
  run: () => new Deno.Command("true").outputSync(),
  ffi: () => Deno.dlopen("libc.so.6", {}),
  sys: () => Deno.hostname(),
};

let toy: ToyServer | undefined;

connectRpc<Record<never, never>, ToyWorkerApi>(workerPort(), {
  start: ({ certPem, keyPem }) => {
    toy = serveToy();
    toy.server.setCertificate(certPem, keyPem);
    return toy.port;
  },
  stop: async (limitMs) => {
    await toy?.server.drain(limitMs);
    return null;
  },
  trespass: (what) => {
    try {
      trespasses[what]();
      return "allowed";
    } catch (thrown) {
      return thrown instanceof Error ? thrown.name : String(thrown);
    }
  },
});
