import { assert, assertEquals, assertStringIncludes } from "@std/assert";

import { latin1Bytes, latin1Text } from "../../tools/kit/base/bytes.ts";
import { type Caller, connectRpc } from "../../tools/kit/rpc/rpc.ts";

import type { ReaderApi, StoreApi } from "../../store/api.ts";

import { type StartedWorker, withReaderWorker } from "../testing_worker.ts";

import { FakeStore } from "./fake_store.ts";
import { defaultPop3Settings, type Pop3Settings } from "./settings.ts";

/** A store worker's end of a port: every request goes to `fake`. */
function serveStore(fake: FakeStore, port: MessagePort): Caller<ReaderApi> {
  const forward =
    <Method extends keyof StoreApi>(method: Method) => (params: Parameters<StoreApi[Method]>[0]) =>
      fake.store.call(method, params);
  const reader = connectRpc<
    ReaderApi,
    Pick<StoreApi, "open" | "fetch" | "read" | "remove" | "setFlags" | "endSession">
  >(
    port,
    {
      open: forward("open"),
      fetch: forward("fetch"),
      read: forward("read"),
      remove: forward("remove"),
      setFlags: forward("setFlags"),
      endSession: (params) => {
        fake.store.tell("endSession", params);
        return null;
      },
    },
  );
  port.start();
  return reader;
}

function withWorker(
  fake: FakeStore,
  connectionsPerAddress: number,
  run: (started: StartedWorker<Pop3Settings>) => Promise<void>,
): Promise<void> {
  return withReaderWorker({
    url: import.meta.resolve("./worker.ts"),
    settings: defaultPop3Settings,
    connectionsPerAddress,
    login: (request) => fake.login.call("login", request),
    serveStore: (port) => serveStore(fake, port),
  }, run);
}

async function talk(conn: Deno.Conn, lines: readonly string[]): Promise<string> {
  for (const line of lines) await conn.write(latin1Bytes(`${line}\r\n`));
  return await readAll(conn);
}

async function readSome(conn: Deno.Conn): Promise<string> {
  const buffer = new Uint8Array(65536);
  return latin1Text(buffer.subarray(0, await conn.read(buffer) ?? 0));
}

async function readAll(conn: Deno.Conn): Promise<string> {
  let text = "";
  const buffer = new Uint8Array(65536);
  for (let count = await conn.read(buffer); count !== null; count = await conn.read(buffer)) {
    text += latin1Text(buffer.subarray(0, count));
  }
  conn.close();
  return text;
}

Deno.test("the pop3 worker serves a session with the right to the network only (RFC 1939 §10)", async () => {
  const fake = new FakeStore(["A: 1\r\n\r\none\r\n", "A: 2\r\n\r\n.two\r\n"]);
  await withWorker(fake, 10, async ({ worker, port, log }) => {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port });
    const said = await talk(conn, ["CAPA", "USER u1", "PASS pw 1", "STAT", "RETR 2", "DELE 1", "QUIT"]);
    assertStringIncludes(said, "+OK mailsrv ready.\r\n");
    // Without a certificate there is nothing to begin TLS with.
    assert(!said.includes("STLS"));
    assertStringIncludes(said, "+OK 2 27\r\n+OK 14 octets\r\nA: 2\r\n\r\n..two\r\n.\r\n");
    assert(said.endsWith("+OK Logging out, messages deleted.\r\n"));
    assertEquals(fake.messages.map((message) => message.uid), [11]);
    assertEquals((await worker.call("status", null)).accepted, 1);
    assertEquals(log.map((record) => record.text.replace(/<[^>]*>: /, "<>: ").split(",")[0]), [
      "pop3-login: Login: user=<u1>",
      "pop3(u1)<>: Disconnected: Logged out top=0/0",
    ]);
  });
});

Deno.test("the pop3 worker turns away connections above its limit (RFC 2449 §8)", async () => {
  await withWorker(new FakeStore(), 1, async ({ worker, port }) => {
    const first = await Deno.connect({ hostname: "127.0.0.1", port });
    await first.read(new Uint8Array(100));
    const second = await Deno.connect({ hostname: "127.0.0.1", port });
    assertEquals(await readAll(second), "-ERR [SYS/TEMP] Too many connections.\r\n");
    await worker.call("reconfigure", { settings: { ...defaultPop3Settings, greeting: "hello" } });
    const drained = worker.call("drain", { limitMs: 1000 });
    assertEquals(await readAll(first), "-ERR [SYS/TEMP] Server shutting down.\r\n");
    await drained;
  });
});

Deno.test("a session whose store worker was started anew ends, and a new one works (RFC 1939 §6)", async () => {
  const fake = new FakeStore(["A: 1\r\n\r\none\r\n"]);
  await withWorker(fake, 10, async ({ worker, port }) => {
    const old = await Deno.connect({ hostname: "127.0.0.1", port });
    await old.write(latin1Bytes("USER u1\r\nPASS pw 1\r\nDELE 1\r\nNOOP\r\n"));
    let said = "";
    while (!said.includes("deleted.\r\n+OK\r\n")) said += await readSome(old);
    const store = new MessageChannel();
    serveStore(fake, store.port1);
    await worker.call("setStore", { store: store.port2 }, [store.port2]);
    const ended = await talk(old, ["QUIT"]);
    assert(ended.startsWith("-ERR [SYS/TEMP] "), ended);
    assertEquals(fake.messages.length, 1);
    const conn = await Deno.connect({ hostname: "127.0.0.1", port });
    assertStringIncludes(await talk(conn, ["USER u1", "PASS pw 1", "STAT", "QUIT"]), "+OK 1 13\r\n");
    store.port1.close();
  });
});

Deno.test("the pop3 worker takes the store's notices in silence; what it cannot serve is an error in its log", async () => {
  const fake = new FakeStore(["A: 1\r\n\r\none\r\n"]);
  await withWorker(fake, 10, async ({ worker, port, log }) => {
    const store = new MessageChannel();
    const reader = serveStore(fake, store.port1);
    await worker.call("setStore", { store: store.port2 }, [store.port2]);
    reader.tell("changed", { session: "s1", mailbox: 1 });
    store.port1.postMessage("nonsense");
    const conn = await Deno.connect({ hostname: "127.0.0.1", port });
    await talk(conn, ["USER u1", "PASS pw 1", "QUIT"]);
    assertEquals(log.filter(({ level }) => level === "error").map(({ text }) => text), [
      'request "(message)" failed: a message that is no request and no answer',
    ]);
    store.port1.close();
  });
});
