import { assertEquals } from "@std/assert";

import { realClock } from "../base/clock.ts";
import { silentLog } from "../base/log.ts";
import { realRandom } from "../base/random.ts";
import { WorkerHost } from "../rpc/worker_host.ts";

import { createAuthority, issueCertificate } from "./certificate.ts";
import { ToyClient } from "./toy_server.ts";
import type { ToyWorkerApi, Trespass } from "./toy_worker.ts";

const now = { nowMs: realClock.now(), random: realRandom };

async function startWorker() {
  const authority = await createAuthority({ name: "Test authority", ...now });
  const certificate = await issueCertificate(authority, { names: ["localhost"], ...now });
  let port = 0;
  const worker = new WorkerHost<ToyWorkerApi>({
    name: "toy",
    url: new URL("./toy_worker.ts", import.meta.url),
    rights: { net: true },
    handlers: {},
    onStart: async (caller) => {
      port = await caller.call("start", certificate);
    },
    clock: realClock,
    log: silentLog,
  });
  await worker.start();
  return { worker, port, authority };
}

Deno.test("A worker with the right to use the network only serves TLS, its certificate given as text", async () => {
  const { worker, port, authority } = await startWorker();
  const client = await ToyClient.connect(port);
  await client.startTls(authority.certPem);
  await client.say("ask x\r\n");
  assertEquals(await client.hear("\n"), "answer X\r\n");
  const stopped = worker.call("stop", 5000);
  assertEquals(await client.hearAll(), "bye stopping\r\n");
  client.close();
  await stopped;
  worker.stop();
});

Deno.test("A worker with the right to use the network only can do nothing else", async () => {
  const { worker } = await startWorker();
  for (const what of ["read", "write", "env", "run", "ffi", "sys"] satisfies Trespass[]) {
    assertEquals(await worker.call("trespass", what), "NotCapable", what);
  }
  worker.stop();
});
