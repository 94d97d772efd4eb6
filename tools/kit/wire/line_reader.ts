/**
 * A buffer of received octets that gives lines, and raw octets where a protocol counts them (BDAT, literals).
 *
 * A line ends at LF; `end` says whether CR stood before it, so that the caller can refuse or mend a bare LF. A bare CR
 * inside a line stays in its bytes: whether that is an error is the caller's rule (RFC 5321 §2.3.8).
 *
 * However the input is cut, the same lines come out. Every octet is looked at once and copied a bounded number of
 * times. Of a line that is too long nothing is kept.
 *
 * What is handed out shares memory with the buffer but is never written over: it may be kept, at the price of
 * keeping the chunk it came in.
 */

import { type Bytes, CR, LF, noBytes } from "../base/bytes.ts";

export type Line =
  | { readonly kind: "line"; /** Without its end. */ readonly bytes: Bytes; readonly end: "crlf" | "lf" }
  /** Told once, as soon as it is certain; the rest of that line, up to and with its end, is thrown away. */
  | { readonly kind: "tooLong" };

const tooLong: Line = { kind: "tooLong" };
const leastCapacity = 4096;

export class LineReader {
  /** Octets a line may have without its end. May be changed between lines (AUTH allows longer ones). */
  maxOctets: number;
  #buffer: Bytes = noBytes;
  /** The octets at hand are `#start` to `#end`; up to `#scanned` there is no LF among them. */
  #start = 0;
  #scanned = 0;
  #end = 0;
  /** Inside a line that was reported as too long; the buffer is empty then. */
  #dropping = false;

  constructor(options: { readonly maxOctets: number }) {
    this.maxOctets = options.maxOctets;
  }

  /** Octets received and not yet given out. */
  get buffered(): number {
    return this.#end - this.#start;
  }

  /** Takes in a copy of `bytes`. */
  push(bytes: Uint8Array): void {
    let chunk = bytes;
    if (this.#dropping) {
      const lineEnd = chunk.indexOf(LF);
      if (lineEnd < 0) return;
      this.#dropping = false;
      chunk = chunk.subarray(lineEnd + 1);
    }
    if (this.#end + chunk.length > this.#buffer.length) this.#makeRoom(chunk.length);
    this.#buffer.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** The next whole line; `undefined` until more octets come. */
  next(): Line | undefined {
    // Searched without a bound, the unused tail of the buffer would be looked through again at every octet.
    const found = this.#scanned === this.#end
      ? -1
      : this.#buffer.subarray(this.#scanned, this.#end).indexOf(LF);
    const lineEnd = found < 0 ? -1 : this.#scanned + found;
    if (lineEnd < 0) {
      this.#scanned = this.#end;
      if (!this.#isTooLongAlready()) return undefined;
      this.clear();
      this.#dropping = true;
      return tooLong;
    }
    const start = this.#start;
    this.#start = this.#scanned = lineEnd + 1;
    const hasCr = lineEnd > start && this.#buffer[lineEnd - 1] === CR;
    const textEnd = hasCr ? lineEnd - 1 : lineEnd;
    if (textEnd - start > this.maxOctets) return tooLong;
    return { kind: "line", bytes: this.#buffer.subarray(start, textEnd), end: hasCr ? "crlf" : "lf" };
  }

  /** Up to `maxOctets` of the octets at hand, whatever they are; empty when there are none. */
  take(maxOctets: number): Bytes {
    const start = this.#start;
    this.#start = Math.min(this.#end, start + maxOctets);
    this.#scanned = Math.max(this.#scanned, this.#start);
    return this.#buffer.subarray(start, this.#start);
  }

  /** Forgets everything received (STARTTLS: RFC 3207 §4.2), also that a line was too long. */
  clear(): void {
    this.#buffer = noBytes;
    this.#start = this.#scanned = this.#end = 0;
    this.#dropping = false;
  }

  #isTooLongAlready(): boolean {
    const octets = this.#end - this.#start;
    // One octet more may be the CR of the line's end.
    return octets > this.maxOctets + 1 || (octets > this.maxOctets && this.#buffer[this.#end - 1] !== CR);
  }

  /** A new buffer, since lines handed out still live in the old one; twice the need, so that copying is amortized. */
  #makeRoom(octets: number): void {
    const held = this.#end - this.#start;
    const buffer = new Uint8Array(Math.max(leastCapacity, held === 0 ? octets : 2 * (held + octets)));
    buffer.set(this.#buffer.subarray(this.#start, this.#end));
    this.#buffer = buffer;
    this.#scanned -= this.#start;
    this.#start = 0;
    this.#end = held;
  }
}
