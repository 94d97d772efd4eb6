/**
 * Contents of a simulated file: the octets as they are, and how they came to differ from what is durable.
 */

import type { Bytes } from "../../tools/kit/base/bytes.ts";
import { noBytes } from "../../tools/kit/base/bytes.ts";
import type { Random } from "../../tools/kit/base/random.ts";

type Change =
  | { readonly kind: "write"; readonly start: number; readonly bytes: Bytes }
  | { readonly kind: "truncate"; readonly octets: number };

export class SimContents {
  #bytes: Bytes;
  #length: number;
  #durable: Bytes;
  /** Since the last `sync`, oldest first. */
  #changes: Change[] = [];

  constructor(durable: Bytes = noBytes) {
    this.#durable = durable;
    this.#bytes = durable.slice();
    this.#length = durable.length;
  }

  get length(): number {
    return this.#length;
  }

  read(start: number, octets: number): Bytes {
    return this.#bytes.slice(Math.min(start, this.#length), Math.min(start + octets, this.#length));
  }

  write(bytes: Uint8Array, start: number): void {
    const copy = new Uint8Array(bytes);
    this.#changes.push({ kind: "write", start, bytes: copy });
    this.#put(copy, start);
  }

  truncate(octets: number): void {
    this.#changes.push({ kind: "truncate", octets });
    this.#resize(octets);
  }

  sync(): void {
    this.#durable = this.read(0, this.#length);
    this.#changes = [];
  }

  /** What a power cut leaves. */
  crash(random: Random): SimContents {
    const after = new SimContents(this.#durable);
    if (this.#changes.length === 0) return after;
    switch (random.below(4)) {
      case 0:
        break;
      case 1:
        for (const change of this.#changes) after.#apply(change);
        break;
      case 2: {
        // Some of them, in order, the last one torn.
        const whole = random.below(this.#changes.length);
        for (const change of this.#changes.slice(0, whole)) after.#apply(change);
        const torn = this.#changes[whole]!;
        if (torn.kind === "write") {
          after.#put(torn.bytes.subarray(0, random.below(torn.bytes.length + 1)), torn.start);
        }
        break;
      }
      default: {
        // The length came through, its octets partly.
        for (const change of this.#changes) after.#apply(change);
        const kept = random.below(after.#length + 1);
        if (kept < after.#length) {
          const from = Math.max(kept, Math.min(this.#durable.length, after.#length));
          after.#bytes.fill(0, from, after.#length);
        }
      }
    }
    after.sync();
    return after;
  }

  #apply(change: Change): void {
    if (change.kind === "write") this.#put(change.bytes, change.start);
    else this.#resize(change.octets);
  }

  #put(bytes: Bytes, start: number): void {
    if (start + bytes.length > this.#length) this.#resize(start + bytes.length);
    this.#bytes.set(bytes, start);
  }

  #resize(octets: number): void {
    if (octets > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(octets, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    } else if (octets < this.#length) {
      this.#bytes.fill(0, octets, this.#length);
    }
    this.#length = octets;
  }
}
