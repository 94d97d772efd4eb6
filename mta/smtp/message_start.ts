/**
 * Mends the first line of a message, as Postfix does, so that it cannot be taken for part of what is put above it: a mbox
 * `From ` line becomes a field `X-Mailbox-Line:`, and white space at the very start gets an empty line before it
 * (else it would continue our Received: field).
 */

import {
  type Bytes,
  concatBytes,
  latin1Text,
  noBytes,
  SPACE,
  utf8Bytes,
} from "../../tools/kit/base/bytes.ts";

const TAB = 9;
const LETTER_F = 70;
const GREATER = 62;
const emptyLine = utf8Bytes("\n");
const mailboxLine = utf8Bytes("X-Mailbox-Line: ");
/** So many `>` before a From_ line are looked through. */
const maxHeldOctets = 256;

export class MessageStart {
  #held: Uint8Array = noBytes;
  #decided = false;

  /** The octets to go on with, in place of `bytes` (LF form). */
  push(bytes: Bytes): Bytes {
    if (this.#decided || bytes.length === 0) return bytes;
    const start = this.#held.length === 0 ? bytes : concatBytes([this.#held, bytes]);
    const first = start[0]!;
    if (first === SPACE || first === TAB) return this.#decide(emptyLine, start);
    if (first !== LETTER_F && first !== GREATER) return this.#decide(noBytes, start);
    const text = latin1Text(start.subarray(0, maxHeldOctets));
    if (/^>*From /.test(text)) return this.#decide(mailboxLine, start);
    if (!/^>*(?:F(?:r(?:om?)?)?)?$/.test(text) || text.length === maxHeldOctets) {
      return this.#decide(noBytes, start);
    }
    this.#held = start.slice();
    return noBytes;
  }

  /** What is still held at the end of the message. */
  finish(): Uint8Array {
    this.#decided = true;
    const held = this.#held;
    this.#held = noBytes;
    return held;
  }

  #decide(prefix: Uint8Array, bytes: Bytes): Bytes {
    this.#decided = true;
    this.#held = noBytes;
    return prefix.length === 0 ? bytes : concatBytes([prefix, bytes]);
  }
}
