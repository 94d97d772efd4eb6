/** A toy server and client on the loopback, for tests and benches of this folder. */

import { utf8Bytes, utf8Text } from "../base/bytes.ts";
import { realClock } from "../base/clock.ts";
import { createLog, type LogRecord } from "../base/log.ts";
import type { Peer } from "../wire/engine.ts";

import { writeAll } from "./connection.ts";
import { startSession } from "./runner.ts";
import { type ListenerOptions, Server, type ServerOptions } from "./server.ts";
import { ToyEngine, ToyService } from "./toy_engine.ts";

export interface ToyServer {
  readonly server: Server;
  /** What was made for each connection, in order. */
  readonly sessions: { readonly peer: Peer; readonly engine: ToyEngine; readonly service: ToyService }[];
  readonly records: LogRecord[];
  /** Of the first listener. */
  readonly port: number;
  readonly ports: readonly number[];
  stop(): Promise<void>;
}

export const toyListener: ListenerOptions = { name: "toy", hostname: "127.0.0.1", port: 0, mode: "plain" };

/** Serves the toy protocol; `createService` makes the world behind a session. */
export function serveToy(
  options: Partial<ServerOptions> = {},
  createService: () => ToyService = () => new ToyService(),
): ToyServer {
  const records: LogRecord[] = [];
  const sessions: ToyServer["sessions"] = [];
  const server = new Server({
    listeners: [toyListener],
    createSession: (peer) => {
      const session = { peer, engine: new ToyEngine(), service: createService() };
      sessions.push(session);
      return startSession(session.engine, session.service);
    },
    clock: realClock,
    log: createLog((record) => records.push(record), { now: () => realClock.now(), part: "toy" }),
    tickMs: 10,
    ...options,
  });
  const ports = server.listen().map(({ port }) => port);
  return { server, sessions, records, port: ports[0]!, ports, stop: () => server.drain(0) };
}

/** A client that says text and hears it. */
export class ToyClient {
  #heard = "";

  constructor(public conn: Deno.Conn) {}

  static async connect(port: number): Promise<ToyClient> {
    return new ToyClient(await Deno.connect({ hostname: "127.0.0.1", port }));
  }

  /** Goes to TLS after `starttls`; what was heard before is over. */
  async startTls(caCertPem: string): Promise<void> {
    await this.say("starttls\r\n");
    await this.hear("go ahead\r\n");
    this.conn = await Deno.startTls(this.conn as Deno.TcpConn, {
      hostname: "localhost",
      caCerts: [caCertPem],
    });
    await this.hear("secured TLSv1.3\r\n");
  }

  say(text: string): Promise<void> {
    return writeAll(this.conn, utf8Bytes(text));
  }

  /** What was heard up to and with `text`. @throws Error when the server ends before it */
  async hear(text: string): Promise<string> {
    while (!this.#heard.includes(text)) {
      if (!await this.#hearMore()) throw new Error(`ended after ${JSON.stringify(this.#heard)}`);
    }
    const end = this.#heard.indexOf(text) + text.length;
    const heard = this.#heard.slice(0, end);
    this.#heard = this.#heard.slice(end);
    return heard;
  }

  /** Everything up to the end. */
  async hearAll(): Promise<string> {
    while (await this.#hearMore());
    return this.#heard;
  }

  close(): void {
    this.conn.close();
  }

  async #hearMore(): Promise<boolean> {
    const buffer = new Uint8Array(65536);
    const octets = await this.conn.read(buffer);
    if (octets === null) return false;
    this.#heard += utf8Text(buffer.subarray(0, octets));
    return true;
  }
}

/** Waits until something that happens elsewhere has come true. @throws Error after five seconds */
export async function eventually(isTrue: () => boolean, what = "what was waited for"): Promise<void> {
  const untilMs = realClock.monotonic() + 5000;
  while (!isTrue()) {
    if (realClock.monotonic() > untilMs) throw new Error(`${what} did not happen`);
    await new Promise<void>((resolve) => realClock.after(2, resolve));
  }
}
