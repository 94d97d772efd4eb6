/** A connection without a network, for tests and simulations: the peer is played through `MemoryPeer`. */

import type { Peer, TlsInfo } from "../wire/engine.ts";

import type { Connection } from "./connection.ts";

const memoryTls: TlsInfo = { protocol: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384", bits: 256 };

const defaultPeer: Peer = { address: "192.0.2.1", port: 40000, localAddress: "192.0.2.25", localPort: 25 };

/** The peer's side. */
export class MemoryPeer {
  /** What the session wrote, one entry a write. */
  readonly writes: Uint8Array[] = [];
  /** The session's side has closed, or dropped the connection. */
  closed: "closed" | "aborted" | undefined;
  /** The session asked for TLS. */
  upgrades = 0;
  /** While true, writes do not end. */
  stalled = false;
  /** Makes the next handshake fail. */
  refusesTls = false;

  readonly #incoming: (Uint8Array | "end" | "reset")[] = [];
  #wakeReader: (() => void) | undefined;
  #wakeWriter: (() => void) | undefined;

  /** Octets to the session. */
  send(bytes: Uint8Array | string): void {
    this.#put(typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes);
  }

  /** Ends the peer's side; it still takes what comes. */
  end(): void {
    this.#put("end");
  }

  /** Drops the connection. */
  reset(): void {
    this.#put("reset");
    this.#wakeWriter?.();
  }

  resume(): void {
    this.stalled = false;
    this.#wakeWriter?.();
  }

  /** All that was written so far, as text. */
  get text(): string {
    return this.writes.map((bytes) => new TextDecoder().decode(bytes)).join("");
  }

  /** How many chunks the session has not read yet. */
  get unread(): number {
    return this.#incoming.length;
  }

  /** The session's side. */
  connection(peer: Peer = defaultPeer): Connection {
    return {
      peer,
      read: () => this.#read(),
      write: (bytes) => this.#write(bytes),
      upgrade: () => this.#upgrade(),
      close: () => {
        this.closed ??= "closed";
        this.#wakeAll();
        return Promise.resolve();
      },
      abort: () => {
        this.closed ??= "aborted";
        this.#wakeAll();
      },
    };
  }

  #put(chunk: Uint8Array | "end" | "reset"): void {
    this.#incoming.push(chunk);
    this.#wakeReader?.();
  }

  #wakeAll(): void {
    this.#wakeReader?.();
    this.#wakeWriter?.();
  }

  async #read(): Promise<Uint8Array | undefined> {
    while (this.#incoming.length === 0 && this.closed === undefined) {
      await new Promise<void>((resolve) => this.#wakeReader = resolve);
    }
    if (this.closed !== undefined) throw new Error("connection closed");
    const [chunk] = this.#incoming;
    if (chunk === "reset") throw new Error("connection reset");
    if (chunk === "end") return undefined;
    this.#incoming.shift();
    return chunk;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    while (this.stalled && this.closed === undefined && !this.#isReset) {
      await new Promise<void>((resolve) => this.#wakeWriter = resolve);
    }
    if (this.closed !== undefined || this.#isReset) throw new Error("connection closed");
    this.writes.push(bytes.slice());
  }

  get #isReset(): boolean {
    return this.#incoming.includes("reset");
  }

  #upgrade(): Promise<TlsInfo> {
    this.upgrades++;
    return this.refusesTls ? Promise.reject(new Error("no shared cipher")) : Promise.resolve(memoryTls);
  }
}
