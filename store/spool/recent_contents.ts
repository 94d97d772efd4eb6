/**
 * Contents of small messages that were just queued or looked at: most mail is delivered at once, and then its octets
 * need not be read back from the disk. Bounded; the oldest go first.
 */

import type { Bytes } from "../../tools/kit/base/bytes.ts";

import type { QueueEnvelope, QueueId } from "./spool.ts";

export interface RecentContent {
  readonly envelope: QueueEnvelope;
  readonly content: Bytes;
}

export class RecentContents {
  readonly #maxOctets: number;
  readonly #contents = new Map<QueueId, RecentContent>();
  #octets = 0;

  constructor(maxOctets: number) {
    this.#maxOctets = maxOctets;
  }

  get(id: QueueId): RecentContent | undefined {
    return this.#contents.get(id);
  }

  put(id: QueueId, recent: RecentContent): void {
    this.drop(id);
    this.#contents.set(id, recent);
    this.#octets += recent.content.length;
    for (const oldest of this.#contents.keys()) {
      if (this.#octets <= this.#maxOctets) break;
      this.drop(oldest);
    }
  }

  drop(id: QueueId): void {
    const recent = this.#contents.get(id);
    if (recent === undefined) return;
    this.#octets -= recent.content.length;
    this.#contents.delete(id);
  }
}
