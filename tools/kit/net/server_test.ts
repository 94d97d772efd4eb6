import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";

import { utf8Bytes } from "../base/bytes.ts";
import { ManualClock, realClock, sleep } from "../base/clock.ts";
import { createLog, type LogRecord } from "../base/log.ts";

import { openListener } from "./listener.ts";
import { ToyService } from "./toy_engine.ts";
import { eventually, serveToy, ToyClient, toyListener } from "./toy_server.ts";

/** Never answers. */
class DeafService extends ToyService {
  override ask(): Promise<string> {
    return new Promise(() => {});
  }
}

/** Answers when told. */
class TurnService extends ToyService {
  readonly #turn = Promise.withResolvers<string>();

  override ask(question: string): Promise<string> {
    this.questions.push(question);
    return this.#turn.promise;
  }

  answer(text: string): void {
    this.#turn.resolve(text);
  }
}

class BigService extends ToyService {
  override async *source(source: string): AsyncIterable<Uint8Array> {
    const chunk = utf8Bytes(`${"x".repeat(998)}\r\n`.repeat(32));
    for (let left = Number(source); left > 0; left--) yield await Promise.resolve(chunk);
  }
}

Deno.test("Server carries sessions and tells its real port", async () => {
  const { server, sessions, port, stop } = serveToy();
  const client = await ToyClient.connect(port);
  assertEquals(await client.hear("\n"), "hello\r\n");
  await client.say("ask x\r\n");
  assertEquals(await client.hear("\n"), "answer X\r\n");
  const status = server.status();
  assertEquals([status.connections, status.accepted, status.listeners[0]?.port], [1, 1, port]);
  assertEquals(status.sessions[0]?.peer.address, "127.0.0.1");
  assertEquals(sessions[0]?.peer.localPort, port);
  await client.say("quit\r\n");
  assertEquals(await client.hearAll(), "bye\r\n");
  client.close();
  await stop();
  assertEquals(server.status().connections, 0);
});

Deno.test("Server answers a client that sends all and ends its side at once", async () => {
  const { port, stop } = serveToy();
  const client = await ToyClient.connect(port);
  await client.say("a\r\nask b\r\nc\r\n");
  await client.conn.closeWrite();
  assertEquals(await client.hearAll(), "hello\r\nsaid a\r\nanswer B\r\nsaid c\r\n");
  client.close();
  await stop();
});

Deno.test("Server lets the last reply reach a client that goes on sending (RFC 9293 §3.10.4)", async () => {
  const { port, stop } = serveToy();
  const client = await ToyClient.connect(port);
  await client.say(`quit\r\n${"noise\r\n".repeat(20_000)}`);
  assertEquals(await client.hearAll(), "hello\r\nbye\r\n");
  client.close();
  await stop();
});

Deno.test("Server listens for IPv4 and IPv6 at once and gives IPv4 clients their own form", async () => {
  const { sessions, port, stop } = serveToy({ listeners: [{ ...toyListener, hostname: "::" }] });
  const client = await ToyClient.connect(port);
  await client.hear("\n");
  assertEquals(sessions[0]?.peer.address, "127.0.0.1");
  client.close();
  await stop();
});

Deno.test("Server tells a client above the limit of its address so and closes (smtpd_client_connection_count_limit)", async () => {
  const listener = { ...toyListener, farewell: () => utf8Bytes("421 too many connections\r\n") };
  const { server, port, stop } = serveToy({ listeners: [listener], limits: { connectionsPerAddress: 2 } });
  const clients = [await ToyClient.connect(port), await ToyClient.connect(port)];
  for (const client of clients) await client.hear("hello");
  const third = await ToyClient.connect(port);
  assertEquals(await third.hearAll(), "421 too many connections\r\n");
  third.close();
  clients[0]!.close();
  await eventually(() => server.status().connections === 1);
  const fourth = await ToyClient.connect(port);
  await fourth.hear("hello");
  assertEquals(server.status().refused, 1);
  for (const client of [clients[1]!, fourth]) client.close();
  await stop();
});

Deno.test("Server limits connections in all, and not those of exempt addresses per address", async () => {
  const { server, port, stop } = serveToy({
    limits: { connections: 3, connectionsPerAddress: 1 },
    isExempt: (address) => address === "127.0.0.1",
  });
  const clients: ToyClient[] = [];
  for (let count = 0; count < 3; count++) {
    clients.push(await ToyClient.connect(port));
    await clients.at(-1)!.hear("hello");
  }
  const fourth = await ToyClient.connect(port);
  assertEquals(await fourth.hearAll(), "");
  assertEquals(server.status().refused, 1);
  for (const client of [...clients, fourth]) client.close();
  await stop();
});

Deno.test("drain() takes no more connections and says goodbye to every session", async () => {
  const { server, sessions, port } = serveToy();
  const clients = [await ToyClient.connect(port), await ToyClient.connect(port)];
  for (const client of clients) await client.hear("hello\r\n");
  const drained = server.drain(5000);
  for (const client of clients) {
    assertEquals(await client.hearAll(), "bye stopping\r\n");
    client.close();
  }
  await drained;
  assertEquals(sessions.map(({ service }) => service.closes), [1, 1]);
  await assertRejects(() => ToyClient.connect(port), Deno.errors.ConnectionRefused);
});

Deno.test("drain() lets a question that is open be answered first", async () => {
  const service = new TurnService();
  const { server, port } = serveToy({}, () => service);
  const client = await ToyClient.connect(port);
  await client.say("ask x\r\nask y\r\n");
  await eventually(() => service.questions.length === 1);
  const drained = server.drain(5000);
  service.answer("stored");
  assertEquals(await client.hearAll(), "hello\r\nanswer stored\r\nbye stopping\r\n");
  client.close();
  await drained;
  assertEquals(service.questions, ["x"]);
});

Deno.test("drain() drops what has not ended within its limit", async () => {
  const { server, sessions, port } = serveToy({}, () => new DeafService());
  const client = await ToyClient.connect(port);
  await client.say("ask x\r\n");
  await eventually(() => sessions[0]?.engine.inputs.length === 1);
  await server.drain(20);
  assertEquals(server.status().connections, 0);
  assertEquals(sessions[0]?.engine.inputs.at(-1), "ended");
  client.close();
});

Deno.test("Server drops a client that does not take its replies", async () => {
  const { server, port, stop } = serveToy({ limits: { writeMs: 100 } }, () => new BigService());
  const slow = await ToyClient.connect(port);
  await slow.say("exact 2000\r\n");
  await eventually(() => server.status().sessions[0]?.state === "streaming", "streaming");
  // Others are served meanwhile.
  const other = await ToyClient.connect(port);
  await other.say("a\r\n");
  await other.hear("said a");
  other.close();
  await eventually(() => server.status().connections === 0, "the drop");
  slow.close();
  await stop();
});

Deno.test("Server streams to a client that reads slowly, all of it", async () => {
  const { port, stop } = serveToy({}, () => new BigService());
  const client = await ToyClient.connect(port);
  await client.say("exact 300\r\nquit\r\n");
  await sleep(realClock, 20);
  const text = await client.hearAll();
  assertEquals(text.length, "hello\r\n".length + 300 * 32_000 + "streamed\r\nbye\r\n".length);
  client.close();
  await stop();
});

Deno.test("Server closes a connection whose session cannot be made, and lives on", async () => {
  const { server, records, port } = serveToy({
    createSession: () => {
      throw new Error("no session today");
    },
  });
  for (let count = 0; count < 2; count++) {
    const client = await ToyClient.connect(port);
    await client.hearAll().catch(() => {});
    client.close();
  }
  assertEquals(records.map(({ text }) => text), Array(2).fill("session failed: no session today"));
  await server.drain(0);
});

Deno.test("listen() says where it cannot listen, and opens nothing then", async () => {
  const first = serveToy();
  const problem = assertThrows(
    () => serveToy({ listeners: [toyListener, { ...toyListener, port: first.port }] }),
    Error,
  );
  assertEquals(problem.message, `cannot listen on 127.0.0.1 port ${first.port}`);
  await first.stop();
});

Deno.test("listen() shares a port among servers with reusePort", async () => {
  const first = serveToy({ listeners: [{ ...toyListener, reusePort: true }] });
  const second = serveToy({ listeners: [{ ...toyListener, reusePort: true, port: first.port }] });
  const clients = await Promise.all(Array.from({ length: 40 }, () => ToyClient.connect(first.port)));
  for (const client of clients) await client.hear("hello");
  const counts = [first, second].map(({ server }) => server.status().accepted);
  assertEquals(counts[0]! + counts[1]!, 40);
  assert(counts.every((count) => count > 0), `spread ${counts}`);
  for (const client of clients) client.close();
  await first.stop();
  await second.stop();
});

Deno.test("openListener() waits longer and longer while the system has no descriptors left, and says so once", async () => {
  const clock = new ManualClock();
  const records: LogRecord[] = [];
  const log = createLog((record) => records.push(record), { now: () => clock.now(), part: "toy" });
  let calls = 0;
  const listen = () => ({
    addr: { hostname: "127.0.0.1", port: 25 },
    accept: () => {
      calls++;
      return Promise.reject(new Error("Too many open files (os error 24)"));
    },
    close: () => {},
  });
  const listener = openListener({ hostname: "127.0.0.1", port: 25 }, () => {}, { clock, log, listen });
  for (let step = 0; step < 100; step++) {
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    clock.advance(100);
  }
  assert(calls >= 10 && calls <= 20, `${calls} calls in 10 s`);
  assertEquals(records.map(({ text }) => text), [
    "cannot take connections on 127.0.0.1 port 25: Too many open files (os error 24)",
  ]);
  listener.close();
});
