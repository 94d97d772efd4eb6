/**
 * What the server itself must know of a message's header: how many hosts it came through (RFC 5321 §6.3) and its
 * Message-ID for the log. Looks at the octets in LF form as they pass and keeps no more than one line's beginning. The header
 * ends at an empty line (`HeaderFilter` sees to that).
 */

import { concatBytes, latin1Text, LF, noBytes, SPACE } from "../../tools/kit/base/bytes.ts";

const TAB = 9;
/** Of one line; what is longer is cut. */
const maxKeptOctets = 1024;

export class HeaderScanner {
  /** Received: fields. */
  hops = 0;
  messageId: string | undefined;
  /** Nothing more of the header can come. */
  done = false;
  #carry: Uint8Array = noBytes;
  /** The field before was a Message-ID without a value: it stands on the next line (RFC 5322 §2.2.3). */
  #wantsId = false;

  push(bytes: Uint8Array): void {
    let at = 0;
    while (!this.done && at < bytes.length) {
      const lineEnd = bytes.indexOf(LF, at);
      if (lineEnd < 0) return this.#keep(bytes.subarray(at));
      if (this.#carry.length > 0) {
        this.#keep(bytes.subarray(at, lineEnd));
        const line = this.#carry;
        this.#carry = noBytes;
        this.#line(line, 0, line.length);
      } else {
        this.#line(bytes, at, lineEnd);
      }
      at = lineEnd + 1;
    }
  }

  #keep(part: Uint8Array): void {
    const room = maxKeptOctets - this.#carry.length;
    if (room > 0) this.#carry = concatBytes([this.#carry, part.subarray(0, room)]);
  }

  #line(bytes: Uint8Array, start: number, end: number): void {
    const first = bytes[start];
    if (start === end) this.done = true;
    else if (first === SPACE || first === TAB) {
      if (this.#wantsId) this.#setId(latin1Text(bytes.subarray(start, Math.min(end, start + maxKeptOctets))));
    } else this.#field(bytes, start, end);
  }

  #field(bytes: Uint8Array, start: number, end: number): void {
    this.#wantsId = false;
    const letter = bytes[start]! | 0x20;
    if (letter !== 0x72 && letter !== 0x6d) return;
    const text = latin1Text(bytes.subarray(start, Math.min(end, start + maxKeptOctets)));
    const colon = text.indexOf(":");
    const name = text.slice(0, Math.max(0, colon)).trimEnd().toLowerCase();
    if (name === "received") this.hops++;
    else if (name === "message-id" && this.messageId === undefined) this.#setId(text.slice(colon + 1));
  }

  #setId(value: string): void {
    const id = value.trim();
    this.#wantsId = id === "";
    if (id !== "") this.messageId = id;
  }
}
