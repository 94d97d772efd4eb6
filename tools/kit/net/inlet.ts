/**
 * What a session's engine is to be given next: octets of the peer, notices of the service, the end of its patience.
 *
 * Reads only when somebody waits, so that a peer is held back while its session works. The patience (`deadline` of the
 * contract) runs from the last octet, and not while the session works.
 */

import type { Clock } from "../base/clock.ts";
import type { Input } from "../wire/engine.ts";

import type { Connection } from "./connection.ts";
import type { Limit } from "./ticker.ts";

export class Inlet<Answer, Notice> {
  /** Octets read. */
  octets = 0;
  /** Nothing more can be read. */
  isBroken = false;
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #limit: Limit;
  readonly #onBroken: () => void;
  readonly #inputs: Input<Answer, Notice>[] = [];
  #reading = false;
  #idleMs: number | undefined;
  #idleSinceMs: number;
  #expired = false;
  /** Ends a wait or a pause. */
  #wake: (() => void) | undefined;
  #waiting = false;

  constructor(connection: Connection, clock: Clock, limit: Limit, onBroken: () => void) {
    this.#connection = connection;
    this.#clock = clock;
    this.#limit = limit;
    this.#onBroken = onBroken;
    this.#idleSinceMs = clock.monotonic();
  }

  /** Puts an input behind those that are there. */
  push(input: Input<Answer, Notice>): void {
    this.#inputs.push(input);
    if (this.#waiting) this.wake();
  }

  /** The next input that is there already. */
  take(): Input<Answer, Notice> | undefined {
    return this.#inputs.shift();
  }

  get hasInput(): boolean {
    return this.#inputs.length > 0;
  }

  /** Takes in what comes, though nobody waits for it yet. */
  listen(): void {
    this.#read();
  }

  /** Forgets octets that the engine has not been given. */
  dropReceived(): void {
    for (let index = this.#inputs.length - 1; index >= 0; index--) {
      if (this.#inputs[index]!.kind === "receive") this.#inputs.splice(index, 1);
    }
  }

  /** From now on `expired` comes when no octet came for `idleMs`. */
  setPatience(idleMs: number): void {
    this.#idleMs = idleMs;
    this.#restartPatience();
  }

  /** Silence of the peer that was not its fault. */
  extendPatience(durationMs: number): void {
    this.#idleSinceMs += durationMs;
  }

  /** Waits for an input, or for `wake`. */
  async wait(): Promise<void> {
    this.#read();
    if (this.#idleMs !== undefined && !this.#expired) {
      this.#limit.set(this.#idleSinceMs + this.#idleMs, () => {
        this.#expired = true;
        this.push({ kind: "expired" });
      });
    }
    this.#waiting = true;
    await this.#sleep();
    this.#waiting = false;
    this.#limit.clear();
  }

  /** Waits `ms`, whatever comes in; `wake` cuts it short. */
  async pause(ms: number): Promise<void> {
    const cancel = this.#clock.after(ms, () => this.wake());
    await this.#sleep();
    cancel();
  }

  wake(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  #restartPatience(): void {
    this.#idleSinceMs = this.#clock.monotonic();
    this.#expired = false;
  }

  #sleep(): Promise<void> {
    return new Promise((resolve) => this.#wake = resolve);
  }

  #read(): void {
    if (this.#reading || this.isBroken) return;
    this.#reading = true;
    this.#connection.read().then((bytes) => {
      this.#reading = false;
      if (bytes === undefined) return this.push({ kind: "ended" });
      this.octets += bytes.length;
      this.#restartPatience();
      this.push({ kind: "receive", bytes });
    }, () => {
      this.#reading = false;
      this.isBroken = true;
      this.#onBroken();
      this.wake();
    });
  }
}
