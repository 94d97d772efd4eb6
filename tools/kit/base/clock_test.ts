import { assert, assertEquals } from "@std/assert";

import { ManualClock, realClock, sleep } from "./clock.ts";

Deno.test("realClock.now() is the wall clock and never runs back by itself", () => {
  let last = realClock.now();
  for (let count = 0; count < 50_000; count++) {
    const now = realClock.now();
    assert(now >= last, `${now} after ${last}`);
    last = now;
  }
  assert(Math.abs(last - Date.now()) <= 3);
});

Deno.test("ManualClock fires timers in order of their time, then of their arming", () => {
  const clock = new ManualClock(1000);
  const fired: string[] = [];
  const note = (name: string) => () => fired.push(`${name} ${clock.now()}`);
  clock.after(20, note("b"));
  clock.after(10, note("a"));
  clock.after(20, note("c"));
  const cancel = clock.after(15, note("cancelled"));
  clock.after(10, () => clock.after(5, note("nested")));
  cancel();
  assertEquals(clock.nextDue(), 1010);
  clock.advance(19);
  assertEquals(fired, ["a 1010", "nested 1015"]);
  clock.advance(1);
  assertEquals(fired.slice(2), ["b 1020", "c 1020"]);
  assertEquals([clock.nextDue(), clock.monotonic()], [undefined, 20]);
});

Deno.test("sleep() ends when the clock says so", async () => {
  const clock = new ManualClock();
  let isOver = false;
  const sleeping = sleep(clock, 5).then(() => isOver = true);
  await Promise.resolve();
  assertEquals(isOver, false);
  clock.advance(5);
  await sleeping;
});
