/** The content of jobs as it goes on the wire: from the job itself or piece by piece from the keeper, made fit for the server. */

import { LF } from "../../tools/kit/base/bytes.ts";
import { CrlfConverter } from "../../tools/kit/wire/dot_stuffing.ts";

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

  /** Of a small message, which is here; to count a large one it would have to be read twice. */
  async measure(source: ClientSource): Promise<number | undefined> {
    if (this.#jobs.get(source.content)?.content === undefined) return undefined;
    let octets = 0;
    for await (const piece of this.content(source)) octets += piece.length;
    return octets;
  }

  /** With `isExact` in its wire form, which ends with a line end. */
  async *content(source: ClientSource): AsyncIterable<Uint8Array> {
    if (!source.isExact) return yield* this.#lines(source);
    const wire = new CrlfConverter();
    let last = LF;
    for await (const piece of this.#lines(source)) {
      if (piece.length > 0) last = piece.at(-1)!;
      yield wire.push(piece);
    }
    if (last !== LF) yield wire.push(new Uint8Array([LF]));
  }

  async *#lines({ content, to7Bit }: ClientSource): AsyncIterable<Uint8Array> {
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
