/**
 * Content-Transfer-Encoding (RFC 2045 §6): base64 and quoted-printable, read however broken.
 *
 * What is decoded is never longer than what it came from; `maxOctets` stops earlier.
 */

import { type Bytes, CR, LF, SPACE } from "../base/bytes.ts";

export interface DecodeOptions {
  /** Octets to make at most. */
  readonly maxOctets?: number;
}

const TAB = 9;
const EQUALS = 61;
const UNDERSCORE = 95;
const notDigit = 255;

const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const digitValues = new Uint8Array(256).fill(notDigit);
for (let value = 0; value < 64; value++) digitValues[digits.charCodeAt(value)] = value;
const hexValues = new Uint8Array(256).fill(notDigit);
for (let value = 0; value < 16; value++) {
  hexValues["0123456789ABCDEF".charCodeAt(value)] = value;
  hexValues["0123456789abcdef".charCodeAt(value)] = value;
}

/** Decodes by the name of the encoding; `7bit`, `8bit`, `binary` and unknown ones change nothing. */
export function decodeTransfer(
  octets: Uint8Array,
  encoding: string,
  options: DecodeOptions = {},
): Uint8Array {
  const name = encoding.trim().toLowerCase();
  if (name === "base64") return decodeBase64(octets, options);
  if (name === "quoted-printable") return decodeQuotedPrintable(octets, options);
  return options.maxOctets === undefined ? octets : octets.subarray(0, options.maxOctets);
}

/**
 * Skips what is not of the alphabet, needs no padding, and goes on after padding in the middle (texts that were put
 * together from several).
 */
export function decodeBase64(octets: Uint8Array, options: DecodeOptions = {}): Bytes {
  const decoded = new Uint8Array(Math.min(Math.ceil(octets.length * 3 / 4), options.maxOctets ?? Infinity));
  let length = 0;
  let bits = 0;
  let held = 0;
  for (let at = 0; at < octets.length && length < decoded.length; at++) {
    const value = digitValues[octets[at]!]!;
    if (value === notDigit) {
      if (octets[at] === EQUALS) held = 0;
      continue;
    }
    bits = ((bits << 6) | value) & 0xfff;
    held += 6;
    if (held >= 8) {
      held -= 8;
      decoded[length++] = bits >> held;
    }
  }
  return decoded.subarray(0, length);
}

/** RFC 2045 §6.7: soft line breaks and blanks at line ends go; `=` that begins nothing known stays. */
export function decodeQuotedPrintable(octets: Uint8Array, options: DecodeOptions = {}): Bytes {
  const decoded = new Uint8Array(Math.min(octets.length, options.maxOctets ?? Infinity));
  let length = 0;
  for (let at = 0; at < octets.length && length < decoded.length; at++) {
    const octet = octets[at]!;
    if (octet === SPACE || octet === TAB) {
      const after = skipBlanks(octets, at);
      if (isLineEnd(octets, after)) at = after - 1;
      else decoded[length++] = octet;
    } else if (octet !== EQUALS) decoded[length++] = octet;
    else {
      const high = hexValues[octets[at + 1] ?? 0]!;
      const low = hexValues[octets[at + 2] ?? 0]!;
      const after = skipBlanks(octets, at + 1);
      if (high !== notDigit && low !== notDigit) {
        decoded[length++] = high * 16 + low;
        at += 2;
      } else if (after >= octets.length) at = octets.length;
      else if (isLineEnd(octets, after)) at = octets[after] === CR ? after + 1 : after;
      else decoded[length++] = octet;
    }
  }
  return decoded.subarray(0, length);
}

/** The Q encoding of encoded words (RFC 2047 §4.2): quoted-printable with `_` for a space. */
export function decodeQ(octets: Uint8Array): Bytes {
  const decoded = new Uint8Array(octets.length);
  let length = 0;
  for (let at = 0; at < octets.length; at++) {
    const octet = octets[at]!;
    const high = hexValues[octets[at + 1] ?? 0]!;
    const low = hexValues[octets[at + 2] ?? 0]!;
    if (octet === EQUALS && high !== notDigit && low !== notDigit) {
      decoded[length++] = high * 16 + low;
      at += 2;
    } else decoded[length++] = octet === UNDERSCORE ? SPACE : octet;
  }
  return decoded.subarray(0, length);
}

function skipBlanks(octets: Uint8Array, start: number): number {
  let at = start;
  while (octets[at] === SPACE || octets[at] === TAB) at++;
  return at;
}

function isLineEnd(octets: Uint8Array, at: number): boolean {
  return at >= octets.length || octets[at] === LF || (octets[at] === CR && octets[at + 1] === LF);
}
