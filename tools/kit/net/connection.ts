/**
 * Connection: read, write, upgrade, close. What a session talks over; a socket here, memory in `memory_connection.ts`.
 *
 * One read and one write may be open at a time, each independent of the other. `close` lets the peer have all that was
 * written: it ends our side, then throws away what the peer still sends until it closes too or `lingerMs` have
 * passed, because closing a socket with unread octets resets it and the peer would lose the last reply (RFC 9293
 * §3.10.4; RFC 1122 §4.2.2.13). `abort` waits for nobody.
 */

import type { Clock } from "../base/clock.ts";
import type { Peer, TlsInfo } from "../wire/engine.ts";

import type { ByteStream, TlsAcceptor } from "./tls_acceptor.ts";

export interface Connection {
  readonly peer: Peer;
  /** The next octets, the caller's own; `undefined` when the peer has ended its side. @throws when it is broken */
  read(): Promise<Uint8Array | undefined>;
  /** Resolves when all of `bytes` went to the system. @throws when it is broken */
  write(bytes: Uint8Array): Promise<void>;
  /** Does the server's part of a TLS handshake; from then on read and write are inside. @throws when it fails */
  upgrade(tls: TlsAcceptor, options: { readonly limitMs: number }): Promise<TlsInfo>;
  close(): Promise<void>;
  abort(): void;
}

/** Octets read at once: little while little comes, so that an idle session holds little; more when it fills up. */
const leastReadOctets = 2048;
const mostReadOctets = 65536;

/** Grows fourfold after a read that filled it, falls back after one that used a small part. */
export class ReadSize {
  #octets = leastReadOctets;

  get octets(): number {
    return this.#octets;
  }

  filled(octets: number): void {
    if (octets === this.#octets) this.#octets = Math.min(this.#octets * 4, mostReadOctets);
    else if (octets * 8 < this.#octets) this.#octets = leastReadOctets;
  }
}

/** Longest that `close` waits for the peer, and most that it reads meanwhile. */
const lingerMs = 2000;
const lingerOctets = 1 << 20;

export class TcpConnection implements Connection {
  readonly peer: Peer;
  readonly #clock: Clock;
  readonly #readSize = new ReadSize();
  #conn: ByteStream;
  /** Ends the bridge below an upgraded connection. */
  #bridge: { readonly flushed: Promise<void>; abort(): void } | undefined;
  #ended = false;
  #closing = false;
  #upgradable: Deno.TcpConn | undefined;
  #rejectWrite: (reason: Error) => void = () => {};

  constructor(conn: Deno.TcpConn | Deno.UnixConn, clock: Clock) {
    this.#conn = conn;
    this.#clock = clock;
    this.peer = peerOf(conn);
    // A socket file has none of the rest.
    if (!("setNoDelay" in conn)) return;
    this.#upgradable = conn;
    conn.setNoDelay(true);
    conn.setKeepAlive(true);
  }

  async read(): Promise<Uint8Array | undefined> {
    if (this.#ended) return undefined;
    const buffer = new Uint8Array(this.#readSize.octets);
    const octets = await readSome(this.#conn, buffer);
    if (octets === null) {
      this.#ended = true;
      return undefined;
    }
    this.#readSize.filled(octets);
    return buffer.subarray(0, octets);
  }

  write(bytes: Uint8Array): Promise<void> {
    // Up to Deno 2.4 the closing of a socket does not end a write that waits for the peer, so `abort` does it here.
    return new Promise((resolve, reject) => {
      this.#rejectWrite = reject;
      writeAll(this.#conn, bytes).then(resolve, reject);
    });
  }

  async upgrade(tls: TlsAcceptor, options: { readonly limitMs: number }): Promise<TlsInfo> {
    const plain = this.#upgradable;
    if (plain === undefined) throw new Error("TLS is active already, or there is none for a socket file");
    this.#upgradable = undefined;
    const secured = await tls.accept(plain, options);
    this.#conn = secured.conn;
    this.#bridge = secured;
    return secured.info;
  }

  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    const cancel = this.#clock.after(lingerMs, () => this.#abandon());
    try {
      await this.#conn.closeWrite();
      for (let octets = 0; octets < lingerOctets;) {
        const bytes = await this.read();
        if (bytes === undefined) break;
        octets += bytes.length;
      }
      await this.#bridge?.flushed;
    } catch {
      // The peer has reset it, or it took too long.
    }
    cancel();
    this.#abandon();
  }

  abort(): void {
    this.#closing = true;
    this.#abandon();
  }

  #abandon(): void {
    this.#rejectWrite(new Error("connection closed"));
    closeQuietly(this.#conn);
    if (this.#upgradable !== undefined) closeQuietly(this.#upgradable);
    this.#bridge?.abort();
  }
}

/** The end of TCP without that of TLS (close_notify) is an end too: many clients just close. */
async function readSome(conn: ByteStream, buffer: Uint8Array): Promise<number | null> {
  try {
    return await conn.read(buffer);
  } catch (thrown) {
    if (thrown instanceof Deno.errors.UnexpectedEof) return null;
    throw thrown;
  }
}

export async function writeAll(conn: Pick<ByteStream, "write">, bytes: Uint8Array): Promise<void> {
  let written = await conn.write(bytes);
  while (written < bytes.length) written += await conn.write(bytes.subarray(written));
}

/** Closing twice is no error. */
export function closeQuietly(closable: { close(): void }): void {
  try {
    closable.close();
  } catch {
    // Closed already.
  }
}

function peerOf(conn: Deno.TcpConn | Deno.UnixConn): Peer {
  if (!("setNoDelay" in conn)) return { address: "local", port: 0, localAddress: "local", localPort: 0 };
  return {
    address: plainAddress(conn.remoteAddr.hostname),
    port: conn.remoteAddr.port,
    localAddress: plainAddress(conn.localAddr.hostname),
    localPort: conn.localAddr.port,
  };
}

/** `::ffff:192.0.2.1`, as a socket that listens for both families gives it, is `192.0.2.1` (RFC 4291 §2.5.5.2). */
export function plainAddress(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  return mapped === null ? address : mapped[1]!;
}
