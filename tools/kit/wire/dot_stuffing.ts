/**
 * From stored form to wire form: LF becomes CRLF (CRLF stays), and where the protocol ends a text by a lone dot, dots
 * at the start of a line are doubled (RFC 5321 §4.5.2, RFC 1939 §3).
 *
 * All work on chunks cut anywhere. A bare CR is passed as it is. A chunk that needs no change is handed back itself.
 */

import { type Bytes, CR, DOT, LF, noBytes, utf8Bytes } from "../base/bytes.ts";

const endOfText = utf8Bytes(".\r\n");
const endOfUnendedText = utf8Bytes("\r\n.\r\n");

/** LF to CRLF. */
export class CrlfConverter {
  #previousByte = LF;

  push(chunk: Uint8Array): Uint8Array {
    const wire = toWire(chunk, this.#previousByte, { dots: false });
    if (chunk.length > 0) this.#previousByte = chunk[chunk.length - 1]!;
    return wire;
  }
}

/** LF to CRLF and dots doubled; `finish` gives what ends the text. */
export class DotStuffer {
  #previousByte = LF;

  push(chunk: Uint8Array): Uint8Array {
    const wire = toWire(chunk, this.#previousByte, { dots: true });
    if (chunk.length > 0) this.#previousByte = chunk[chunk.length - 1]!;
    return wire;
  }

  /** The line end that a last line lacks, then the lone dot. */
  finish(): Bytes {
    return this.#previousByte === LF ? endOfText : endOfUnendedText;
  }
}

/**
 * Octets that `bytes` have in CRLF form; `previousByte` is the one before them (LF at the start of a message, so that
 * chunks can be summed).
 */
export function countCrlfOctets(bytes: Uint8Array, previousByte: number = LF): number {
  let missing = 0;
  for (let lineEnd = bytes.indexOf(LF); lineEnd >= 0; lineEnd = bytes.indexOf(LF, lineEnd + 1)) {
    if ((lineEnd === 0 ? previousByte : bytes[lineEnd - 1]) !== CR) missing++;
  }
  return bytes.length + missing;
}

function toWire(chunk: Uint8Array, previousByte: number, options: { readonly dots: boolean }): Uint8Array {
  if (chunk.length === 0) return noBytes;
  const places = insertions(chunk, previousByte, options.dots);
  if (places.length === 0) return chunk;
  const wire = new Uint8Array(chunk.length + places.length);
  let from = 0;
  let to = 0;
  for (const place of places) {
    if (place > from) {
      wire.set(chunk.subarray(from, place), to);
      to += place - from;
      from = place;
    }
    wire[to++] = chunk[place] === LF ? CR : DOT;
  }
  wire.set(chunk.subarray(from), to);
  return wire;
}

/** Where one octet has to go in before: a CR before an LF, a dot before a dot. */
function insertions(chunk: Uint8Array, previousByte: number, dots: boolean): number[] {
  const places: number[] = [];
  if (dots && previousByte === LF && chunk[0] === DOT) places.push(0);
  for (let lineEnd = chunk.indexOf(LF); lineEnd >= 0; lineEnd = chunk.indexOf(LF, lineEnd + 1)) {
    if ((lineEnd === 0 ? previousByte : chunk[lineEnd - 1]) !== CR) places.push(lineEnd);
    if (dots && chunk[lineEnd + 1] === DOT) places.push(lineEnd + 1);
  }
  return places;
}
