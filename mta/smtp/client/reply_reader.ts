/**
 * Replies of a server, read leniently in form and strictly in size (RFC 5321 §4.2): one line or many, with an enhanced
 * status code or without (RFC 2034).
 */

import { latin1Text, utf8TextStrict } from "../../../tools/kit/base/bytes.ts";
import { LineReader } from "../../../tools/kit/wire/line_reader.ts";

export interface ServerReply {
  readonly code: number;
  /** Of the last line that has one; `undefined` when none has. */
  readonly status: string | undefined;
  /** Each line without its code and separator. */
  readonly lines: readonly string[];
  /** All lines with their codes, joined by spaces: as it is shown. */
  readonly text: string;
}

/** A line has at most 512 octets (RFC 5321 §4.5.3.1.5); much longer ones are met, and borne up to this. */
const maxLineOctets = 16_384;
/** Shown of a line. */
const maxShown = 2048;
/** Lines and octets of one reply; EHLO of a generous server has thirty lines. */
const maxLines = 1000;
const maxReplyOctets = 262_144;

export class ReplyReader {
  readonly #reader = new LineReader({ maxOctets: maxLineOctets });
  #lines: string[] = [];
  #shown: string[] = [];
  #octets = 0;
  #status: string | undefined;

  push(bytes: Uint8Array): void {
    this.#reader.push(bytes);
  }

  clear(): void {
    this.#reader.clear();
    this.#reset();
  }

  get isEmpty(): boolean {
    return this.#reader.buffered === 0 && this.#lines.length === 0;
  }

  /** The next whole reply; a text when what came is none; `undefined` until more octets come. */
  next(): ServerReply | string | undefined {
    for (;;) {
      const line = this.#reader.next();
      if (line === undefined) return undefined;
      if (line.kind === "tooLong") return "a reply line longer than 16384 octets";
      const text = decode(line.bytes);
      const [, code, separator, rest] = /^([1-9]\d\d)(?:([ -])(.*))?$/s.exec(text) ?? [];
      if (code === undefined) return text.slice(0, 100);
      this.#take(text, rest ?? "", code);
      if (this.#octets > maxReplyOctets) return `a reply longer than ${maxReplyOctets} octets`;
      if (separator === "-") {
        if (this.#lines.length >= maxLines) return `a reply of more than ${maxLines} lines`;
        continue;
      }
      const reply: ServerReply = {
        code: Number(code),
        status: this.#status,
        lines: this.#lines,
        text: this.#shown.join(" "),
      };
      this.#reset();
      return reply;
    }
  }

  #take(text: string, rest: string, code: string): void {
    this.#lines.push(rest);
    if (this.#octets < maxShown) this.#shown.push(text.slice(0, maxShown - this.#octets).trimEnd());
    this.#octets += text.length;
    const status = /^([245])\.\d{1,3}\.\d{1,3}(?= |$)/.exec(rest);
    // The class of an enhanced status that contradicts the code is not believed (RFC 2034 §4).
    if (status !== null && status[1] === code[0]) this.#status = status[0];
  }

  #reset(): void {
    this.#lines = [];
    this.#shown = [];
    this.#octets = 0;
    this.#status = undefined;
  }
}

/** For eyes: what is not printable becomes a question mark. */
function decode(bytes: Uint8Array): string {
  // deno-lint-ignore no-control-regex
  return (utf8TextStrict(bytes) ?? latin1Text(bytes)).replace(/[\x00-\x08\x0a-\x1f\x7f-\x9f]/g, "?");
}
