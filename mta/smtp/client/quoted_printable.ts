/** Quoted-printable (RFC 2045 §6.7), line by line: at most 76 octets a line, line ends stay line ends. */

import { LF } from "../../../tools/kit/base/bytes.ts";

const maxLine = 76;
const hex = "0123456789ABCDEF";
const TAB = 9;
const SPACE = 32;
const EQUALS = 61;

/** Octets of a body part on the LF form, in chunks cut anywhere. */
export class QuotedPrintableEncoder {
  #column = 0;
  /** A blank that may yet turn out to end its line, where it must be encoded (RFC 2045 §6.7 rule 3). */
  #blank: number | undefined;

  push(chunk: Uint8Array): string {
    let text = "";
    for (const octet of chunk) {
      if (octet === LF) {
        text += `${this.#flush(true)}\n`;
        this.#column = 0;
        continue;
      }
      text += this.#flush(false);
      if (octet === SPACE || octet === TAB) this.#blank = octet;
      else text += this.#put(isPlain(octet) ? String.fromCharCode(octet) : escape(octet));
    }
    return text;
  }

  finish(): string {
    const text = this.#flush(true);
    this.#column = 0;
    return text;
  }

  #flush(isLineEnd: boolean): string {
    const blank = this.#blank;
    this.#blank = undefined;
    if (blank === undefined) return "";
    return this.#put(isLineEnd ? escape(blank) : String.fromCharCode(blank));
  }

  #put(token: string): string {
    // One octet is kept for the soft line end.
    const soft = this.#column + token.length > maxLine - 1 ? "=\n" : "";
    this.#column = soft === "" ? this.#column + token.length : token.length;
    return soft + token;
  }
}

function isPlain(octet: number): boolean {
  return octet > SPACE && octet < 127 && octet !== EQUALS;
}

function escape(octet: number): string {
  return `=${hex[octet >> 4]}${hex[octet & 15]}`;
}
