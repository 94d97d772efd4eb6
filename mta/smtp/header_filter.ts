/**
 * A message's header as it passes, LF form in and out, mended as cleanup(8) does:
 *
 * - Fields that must not go on are taken out (postconf(5) message_drop_headers): Bcc, which would tell each recipient of
 *   the others, and Return-Path, which only final delivery may write (RFC 5321 §4.4).
 * - A line that is no field ends the header; an empty line is put before it, so that it is body for every reader.
 *
 * However the octets are cut, the same comes out. At most one line's beginning is held.
 */

import {
  type Bytes,
  concatBytes,
  latin1Text,
  LF,
  noBytes,
  SPACE,
  utf8Bytes,
} from "../../tools/kit/base/bytes.ts";

const TAB = 9;
const COLON = 58;
const emptyLine = utf8Bytes("\n");
/** A field's name and the blanks behind it; what is longer is no name. */
const maxNameOctets = 1000;

/** What a line is; `undecided` until more of it is seen. */
type Kind = "empty" | "continuation" | "dropped" | "field" | "noField" | "undecided";

export class HeaderFilter {
  readonly #dropped: ReadonlySet<string>;
  /** First letters of those, lower case: most fields are told by one octet. */
  readonly #letters: ReadonlySet<number>;
  #held: Uint8Array = noBytes;
  /** Where the next octet stands: before a line, or inside one that stays or goes; or behind the header. */
  #place: "lineStart" | "kept" | "dropped" | "body" = "lineStart";
  /** The field under way is taken out, with the lines that continue it. */
  #isDropping = false;

  /** `names` in lower case. */
  constructor(names: readonly string[]) {
    this.#dropped = new Set(names);
    this.#letters = new Set(names.map((name) => name.charCodeAt(0)));
  }

  /** What is left of `bytes`; the same array when all of it is. */
  push(bytes: Bytes): Bytes {
    if (this.#place === "body" || bytes.length === 0) return bytes;
    const input = this.#held.length === 0 ? bytes : concatBytes([this.#held, bytes]);
    this.#held = noBytes;
    const parts: Uint8Array[] = [];
    let keptFrom = 0;
    let at = 0;
    while (at < input.length && this.#place !== "body") {
      if (this.#place === "lineStart") {
        const kind = this.#kindOf(input, at);
        if (kind === "undecided") break;
        if (kind === "noField") {
          parts.push(input.subarray(keptFrom, at), emptyLine);
          keptFrom = at;
        } else if (kind === "dropped") {
          parts.push(input.subarray(keptFrom, at));
        }
        this.#place = kind === "empty" || kind === "noField"
          ? "body"
          : kind === "dropped"
          ? "dropped"
          : "kept";
        continue;
      }
      const lineEnd = input.indexOf(LF, at);
      at = lineEnd < 0 ? input.length : lineEnd + 1;
      if (this.#place === "dropped") keptFrom = at;
      if (lineEnd >= 0) this.#place = "lineStart";
    }
    const end = this.#place === "body" ? input.length : at;
    if (end < input.length) this.#held = input.slice(end);
    if (parts.length === 0 && keptFrom === 0 && end === input.length) return input;
    parts.push(input.subarray(keptFrom, end));
    return concatBytes(parts);
  }

  /** What is still held at the end of the message. */
  finish(): Uint8Array {
    const held = this.#held;
    this.#held = noBytes;
    this.#place = "body";
    return held;
  }

  #kindOf(input: Uint8Array, at: number): Kind {
    const first = input[at]!;
    if (first === LF) return "empty";
    if (isBlank(first)) return this.#isDropping ? "dropped" : "continuation";
    let nameEnd = at;
    while (nameEnd < input.length && isNameOctet(input[nameEnd]!)) nameEnd++;
    let colon = nameEnd;
    while (colon < input.length && isBlank(input[colon]!)) colon++;
    if (colon - at > maxNameOctets) return "noField";
    if (colon === input.length) return "undecided";
    if (input[colon] !== COLON || nameEnd === at) return "noField";
    this.#isDropping = this.#letters.has(first | 0x20) &&
      this.#dropped.has(latin1Text(input.subarray(at, nameEnd)).toLowerCase());
    return this.#isDropping ? "dropped" : "field";
  }
}

function isBlank(octet: number): boolean {
  return octet === SPACE || octet === TAB;
}

/** ftext (RFC 5322 §3.6.8): printable ASCII but the colon. */
function isNameOctet(octet: number): boolean {
  return octet > 32 && octet < 127 && octet !== COLON;
}
