/**
 * TLS on the server's side, with what Deno offers: a TLS listener of our own on 127.0.0.1, reached by a bridge.
 *
 * `Deno.startTls` plays the client only. So each certificate has an inner `Deno.listenTls` on the loopback; a session
 * that goes to TLS gets a bridge that connects there and copies ciphertext both ways, and the accepted TlsConn becomes
 * the session's connection (`inner_listener.ts` tells it from strangers').
 */

import type { Clock } from "../base/clock.ts";
import type { TlsInfo } from "../wire/engine.ts";

import { closeQuietly, ReadSize, writeAll } from "./connection.ts";
import { InnerListener } from "./inner_listener.ts";
import { parseServerHello, serverHelloOctets } from "./server_hello.ts";
import type { SecuredConn, TlsAcceptor } from "./tls_acceptor.ts";
import { settledWithin } from "./within.ts";

/** How long the alert of a failed handshake has to reach the peer. */
const alertMs = 1000;

/**
 * Opens an acceptor for one certificate chain and its key, both PEM.
 *
 * @throws Error when they cannot be read or do not belong together.
 */
export function openTlsAcceptor(
  pem: { readonly certPem: string; readonly keyPem: string },
  clock: Clock,
): TlsAcceptor {
  const socket = Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert: pem.certPem, key: pem.keyPem });
  return new BridgeAcceptor(new InnerListener(socket, clock), clock);
}

class BridgeAcceptor implements TlsAcceptor {
  readonly #listener: InnerListener;
  readonly #clock: Clock;
  #handshakes = 0;
  #retired = false;

  constructor(listener: InnerListener, clock: Clock) {
    this.#listener = listener;
    this.#clock = clock;
  }

  async accept(plain: Deno.TcpConn, options: { readonly limitMs: number }): Promise<SecuredConn> {
    const bridge = new Bridge(plain);
    let late = false;
    const cancel = this.#clock.after(options.limitMs, () => {
      late = true;
      bridge.abort();
    });
    this.#handshakes++;
    try {
      return await bridge.open(this.#listener);
    } catch (thrown) {
      await bridge.fail(this.#clock);
      throw late ? new Error(`not finished within ${options.limitMs / 1000} s`) : thrown;
    } finally {
      cancel();
      this.#handshakes--;
      this.#closeIfUnused();
    }
  }

  retire(): void {
    this.#retired = true;
    this.#closeIfUnused();
  }

  #closeIfUnused(): void {
    if (this.#retired && this.#handshakes === 0) this.#listener.close();
  }
}

/** The three sockets of one session inside TLS: the peer's, the bridge to the inner listener, the inner end. */
class Bridge {
  readonly #plain: Deno.TcpConn;
  #outer: Deno.TcpConn | undefined;
  #inner: Deno.TlsConn | undefined;
  #flushed: Promise<void> = Promise.resolve();
  #aborted = false;
  /** Rejects when the session is given up, for what would not end by the closing of sockets. */
  readonly #given = Promise.withResolvers<never>();

  constructor(plain: Deno.TcpConn) {
    this.#plain = plain;
    this.#given.promise.catch(() => {});
  }

  async open(listener: InnerListener): Promise<SecuredConn> {
    const connecting = listener.connect();
    connecting.then((ends) => {
      this.#outer = ends.outer;
      this.#inner = ends.inner;
      if (this.#aborted) this.abort();
    }, () => {});
    const { outer, inner } = await Promise.race([connecting, this.#given.promise]);
    const hello = new HelloWatch();
    this.#flushed = copy(outer, this.#plain, (bytes) => hello.see(bytes));
    copy(this.#plain, outer);
    await inner.handshake();
    return { conn: inner, info: hello.info(), flushed: this.#flushed, abort: () => this.abort() };
  }

  /** Lets the alert reach the peer, then closes. */
  async fail(clock: Clock): Promise<void> {
    if (this.#inner !== undefined && !this.#aborted) {
      closeQuietly(this.#inner);
      await settledWithin(clock, alertMs, this.#flushed);
    }
    this.abort();
  }

  abort(): void {
    this.#aborted = true;
    this.#given.reject(new Error("given up"));
    for (const conn of [this.#inner, this.#outer, this.#plain]) if (conn !== undefined) closeQuietly(conn);
  }
}

/** Keeps the first octets that the server's side sends until they tell version and cipher. */
class HelloWatch {
  #bytes = new Uint8Array(0);
  #info: TlsInfo | undefined;

  see(bytes: Uint8Array): void {
    if (this.#info !== undefined || this.#bytes.length >= serverHelloOctets) return;
    const seen = new Uint8Array(this.#bytes.length + bytes.length);
    seen.set(this.#bytes);
    seen.set(bytes, this.#bytes.length);
    this.#info = parseServerHello(seen);
    this.#bytes = this.#info === undefined ? seen : new Uint8Array(0);
  }

  info(): TlsInfo {
    return this.#info ?? { protocol: "TLS", cipher: "unknown", bits: 0 };
  }
}

/** Copies until the end of `from`, then ends `to`; an error on either side closes both. Never rejects. */
async function copy(
  from: Deno.Conn,
  to: Deno.Conn,
  see: (bytes: Uint8Array) => void = () => {},
): Promise<void> {
  const size = new ReadSize();
  let buffer = new Uint8Array(size.octets);
  try {
    for (;;) {
      if (buffer.length !== size.octets) buffer = new Uint8Array(size.octets);
      const octets = await from.read(buffer);
      if (octets === null) break;
      size.filled(octets);
      const bytes = buffer.subarray(0, octets);
      see(bytes);
      await writeAll(to, bytes);
    }
    await to.closeWrite();
  } catch {
    closeQuietly(from);
    closeQuietly(to);
  }
}
