/**
 * Message octets off the wire (RFC 5321 §4.5.2), turned into the LF form in which the queue keeps them.
 *
 * - Only CRLF . CRLF ends a message (RFC 5321 §4.1.1.4), however the octets are cut. The one exception is a peer that has
 *   shown that it knows no CRLF at all, where smtpd_forbid_bare_newline does not bind it (`lfEnds`).
 * - A bare LF is a line end like any other (RFC 5321 §2.3.8 forbids it, the settings say what becomes of it). A lone dot with a
 *   bare LF on either side is dropped, as Postfix does: no program further on shall take it for an end.
 * - A bare CR is data, never a line end; of CR CR LF the first stays.
 * - A dot at the start of a line is taken off (`dots`); chunks of BDAT have none (RFC 3030 §2).
 * - NUL and octets above 127 pass.
 */

import { type Bytes, CR, DOT, LF, noBytes } from "../../tools/kit/base/bytes.ts";

export interface DecoderOptions {
  /** DATA: dots are stuffed and an end is looked for. BDAT: neither. */
  readonly dots: boolean;
  /** LF . LF ends the message too. */
  readonly lfEnds?: boolean | undefined;
}

export interface Decoded {
  /** LF form; a new array that nobody else holds. */
  readonly bytes: Bytes;
  /** Octets of the input that belong to the message and its end. */
  readonly taken: number;
  readonly ended: boolean;
}

/** Where in a line the next octet stands. */
type Place = "lineStart" | "dot" | "dotCr" | "text" | "cr";

export class DataDecoder {
  /** Given out so far, LF form. */
  octets = 0;
  lines = 0;
  has8Bit = false;
  sawBareLf = false;
  readonly #dots: boolean;
  readonly #lfEnds: boolean;
  #place: Place = "lineStart";
  /** The line before ended with a bare LF. */
  #afterBareLf = false;

  constructor(options: DecoderOptions) {
    this.#dots = options.dots;
    this.#lfEnds = options.lfEnds === true;
  }

  /** Octets of the message with CRLF line ends. */
  get wireOctets(): number {
    return this.octets + this.lines;
  }

  push(chunk: Uint8Array): Decoded {
    const length = chunk.length;
    // A CR held back may come out before the chunk; everything else moves towards the start, so the chunk is copied once, one
    // octet to the right, and its lines are then drawn together in place.
    const out = new Uint8Array(length + 1);
    out.set(chunk, 1);
    let written = 0;
    let at = 0;
    while (at < length) {
      if (this.#place === "lineStart") {
        if (!this.#dots || chunk[at] !== DOT) this.#place = "text";
        else {
          at++;
          this.#place = "dot";
          continue;
        }
      } else if (this.#place === "dot" || this.#place === "dotCr") {
        const octet = chunk[at]!;
        if (octet === LF) {
          const crlf = this.#place === "dotCr";
          at++;
          if (this.#isEnd(crlf)) return this.#decoded(out, written, at, true);
          this.#afterBareLf = !crlf;
          this.#place = "lineStart";
          continue;
        }
        if (octet === CR && this.#place === "dot") {
          at++;
          this.#place = "dotCr";
          continue;
        }
        // An ordinary line: its dot is gone already.
        this.#place = this.#place === "dotCr" ? "cr" : "text";
      }
      const lineEnd = chunk.indexOf(LF, at);
      const end = lineEnd < 0 ? length : lineEnd;
      if (this.#place === "cr" && end > at) out[written++] = CR;
      const endsInCr = end > at ? chunk[end - 1] === CR : this.#place === "cr";
      const textEnd = endsInCr && end > at ? end - 1 : end;
      if (written !== at + 1) out.copyWithin(written, at + 1, textEnd + 1);
      written += textEnd - at;
      if (lineEnd < 0) {
        this.#place = endsInCr ? "cr" : "text";
        at = length;
        break;
      }
      out[written++] = LF;
      this.lines++;
      this.#afterBareLf = !endsInCr;
      if (!endsInCr) this.sawBareLf = true;
      this.#place = "lineStart";
      at = lineEnd + 1;
    }
    return this.#decoded(out, written, at, false);
  }

  /** The last chunk of BDAT has come: what was held back, and a line end where one is missing. */
  finish(): Bytes {
    if (this.#place === "lineStart") return noBytes;
    const last = new Uint8Array(this.#place === "cr" ? [CR, LF] : [LF]);
    this.octets += last.length;
    this.lines++;
    this.#place = "lineStart";
    return last;
  }

  /** Does a lone dot with this line end finish the message? */
  #isEnd(crlf: boolean): boolean {
    if (!crlf) this.sawBareLf = true;
    return this.#lfEnds || (crlf && !this.#afterBareLf);
  }

  #decoded(out: Bytes, written: number, taken: number, ended: boolean): Decoded {
    this.octets += written;
    if (!this.has8Bit) this.has8Bit = hasHighOctet(out, written);
    return { bytes: out.subarray(0, written), taken, ended };
  }
}

/** Looks at four octets at a time. */
function hasHighOctet(bytes: Bytes, length: number): boolean {
  const words = new Uint32Array(bytes.buffer, 0, length >> 2);
  for (let index = 0; index < words.length; index++) if ((words[index]! & 0x80808080) !== 0) return true;
  for (let index = words.length << 2; index < length; index++) if (bytes[index]! > 127) return true;
  return false;
}
