/** Randomness, handed to whoever needs it; the only place that draws from the system's generator. */

export interface Random {
  /** `length` random octets. */
  bytes(length: number): Uint8Array<ArrayBuffer>;
  /** A whole number from 0 to `limit` - 1; `limit` at most 2^32. */
  below(limit: number): number;
}

/** Cryptographically strong (Web Crypto). */
export const realRandom: Random = {
  bytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
  below: (limit) => Math.floor(crypto.getRandomValues(new Uint32Array(1))[0]! / 2 ** 32 * limit),
};

/** Repeatable from its seed (mulberry32), for tests and simulations; never for secrets. */
export class SeededRandom implements Random {
  #state: number;

  constructor(readonly seed: number) {
    this.#state = seed >>> 0;
  }

  bytes(length: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(length);
    for (let index = 0; index < length; index++) bytes[index] = this.below(256);
    return bytes;
  }

  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor(((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32 * limit);
  }
}

/** Lower-case hexadecimal digits of `octets` random octets: ids, salts. */
export function randomHex(random: Random, octets: number): string {
  return Array.from(random.bytes(octets), (octet) => octet.toString(16).padStart(2, "0")).join("");
}
