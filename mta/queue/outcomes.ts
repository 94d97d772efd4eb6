/** What became of a message's recipients so far, and how much of it the spool has recorded. */

import type { DeliveryOutcome, QueuedMessage } from "../../store/spool/spool.ts";

export class Outcomes {
  readonly #known: (DeliveryOutcome | undefined)[];
  readonly #unrecorded = new Set<number>();
  readonly #relays: (string | undefined)[] = [];

  /** `carried` is what an earlier attempt came to know and could not record. */
  constructor(message: QueuedMessage, carried: ReadonlyMap<number, DeliveryOutcome>) {
    this.#known = [...message.outcomes];
    for (const [index, outcome] of carried) this.set(index, outcome);
  }

  /** `relay`: the way that was tried. */
  set(index: number, outcome: DeliveryOutcome, relay?: string): void {
    this.#known[index] = outcome;
    this.#relays[index] = relay;
    this.#unrecorded.add(index);
  }

  get(index: number): DeliveryOutcome | undefined {
    return this.#known[index];
  }

  /** By index of recipient. */
  get all(): readonly (DeliveryOutcome | undefined)[] {
    return this.#known;
  }

  /** By index of recipient, the way that was tried last: `HOST[IP]:PORT`, `local`, `none`. */
  get relays(): readonly (string | undefined)[] {
    return this.#relays;
  }

  /** Recipients that do not have the message and have not been given up. */
  waiting(): readonly number[] {
    return Array.from(this.#known.keys()).filter((index) =>
      (this.#known[index]?.kind ?? "deferred") === "deferred"
    );
  }

  /** What is not recorded yet, of these kinds. */
  unrecorded(...kinds: readonly DeliveryOutcome["kind"][]): ReadonlyMap<number, DeliveryOutcome> {
    const found = new Map<number, DeliveryOutcome>();
    for (const index of this.#unrecorded) {
      const outcome = this.#known[index]!;
      if (kinds.length === 0 || kinds.includes(outcome.kind)) found.set(index, outcome);
    }
    return found;
  }

  recorded(outcomes: ReadonlyMap<number, DeliveryOutcome>): void {
    for (const [index, outcome] of outcomes) {
      if (this.#known[index] === outcome) this.#unrecorded.delete(index);
    }
  }
}
