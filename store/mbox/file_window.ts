/** A file as a moving window of octets, for readers that go through it once and now and then look ahead. */

import type { Bytes } from "../../tools/kit/base/bytes.ts";
import { noBytes } from "../../tools/kit/base/bytes.ts";

import type { DiskFile } from "../file/disk.ts";
import { readRange } from "../mailbox/content.ts";

const windowOctets = 256 * 1024;

export class FileWindow {
  readonly #file: DiskFile;
  readonly end: number;
  #start = 0;
  #bytes: Bytes = noBytes;

  /** Nothing behind `end` is looked at. */
  constructor(file: DiskFile, end: number) {
    this.#file = file;
    this.end = end;
  }

  /** Octets from `position` on: at least `least` of them, or all up to the end. */
  async at(position: number, least: number): Promise<Bytes> {
    const wanted = Math.min(least, Math.max(0, this.end - position));
    const from = position - this.#start;
    if (from >= 0 && from + wanted <= this.#bytes.length) return this.#bytes.subarray(from);
    const octets = Math.min(Math.max(wanted, windowOctets), Math.max(0, this.end - position));
    this.#bytes = await readRange(this.#file, position, octets);
    this.#start = position;
    return this.#bytes;
  }
}
