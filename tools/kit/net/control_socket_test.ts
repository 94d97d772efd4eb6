import { assertEquals, assertRejects } from "@std/assert";

import { utf8Bytes, utf8Text } from "../base/bytes.ts";

import { callControl, type ControlHandler, NotRunning, serveControl } from "./control_socket.ts";
import { eventually } from "./toy_server.ts";

let isCleanedUp = false;

const handlers: Readonly<Record<string, ControlHandler>> = {
  double: (params) => Number(params) * 2,
  later: () => Promise.resolve(undefined),
  fail: () => {
    throw new Error("no such queue file: X");
  },
  count: async function* (params) {
    for (let number = 1; number <= Number(params); number++) yield await Promise.resolve(number);
    return "counted";
  },
  forever: async function* () {
    try {
      for (;;) yield await Promise.resolve("x".repeat(10_000));
    } finally {
      isCleanedUp = true;
    }
  },
};

async function withSocket(run: (path: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  const server = await serveControl(`${dir}/control`, handlers);
  try {
    await run(`${dir}/control`);
  } finally {
    server.close();
    await Deno.remove(dir, { recursive: true });
  }
}

async function call(
  path: string,
  method: string,
  params?: unknown,
): Promise<{ items: unknown[]; done: unknown }> {
  const items: unknown[] = [];
  const answers = callControl(path, method, params);
  let step = await answers.next();
  for (; step.done !== true; step = await answers.next()) items.push(step.value);
  return { items, done: step.value };
}

Deno.test("callControl() gets values, items and failures", () =>
  withSocket(async (path) => {
    assertEquals(await call(path, "double", 21), { items: [], done: 42 });
    assertEquals(await call(path, "later"), { items: [], done: null });
    assertEquals(await call(path, "count", 3), { items: [1, 2, 3], done: "counted" });
    await assertRejects(() => call(path, "fail"), Error, "no such queue file: X");
    await assertRejects(() => call(path, "toString"), Error, 'unknown request "toString"');
  }));

Deno.test("serveControl() makes a socket for its own user only and refuses a second server", () =>
  withSocket(async (path) => {
    assertEquals((await Deno.stat(path)).mode! & 0o777, 0o600);
    await assertRejects(() => serveControl(path, handlers), Error, "another mailsrv is already running");
    assertEquals((await call(path, "double", 1)).done, 2);
  }));

Deno.test("serveControl() takes the place of a socket that a dead server left", async () => {
  const dir = await Deno.makeTempDir();
  const dead = Deno.listen({ transport: "unix", path: `${dir}/control` });
  dead.close();
  const server = await serveControl(`${dir}/control`, handlers);
  assertEquals((await call(`${dir}/control`, "double", 1)).done, 2);
  server.close();
  server.close();
  await eventually(() => {
    try {
      return !Deno.lstatSync(`${dir}/control`);
    } catch {
      return true;
    }
  });
  await assertRejects(() => call(`${dir}/control`, "double", 1), NotRunning);
  await Deno.remove(dir, { recursive: true });
});

Deno.test("serveControl() answers nonsense with a failure and ends what a command no longer waits for", () =>
  withSocket(async (path) => {
    const conn = await Deno.connect({ transport: "unix", path });
    await conn.write(utf8Bytes("nonsense\n"));
    const buffer = new Uint8Array(1000);
    const octets = await conn.read(buffer);
    assertEquals(utf8Text(buffer.subarray(0, octets ?? 0)).startsWith('{"failure":'), true);
    conn.close();
    for await (const _ of callControl(path, "forever")) break;
    await eventually(() => isCleanedUp, "the end of the generator");
    assertEquals((await call(path, "double", 1)).done, 2);
  }));
