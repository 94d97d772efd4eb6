import { assertEquals } from "@std/assert";

import { ManualClock, realClock } from "../base/clock.ts";
import { createLog, type LogRecord } from "../base/log.ts";
import { realRandom } from "../base/random.ts";

import { createAuthority, issueCertificate } from "./certificate.ts";
import { InnerListener } from "./inner_listener.ts";
import { openListener } from "./listener.ts";

/** A socket whose connections are all reset before they are accepted, but for the last. */
function resets<T>(count: number, last: Promise<T>): () => Promise<T> {
  let calls = 0;
  return () => {
    if (calls++ >= count) return last;
    const codes = ["ENOTCONN", "EHOSTUNREACH", "EPROTO"];
    const failure = calls % 2 === 0
      ? new Deno.errors.NotConnected("Transport endpoint is not connected (os error 107)")
      : Object.assign(new Error("os error"), { code: codes[calls % 3] });
    return Promise.reject(failure);
  };
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await Promise.resolve();
}

Deno.test("openListener() keeps nobody waiting for peers that reset their connections (accept(2))", async () => {
  const clock = new ManualClock();
  const records: LogRecord[] = [];
  const log = createLog((record) => records.push(record), { now: () => clock.now(), part: "toy" });
  const server = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const client = await Deno.connect({ hostname: "127.0.0.1", port: server.addr.port });
  const conn = await server.accept();
  const accepts = resets(500, Promise.resolve(conn));
  let given = false;
  const listen = () => ({
    addr: { hostname: "127.0.0.1", port: 25 },
    accept: () => given ? new Promise<never>(() => {}) : accepts(),
    close: () => {},
  });
  let taken: Deno.TcpConn | undefined;
  const take = (one: Deno.TcpConn) => {
    given = true;
    taken = one;
  };
  const listener = openListener({ hostname: "127.0.0.1", port: 25 }, take, { clock, log, listen });
  // The clock stands still: whoever waited would wait for ever.
  await turns(5000);
  assertEquals(taken === conn, true);
  assertEquals(records, []);
  listener.close();
  for (const one of [client, conn, server]) one.close();
});

Deno.test("InnerListener keeps no handshake waiting for connections that are given up (accept(2))", async () => {
  const now = { nowMs: realClock.now(), random: realRandom };
  const authority = await createAuthority({ name: "Test authority", ...now });
  const { certPem, keyPem } = await issueCertificate(authority, { names: ["localhost"], ...now });
  const real = Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert: certPem, key: keyPem });
  const accepts = resets(500, Promise.resolve(undefined));
  const socket = {
    addr: real.addr,
    accept: async () => await accepts() ?? await real.accept(),
    close: () => real.close(),
  };
  const listener = new InnerListener(socket, new ManualClock());
  const { outer, inner } = await listener.connect();
  assertEquals(inner.remoteAddr.port, outer.localAddr.port);
  for (const one of [outer, inner, listener]) one.close();
});
