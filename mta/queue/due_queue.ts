/**
 * What falls due first: a binary heap of names with a time, each name once. Pure.
 *
 * A queue holds as many as it has deferred messages: so three plain arrays and maps of numbers, no object for each.
 */

export class DueQueue<Name> {
  readonly #times: number[] = [];
  readonly #names: Name[] = [];
  readonly #places = new Map<Name, number>();

  get size(): number {
    return this.#names.length;
  }

  has(name: Name): boolean {
    return this.#places.has(name);
  }

  get(name: Name): number | undefined {
    const at = this.#places.get(name);
    return at === undefined ? undefined : this.#times[at];
  }

  names(): Iterable<Name> {
    return this.#places.keys();
  }

  /** Adds a name, or changes its time. */
  set(name: Name, dueMs: number): void {
    this.delete(name);
    this.#put(this.#names.length, name, dueMs);
    this.#rise(this.#names.length - 1);
  }

  delete(name: Name): boolean {
    const at = this.#places.get(name);
    if (at === undefined) return false;
    this.#places.delete(name);
    const lastName = this.#names.pop()!;
    const lastMs = this.#times.pop()!;
    if (at === this.#names.length) return true;
    this.#put(at, lastName, lastMs);
    this.#rise(at);
    this.#sink(at);
    return true;
  }

  /** When the first falls due. */
  firstMs(): number | undefined {
    return this.#times[0];
  }

  /** Takes out the first that is due by `nowMs`. */
  shift(nowMs: number): Name | undefined {
    const first = this.#names[0];
    if (first === undefined || this.#times[0]! > nowMs) return undefined;
    this.delete(first);
    return first;
  }

  #put(at: number, name: Name, dueMs: number): void {
    this.#names[at] = name;
    this.#times[at] = dueMs;
    this.#places.set(name, at);
  }

  #rise(from: number): void {
    for (let at = from; at > 0;) {
      const parent = (at - 1) >> 1;
      if (this.#times[parent]! <= this.#times[at]!) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #sink(from: number): void {
    for (let at = from;;) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < this.#times.length && this.#times[child]! < this.#times[least]!) least = child;
      }
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }

  #swap(one: number, other: number): void {
    const name = this.#names[one]!;
    const dueMs = this.#times[one]!;
    this.#put(one, this.#names[other]!, this.#times[other]!);
    this.#put(other, name, dueMs);
  }
}
