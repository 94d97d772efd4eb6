/**
 * What was worked out from a message once and may be asked again: its envelope and its MIME tree. In memory, bounded,
 * the least lately used first to go. The disposable index on disk comes to stand behind the same interface.
 */

import type { Envelope } from "../../tools/kit/mail/envelope.ts";
import type { MimePart } from "../../tools/kit/mail/mime.ts";

import type { Uid } from "../account.ts";

export interface ParsedMessage {
  readonly envelope?: Envelope | undefined;
  readonly structure?: MimePart | undefined;
}

export interface MessageCache {
  get(uid: Uid): ParsedMessage | undefined;
  /** Adds to what is known of `uid`; `octets` is about what `parsed` holds. */
  put(uid: Uid, parsed: ParsedMessage, octets: number): void;
  forget(uid: Uid): void;
  clear(): void;
}

interface Cached {
  readonly parsed: ParsedMessage;
  readonly octets: number;
}

const defaultMaxOctets = 4 << 20;

export class MemoryMessageCache implements MessageCache {
  readonly #cached = new Map<Uid, Cached>();
  readonly #maxOctets: number;
  #octets = 0;

  constructor(maxOctets = defaultMaxOctets) {
    this.#maxOctets = maxOctets;
  }

  get(uid: Uid): ParsedMessage | undefined {
    const cached = this.#cached.get(uid);
    if (cached === undefined) return undefined;
    this.#cached.delete(uid);
    this.#cached.set(uid, cached);
    return cached.parsed;
  }

  put(uid: Uid, parsed: ParsedMessage, octets: number): void {
    const before = this.#cached.get(uid);
    const sum = octets + (before?.octets ?? 0);
    this.forget(uid);
    if (sum > this.#maxOctets) return;
    this.#cached.set(uid, { parsed: { ...before?.parsed, ...parsed }, octets: sum });
    this.#octets += sum;
    for (const oldest of this.#cached.keys()) {
      if (this.#octets <= this.#maxOctets) break;
      this.forget(oldest);
    }
  }

  forget(uid: Uid): void {
    const cached = this.#cached.get(uid);
    if (cached === undefined) return;
    this.#cached.delete(uid);
    this.#octets -= cached.octets;
  }

  clear(): void {
    this.#cached.clear();
    this.#octets = 0;
  }
}

/** About how many octets a MIME tree takes in memory. */
export function structureOctets(part: MimePart): number {
  let octets = 400 + 40 * part.parameters.length;
  for (const child of part.parts) octets += structureOctets(child);
  if (part.message !== undefined) octets += 1000 + structureOctets(part.message.root);
  return octets;
}
