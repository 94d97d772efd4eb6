/** Distinguished encoding of ASN.1 values (ITU-T X.690 §10), as much as certificates need. */

import { type Bytes, concatBytes, latin1Text, utf8Bytes } from "../base/bytes.ts";

export const tag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** A tag, the length, the contents one after the other. */
export function der(tagOctet: number, ...contents: readonly Uint8Array[]): Bytes {
  const length = contents.reduce((sum, content) => sum + content.length, 0);
  return concatBytes([Uint8Array.of(tagOctet), encodeLength(length), ...contents]);
}

export const derSequence = (...contents: readonly Uint8Array[]): Bytes => der(tag.sequence, ...contents);
export const derSet = (...contents: readonly Uint8Array[]): Bytes => der(tag.set, ...contents);
export const derOctets = (contents: Uint8Array): Bytes => der(tag.octetString, contents);
export const derTrue: Bytes = der(tag.boolean, Uint8Array.of(0xff));
export const derText = (text: string): Bytes => der(tag.utf8String, utf8Bytes(text));

/** A non-negative number of any length, big-endian. */
export function derInteger(bytes: Uint8Array): Bytes {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const digits = bytes.subarray(start);
  return der(tag.integer, digits[0]! >= 0x80 ? concatBytes([Uint8Array.of(0), digits]) : digits);
}

/** `unusedBits` of the last octet do not count. */
export function derBits(bytes: Uint8Array, unusedBits = 0): Bytes {
  return der(tag.bitString, Uint8Array.of(unusedBits), bytes);
}

/** `1.2.840.10045.4.3.2`. */
export function derOid(dotted: string): Bytes {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const octets = [first * 40 + second];
  for (const arc of rest) {
    const digits = [arc & 0x7f];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) {
      digits.unshift(left & 0x7f | 0x80);
    }
    octets.push(...digits);
  }
  return der(tag.oid, Uint8Array.from(octets));
}

/** UTCTime up to 2049, GeneralizedTime after (RFC 5280 §4.1.2.5). */
export function derTime(timeMs: number): Bytes {
  const digits = new Date(timeMs).toISOString().replace(/\.\d+Z$/, "Z").replace(/[-:T]/g, "");
  return new Date(timeMs).getUTCFullYear() < 2050
    ? der(tag.utcTime, utf8Bytes(digits.slice(2)))
    : der(tag.generalizedTime, utf8Bytes(digits));
}

/** One value as read: its tag, its contents, and both with the length. */
export interface DerValue {
  readonly tag: number;
  readonly content: Uint8Array;
  readonly whole: Uint8Array;
}

/**
 * The values that stand one after the other in `bytes`.
 *
 * @throws Error when a length points beyond the end.
 */
export function parseDer(bytes: Uint8Array): DerValue[] {
  const values: DerValue[] = [];
  for (let at = 0; at < bytes.length;) {
    let length = bytes[at + 1] ?? 0x80;
    let start = at + 2;
    if (length >= 0x80) {
      const lengthOctets = length & 0x7f;
      if (lengthOctets === 0 || lengthOctets > 4) throw new Error("not DER: bad length");
      length = 0;
      for (const octet of bytes.subarray(start, start + lengthOctets)) length = length * 256 + octet;
      start += lengthOctets;
    }
    const end = start + length;
    if (end > bytes.length) throw new Error("not DER: value is cut off");
    values.push({
      tag: bytes[at]!,
      content: bytes.subarray(start, end),
      whole: bytes.subarray(at, end),
    });
    at = end;
  }
  return values;
}

/** The contents of an OID as dotted numbers. */
export function oidText(content: Uint8Array): string {
  const arcs: number[] = [];
  let arc = 0;
  for (const octet of content) {
    arc = arc * 128 + (octet & 0x7f);
    if (octet < 0x80) {
      arcs.push(arc);
      arc = 0;
    }
  }
  const [head = 0, ...rest] = arcs;
  const first = Math.min(2, Math.floor(head / 40));
  return [first, head - first * 40, ...rest].join(".");
}

/** A UTCTime or GeneralizedTime in milliseconds since 1970. @throws Error when it is neither */
export function timeOf(value: DerValue): number {
  const text = latin1Text(value.content);
  const digits = value.tag === tag.utcTime ? `${Number(text.slice(0, 2)) < 50 ? "20" : "19"}${text}` : text;
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(digits);
  if (parts === null) throw new Error(`not a time: ${text}`);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1).map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

function encodeLength(length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(length);
  const digits: number[] = [];
  for (let left = length; left > 0; left = Math.floor(left / 256)) digits.unshift(left & 0xff);
  return Uint8Array.of(0x80 | digits.length, ...digits);
}

/** The first value in `bytes`. @throws Error when there is none */
export function firstDer(bytes: Uint8Array): DerValue {
  const [value] = parseDer(bytes);
  if (value === undefined) throw new Error("not DER: nothing there");
  return value;
}
