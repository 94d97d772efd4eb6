/**
 * Quoting of lines in a body that a reader would take for the beginning of another message: those that follow an empty
 * line and are a separator with a date (`from_line.ts`) get a `>`. All others stay, `From now on` too.
 */

import type { Bytes } from "../../tools/kit/base/bytes.ts";
import { concatBytes, CR, LF, noBytes, utf8Bytes } from "../../tools/kit/base/bytes.ts";

import { maxFromLineOctets, mayStartWithFrom, separatorAt } from "./from_line.ts";

const quote = utf8Bytes(">");
const lineEndOctets = Uint8Array.of(LF);

/** Takes a body in chunks cut anywhere, and ends its last line. */
export class SeparatorQuoter {
  /** The beginning of a line of which more must be seen. */
  #held: Bytes = noBytes;
  /** The next octet belongs to a line that has begun and is not empty. */
  #inLine = false;
  /** The line before is empty; the one before a body is the header's end. */
  #afterEmpty = true;

  push(chunk: Bytes): Bytes {
    const bytes = this.#held.length === 0 ? chunk : concatBytes([this.#held, chunk]);
    this.#held = noBytes;
    const parts: Bytes[] = [];
    let copied = 0;
    for (let at = 0; at < bytes.length;) {
      const lineEnd = bytes.indexOf(LF, at);
      if (!this.#inLine) {
        if (lineEnd < 0 && this.#isUndecided(bytes, at)) {
          this.#held = bytes.slice(at);
          parts.push(bytes.subarray(copied, at));
          return concatBytes(parts);
        }
        if (this.#afterEmpty && separatorAt(bytes, at) !== undefined) {
          parts.push(bytes.subarray(copied, at), quote);
          copied = at;
        }
      }
      if (lineEnd < 0) {
        this.#inLine = true;
        break;
      }
      this.#afterEmpty = !this.#inLine && lineEnd - at === (bytes[at] === CR ? 1 : 0);
      this.#inLine = false;
      at = lineEnd + 1;
    }
    if (parts.length === 0) return bytes;
    parts.push(bytes.subarray(copied));
    return concatBytes(parts);
  }

  /** What was held back, and the line end that the last line lacks. */
  finish(): Bytes {
    if (this.#held.length === 0) return this.#inLine ? lineEndOctets : noBytes;
    const line = concatBytes([this.#held, lineEndOctets]);
    return this.#afterEmpty && separatorAt(line, 0) !== undefined ? concatBytes([quote, line]) : line;
  }

  #isUndecided(bytes: Bytes, at: number): boolean {
    const octets = bytes.length - at;
    if (octets === 1 && bytes[at] === CR) return true;
    return this.#afterEmpty && octets < maxFromLineOctets && mayStartWithFrom(bytes, at);
  }
}
