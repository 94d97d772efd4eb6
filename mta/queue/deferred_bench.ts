/**
 * What a long queue costs: `deno run -A --v8-flags=--expose-gc mta/queue/deferred_bench.ts [MESSAGES]`. On a real disk below
 * the system's temporary directory: the start with 100,000 deferred messages, the heap that each takes, listing them all,
 * and deleting them.
 */

import { utf8Bytes } from "../../tools/kit/base/bytes.ts";
import { realClock } from "../../tools/kit/base/clock.ts";
import { silentLog } from "../../tools/kit/base/log.ts";

import { realDisk } from "../../store/file/real_disk.ts";
import { FileSpool } from "../../store/spool/file_spool.ts";

import { createNamedRoute, unavailableTransport } from "../delivery/routing.ts";
import { routeByDomain } from "../delivery/testing_routing.ts";
import { QueueManager } from "./queue_manager.ts";
import { defaultQueueSettings } from "./schedule.ts";

const messages = Number(Deno.args[0] ?? "100000");
const day = 86_400_000;

function heapOctets(): number {
  const collect: unknown = Reflect.get(globalThis, "gc");
  if (typeof collect === "function") collect();
  return Deno.memoryUsage().heapUsed;
}

async function timed<T>(name: string, action: () => Promise<T>): Promise<T> {
  const startMs = performance.now();
  const value = await action();
  console.log(`${name}: ${((performance.now() - startMs) / 1000).toFixed(1)} s`);
  return value;
}

/** Files as a server leaves them, made without waiting for the platter. */
async function fill(directory: string): Promise<void> {
  const disk = { ...realDisk, syncDir: () => Promise.resolve() };
  const spool = await FileSpool.open({ disk, directory, clock: realClock, log: silentLog });
  const entry = await spool.begin();
  await entry.write(
    utf8Bytes(`From: s@remote.test\nSubject: bench\n\n${"The quick brown fox.\n".repeat(150)}`),
  );
  await entry.commit({
    sender: "s@remote.test",
    recipients: [{ address: "r@far.test", original: "r@far.test" }],
    arrivedMs: realClock.now(),
    attributes: { rewrite_context: "remote", client_name: "c.test" },
    smtpUtf8: false,
    body: "7BIT",
  });
  const outcome = {
    kind: "deferred",
    status: "4.4.1",
    text: "connect to far.test[192.0.2.1]:25: timed out",
  } as const;
  await spool.record(entry.id, new Map([[0, outcome]]));
  const file = await Deno.readFile(`${directory}/incoming/${entry.id}`);
  await spool.remove(entry.id);
  const due = new Date(Date.now() + day);
  for (let number = 0; number < messages; number++) {
    const id = (number + 16 ** 9).toString(16).toUpperCase();
    const path = `${directory}/deferred/${id}`;
    Deno.writeFileSync(path, file);
    Deno.utimeSync(path, due, due);
  }
}

const root = await Deno.makeTempDir({ prefix: "mailsrv-bench-" });
try {
  const directory = `${root}/queue`;
  await fill(directory);
  const before = heapOctets();
  const spool = await timed(
    "open the queue",
    () => FileSpool.open({ disk: realDisk, directory, clock: realClock, log: silentLog }),
  );
  const nobody = unavailableTransport("smtp");
  const manager = new QueueManager({
    spool,
    route: routeByDomain({ isLocalDomain: () => false, local: nobody, elsewhere: nobody }),
    named: createNamedRoute(() => undefined, () => ""),
    clock: realClock,
    log: silentLog,
    hostname: "mx.ref.test",
    settings: { ...defaultQueueSettings, maximalBackoffMs: day },
  });
  await timed("start the manager", () => manager.start());
  console.log(`heap: ${Math.round((heapOctets() - before) / messages)} octets a message`);
  let count = 0;
  await timed("list all", async () => {
    for await (const { queue } of manager.list()) if (queue === "deferred") count++;
  });
  console.log(`${count} listed; heap: ${Math.round((heapOctets() - before) / messages)} octets a message`);
  await timed("delete all", async () => {
    const ids: string[] = [];
    for await (const { id } of manager.names()) ids.push(id);
    for (let start = 0; start < ids.length; start += 50) {
      await Promise.all(ids.slice(start, start + 50).map((id) => manager.remove(id)));
    }
  });
  await manager.stop();
} finally {
  await Deno.remove(root, { recursive: true });
}
