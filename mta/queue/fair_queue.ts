/**
 * Whose turn it is: a queue in which nobody waits behind another's bulk. Pure.
 *
 * First attempts go before second ones, but each fifth turn is for those that wait for another try. Within either, senders
 * take turns, and within a sender its messages do: so a message to one recipient waits for one delivery of each other
 * sender at most, whether that sender has ten thousand messages or one message to ten thousand recipients.
 *
 * Postfix lets small jobs overtake large ones and pays for that with slots that it counts per message; turns need no
 * counting, and cannot be gained by splitting a large message into many small ones.
 */

/** Who waits. */
export interface Claim {
  /** A first attempt. */
  readonly fresh: boolean;
  readonly sender: string;
  /** Id of the message. */
  readonly message: string;
}

/** Turns of first attempts before one of the others. */
const freshTurns = 4;

export class FairQueue<T> {
  readonly #fresh = bySender<T>();
  readonly #again = bySender<T>();
  #turns = 0;

  get size(): number {
    return this.#fresh.size + this.#again.size;
  }

  push(item: T, claim: Claim): void {
    (claim.fresh ? this.#fresh : this.#again).push(item, claim);
  }

  shift(): T | undefined {
    const isFreshTurn = this.#again.size === 0 || (this.#fresh.size > 0 && this.#turns < freshTurns);
    this.#turns = isFreshTurn ? this.#turns + 1 : 0;
    return (isFreshTurn ? this.#fresh : this.#again).shift();
  }
}

interface Line<T> {
  readonly size: number;
  push(item: T, claim: Claim): void;
  shift(): T | undefined;
}

function bySender<T>(): Line<T> {
  return new Turns<T>(
    ({ sender }) => sender,
    () => new Turns<T>(({ message }) => message, () => new Fifo<T>()),
  );
}

/** Lines that take turns: the first of the map is next, and goes to its end when it has more. */
class Turns<T> implements Line<T> {
  readonly #keyOf: (claim: Claim) => string;
  readonly #makeLine: () => Line<T>;
  readonly #lines = new Map<string, Line<T>>();
  #size = 0;

  constructor(keyOf: (claim: Claim) => string, makeLine: () => Line<T>) {
    this.#keyOf = keyOf;
    this.#makeLine = makeLine;
  }

  get size(): number {
    return this.#size;
  }

  push(item: T, claim: Claim): void {
    const key = this.#keyOf(claim);
    let line = this.#lines.get(key);
    if (line === undefined) this.#lines.set(key, line = this.#makeLine());
    line.push(item, claim);
    this.#size++;
  }

  shift(): T | undefined {
    for (const [key, line] of this.#lines) {
      this.#lines.delete(key);
      const item = line.shift();
      if (line.size > 0) this.#lines.set(key, line);
      this.#size--;
      return item;
    }
    return undefined;
  }
}

/** First in, first out: an array with a moving start, since shift() of a long one copies it. */
export class Fifo<T> {
  #items: T[] = [];
  #start = 0;

  get size(): number {
    return this.#items.length - this.#start;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    const item = this.#items[this.#start];
    if (this.size > 0) this.#start++;
    if (this.#start * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#start);
      this.#start = 0;
    }
    return item;
  }
}
