/**
 * Breaks lines that are too long for SMTP (RFC 5321 §4.5.3.1.6; postconf(5) smtp_line_length_limit): after so many octets
 * comes a line end and a blank, so that a header field stays one.
 */

import { concatBytes, LF, SPACE } from "../../../tools/kit/base/bytes.ts";

const fold = new Uint8Array([LF, SPACE]);

/** On the LF form, in chunks cut anywhere. */
export class LineFolder {
  readonly #limit: number;
  /** Octets of the line so far. */
  #octets = 0;

  /** 0: lines stay as they are. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  push(chunk: Uint8Array): Uint8Array {
    if (this.#limit === 0) return chunk;
    const parts: Uint8Array[] = [];
    let from = 0;
    for (let at = 0; at < chunk.length;) {
      const lineEnd = chunk.indexOf(LF, at);
      const end = lineEnd < 0 ? chunk.length : lineEnd;
      while (this.#octets + (end - at) > this.#limit) {
        const cut = at + this.#limit - this.#octets;
        parts.push(chunk.subarray(from, cut), fold);
        from = at = cut;
        // The blank counts.
        this.#octets = 1;
      }
      this.#octets = lineEnd < 0 ? this.#octets + (end - at) : 0;
      at = end + 1;
    }
    if (parts.length === 0) return chunk;
    parts.push(chunk.subarray(from));
    return concatBytes(parts);
  }
}
