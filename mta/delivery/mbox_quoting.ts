/**
 * The form of a message in an mbox file (mbox(5), the variant called mboxrd): a line `From SENDER  DATE` before it,
 * every line of it that begins with `From `, after any number of `>`, with one `>` more, and an empty line behind it.
 *
 * Deviation: Postfix quotes `From ` alone; then a line that was `>From ` already cannot be told from a quoted one.
 */

import type { Bytes } from "../../tools/kit/base/bytes.ts";
import { concatBytes, LF, noBytes, utf8Bytes } from "../../tools/kit/base/bytes.ts";
import { formatCtime } from "../../tools/kit/mail/date.ts";

const greater = 62;
const from = utf8Bytes("From ");
const quote = utf8Bytes(">");

/** `From SENDER  Tue Nov 25 01:11:53 2025` in local time, as asctime(3) writes it. */
export function formatFromLine(sender: string, timeMs: number): string {
  // deno-lint-ignore no-control-regex
  const name = sender === "" ? "MAILER-DAEMON" : sender.replace(/[\x00-\x1f\x7f]/g, "?");
  return `From ${name}  ${formatCtime(timeMs)}\n`;
}

/** Quotes chunks cut anywhere; `finish` gives what was held back, the last line's end and the empty line. */
export class MboxQuoter {
  /** Beginning of a line that may turn out to need quoting. */
  #held: Bytes = noBytes;
  #previous = LF;

  push(chunk: Bytes): Bytes {
    const bytes = this.#held.length === 0 ? chunk : concatBytes([this.#held, chunk]);
    this.#held = noBytes;
    const parts: Bytes[] = [];
    let copied = 0;
    let previous = this.#previous;
    for (
      let start = previous === LF ? 0 : nextLine(bytes, 0);
      start < bytes.length;
      start = nextLine(bytes, start)
    ) {
      const verdict = needsQuote(bytes, start);
      if (verdict === "unknown") {
        this.#held = bytes.slice(start);
        parts.push(bytes.subarray(copied, start));
        this.#previous = LF;
        return concatBytes(parts);
      }
      if (verdict === "yes") {
        parts.push(bytes.subarray(copied, start), quote);
        copied = start;
      }
    }
    previous = bytes[bytes.length - 1] ?? previous;
    this.#previous = previous;
    if (parts.length === 0) return bytes;
    parts.push(bytes.subarray(copied));
    return concatBytes(parts);
  }

  finish(): Bytes {
    const held = this.#held;
    const previous = held[held.length - 1] ?? this.#previous;
    return concatBytes([held, previous === LF ? noBytes : Uint8Array.of(LF), Uint8Array.of(LF)]);
  }
}

/** Start of the line after the one that `start` is in; the length when there is none. */
function nextLine(bytes: Bytes, start: number): number {
  const end = bytes.indexOf(LF, start);
  return end < 0 ? bytes.length : end + 1;
}

function needsQuote(bytes: Bytes, start: number): "yes" | "no" | "unknown" {
  let at = start;
  while (bytes[at] === greater) at++;
  for (let index = 0; index < from.length; index++, at++) {
    if (at >= bytes.length) return "unknown";
    if (bytes[at] !== from[index]) return "no";
  }
  return "yes";
}
