/**
 * Cursor: reads a command's pieces by the grammar of RFC 3501 §9. Every method takes what it names or throws
 * `BadSyntax`; `AwaitsLiteral` when it comes to a literal that was announced but not sent.
 *
 * Texts are octet strings (`latin1Text`); whoever knows the character set decodes them.
 */

import { latin1Text } from "../../../tools/kit/base/bytes.ts";

import { AwaitsLiteral, BadSyntax } from "./bad_syntax.ts";
import type { PendingLiteral, Piece } from "./reader.ts";
import { parseSequenceSet, type SequenceSet } from "./sequence_set.ts";

// deno-lint-ignore no-control-regex
const atomChars = /[^\x00-\x20(){%*"\\\]\x7f-\xff]+/y;
// deno-lint-ignore no-control-regex
const astringChars = /[^\x00-\x20(){%*"\\\x7f-\xff]+/y;
// Deviation: RFC 3501 §9 list-char: octets above 127 are taken, as a pattern that matches no name.
// deno-lint-ignore no-control-regex
const listChars = /[^\x00-\x20(){"\\\x7f]+/y;
// deno-lint-ignore no-control-regex
const tagChars = /[^\x00-\x20(){%*"\\\]+\x7f-\xff]+/y;
// Deviation: RFC 3501 §9 TEXT-CHAR is 7-bit; octets above 127 are taken, since clients send UTF-8 so (RFC 9051 does).
// deno-lint-ignore no-control-regex
const quoted = /"((?:[^"\\\x00\r\n]|\\["\\])*)"/y;
const nameChars = /[A-Za-z0-9.]+/y;
const digits = /\d{1,15}/y;
const setChars = /[0-9*:,]+/y;

export class Cursor {
  readonly #pieces: readonly Piece[];
  readonly #pending: PendingLiteral | undefined;
  #index = 0;
  #at = 0;

  constructor(pieces: readonly Piece[], pending?: PendingLiteral) {
    this.#pieces = pieces;
    this.#pending = pending;
  }

  get #text(): string {
    const piece = this.#pieces[this.#index];
    return typeof piece === "string" ? piece : "";
  }

  /** The next octet of text, or `""` before a literal and at the end. */
  peek(): string {
    return this.#text.charAt(this.#at);
  }

  /** Whether `text` stands here, in any case; if so it is taken. */
  take(text: string): boolean {
    if (this.#text.slice(this.#at, this.#at + text.length).toUpperCase() !== text.toUpperCase()) return false;
    this.#at += text.length;
    return true;
  }

  expect(text: string): void {
    if (!this.take(text)) throw new BadSyntax(text === " " ? "Missing argument" : `Expected ${text}`);
  }

  space(): void {
    this.expect(" ");
  }

  /** The command's end. Spaces before it are forgiven: clients send them. */
  end(): void {
    while (this.take(" "));
    if (this.#pending !== undefined && this.#isAtPending()) throw new BadSyntax("Unexpected literal");
    if (this.#index < this.#pieces.length - 1 || this.#at < this.#text.length) {
      throw new BadSyntax("Unexpected arguments");
    }
  }

  tag(): string {
    return this.#match(tagChars) ?? this.#fail("Invalid tag");
  }

  atom(): string {
    return this.#match(atomChars) ?? this.#fail("Invalid atom");
  }

  /** An atom in upper case: names of commands, items and options. */
  keyword(): string {
    return this.atom().toUpperCase();
  }

  /** The name of a FETCH item or of a section, up to its bracket, in upper case. */
  name(): string {
    return (this.#match(nameChars) ?? this.#fail("Invalid item")).toUpperCase();
  }

  astring(): string {
    return this.#match(astringChars) ?? this.string();
  }

  /** A mailbox name or LIST pattern, `%` and `*` included. */
  listMailbox(): string {
    return this.#match(listChars) ?? this.string();
  }

  string(): string {
    quoted.lastIndex = this.#at;
    const match = quoted.exec(this.#text);
    if (match !== null) {
      this.#at = quoted.lastIndex;
      return match[1]!.replace(/\\(.)/g, "$1");
    }
    const literal = this.#literal();
    if (literal === undefined) {
      throw new BadSyntax(this.peek() === '"' ? "Invalid quoted string" : "Expected string");
    }
    return literal;
  }

  nstring(): string | undefined {
    return this.#text.slice(this.#at, this.#at + 3).toUpperCase() === "NIL" && this.take("NIL")
      ? undefined
      : this.string();
  }

  /** 32 bits without sign (RFC 3501 §9 number). */
  number(): number {
    const value = Number(this.#match(digits) ?? this.#fail("Expected number"));
    if (value > 2 ** 32 - 1) throw new BadSyntax("Number too large");
    return value;
  }

  sequenceSet(): SequenceSet {
    return parseSequenceSet(this.#match(setChars) ?? "") ?? this.#fail("Invalid messageset");
  }

  /** The announced literal, when the grammar is at it and it is for streaming. */
  pendingLiteral(): PendingLiteral {
    return this.#pending !== undefined && this.#isAtPending()
      ? this.#pending
      : this.#fail("Expected literal");
  }

  /** `( item item ... )`; an empty list only where `mayBeEmpty`. */
  list<T>(readItem: () => T, options: { readonly mayBeEmpty?: boolean } = {}): T[] {
    this.expect("(");
    const items: T[] = [];
    if (options.mayBeEmpty && this.take(")")) return items;
    do items.push(readItem()); while (this.take(" "));
    this.expect(")");
    return items;
  }

  #isAtPending(): boolean {
    return this.#index === this.#pieces.length - 1 && this.#at === this.#text.length;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) return undefined;
    this.#at = pattern.lastIndex;
    return match[0];
  }

  #literal(): string | undefined {
    if (this.#at < this.#text.length) return undefined;
    const piece = this.#pieces[this.#index + 1];
    if (piece instanceof Uint8Array) {
      this.#index += 2;
      this.#at = 0;
      return latin1Text(piece);
    }
    if (this.#pending !== undefined && this.#isAtPending()) throw new AwaitsLiteral();
    return undefined;
  }

  #fail(reason: string): never {
    throw new BadSyntax(reason);
  }
}
