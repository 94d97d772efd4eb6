import { assertEquals } from "@std/assert";

import { Fifo } from "./fair_queue.ts";
import { Shares } from "./shares.ts";

Deno.test("nobody has more than a tenth of the places, and who waits comes back one by one", () => {
  const shares = new Shares<string>(() => 30);
  for (let count = 0; count < 3; count++) {
    assertEquals(shares.isFull("bulk"), false);
    shares.take(["bulk", `to ${count}`]);
  }
  assertEquals([shares.isFull("bulk"), shares.isFull("other")], [true, false]);
  for (const name of ["a", "b", "c"]) shares.park("bulk", name);
  assertEquals(shares.give(["bulk", "to 0"]), ["a"]);
  shares.take(["bulk"]);
  assertEquals(shares.give(["bulk", "to 1"]), ["b"]);
  assertEquals(shares.give(["bulk", "to 2"]), ["c"]);
  assertEquals(shares.give(["bulk"]), []);
});

Deno.test("with nobody of a share left who could call, all that wait for it come back", () => {
  const shares = new Shares<string>(() => 1);
  shares.take(["one"]);
  for (const name of ["a", "b", "c"]) shares.park("one", name);
  assertEquals(shares.give(["one"]), ["a", "b", "c"]);
});

Deno.test("Fifo gives what came first, also when it has emptied in between", () => {
  const fifo = new Fifo<number>();
  const order: (number | undefined)[] = [];
  for (let round = 0; round < 5; round++) {
    for (let item = 0; item < 3; item++) fifo.push(round * 3 + item);
    order.push(fifo.shift(), fifo.shift());
  }
  while (fifo.size > 0) order.push(fifo.shift());
  assertEquals(order, Array.from({ length: 15 }, (_, index) => index));
  assertEquals([fifo.shift(), fifo.size], [undefined, 0]);
});
