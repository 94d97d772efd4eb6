/** The keeper's side of content: readings of messages that jobs are about, each asked for piece by piece. */

import { noBytes } from "../../tools/kit/base/bytes.ts";
import type { Bytes } from "../../tools/kit/base/bytes.ts";
import { TempFailure } from "../../tools/kit/base/failure.ts";

interface Reading {
  readonly job: number;
  readonly pieces: AsyncIterator<Bytes>;
}

export class ContentDesk {
  readonly #jobs = new Map<number, () => AsyncIterable<Bytes>>();
  readonly #readings = new Map<number, Reading>();
  #lastJob = 0;

  /** From now on the content may be read under the number that is given back. */
  open(content: () => AsyncIterable<Bytes>): number {
    const job = ++this.#lastJob;
    this.#jobs.set(job, content);
    return job;
  }

  close(job: number): void {
    this.#jobs.delete(job);
    for (const [reading, { job: other }] of this.#readings) if (other === job) this.endReading({ reading });
  }

  /** The next piece, the caller's own; empty at the end. @throws TempFailure */
  async read({ job, reading }: { readonly job: number; readonly reading: number }): Promise<Bytes> {
    let open = this.#readings.get(reading);
    if (open === undefined) {
      const content = this.#jobs.get(job);
      if (content === undefined) throw new TempFailure("4.3.0", "the message is not being delivered");
      open = { job, pieces: content()[Symbol.asyncIterator]() };
      this.#readings.set(reading, open);
    }
    if (open.job !== job) throw new TempFailure("4.3.0", "the reading is of another message");
    for (;;) {
      const next = await open.pieces.next();
      if (next.done === true) {
        this.#readings.delete(reading);
        return noBytes;
      }
      // An empty piece would be taken for the end.
      if (next.value.length > 0) return next.value;
    }
  }

  endReading({ reading }: { readonly reading: number }): void {
    const open = this.#readings.get(reading);
    this.#readings.delete(reading);
    open?.pieces.return?.()?.catch(() => {});
  }

  /** The worker is a new one: its numbers begin anew. */
  reset(): void {
    for (const reading of [...this.#readings.keys()]) this.endReading({ reading });
  }
}
