/** TOP's cut: where a message's header and the first lines of its body end (RFC 1939 §7). */

import type { Bytes } from "../../tools/kit/base/bytes.ts";
import { CR, LF } from "../../tools/kit/base/bytes.ts";

/**
 * Takes a message (CRLF form) in chunks and gives of each what belongs to header, empty line and `bodyLines` lines.
 *
 * ```ts
 * const cutter = new TopCutter(0);
 * cutter.take(utf8Bytes("A: b\r\n\r\nbody\r\n")); // the octets of "A: b\r\n\r\n"
 * cutter.done; // true
 * ```
 */
export class TopCutter {
  #linesLeft: number;
  #inHeader = true;
  /** Octets of the line at hand, its CR not counted while it may end the line. */
  #lineOctets = 0;

  constructor(bodyLines: number) {
    this.#linesLeft = bodyLines;
  }

  /** Nothing that follows belongs to it. */
  get done(): boolean {
    return !this.#inHeader && this.#linesLeft === 0;
  }

  take(chunk: Bytes): Bytes {
    let end = 0;
    while (end < chunk.length && !this.done) {
      const lineEnd = chunk.indexOf(LF, end);
      if (lineEnd < 0) {
        this.#count(chunk, end, chunk.length);
        return chunk;
      }
      this.#count(chunk, end, lineEnd);
      if (!this.#inHeader) this.#linesLeft--;
      else if (this.#lineOctets === 0) this.#inHeader = false;
      this.#lineOctets = 0;
      end = lineEnd + 1;
    }
    return chunk.subarray(0, end);
  }

  #count(chunk: Bytes, start: number, end: number): void {
    if (!this.#inHeader) return;
    for (let index = start; index < end; index++) if (chunk[index] !== CR) this.#lineOctets++;
  }
}
