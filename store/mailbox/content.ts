/**
 * The octets of one stored message, seen in CRLF form: parts of a file, put one after the other, LF made CRLF on the
 * way. Reading on from where the last read ended costs only what is read; going back starts from the beginning.
 */

import type { Bytes } from "../../tools/kit/base/bytes.ts";
import { concatBytes, CR, LF, noBytes } from "../../tools/kit/base/bytes.ts";

import type { DiskFile } from "../file/disk.ts";
import { toCrlf } from "./line_form.ts";

/** Octets of a file from `start` to `end`, exclusive. */
export interface FileRange {
  readonly start: number;
  readonly end: number;
}

const chunkOctets = 65536;

/** A header longer than this is cut when parsed or shown alone (RFC 5322 sets no limit; 1 MB is far beyond use). */
const maxHeaderOctets = 1 << 20;

export class Content {
  readonly #file: DiskFile;
  readonly #ranges: readonly FileRange[];
  /** Where the next octet of the file is: in which range, and how far into it. */
  #range = 0;
  #into = 0;
  #afterCr = false;
  /** Converted octets that begin at `#offset` of the CRLF form. */
  #held: Bytes = noBytes;
  #offset = 0;

  constructor(file: DiskFile, ranges: readonly FileRange[]) {
    this.#file = file;
    this.#ranges = ranges;
  }

  /** Octets of the file form. */
  get fileOctets(): number {
    return this.#ranges.reduce((sum, { start, end }) => sum + end - start, 0);
  }

  /** Up to `length` octets at `offset`; fewer only at the message's end. */
  async read(offset: number, length: number): Promise<Bytes> {
    if (offset < this.#offset) this.#rewind();
    const chunks: Bytes[] = [];
    let wanted = length;
    let position = offset;
    while (wanted > 0) {
      const skip = position - this.#offset;
      if (skip < this.#held.length) {
        const taken = this.#held.subarray(skip, skip + wanted);
        chunks.push(taken);
        wanted -= taken.length;
        position += taken.length;
        continue;
      }
      if (!await this.#fill(skip - this.#held.length + wanted)) break;
    }
    const only = chunks[0];
    return chunks.length === 1 && only !== undefined ? only.slice() : concatBytes(chunks);
  }

  /** The whole message at once. */
  async whole(): Promise<Bytes> {
    const parts: Bytes[] = [];
    let afterCr = false;
    for (const { start, end } of this.#ranges) {
      const part = await readRange(this.#file, start, end - start);
      parts.push(toCrlf(part, afterCr));
      afterCr = part.length > 0 ? part[part.length - 1] === CR : afterCr;
    }
    return parts.length === 1 ? parts[0]! : concatBytes(parts);
  }

  /** The header with its empty line; the whole message when it has no body. */
  async header(): Promise<Bytes> {
    for (let octets = 8192;; octets *= 8) {
      const start = await this.read(0, Math.min(octets, maxHeaderOctets));
      const end = headerEnd(start);
      if (end !== undefined) return start.slice(0, end);
      if (start.length < octets || octets >= maxHeaderOctets) return start;
    }
  }

  /** Octets of the CRLF form, by reading it all. */
  async count(): Promise<number> {
    this.#rewind();
    for (;;) {
      this.#offset += this.#held.length;
      this.#held = noBytes;
      if (!await this.#fill(chunkOctets)) return this.#offset;
    }
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  #rewind(): void {
    this.#range = 0;
    this.#into = 0;
    this.#afterCr = false;
    this.#held = noBytes;
    this.#offset = 0;
  }

  /** Replaces what is held by the next octets of the file. */
  async #fill(wanted: number): Promise<boolean> {
    for (;;) {
      const range = this.#ranges[this.#range];
      if (range === undefined) return false;
      const left = range.end - range.start - this.#into;
      const bytes = left > 0
        ? await readRange(
          this.#file,
          range.start + this.#into,
          Math.min(left, Math.max(chunkOctets, Math.min(wanted, 1 << 20))),
        )
        : noBytes;
      if (bytes.length === 0) {
        this.#range++;
        this.#into = 0;
        continue;
      }
      this.#offset += this.#held.length;
      this.#held = toCrlf(bytes, this.#afterCr);
      this.#afterCr = bytes[bytes.length - 1] === CR;
      this.#into += bytes.length;
      return true;
    }
  }
}

/** Octets of a file; fewer when it ends before. */
export async function readRange(file: DiskFile, start: number, length: number): Promise<Bytes> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const count = await file.read(bytes.subarray(filled), start + filled);
    if (count === 0) break;
    filled += count;
  }
  return filled === length ? bytes : bytes.slice(0, filled);
}

/** Where the body begins in a message in CRLF form, or `undefined` when its header does not end here. */
export function headerEnd(bytes: Uint8Array): number | undefined {
  if (bytes[0] === CR && bytes[1] === LF) return 2;
  for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at + 1] === CR && bytes[at + 2] === LF) return at + 3;
  }
  return undefined;
}
