/**
 * Octets to text by the charset that a message names (RFC 2046 §4.1.2). Every name is answered: what is unknown, wrong
 * or missing is taken as UTF-8 when it is well-formed UTF-8, else as windows-1252, which has a character for most octets.
 */

import { latin1Text, utf8TextStrict } from "../base/bytes.ts";

/** Names that mail uses and the Encoding Standard does not know. */
const aliases: Readonly<Record<string, string>> = {
  "cp936": "gbk",
  "cp949": "euc-kr",
  "cp950": "big5",
  "cp65001": "utf-8",
  "ibm866": "ibm866",
  "iso-8859-8-e": "iso-8859-8",
  "ks_c_5601": "euc-kr",
  "utf-8-sig": "utf-8",
  "utf8mb4": "utf-8",
  "win-1251": "windows-1251",
  "win1251": "windows-1251",
};

/** Charsets of which plain ASCII says nothing: 8-bit octets under them are somebody's mistake. */
const asciiOnly = new Set([
  "",
  "us-ascii",
  "ascii",
  "ansi_x3.4-1968",
  "iso646-us",
  "unknown-8bit",
  "x-unknown",
]);

const decoders = new Map<string, TextDecoder | undefined>();
/** Wrong names come from strangers: they must not fill memory. */
const maxKnownNames = 200;

/** Text of `octets` in `charset`, a name without regard to case; never fails. */
export function decodeCharset(octets: Uint8Array, charset = ""): string {
  const name = charset.trim().toLowerCase();
  if (asciiOnly.has(name)) return guessText(octets);
  if (name === "utf-7" || name === "unicode-1-1-utf-7") return decodeUtf7(octets);
  const decoder = decoderOf(aliases[name] ?? name);
  return decoder === undefined ? guessText(octets) : decoder.decode(octets);
}

/** Text of octets of which nothing is known, or only that they should have been ASCII. */
export function guessText(octets: Uint8Array): string {
  return utf8TextStrict(octets) ?? decoderOf("windows-1252")!.decode(octets);
}

function decoderOf(name: string): TextDecoder | undefined {
  if (decoders.has(name)) return decoders.get(name);
  let decoder: TextDecoder | undefined;
  try {
    decoder = new TextDecoder(name);
  } catch {
    decoder = undefined;
  }
  if (decoders.size >= maxKnownNames) decoders.clear();
  decoders.set(name, decoder);
  return decoder;
}

/** RFC 2152: `+` begins modified base64 of UTF-16, `+-` is a plus sign. */
function decodeUtf7(octets: Uint8Array): string {
  return latin1Text(octets).replace(/\+([A-Za-z0-9+/]*)-?/g, (whole, digits: string) => {
    if (digits === "") return whole === "+-" ? "+" : whole;
    let bits = 0;
    let held = 0;
    let text = "";
    for (const digit of digits) {
      bits = (bits << 6) | base64Digits.indexOf(digit);
      held += 6;
      if (held >= 16) {
        held -= 16;
        text += String.fromCharCode((bits >> held) & 0xffff);
        bits &= (1 << held) - 1;
      }
    }
    return text;
  });
}

const base64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
