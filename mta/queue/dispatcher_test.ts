import { assertEquals } from "@std/assert";

import { ManualClock } from "../../tools/kit/base/clock.ts";

import type { DeliveryOutcome } from "../../store/spool/spool.ts";

import type { Dispatched } from "./dispatcher.ts";
import { Dispatcher } from "./dispatcher.ts";
import type { TransportLimits } from "./schedule.ts";
import { defaultTransportLimits, parseFeedback } from "./schedule.ts";

const down: DeliveryOutcome = {
  kind: "deferred",
  status: "4.4.1",
  text: "connect to a[192.0.2.1]:25: refused",
};

/** Deliveries that end when the test says so. */
function testDispatcher(limits: Partial<TransportLimits> = {}) {
  const clock = new ManualClock();
  const dispatcher = new Dispatcher(clock, () => ({ ...defaultTransportLimits, ...limits }));
  const running = new Map<string, (trouble?: DeliveryOutcome) => void>();
  const begun: string[] = [];
  const ended: string[] = [];
  const send = (name: string, destination: string, sender = "s", fresh = true): Promise<Dispatched> => {
    const sent = dispatcher.dispatch({
      transport: "smtp",
      destination,
      claim: { fresh, sender, message: name },
      run: () => {
        begun.push(name);
        return new Promise((resolve) => running.set(name, resolve));
      },
    });
    sent.then(({ kind }) => ended.push(`${name} ${kind}`));
    return sent;
  };
  const end = async (name: string, trouble?: DeliveryOutcome) => {
    running.get(name)!(trouble);
    running.delete(name);
    for (let turn = 0; turn < 10; turn++) await null;
  };
  return { clock, dispatcher, send, end, running, begun, ended };
}

const names = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);

Deno.test("a destination starts with five deliveries at a time, and gets more with each success, up to its limit (postconf(5) initial_destination_concurrency)", async () => {
  const { send, end, running } = testDispatcher({ concurrencyLimit: 7 });
  for (const name of names("m", 30)) send(name, "a.test");
  const sizes = [running.size];
  for (const name of names("m", 4)) {
    await end(name);
    sizes.push(running.size);
  }
  assertEquals(sizes, [5, 6, 7, 7, 7]);
});

Deno.test("a slow site holds up nobody else", async () => {
  const { send, end, begun, running } = testDispatcher({ deliveriesAtOnce: 8 });
  for (const name of names("slow", 1000)) send(name, "slow.test", "bulk");
  assertEquals(running.size, 5);
  for (const name of names("quick", 100)) {
    send(name, `${name}.test`, "other");
    assertEquals(begun.at(-1), name);
    await end(name);
  }
});

Deno.test("a bulk sender delays a single message by no more than one delivery", async () => {
  const { send, end, begun, running } = testDispatcher({
    deliveriesAtOnce: 2,
    initialConcurrency: 1,
    concurrencyLimit: 1,
  });
  for (const name of names("bulk", 1000)) send(name, `${name}.test`, "bulk");
  send("single", "elsewhere.test", "joe");
  await end([...running.keys()][0]!);
  await end([...running.keys()][0]!);
  assertEquals(begun.includes("single"), true);
  const here = testDispatcher({ initialConcurrency: 1, concurrencyLimit: 1 });
  for (const name of names("bulk", 1000)) here.send(name, "same.test", "bulk");
  here.send("single", "same.test", "joe");
  await here.end("bulk0");
  await here.end("bulk1").catch(() => {});
  assertEquals(here.begun.slice(0, 3).includes("single"), true);
});

Deno.test("first attempts go before second ones, which still get each fifth turn", async () => {
  const { send, end, begun } = testDispatcher({ initialConcurrency: 1, concurrencyLimit: 1 });
  send("first", "a.test");
  for (const name of names("again", 10)) send(name, "a.test", name, false);
  for (const name of names("fresh", 10)) send(name, "a.test", name);
  for (let index = 0; index < 11; index++) await end(begun.at(-1)!);
  const kinds = begun.slice(1).map((name) => name.replace(/\d+/, "")[0]).join("");
  assertEquals(kinds.slice(0, 10).split("a").length - 1, 2, kinds);
});

Deno.test("a site that is down is tried by a few, not by each message, and probed by one when it has rested", async () => {
  const { clock, dispatcher, send, end, begun, ended } = testDispatcher();
  for (const name of names("m", 100)) send(name, "down.test");
  for (const name of names("m", 5)) await end(name, down);
  assertEquals(begun.length < 10, true, `${begun}`);
  const untried = ended.filter((line) => line.endsWith("suspended")).length;
  assertEquals(untried + begun.length, 100);
  assertEquals(await send("later", "down.test"), { kind: "suspended", reason: down });
  send("other", "up.test");
  assertEquals(begun.at(-1), "other");

  clock.advance(300_000);
  for (const name of names("probe", 3)) send(name, "down.test");
  assertEquals(begun.filter((name) => name.startsWith("probe")), ["probe0"]);
  await end("probe0", down);
  assertEquals(ended.slice(-3), ["probe1 suspended", "probe2 suspended", "probe0 run"]);

  dispatcher.revive();
  for (const name of names("flushed", 3)) send(name, "down.test");
  await end("flushed0");
  assertEquals(begun.slice(-3), names("flushed", 3));
});

Deno.test("failures with successes between them make a site slower, not dead", async () => {
  const { send, end, running, ended } = testDispatcher({ initialConcurrency: 4, concurrencyLimit: 4 });
  for (const name of names("m", 40)) send(name, "a.test");
  for (let turn = 0; turn < 10; turn++) {
    const [first, second] = [...running.keys()];
    await end(first!, down);
    await end(second!);
  }
  assertEquals(ended.some((line) => line.endsWith("suspended")), false);
  assertEquals(running.size >= 2, true);
});

Deno.test("with no failed cohorts a site never dies (postconf(5) default_destination_concurrency_failed_cohort_limit)", async () => {
  const { send, end, begun } = testDispatcher({
    failedCohortLimit: 0,
    negativeFeedback: { amount: 0, per: "delivery" },
  });
  for (const name of names("m", 20)) send(name, "a.test");
  for (const name of names("m", 20)) await end(name, down);
  assertEquals(begun.length, 20);
});

Deno.test("a rate delay lets deliveries come one at a time, so far apart (postconf(5) default_destination_rate_delay, default_transport_rate_delay)", async () => {
  for (const limits of [{ rateDelayMs: 1000 }, { transportRateDelayMs: 1000 }]) {
    const { clock, send, end, begun } = testDispatcher(limits);
    for (const name of names("m", 3)) send(name, "a.test");
    assertEquals(begun, ["m0"]);
    await end("m0");
    clock.advance(999);
    assertEquals(begun, ["m0"]);
    clock.advance(1);
    assertEquals(begun, ["m0", "m1"]);
    await end("m1");
    send("other", "b.test");
    assertEquals(begun.includes("other"), limits.rateDelayMs !== undefined);
    clock.advance(5000);
    assertEquals(begun.length, limits.rateDelayMs === undefined ? 3 : 4);
  }
});

Deno.test("a stop gives back what waits, and leaves what was begun to end", async () => {
  const { dispatcher, send, end, ended, clock } = testDispatcher({ initialConcurrency: 1, rateDelayMs: 1 });
  for (const name of names("m", 3)) send(name, "a.test");
  dispatcher.stop();
  await end("m0");
  assertEquals(ended, ["m1 stopped", "m2 stopped", "m0 run"]);
  assertEquals(clock.nextDue(), undefined);
  assertEquals(await send("late", "a.test"), { kind: "stopped" });
});

Deno.test("parseFeedback() reads what postconf(5) allows (postconf(5) default_destination_concurrency_positive_feedback)", () => {
  const rows: readonly (readonly [string, ReturnType<typeof parseFeedback>])[] = [
    ["1", { amount: 1, per: "delivery" }],
    ["0.5", { amount: 0.5, per: "delivery" }],
    ["1/4", { amount: 0.25, per: "delivery" }],
    ["1/concurrency", { amount: 1, per: "concurrency" }],
    ["2 / sqrt_concurrency", { amount: 2, per: "sqrt_concurrency" }],
    ["1/0", undefined],
    ["fast", undefined],
  ];
  for (const [text, want] of rows) assertEquals(parseFeedback(text), want, text);
});
