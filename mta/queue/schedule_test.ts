import { assertEquals } from "@std/assert";

import { formatSeconds } from "./delivery_log.ts";
import { DueQueue } from "./due_queue.ts";
import { backoffMs, defaultQueueSettings, isExpired } from "./schedule.ts";

Deno.test("backoffMs() is the age within its bounds (postconf(5) minimal_backoff_time)", () => {
  const rows: readonly (readonly [number, number])[] = [[0, 300], [299, 300], [301, 301], [3999, 3999], [
    9999,
    4000,
  ]];
  for (const [age, wait] of rows) {
    assertEquals(backoffMs(1_000_000, 1_000_000 + age * 1000, defaultQueueSettings), wait * 1000, `${age}`);
  }
  assertEquals(backoffMs(1_000_000, 0, defaultQueueSettings), 300_000);
});

Deno.test("isExpired() gives reports the shorter of two lifetimes (postconf(5) bounce_queue_lifetime)", () => {
  const settings = { maximalLifetimeMs: 100, bounceLifetimeMs: 50 };
  const rows: readonly (readonly [string, number, boolean])[] = [
    ["a@b.test", 99, false],
    ["a@b.test", 100, true],
    ["", 49, false],
    ["", 50, true],
  ];
  for (const [sender, nowMs, want] of rows) {
    assertEquals(isExpired({ sender, arrivedMs: 0 }, nowMs, settings), want, `${sender} ${nowMs}`);
  }
  assertEquals(
    isExpired({ sender: "", arrivedMs: 0 }, 60, { maximalLifetimeMs: 10, bounceLifetimeMs: 50 }),
    true,
  );
  assertEquals(
    isExpired({ sender: "x", arrivedMs: 7 }, 7, { maximalLifetimeMs: 0, bounceLifetimeMs: 0 }),
    true,
  );
});

Deno.test("DueQueue gives the earliest first, and forgets what is taken out or set anew", () => {
  const queue = new DueQueue<string>();
  const times = [5, 3, 9, 1, 7, 3, 8, 2, 6, 4, 0];
  times.forEach((time, index) => queue.set(`${index}`, time));
  queue.delete("2");
  queue.set("10", 12);
  assertEquals([queue.get("10"), queue.has("2"), queue.shift(0)], [12, false, undefined]);
  const order: number[] = [];
  for (let name = queue.shift(99); name !== undefined; name = queue.shift(99)) {
    order.push(name === "10" ? 12 : times[Number(name)]!);
  }
  assertEquals(order, [1, 2, 3, 3, 4, 5, 6, 7, 8, 12]);
  assertEquals([queue.size, queue.firstMs()], [0, undefined]);
});

Deno.test("formatSeconds() has two significant digits", () => {
  const rows: readonly (readonly [number, string])[] = [
    [-5, "0"],
    [4, "0"],
    [12, "0.01"],
    [123, "0.12"],
    [996, "1"],
    [1234, "1.2"],
    [9960, "10"],
    [75_400, "75"],
    [432_000_000, "432000"],
  ];
  for (const [ms, want] of rows) assertEquals(formatSeconds(ms), want, `${ms}`);
});
