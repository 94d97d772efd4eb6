/**
 * What the spool knows in memory of its messages: of each, where it is; of those that are looked at, where its parts are.
 *
 * A queue may hold a hundred thousand messages that wait: such a one is an id and a word, no object of its own.
 */

import type { QueueId, QueueName } from "./spool.ts";
import type { HeldPlace } from "./spool_directory.ts";

/** A message that is being delivered, or was just received. */
export interface KnownMessage {
  place: HeldPlace;
  /** Being delivered. */
  active: boolean;
  shape?: Shape;
}

/** Where a message's parts are, once its file has been read or written. */
export interface Shape {
  readonly contentOctets: number;
  /** End of the journal: the next line goes here. */
  end: number;
  /** Something that does not count stands behind `end`. */
  torn: boolean;
}

export class KnownMessages {
  readonly #messages = new Map<QueueId, KnownMessage | HeldPlace>();

  has(id: QueueId): boolean {
    return this.#messages.has(id);
  }

  placeOf(id: QueueId): HeldPlace | undefined {
    const known = this.#messages.get(id);
    return typeof known === "object" ? known.place : known;
  }

  queueOf(id: QueueId): QueueName | undefined {
    const known = this.#messages.get(id);
    return typeof known === "object" && known.active ? "active" : this.placeOf(id);
  }

  /** The message's own record, which stays until it rests again; `undefined` for one that is not known. */
  touch(id: QueueId): KnownMessage | undefined {
    const known = this.#messages.get(id);
    if (typeof known !== "string") return known;
    const touched: KnownMessage = { place: known, active: false };
    this.#messages.set(id, touched);
    return touched;
  }

  put(id: QueueId, known: KnownMessage): void {
    this.#messages.set(id, known);
  }

  /** Nothing is remembered but where it is. */
  rest(id: QueueId, place: HeldPlace): void {
    this.#messages.set(id, place);
  }

  forget(id: QueueId): void {
    this.#messages.delete(id);
  }

  clear(): void {
    this.#messages.clear();
  }

  ids(): Iterable<QueueId> {
    return this.#messages.keys();
  }
}
