import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";

import { PermFailure, TempFailure } from "../base/failure.ts";

import { type Caller, connectRpc, type Handlers, Moved } from "./rpc.ts";

type Calc = {
  add(params: { readonly a: number; readonly b: number }): number;
  fail(params: "temp" | "perm" | "other"): null;
  octets(length: number): Uint8Array<ArrayBuffer>;
  later(params: null): string;
  uncloneable(params: null): unknown;
  note(text: string): null;
};

/** Two connected ends; `using` closes them. */
function pair(own: Partial<Handlers<Calc>> = {}) {
  const { port1, port2 } = new MessageChannel();
  const problems: string[] = [];
  const notes: string[] = [];
  const handlers: Handlers<Calc> = {
    add: ({ a, b }) => a + b,
    fail: (kind) => {
      if (kind === "temp") throw new TempFailure("4.2.2", "Mailbox full");
      if (kind === "perm") throw new PermFailure("5.1.1", "User unknown");
      throw new Error("secret detail");
    },
    octets: (length) => {
      const bytes = new Uint8Array(length).fill(7);
      return new Moved(bytes, [bytes.buffer]) as never;
    },
    later: () => Promise.resolve("now"),
    uncloneable: () => () => {},
    note: (text) => {
      if (text === "") throw new Error("empty note");
      notes.push(text);
      return null;
    },
    ...own,
  };
  connectRpc(port1, handlers, (problem, method) => problems.push(`${method}: ${(problem as Error).message}`));
  const caller = connectRpc<Calc>(port2, {}, (problem) => problems.push(String(problem)));
  return {
    caller,
    problems,
    notes,
    server: port1,
    client: port2,
    [Symbol.dispose]: () => {
      port1.close();
      port2.close();
    },
  };
}

Deno.test("connectRpc() carries calls, at once and later, each answer to its call", async () => {
  using ends = pair();
  const sums = await Promise.all([1, 2, 3].map((a) => ends.caller.call("add", { a, b: 10 })));
  assertEquals(sums, [11, 12, 13]);
  assertEquals(await ends.caller.call("later", null), "now");
  await ends.caller.ping();
});

Deno.test("connectRpc() carries failures as themselves and hides what others say", async () => {
  using ends = pair();
  const temp = await assertRejects(() => ends.caller.call("fail", "temp"), TempFailure);
  assertEquals([temp.status, temp.text], ["4.2.2", "Mailbox full"]);
  const perm = await assertRejects(() => ends.caller.call("fail", "perm"), PermFailure);
  assertEquals([perm.status, perm.text], ["5.1.1", "User unknown"]);
  const other = await assertRejects(() => ends.caller.call("fail", "other"), TempFailure);
  assertEquals([other.status, other.text], ["4.3.0", "Internal error"]);
  assertEquals((other.cause as Error).message, "secret detail");
});

Deno.test("connectRpc() moves octets that are given to be moved", async () => {
  using ends = pair();
  assertEquals((await ends.caller.call("octets", 3)).join(), "7,7,7");
});

Deno.test("connectRpc() refuses a method that is not served, also one that every object has", async () => {
  using ends = pair();
  for (const method of ["nothing", "toString", "constructor", "__proto__"]) {
    await assertRejects(
      () => ends.caller.call(method as "add", { a: 1, b: 1 }),
      TempFailure,
      "no such request",
    );
  }
});

Deno.test("connectRpc() tells a caller that its parameters or its answer cannot be cloned", async () => {
  using ends = pair();
  await assertRejects(() => ends.caller.call("note", (() => {}) as never), DOMException);
  await assertRejects(() => ends.caller.call("uncloneable", null), TempFailure, "Internal error");
  assertEquals(await ends.caller.call("add", { a: 1, b: 1 }), 2);
});

Deno.test("connectRpc() tells its own side of a failed `tell`, and nobody else", async () => {
  using ends = pair();
  ends.caller.tell("note", "first");
  ends.caller.tell("note", "");
  ends.caller.tell("nothing" as "note", "x");
  await ends.caller.ping();
  await ends.caller.ping();
  assertEquals(ends.notes, ["first"]);
  assertEquals(ends.problems, ["note: empty note", "nothing: 4.3.0 no such request: nothing"]);
});

Deno.test("connectRpc() survives messages that are none of its own", async () => {
  using ends = pair();
  const nonsense = [null, undefined, 5, "x", {}, { rpc: "what" }, { rpc: "value", id: 99, value: 1 }, {
    rpc: "tell",
  }];
  for (const message of nonsense) ends.client.postMessage(message);
  assertEquals(await ends.caller.call("add", { a: 1, b: 1 }), 2);
  assertEquals(ends.problems.length, nonsense.length);
});

Deno.test("connectRpc() lets nobody wait on a port that has brought something unreadable", async () => {
  using ends = pair({ later: () => new Promise(() => {}) });
  const waiting = ends.caller.call("later", null);
  ends.client.dispatchEvent(new MessageEvent("messageerror"));
  await assertRejects(() => waiting, TempFailure, "cannot be understood");
  await assertRejects(() => ends.caller.call("add", { a: 1, b: 1 }), TempFailure, "cannot be understood");
  assertEquals(ends.problems.length, 1);
});

Deno.test("close() fails the calls that wait and those to come", async () => {
  using ends = pair({ later: () => new Promise(() => {}) });
  const waiting = ends.caller.call("later", null);
  ends.caller.close("worker died");
  const failure = await assertRejects(() => waiting, TempFailure, "worker died");
  assertInstanceOf(failure, TempFailure);
  await assertRejects(() => ends.caller.call("add", { a: 1, b: 1 }), TempFailure, "worker died");
  ends.caller.tell("note", "lost");
});

Deno.test("connectRpc() serves and calls over one port both ways", async () => {
  const { port1, port2 } = new MessageChannel();
  type Countdown = { count(from: number): number };
  const ends: Caller<Countdown>[] = [];
  for (const port of [port1, port2]) {
    const count = async (from: number): Promise<number> =>
      from === 0 ? 0 : 1 + await ends[port === port1 ? 0 : 1]!.call("count", from - 1);
    ends.push(connectRpc<Countdown, Countdown>(port, { count }));
  }
  assertEquals(await ends[1]!.call("count", 5), 5);
  port1.close();
  port2.close();
});
