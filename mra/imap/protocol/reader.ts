/**
 * Reader: the octets of a connection, cut into commands with their literals (RFC 3501 §2.2.1, §4.3; RFC 7888).
 *
 * | mode     | reads                                  | goes on as                                       |
 * |----------|----------------------------------------|--------------------------------------------------|
 * | line     | text to CRLF                           | `decide` when it ends in `{n}`, else a command   |
 * | decide   | nothing, until the owner has chosen    | `take`, `stream`, or the command is dropped      |
 * | take     | a literal, kept as a piece             | line, of the same command                        |
 * | stream   | a literal, given out as it comes       | line, of the same command                        |
 * | skip     | a literal, thrown away                 | skipLine                                         |
 * | skipLine | the rest of a dropped command          | skip at `{n+}`, else line of the next command    |
 *
 * What is dropped is never run as commands. Deviation: RFC 3501 §2.2: LF alone also ends a line, as every server in
 * use takes it; a lone CR stays in the text, where the grammar refuses it.
 */

import { type Bytes, concatBytes, CR, latin1Text, LF, noBytes } from "../../../tools/kit/base/bytes.ts";

import { type CommandLimits, limitsBeforeLogin, maxLiterals } from "./limits.ts";

/** A command is text, literal, text, ...; texts hold one UTF-16 unit an octet, without `{n}` and line ends. */
export type Piece = string | Bytes;

export interface PendingLiteral {
  readonly octets: number;
  /** The client waits for `+` (no `+` in its `{n}`). */
  readonly synchronizing: boolean;
}

export type ReaderEvent =
  | { readonly kind: "command"; readonly pieces: readonly Piece[] }
  /** Answer with `takeLiteral`, `streamLiteral` or `refuseLiteral` before reading on. */
  | { readonly kind: "literal"; readonly pieces: readonly Piece[]; readonly literal: PendingLiteral }
  /** The command is longer than it may be; the rest of it is skipped. */
  | { readonly kind: "tooLong"; readonly pieces: readonly Piece[] }
  /** Of a streamed literal; `last` with its end. */
  | { readonly kind: "octets"; readonly bytes: Bytes; readonly last: boolean };

export type LineEvent =
  | { readonly kind: "line"; readonly text: string }
  | { readonly kind: "tooLong" };

type Mode =
  | { readonly kind: "line" }
  | { readonly kind: "decide"; readonly literal: PendingLiteral }
  | { readonly kind: "take" | "stream" | "skip"; remaining: number; readonly chunks: Uint8Array[] }
  | { readonly kind: "skipLine"; tail: string };

/** However large the number: a literal that is too large is one all the same, and what follows is no command. */
const literalMark = /\{(\d+)(\+?)\}$/;

/** Of a line that is skipped, enough to see a literal's mark at its end. */
const tailLength = 64;

export class Reader {
  #limits: CommandLimits = limitsBeforeLogin;
  #buffer: Bytes = noBytes;
  #start = 0;
  #scanned = 0;
  #mode: Mode = { kind: "line" };
  #pieces: Piece[] = [];
  #textOctets = 0;

  set limits(limits: CommandLimits) {
    this.#limits = limits;
  }

  /** Octets that came and were not looked at yet: a pipelined command, perhaps. */
  get hasMore(): boolean {
    return this.#start < this.#buffer.length;
  }

  push(bytes: Uint8Array): void {
    this.#buffer = concatBytes([this.#buffer.subarray(this.#start), bytes]);
    this.#scanned -= this.#start;
    this.#start = 0;
  }

  /** Forgets all that came (RFC 3501 §6.2.1: nothing of the plain text outlives STARTTLS). */
  drop(): void {
    this.#buffer = noBytes;
    this.#start = this.#scanned = 0;
    this.#mode = { kind: "line" };
    this.#beginCommand();
  }

  /** What comes next, or `undefined` when more octets are needed (or a decision). */
  next(): ReaderEvent | undefined {
    for (;;) {
      const mode = this.#mode;
      switch (mode.kind) {
        case "decide":
          return undefined;
        case "line": {
          const line = this.#line(this.#limits.lineOctets - this.#textOctets);
          if (line === undefined) return undefined;
          if (line.kind === "tooLong") return this.#tooLong();
          return this.#endOfLine(line.text);
        }
        case "skipLine":
          if (!this.#skipLine(mode)) return undefined;
          break;
        default: {
          const event = this.#literal(mode);
          if (event !== undefined) return event;
          if (mode.remaining > 0) return undefined;
        }
      }
    }
  }

  /** A line as it is, for what is no command: an answer to a challenge, DONE. */
  nextLine(): LineEvent | undefined {
    const mode = this.#mode;
    if (mode.kind === "skipLine" && !this.#skipLine(mode)) return undefined;
    const line = this.#line(this.#limits.lineOctets);
    if (line?.kind === "tooLong") this.#mode = { kind: "skipLine", tail: "" };
    return line;
  }

  takeLiteral(): void {
    this.#begin("take");
  }

  /** Gives the literal out; the `command` that follows is only what stands behind it. */
  streamLiteral(): void {
    this.#begin("stream");
    this.#beginCommand();
  }

  /** Drops the command. A client that waits for `+` gets an answer instead and sends nothing of the literal. */
  refuseLiteral(): void {
    const literal = this.#begin("skip");
    if (literal.synchronizing) this.#mode = { kind: "line" };
    this.#beginCommand();
  }

  #begin(kind: "take" | "stream" | "skip"): PendingLiteral {
    if (this.#mode.kind !== "decide") throw new Error("no literal is pending");
    const { literal } = this.#mode;
    this.#mode = { kind, remaining: literal.octets, chunks: [] };
    return literal;
  }

  #beginCommand(): void {
    this.#pieces = [];
    this.#textOctets = 0;
  }

  #endOfLine(text: string): ReaderEvent {
    this.#textOctets += text.length;
    const mark = literalMark.exec(text);
    if (mark === null) {
      const pieces = [...this.#pieces, text];
      this.#beginCommand();
      return { kind: "command", pieces };
    }
    this.#pieces.push(text.slice(0, mark.index));
    const literal = { octets: Number(mark[1]), synchronizing: mark[2] === "" };
    this.#mode = { kind: "decide", literal };
    if (this.#pieces.length > 2 * maxLiterals) {
      const pieces = this.#pieces;
      this.refuseLiteral();
      return { kind: "tooLong", pieces };
    }
    return { kind: "literal", pieces: this.#pieces, literal };
  }

  #tooLong(): ReaderEvent {
    const event = { kind: "tooLong", pieces: this.#pieces } as const;
    // Of the line that is too long the first part is known: its tag is needed for the answer.
    this.#pieces.push(latin1Text(this.#buffer.subarray(this.#start, this.#start + 256)));
    this.#beginCommand();
    this.#mode = { kind: "skipLine", tail: "" };
    return event;
  }

  /** Takes a line of at most `maxOctets` without its end; leaves the buffer as it is when it is longer. */
  #line(maxOctets: number): LineEvent | undefined {
    const end = this.#buffer.indexOf(LF, Math.max(this.#scanned, this.#start));
    const length = (end < 0 ? this.#buffer.length : end) - this.#start;
    if (length > maxOctets + 1) return { kind: "tooLong" };
    if (end < 0) {
      this.#scanned = this.#buffer.length;
      return undefined;
    }
    const textEnd = end > this.#start && this.#buffer[end - 1] === CR ? end - 1 : end;
    const text = latin1Text(this.#buffer.subarray(this.#start, textEnd));
    this.#start = this.#scanned = end + 1;
    return { kind: "line", text };
  }

  /** Whether the line's end was found. */
  #skipLine(mode: { tail: string }): boolean {
    const end = this.#buffer.indexOf(LF, this.#start);
    const upTo = end < 0 ? this.#buffer.length : end;
    const seen = this.#buffer.subarray(Math.max(this.#start, upTo - tailLength), upTo);
    mode.tail = (mode.tail + latin1Text(seen)).slice(-tailLength);
    this.#start = this.#scanned = end < 0 ? upTo : end + 1;
    if (end < 0) return false;
    const mark = literalMark.exec(mode.tail.replace(/\r$/, ""));
    this.#mode = mark !== null && mark[2] === "+"
      ? { kind: "skip", remaining: Number(mark[1]), chunks: [] }
      : { kind: "line" };
    return true;
  }

  #literal(mode: Extract<Mode, { remaining: number }>): ReaderEvent | undefined {
    const bytes = this.#buffer.subarray(this.#start, this.#start + mode.remaining);
    mode.remaining -= bytes.length;
    this.#start += bytes.length;
    this.#scanned = this.#start;
    const last = mode.remaining === 0;
    if (last) this.#mode = mode.kind === "skip" ? { kind: "skipLine", tail: "" } : { kind: "line" };
    if (mode.kind === "stream") {
      return bytes.length > 0 || last ? { kind: "octets", bytes, last } : undefined;
    }
    if (mode.kind === "take") {
      if (bytes.length > 0) mode.chunks.push(bytes.slice());
      if (last) this.#pieces.push(concatBytes(mode.chunks));
    }
    return undefined;
  }
}
