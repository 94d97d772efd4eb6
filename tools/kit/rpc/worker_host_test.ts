import { assert, assertEquals, assertRejects } from "@std/assert";

import { ManualClock, realClock } from "../base/clock.ts";
import { TempFailure } from "../base/failure.ts";
import { createLog, type LogRecord, silentLog } from "../base/log.ts";

import { type HostedWorker, WorkerHost } from "./worker_host.ts";
import type { TestKeeperApi, TestWorkerApi } from "./toy_worker.ts";

const url = new URL("./toy_worker.ts", import.meta.url);

function host(words: string[] = []) {
  return new WorkerHost<TestWorkerApi, TestKeeperApi>({
    name: "test",
    url,
    rights: {},
    handlers: { shout: (text) => text.toUpperCase() },
    onStart: async (worker) => {
      words.push("start");
      await worker.call("configure", { word: `run ${words.length}` });
    },
    clock: realClock,
    log: silentLog,
  });
}

/** A worker that exists in the test's hand only. */
class FakeWorker implements HostedWorker {
  onmessage: HostedWorker["onmessage"] = null;
  onmessageerror: ((event: MessageEvent) => void) | null = null;
  onerror: HostedWorker["onerror"] = null;
  answers = true;
  isTerminated = false;

  postMessage(message: unknown): void {
    const { id } = message as { id?: number };
    if (!this.answers || id === undefined) return;
    queueMicrotask(() =>
      this.onmessage?.(new MessageEvent("message", { data: { rpc: "value", id, value: null } }))
    );
  }

  terminate(): void {
    this.isTerminated = true;
  }

  die(): void {
    this.onerror?.(new ErrorEvent("error", { message: "boom", cancelable: true }));
  }
}

function fakeHost(onStart: () => Promise<void> | void = () => {}) {
  const clock = new ManualClock();
  const workers: FakeWorker[] = [];
  const records: LogRecord[] = [];
  const fake = new WorkerHost<{ ask(params: null): null }>({
    name: "fake",
    url,
    rights: {},
    handlers: {},
    onStart,
    clock,
    log: createLog((record) => records.push(record), { now: () => clock.now(), part: "keeper" }),
    createWorker: () => {
      const worker = new FakeWorker();
      workers.push(worker);
      return worker;
    },
  });
  return { fake, clock, workers, records };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

Deno.test("WorkerHost starts a real worker, configures it and calls it", async () => {
  const worker = host();
  await worker.start();
  assertEquals(await worker.call("word", null), "RUN 1");
  worker.stop();
});

Deno.test("WorkerHost gives a worker only the rights it was told", async () => {
  const worker = host();
  await worker.start();
  assertEquals(await worker.call("read", "/etc/passwd"), "NotCapable");
  worker.stop();
});

for (const how of ["throw", "reject"] as const) {
  Deno.test(`WorkerHost fails calls in flight when the worker dies (${how}), and starts it again`, async () => {
    const words: string[] = [];
    const worker = host(words);
    await worker.start();
    const waiting = worker.call("hang", null);
    const crashing = worker.call("crash", how);
    await assertRejects(() => waiting, TempFailure, "worker test is not running");
    await assertRejects(() => crashing, TempFailure);
    await assertRejects(() => worker.call("word", null), TempFailure, "worker test is not running");
    while (!worker.isRunning) await new Promise<void>((resolve) => realClock.after(5, resolve));
    assertEquals([await worker.call("word", null), words.length, worker.restarts], ["RUN 2", 2, 1]);
    worker.stop();
  });
}

Deno.test("start() tells why a worker cannot start, and does not try again", async () => {
  const early = fakeHost(() => new Promise<void>(() => {}));
  const starting = early.fake.start();
  early.workers[0]!.die();
  await assertRejects(() => starting, Error, "boom");
  const { fake, clock, workers } = fakeHost(() => Promise.reject(new Error("cannot listen on port 25")));
  await assertRejects(() => fake.start(), Error, "cannot listen on port 25");
  clock.advance(60_000);
  assertEquals([workers.length, workers[0]?.isTerminated], [1, true]);
});

Deno.test("WorkerHost starts a worker again that says what cannot be read, and fails the calls that wait for it", async () => {
  const { fake, clock, workers, records } = fakeHost();
  await fake.start();
  workers[0]!.answers = false;
  const waiting = fake.call("ask", null);
  workers[0]!.onmessageerror?.(new MessageEvent("messageerror"));
  await assertRejects(() => waiting, TempFailure, "worker fake is not running");
  clock.advance(100);
  await settle();
  assertEquals([workers[0]!.isTerminated, workers.length, fake.isRunning], [true, 2, true]);
  assertEquals(records.map(({ text }) => text), [
    "worker fake died: it sent a message that cannot be read; starting it again in 100 ms",
  ]);
  fake.stop();
});

Deno.test("WorkerHost waits 100 ms before it starts a dead worker again, then twice as long, at most 10 s", async () => {
  const { fake, clock, workers, records } = fakeHost();
  await fake.start();
  for (const backOffMs of [100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]) {
    const count = workers.length;
    workers.at(-1)!.die();
    clock.advance(backOffMs - 1);
    await settle();
    assertEquals(workers.length, count);
    clock.advance(1);
    await settle();
    assertEquals([workers.length, fake.isRunning], [count + 1, true]);
  }
  assertEquals(records[1]?.text, "worker fake died: boom; starting it again in 200 ms");
  clock.advance(60_000);
  await settle();
  workers.at(-1)!.die();
  clock.advance(100);
  await settle();
  assertEquals(workers.length, 11);
  fake.stop();
});

Deno.test("WorkerHost starts a worker again when its configuration fails at a restart", async () => {
  let starts = 0;
  const { fake, clock, workers } = fakeHost(() => {
    if (++starts === 2) throw new Error("not now");
  });
  await fake.start();
  workers[0]!.die();
  clock.advance(100);
  await settle();
  assertEquals([workers.length, fake.isRunning], [2, false]);
  clock.advance(200);
  await settle();
  assertEquals([workers.length, fake.isRunning], [3, true]);
  fake.stop();
});

Deno.test("WorkerHost takes a worker that does not answer for a minute for dead", async () => {
  const { fake, clock, workers, records } = fakeHost();
  await fake.start();
  for (let step = 0; step < 20; step++) {
    clock.advance(15_000);
    await settle();
  }
  assertEquals(workers.length, 1);
  workers[0]!.answers = false;
  for (let step = 0; step < 7; step++) {
    clock.advance(15_000);
    await settle();
  }
  assert(workers.length === 2 && workers[0]!.isTerminated);
  assertEquals(records[0]?.text, "worker fake died: no answer for 60 s; starting it again in 100 ms");
  fake.stop();
});

Deno.test("stop() ends a worker for good, also while it is down", async () => {
  const { fake, clock, workers } = fakeHost();
  await fake.start();
  workers[0]!.die();
  fake.stop();
  clock.advance(60_000);
  await settle();
  assertEquals(workers.length, 1);
  await assertRejects(() => fake.call("ask", null), TempFailure);
});
