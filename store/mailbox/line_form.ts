/**
 * The two forms of a message's lines: LF alone in files, CRLF everywhere else. A CRLF already in a file stays as it is,
 * so a file written with CRLF by another program reads the same.
 */

import type { Bytes } from "../../tools/kit/base/bytes.ts";
import { CR, LF } from "../../tools/kit/base/bytes.ts";

/** Bare LFs in `bytes`; `afterCr`: the octet before them was a CR. */
export function countBareLf(bytes: Uint8Array, afterCr: boolean): number {
  let count = 0;
  for (let at = bytes.indexOf(LF); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    if (!(at === 0 ? afterCr : bytes[at - 1] === CR)) count++;
  }
  return count;
}

/** `bytes` with CRLF line ends. */
export function toCrlf(bytes: Uint8Array, afterCr = false): Bytes {
  const out = new Uint8Array(bytes.length + countBareLf(bytes, afterCr));
  if (out.length === bytes.length) {
    out.set(bytes);
    return out;
  }
  let previous = afterCr ? CR : 0;
  let length = 0;
  for (let index = 0; index < bytes.length; index++) {
    const octet = bytes[index]!;
    if (octet === LF && previous !== CR) out[length++] = CR;
    out[length++] = octet;
    previous = octet;
  }
  return out;
}

/**
 * Turns a stream of either form into LF form, and counts both. A CR not followed by LF stays (RFC 5321 §2.3.8: it is
 * no line end).
 */
export class LfWriter {
  #heldCr = false;
  /** Octets given out so far. */
  lfOctets = 0;
  /** Octets of the same in CRLF form. */
  crlfOctets = 0;
  #lastCr = false;

  push(bytes: Uint8Array): Bytes {
    const out = new Uint8Array(bytes.length + 1);
    let length = 0;
    for (let index = 0; index < bytes.length; index++) {
      const octet = bytes[index]!;
      if (this.#heldCr) {
        this.#heldCr = false;
        if (octet !== LF) out[length++] = CR;
      }
      if (octet === CR) this.#heldCr = true;
      else out[length++] = octet;
    }
    return this.#count(out.subarray(0, length));
  }

  /** What is left when the stream has ended. */
  end(): Bytes {
    const out = new Uint8Array(this.#heldCr ? [CR] : []);
    this.#heldCr = false;
    return this.#count(out);
  }

  #count(bytes: Bytes): Bytes {
    this.lfOctets += bytes.length;
    this.crlfOctets += bytes.length + countBareLf(bytes, this.#lastCr);
    if (bytes.length > 0) this.#lastCr = bytes[bytes.length - 1] === CR;
    return bytes;
  }
}
