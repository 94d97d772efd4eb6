/**
 * Takes fields out of a message's header as it passes (postconf(5) message_drop_headers): Bcc, which would tell each
 * recipient of the others, and Return-Path, which only final delivery may write (RFC 5321 §4.4). LF form in and out.
 */

import { type Bytes, concatBytes, latin1Text, LF, noBytes, SPACE } from "../../tools/kit/base/bytes.ts";

const TAB = 9;
const COLON = 58;

export class HeaderFilter {
  readonly #names: readonly string[];
  /** Lower-case first letters of the names: most lines are decided by one octet. */
  readonly #letters: ReadonlySet<number>;
  /** The start of a line of which it is not known yet whether its field goes. */
  #held: Uint8Array = noBytes;
  #place: "lineStart" | "kept" | "dropped" | "body" = "lineStart";
  #isDropping = false;
  /** The line at hand has shown that it belongs to a field. */
  #isField = false;

  /** `names` in lower case. */
  constructor(names: readonly string[]) {
    this.#names = names;
    this.#letters = new Set(names.map((name) => name.charCodeAt(0)));
  }

  /** What is left of `bytes`; the same array when all of it is. */
  push(bytes: Bytes): Bytes {
    if (this.#place === "body" || bytes.length === 0) return bytes;
    const input = this.#held.length === 0 ? bytes : concatBytes([this.#held, bytes]);
    this.#held = noBytes;
    const kept: Uint8Array[] = [];
    let keptFrom = 0;
    let at = 0;
    while (at < input.length) {
      if (this.#place === "lineStart") {
        const place = this.#judge(input, at);
        if (place === undefined) {
          this.#held = input.slice(at);
          break;
        }
        this.#place = place;
        if (place === "body") {
          at = input.length;
          break;
        }
        if (place === "dropped") {
          kept.push(input.subarray(keptFrom, at));
        }
      }
      const lineEnd = input.indexOf(LF, at);
      const end = lineEnd < 0 ? input.length : lineEnd + 1;
      if (!this.#isField) {
        const colon = input.indexOf(COLON, at);
        this.#isField = colon >= 0 && colon < end;
      }
      at = end;
      if (this.#place === "dropped") keptFrom = at;
      // No field: the header is over without an empty line.
      if (lineEnd >= 0) this.#place = this.#isField ? "lineStart" : "body";
      if (this.#place === "body") at = input.length;
    }
    if (kept.length === 0 && keptFrom === 0 && at === input.length) return input;
    kept.push(input.subarray(keptFrom, at));
    return concatBytes(kept);
  }

  /** What is still held at the end of the message. */
  finish(): Uint8Array {
    const held = this.#held;
    this.#held = noBytes;
    this.#place = "body";
    return held;
  }

  /** What becomes of the line at `at`; `undefined` when more of it must be seen. */
  #judge(input: Uint8Array, at: number): "kept" | "dropped" | "body" | undefined {
    const first = input[at]!;
    if (first === LF) return "body";
    this.#isField = first === SPACE || first === TAB;
    if (this.#isField) return this.#isDropping ? "dropped" : "kept";
    this.#isDropping = false;
    if (!this.#letters.has(first | 0x20)) return "kept";
    const start = latin1Text(input.subarray(at, at + 64)).toLowerCase();
    const name = this.#names.find((name) =>
      start.startsWith(name) && /^[ \t]*:/.test(start.slice(name.length))
    );
    if (name !== undefined) {
      this.#isDropping = true;
      return "dropped";
    }
    const mayBecome = start.length < 64 &&
      this.#names.some((name) =>
        start.length < name.length
          ? name.startsWith(start)
          : start.startsWith(name) && /^[ \t]*$/.test(start.slice(name.length))
      );
    return mayBecome ? undefined : "kept";
  }
}
