/** The content of jobs as it goes on the wire: from the job itself or piece by piece from the keeper, made fit for the server. */

import type { ClientSource } from "../smtp/client/message.ts";
import { LineFolder } from "../smtp/client/fold_lines.ts";
import { SevenBitConverter } from "../smtp/client/to_7bit.ts";
import type { OutgoingJob } from "./api.ts";

export interface ReadPieces {
  /** Empty at the end. @throws TempFailure */
  read(request: { readonly job: number; readonly reading: number }): Promise<Uint8Array>;
  endReading(request: { readonly reading: number }): void;
}

/** Octets given on at once. */
const pieceOctets = 65_536;

export class ContentReader {
  readonly #pieces: ReadPieces;
  readonly #jobs = new Map<number, Pick<OutgoingJob, "content" | "settings">>();
  #lastReading = 0;

  constructor(pieces: ReadPieces) {
    this.#pieces = pieces;
  }

  add(job: OutgoingJob): void {
    this.#jobs.set(job.job, job);
  }

  remove(job: OutgoingJob): void {
    this.#jobs.delete(job.job);
  }

  async *content({ content, to7Bit }: ClientSource): AsyncIterable<Uint8Array> {
    const job = this.#jobs.get(content);
    if (job === undefined) throw new Error("content of no job");
    const folder = new LineFolder(job.settings.lineOctets);
    const converter = to7Bit ? new SevenBitConverter() : undefined;
    for await (const piece of this.#raw(content, job.content)) {
      yield folder.push(converter?.push(piece) ?? piece);
    }
    if (converter !== undefined) yield folder.push(converter.finish());
  }

  async *#raw(job: number, whole: Uint8Array | undefined): AsyncIterable<Uint8Array> {
    if (whole !== undefined) {
      for (let at = 0; at < whole.length; at += pieceOctets) yield whole.subarray(at, at + pieceOctets);
      return;
    }
    const reading = ++this.#lastReading;
    let isAtEnd = false;
    try {
      for (;;) {
        const piece = await this.#pieces.read({ job, reading });
        isAtEnd = piece.length === 0;
        if (isAtEnd) return;
        yield piece;
      }
    } finally {
      if (!isAtEnd) this.#pieces.endReading({ reading });
    }
  }
}
