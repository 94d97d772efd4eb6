import { assertEquals, assertRejects } from "@std/assert";

import { Gate } from "./gate.ts";

Deno.test("Gate lets so many run at a time, in the order they came, also after failures", async () => {
  const gate = new Gate(2);
  let running = 0;
  let most = 0;
  const order: number[] = [];
  const jobs = Array.from({ length: 9 }, (_, index) =>
    gate.run(async () => {
      most = Math.max(most, ++running);
      order.push(index);
      await Promise.resolve();
      running--;
      if (index % 3 === 0) throw new Error(`job ${index}`);
    }));
  const results = await Promise.allSettled(jobs);
  assertEquals(
    results.map(({ status }) => status === "rejected"),
    results.map((_, index) => index % 3 === 0),
  );
  assertEquals([most, running, order], [2, 0, [0, 1, 2, 3, 4, 5, 6, 7, 8]]);
  await assertRejects(() => gate.run(() => Promise.reject(new Error("x"))), Error, "x");
});
