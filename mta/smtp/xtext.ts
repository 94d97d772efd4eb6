/** xtext of DSN and AUTH parameters (RFC 3461 §4): printable ASCII, `+` and two hexadecimal digits for the rest. */

import { utf8Bytes } from "../../tools/kit/base/bytes.ts";

/** The text that `encoded` stands for, or `undefined` when it is no xtext. */
export function decodeXtext(encoded: string): string | undefined {
  if (!/^(?:[!-*,-<>-~]|\+[0-9A-Fa-f]{2})*$/.test(encoded)) return undefined;
  return encoded.replace(/\+(..)/g, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)));
}

/** utf-8-addr-xtext and -unitext of an `ORCPT=utf-8;` (RFC 6533 §3): `\x{HEX}`, `+XX`, or UTF-8 as it stands. */
export function decodeUtf8Xtext(encoded: string): string | undefined {
  // deno-lint-ignore no-control-regex
  if (/[\x00-\x20\x7f=]/.test(encoded.replace(/\\x\{[0-9A-Fa-f]{1,6}\}/g, ""))) return undefined;
  let valid = true;
  const text = encoded.replace(/\\x\{([0-9A-Fa-f]{1,6})\}|\+([0-9A-Fa-f]{2})/g, (_, long, short) => {
    const point = parseInt(long ?? short, 16);
    if (point > 0x10ffff || point === 0) valid = false;
    return valid ? String.fromCodePoint(point) : "";
  });
  return valid ? text : undefined;
}

/** `text` as xtext; octets of UTF-8 above 126 too. */
export function encodeXtext(text: string): string {
  return Array.from(
    utf8Bytes(text),
    (octet) =>
      octet > 32 && octet < 127 && octet !== 43 && octet !== 61
        ? String.fromCharCode(octet)
        : `+${octet.toString(16).toUpperCase().padStart(2, "0")}`,
  ).join("");
}

/** An address for `ORCPT=utf-8;` where SMTPUTF8 cannot be had (RFC 6533 §3): `\x{HEX}` for what is not printable ASCII. */
export function encodeUtf8Xtext(text: string): string {
  return Array.from(text, (character) => {
    const point = character.codePointAt(0)!;
    return point > 32 && point < 127 && character !== "\\" && character !== "+" && character !== "="
      ? character
      : `\\x{${point.toString(16).toUpperCase().padStart(2, "0")}}`;
  }).join("");
}
