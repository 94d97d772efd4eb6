/**
 * Remembers successful checks of passwords, so that a client that logs in every few minutes does not cost a key
 * derivation each time. Kept is an HMAC of user, stored hash and password under a key that this process made up: of no
 * use outside it, and void when the stored password changes. The oldest entries go first.
 */

import { latin1Text, utf8Bytes } from "../../tools/kit/base/bytes.ts";
import type { Random } from "../../tools/kit/base/random.ts";

export class VerifiedCache {
  readonly #maxEntries: number;
  readonly #key: Promise<CryptoKey>;
  readonly #entries = new Set<string>();

  constructor(options: { readonly random: Random; readonly maxEntries: number }) {
    this.#maxEntries = options.maxEntries;
    this.#key = crypto.subtle.importKey(
      "raw",
      options.random.bytes(32),
      { name: "HMAC", hash: "SHA-256" },
      false,
      ["sign"],
    );
  }

  /** What stands for these three; parts cannot run into each other. */
  async tag(name: string, stored: string, password: string): Promise<string> {
    const bytes = utf8Bytes(JSON.stringify([name, stored, password]));
    return latin1Text(new Uint8Array(await crypto.subtle.sign("HMAC", await this.#key, bytes)));
  }

  has(tag: string): boolean {
    if (!this.#entries.delete(tag)) return false;
    this.#entries.add(tag);
    return true;
  }

  add(tag: string): void {
    this.#entries.add(tag);
    if (this.#entries.size <= this.#maxEntries) return;
    const [oldest] = this.#entries;
    this.#entries.delete(oldest!);
  }
}
