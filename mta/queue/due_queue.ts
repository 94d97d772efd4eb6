/** What falls due first: a binary heap of things with a time. Taking out is by looking: stale ones are the owner's matter. */

export interface Due<T> {
  readonly dueMs: number;
  readonly item: T;
}

export class DueQueue<T> {
  readonly #heap: Due<T>[] = [];

  get size(): number {
    return this.#heap.length;
  }

  push(dueMs: number, item: T): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push({ dueMs, item });
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent]!.dueMs <= heap[at]!.dueMs) break;
      this.#swap(at, parent);
      at = parent;
    }
  }

  peek(): Due<T> | undefined {
    return this.#heap[0];
  }

  pop(): Due<T> | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    heap[0] = last;
    for (let at = 0;;) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < heap.length && heap[child]!.dueMs < heap[least]!.dueMs) least = child;
      }
      if (least === at) return first;
      this.#swap(at, least);
      at = least;
    }
  }

  #swap(one: number, other: number): void {
    const kept = this.#heap[one]!;
    this.#heap[one] = this.#heap[other]!;
    this.#heap[other] = kept;
  }
}
