/** Sets of characters in PCRE's notation, to that of the flag v: escapes and classes (pcre2pattern(3)). Pure. */

import { posixClasses } from "./posix_regex.ts";
import { charText, RegexError } from "./regex_tree.ts";

/** A pattern's characters and where reading is. */
export interface Cursor {
  readonly chars: readonly string[];
  at: number;
}

const horizontal = "\\x09\\x20\\xa0\\u{1680}\\u{180e}\\u{2000}-\\u{200a}\\u{202f}\\u{205f}\\u{3000}";
const vertical = "\\n\\x0b\\f\\r\\x85\\u{2028}\\u{2029}";
const space = "\\t-\\r\\x20";
const word = "A-Za-z0-9_";

/** Letters after a backslash that stand for a set, which are of ASCII as without PCRE2_UCP. */
const escapedSets: ReadonlyMap<string, string> = new Map([
  ["d", "[0-9]"],
  ["D", "[^0-9]"],
  ["w", `[${word}]`],
  ["W", `[^${word}]`],
  ["s", `[${space}]`],
  ["S", `[^${space}]`],
  ["h", `[${horizontal}]`],
  ["H", `[^${horizontal}]`],
  ["v", `[${vertical}]`],
  ["V", `[^${vertical}]`],
]);

/** Properties that the language lacks or calls otherwise. */
const properties: ReadonlyMap<string, string> = new Map([
  ["L&", "[\\p{Lu}\\p{Ll}\\p{Lt}]"],
  ["Xan", "[\\p{L}\\p{N}]"],
  ["Xwd", "[\\p{L}\\p{N}_]"],
  ["Xsp", `[\\p{Z}${space}]`],
  ["Xps", `[\\p{Z}${space}]`],
]);

/** The set that the escape after a backslash stands for; `undefined` (and nothing read) when it is no set. */
export function readEscapedSet(cursor: Cursor): string | undefined {
  const char = cursor.chars[cursor.at] ?? "";
  const set = escapedSets.get(char);
  if (set !== undefined) cursor.at++;
  return set ?? (char === "p" || char === "P" ? readProperty(cursor) : undefined);
}

function readProperty(cursor: Cursor): string {
  let isNegative = cursor.chars[cursor.at++] === "P";
  let name = cursor.chars[cursor.at++] ?? "";
  if (name === "{") {
    name = "";
    while (cursor.at < cursor.chars.length && cursor.chars[cursor.at] !== "}") {
      name += cursor.chars[cursor.at++]!;
    }
    cursor.at++;
  }
  if (name.startsWith("^")) {
    isNegative = !isNegative;
    name = name.slice(1);
  }
  const own = name === "Any" ? "[^]" : properties.get(name);
  const text = own ?? [`\\p{${name}}`, `\\p{Script=${name}}`].find(isKnown);
  if (text === undefined) throw new RegexError(`unknown property "${name}" after \\P or \\p`);
  return isNegative ? `[^${text}]` : text;
}

function isKnown(property: string): boolean {
  try {
    return new RegExp(property, "v").source !== "";
  } catch {
    return false;
  }
}

const controls: ReadonlyMap<string, string> = new Map([
  ["a", "\x07"],
  ["e", "\x1b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);

/** The character that the escape after a backslash stands for. Digits other than `0` are the caller's. */
export function readEscapedChar(cursor: Cursor): string {
  const char = cursor.chars[cursor.at++];
  if (char === undefined) throw new RegexError("\\ at end of pattern");
  const control = controls.get(char);
  if (control !== undefined) return control;
  if (char === "x") return readHex(cursor);
  if (char === "o") return codePoint(readBraced(cursor), 8);
  if (char === "c") return readControl(cursor);
  if (/[0-7]/.test(char)) {
    cursor.at--;
    return readOctal(cursor);
  }
  if (/[A-Za-z0-9]/.test(char)) throw new RegexError(`unrecognized character follows \\: "${char}"`);
  return char;
}

function readHex(cursor: Cursor): string {
  if (cursor.chars[cursor.at] === "{") return codePoint(readBraced(cursor), 16);
  const [digits] = /^[0-9A-Fa-f]{0,2}/.exec(cursor.chars.slice(cursor.at, cursor.at + 2).join("")) ?? [""];
  cursor.at += digits.length;
  return codePoint(digits || "0", 16);
}

/** Up to three octal digits. */
function readOctal(cursor: Cursor): string {
  const [digits] = /^[0-7]{1,3}/.exec(cursor.chars.slice(cursor.at, cursor.at + 3).join("")) ?? [""];
  cursor.at += digits.length;
  return codePoint(digits, 8);
}

function readControl(cursor: Cursor): string {
  const char = cursor.chars[cursor.at++];
  if (char === undefined || !/[ -~]/.test(char)) throw new RegexError("\\c at end of pattern");
  return String.fromCharCode(char.toUpperCase().charCodeAt(0) ^ 64);
}

/** What stands in `{ }`. */
export function readBraced(cursor: Cursor): string {
  const end = cursor.chars.indexOf("}", cursor.at);
  if (cursor.chars[cursor.at] !== "{" || end < 0) throw new RegexError("missing braces after an escape");
  const text = cursor.chars.slice(cursor.at + 1, end).join("");
  cursor.at = end + 1;
  return text.trim();
}

function codePoint(digits: string, base: 8 | 16): string {
  const value = (base === 8 ? /^[0-7]+$/ : /^[0-9A-Fa-f]+$/).test(digits) ? parseInt(digits, base) : NaN;
  if (!(value <= 0x10ffff)) throw new RegexError(`character code point value in \\x{} or \\o{} is too large`);
  return String.fromCodePoint(value);
}

/** A class, after its `[`. */
export function readClass(cursor: Cursor): string {
  const isNegative = cursor.chars[cursor.at] === "^";
  if (isNegative) cursor.at++;
  let body = "";
  for (let isFirst = true;; isFirst = false) {
    const char = cursor.chars[cursor.at];
    if (char === undefined) throw new RegexError("missing terminating ] for character class");
    if (char === "]" && !isFirst) break;
    body += readClassPart(cursor);
  }
  cursor.at++;
  return `[${isNegative ? "^" : ""}${body}]`;
}

function readClassPart(cursor: Cursor): string {
  const quoted = readQuoted(cursor);
  if (quoted !== undefined) return Array.from(quoted, charText).join("");
  const set = readNamedClass(cursor) ?? readClassSet(cursor);
  if (set !== undefined) {
    if (isHyphen(cursor)) throw new RegexError("invalid range in character class");
    return set;
  }
  const first = readClassChar(cursor);
  if (!isHyphen(cursor)) return charText(first);
  cursor.at++;
  if (readNamedClass(cursor) !== undefined || readClassSet(cursor) !== undefined) {
    throw new RegexError("invalid range in character class");
  }
  const last = readClassChar(cursor);
  if (last.codePointAt(0)! < first.codePointAt(0)!) {
    throw new RegexError("range out of order in character class");
  }
  return `${charText(first)}-${charText(last)}`;
}

/** A `-` that is not the class's last character. */
function isHyphen(cursor: Cursor): boolean {
  return cursor.chars[cursor.at] === "-" && (cursor.chars[cursor.at + 1] ?? "]") !== "]";
}

function readClassSet(cursor: Cursor): string | undefined {
  if (cursor.chars[cursor.at] !== "\\") return undefined;
  cursor.at++;
  const set = readEscapedSet(cursor);
  if (set === undefined) cursor.at--;
  return set;
}

function readClassChar(cursor: Cursor): string {
  const char = cursor.chars[cursor.at++];
  if (char === undefined) throw new RegexError("missing terminating ] for character class");
  if (char !== "\\") return char;
  if (cursor.chars[cursor.at] !== "b") return readEscapedChar(cursor);
  cursor.at++;
  return "\b";
}

/** `[:alpha:]` or `[:^alpha:]`. */
function readNamedClass(cursor: Cursor): string | undefined {
  const match = /^\[:(\^?)([a-z]+):\]/.exec(cursor.chars.slice(cursor.at, cursor.at + 16).join(""));
  if (match === null) return undefined;
  const [whole, not = "", name = ""] = match;
  const set = name === "word" ? word : name === "ascii" ? "\\x00-\\x7f" : posixClasses.get(name);
  if (set === undefined) throw new RegexError("unknown POSIX class name");
  cursor.at += whole.length;
  return `[${not}${set}]`;
}

/** What stands between `\Q` and `\E`; `undefined` (and nothing read) elsewhere. A lone `\E` is nothing. */
export function readQuoted(cursor: Cursor): string | undefined {
  if (cursor.chars[cursor.at] !== "\\") return undefined;
  const letter = cursor.chars[cursor.at + 1];
  if (letter !== "Q" && letter !== "E") return undefined;
  cursor.at += 2;
  if (letter === "E") return "";
  let text = "";
  while (cursor.at < cursor.chars.length) {
    if (cursor.chars[cursor.at] === "\\" && cursor.chars[cursor.at + 1] === "E") {
      cursor.at += 2;
      break;
    }
    text += cursor.chars[cursor.at++]!;
  }
  return text;
}
