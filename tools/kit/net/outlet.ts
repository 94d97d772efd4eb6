/**
 * What a session has said and the peer has not taken yet: gathered, and written in as few and as large pieces as
 * the peer allows. A peer that takes no piece within the limit is dropped.
 */

import { concatBytes } from "../base/bytes.ts";
import type { CancelTimer, Clock } from "../base/clock.ts";

import type { Connection } from "./connection.ts";
import type { Limit } from "./ticker.ts";

/** Written at once at most, so that progress shows. */
const pieceOctets = 65536;

export class Outlet {
  /** Octets written. */
  octets = 0;
  /** The peer has taken nothing for too long. */
  isLate = false;
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #limit: Limit;
  readonly #writeMs: number;
  #pending: Uint8Array[] = [];
  #pendingOctets = 0;
  #writing: Promise<void> | undefined;
  #broken = false;

  constructor(connection: Connection, clock: Clock, limit: Limit, writeMs: number) {
    this.#connection = connection;
    this.#clock = clock;
    this.#limit = limit;
    this.#writeMs = writeMs;
  }

  get pendingOctets(): number {
    return this.#pendingOctets;
  }

  get isEmpty(): boolean {
    return this.#pending.length === 0 && this.#writing === undefined;
  }

  /** The connection can carry nothing more. */
  get isBroken(): boolean {
    return this.#broken;
  }

  break(): void {
    this.#broken = true;
    this.#pending = [];
    this.#pendingOctets = 0;
  }

  push(bytes: Uint8Array): void {
    if (this.#broken || bytes.length === 0) return;
    this.#pending.push(bytes);
    this.#pendingOctets += bytes.length;
  }

  /** Resolves when all is written or the connection is broken; never rejects. */
  async flush(): Promise<void> {
    while (!this.isEmpty) await (this.#writing ??= this.#write());
  }

  /** Flushes what waits now if it still waits in `delayMs`. */
  flushAfter(delayMs: number): CancelTimer {
    if (this.#pending.length === 0) return () => {};
    return this.#clock.after(delayMs, () => this.flush());
  }

  async #write(): Promise<void> {
    const pending = this.#pending;
    this.#pending = [];
    this.#pendingOctets = 0;
    try {
      const whole = pending.length === 1 ? pending[0]! : concatBytes(pending);
      for (let offset = 0; offset < whole.length && !this.#broken; offset += pieceOctets) {
        const piece = whole.subarray(offset, offset + pieceOctets);
        this.#limit.set(this.#clock.monotonic() + this.#writeMs, () => {
          this.isLate = true;
          this.break();
          this.#connection.abort();
        });
        await this.#connection.write(piece);
        this.octets += piece.length;
      }
    } catch {
      // The peer is gone; whoever asks next sees that it is broken.
      this.break();
    } finally {
      this.#limit.clear();
      this.#writing = undefined;
    }
  }
}
