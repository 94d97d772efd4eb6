/**
 * Shares of the active queue: no sender and no destination fills it alone. Pure.
 *
 * Messages that are under way are in memory, and their number is limited. If ten thousand of them were for one slow site,
 * everybody else's mail would wait for that site (Postfix's known trouble, QSHAPE_README: a queue "clogged" by one
 * destination). So who has a tenth of the places gets no more: further messages of that key are parked, an id each, and
 * come back one by one as its earlier ones are done.
 */

import { Fifo } from "./fair_queue.ts";

/** A tenth of the places. */
const parts = 10;

export class Shares<T> {
  readonly #places: () => number;
  readonly #counts = new Map<string, number>();
  readonly #parked = new Map<string, Fifo<T>>();

  constructor(places: () => number) {
    this.#places = places;
  }

  isFull(key: string): boolean {
    return (this.#counts.get(key) ?? 0) >= Math.max(1, Math.ceil(this.#places() / parts));
  }

  take(keys: Iterable<string>): void {
    for (const key of keys) this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  /** Gives places back; who may come again is told. */
  give(keys: Iterable<string>): readonly T[] {
    const back: T[] = [];
    for (const key of keys) {
      const left = (this.#counts.get(key) ?? 1) - 1;
      if (left > 0) this.#counts.set(key, left);
      else this.#counts.delete(key);
      const parked = this.#parked.get(key);
      if (parked === undefined) continue;
      // Whoever comes back may be parked again for another reason: with nobody left who could call, all come.
      const number = left > 0 ? (this.isFull(key) ? 0 : 1) : parked.size;
      for (let count = 0; count < number; count++) back.push(parked.shift()!);
      if (parked.size === 0) this.#parked.delete(key);
    }
    return back;
  }

  park(key: string, item: T): void {
    let parked = this.#parked.get(key);
    if (parked === undefined) this.#parked.set(key, parked = new Fifo());
    parked.push(item);
  }
}
