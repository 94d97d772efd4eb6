/**
 * Queue ids in the shape of Postfix's short ones: five hexadecimal digits of microseconds and five more.
 *
 * The five more are the second, modulo 2^20 (twelve days), so that the ids of one process do not repeat in the log for
 * that long; Postfix takes an inode number there, which comes back as soon as a file is gone. Whoever makes a file of
 * the id makes it exclusively, and draws again when it is there.
 */

import type { Clock } from "../../tools/kit/base/clock.ts";

import type { QueueId } from "./spool.ts";

const queueIdPattern = /^[0-9A-F]{10,20}$/;

/** True for what may be the name of a queue file. */
export function isQueueId(text: string): boolean {
  return queueIdPattern.test(text);
}

/** The id of a moment, microseconds since 1970. */
export function formatQueueId(microseconds: number): QueueId {
  const hex = (value: number) => value.toString(16).toUpperCase().padStart(5, "0");
  return hex(microseconds % 1_000_000) + hex(Math.floor(microseconds / 1_000_000) % 2 ** 20);
}

/** The microsecond of an id, modulo twelve days: ids in the order in which they were drawn, mostly. */
export function queueIdTime(id: QueueId): number {
  return Number.parseInt(id.slice(5, 10), 16) * 1_000_000 + Number.parseInt(id.slice(0, 5), 16);
}

/** Draws ids, each later than the one before, whatever the clock does. */
export class QueueIdSource {
  readonly #clock: Clock;
  #last = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  next(): QueueId {
    this.#last = Math.max(Math.floor(this.#clock.now() * 1000), this.#last + 1);
    return formatQueueId(this.#last);
  }
}
