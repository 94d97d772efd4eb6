/**
 * The loopback TLS listener behind a bridge: connects to itself and finds the accepted end of its own connection.
 *
 * An accepted end is ours when its remote port is the local port of a connection that we began before it was accepted
 * and that has not found its end yet. Whoever else connects (any program of this machine can) is closed at once, or as
 * soon as no connection in the making could be it. (Deno lets a TLS connection that is closed before its handshake linger
 * until its peer goes; a stranger can hold a descriptor so, as it can on any open port, and nothing more.)
 */

import type { Clock } from "../base/clock.ts";
import { sleep } from "../base/clock.ts";

import { isPeerGone } from "./accept_failure.ts";
import { closeQuietly } from "./connection.ts";

/** Both ends of one connection through the loopback. */
export interface InnerEnds {
  readonly outer: Deno.TcpConn;
  readonly inner: Deno.TlsConn;
}

interface EarlyEnd {
  readonly conn: Deno.TlsConn;
  /** Connections begun when it was accepted. */
  readonly begun: number;
}

/** What is used of a Deno.TlsListener. */
export interface InnerSocket {
  readonly addr: { readonly port: number };
  accept(): Promise<Deno.TlsConn>;
  close(): void;
}

const backOffMs = 50;

export class InnerListener {
  readonly #socket: InnerSocket;
  readonly #clock: Clock;
  /** Connections that know their port and wait for their accepted end. */
  readonly #waiting = new Map<number, (conn: Deno.TlsConn) => void>();
  /** Accepted ends whose connection does not know its port yet, if there is one. */
  readonly #early = new Map<number, EarlyEnd>();
  /** Numbers of the connections being made, ascending. */
  readonly #connecting = new Set<number>();
  #begun = 0;
  #closed = false;

  constructor(socket: InnerSocket, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    this.#acceptAll();
  }

  get port(): number {
    return this.#socket.addr.port;
  }

  async connect(): Promise<InnerEnds> {
    const order = ++this.#begun;
    this.#connecting.add(order);
    try {
      const outer = await Deno.connect({ hostname: "127.0.0.1", port: this.port });
      outer.setNoDelay(true);
      const { port } = outer.localAddr;
      const early = this.#early.get(port);
      if (early === undefined || early.begun < order) {
        const inner = new Promise<Deno.TlsConn>((resolve) => this.#waiting.set(port, resolve));
        return { outer, inner: await inner };
      }
      this.#early.delete(port);
      return { outer, inner: early.conn };
    } finally {
      this.#connecting.delete(order);
      this.#closeStrangers();
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#socket.close();
    for (const { conn } of this.#early.values()) closeQuietly(conn);
  }

  async #acceptAll(): Promise<void> {
    while (!this.#closed) {
      try {
        this.#sort(await this.#socket.accept());
      } catch (thrown) {
        // Otherwise: too many open files, or closed meanwhile.
        if (!this.#closed && !isPeerGone(thrown)) await sleep(this.#clock, backOffMs);
      }
    }
  }

  #sort(conn: Deno.TlsConn): void {
    const { port } = conn.remoteAddr;
    const claim = this.#waiting.get(port);
    if (claim !== undefined) {
      this.#waiting.delete(port);
      claim(conn);
      return;
    }
    const stale = this.#early.get(port);
    if (stale !== undefined) closeQuietly(stale.conn);
    this.#early.set(port, { conn, begun: this.#begun });
    this.#closeStrangers();
  }

  /** An accepted end older than every connection being made is nobody's. */
  #closeStrangers(): void {
    if (this.#early.size === 0) return;
    const [oldest = Infinity] = this.#connecting;
    for (const [port, { conn, begun }] of this.#early) {
      if (begun >= oldest) continue;
      this.#early.delete(port);
      closeQuietly(conn);
    }
  }
}
