/**
 * Encoded words in header fields (RFC 2047): `=?utf-8?Q?S=C3=A5?=`. Read wherever they stand, since mail has them in
 * quoted strings and glued to other text; written as the RFC asks.
 */

import { encodeBase64 } from "../base/base64.ts";
import { latin1Bytes, latin1Text, utf8Bytes } from "../base/bytes.ts";
import { decodeCharset, guessText } from "./charset.ts";
import { isAscii } from "./domain.ts";
import { decodeBase64, decodeQ } from "./transfer_encoding.ts";

/** RFC 2047 §2 allows 75 in a line of 76; so the first one has room behind the field's name. */
const maxWordLength = 62;

/**
 * An octet string (an unfolded value) to Unicode text. Blanks between two encoded words go, blanks between a word and
 * ordinary text stay (RFC 2047 §6.2). Neighbours of one charset are joined before they are decoded, since many mailers
 * cut a character in two. Ordinary 8-bit octets are taken as UTF-8, else windows-1252.
 */
export function decodeEncodedWords(text: string): string {
  if (!text.includes("=?")) return isAscii(text) ? text : guessText(latin1Bytes(text));
  const decoded: string[] = [];
  let charset = "";
  let pending = "";
  let end = 0;
  const flush = () => {
    if (pending !== "") decoded.push(decodeCharset(latin1Bytes(pending), charset));
    pending = "";
  };
  for (const match of text.matchAll(/=\?([^?*\s]+)(?:\*[^?\s]*)?\?([bq])\?([^?]*)\?=/gi)) {
    const between = text.slice(end, match.index);
    const [whole, name = "", encoding = "", content = ""] = match;
    const isNeighbour = end > 0 && /^[ \t\r\n]*$/.test(between);
    if (!isNeighbour || name.toLowerCase() !== charset) flush();
    if (!isNeighbour) decoded.push(guessText(latin1Bytes(between)));
    const octets = latin1Bytes(content);
    pending += latin1Text(encoding.toLowerCase() === "b" ? decodeBase64(octets) : decodeQ(octets));
    charset = name.toLowerCase();
    end = match.index + whole.length;
  }
  flush();
  decoded.push(guessText(latin1Bytes(text.slice(end))));
  return decoded.join("");
}

/** Unicode text as a display name: words, a quoted string, or encoded words (RFC 2047 §5). */
export function encodePhrase(text: string): string {
  if (!isPlain(text)) return encodedWords(text).join(" ");
  if (/^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+( [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/.test(text)) return text;
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}

function isPlain(text: string): boolean {
  return /^[\t -~]*$/.test(text) && !text.includes("=?");
}

function encodedWords(text: string): string[] {
  // Q while most of it can be read as it stands.
  const useQ = encodedQ(text).length <= 2 * utf8Bytes(text).length;
  const encode = useQ ? encodedQ : (piece: string) => encodeBase64(utf8Bytes(piece));
  const frame = `=?utf-8?${useQ ? "Q" : "B"}?`;
  const room = maxWordLength - frame.length - 2;
  const words: string[] = [];
  let piece = "";
  for (const char of text) {
    if (encode(piece + char).length > room) {
      words.push(`${frame}${encode(piece)}?=`);
      piece = "";
    }
    piece += char;
  }
  words.push(`${frame}${encode(piece)}?=`);
  return words;
}

/** Only what may stand in a phrase too (RFC 2047 §5 (3)). */
function encodedQ(text: string): string {
  let encoded = "";
  for (const octet of utf8Bytes(text)) {
    const char = String.fromCharCode(octet);
    if (char === " ") encoded += "_";
    else if (/[A-Za-z0-9!*+/-]/.test(char)) encoded += char;
    else encoded += `=${octet.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return encoded;
}
