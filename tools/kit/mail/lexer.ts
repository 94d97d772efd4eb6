/**
 * Lexical tokens of structured header fields (RFC 5322 §3.2, RFC 2045 §5.1), one at a time, each octet looked at once.
 *
 * Input is an octet string (one UTF-16 unit an octet), folded or not. Any text is taken:
 *
 * | kind    | from                        | text                                           |
 * |---------|-----------------------------|------------------------------------------------|
 * | atom    | what the others leave       | as it stands; controls and 8-bit octets may be |
 * | quoted  | `"a \"b\""`                 | `a "b"`                                        |
 * | comment | `(a (b) \))`                | `a (b) )`                                      |
 * | literal | `[192.0.2.1]`               | with its brackets                              |
 * | special | one octet                   | that octet                                     |
 * | broken  | `"`, `(`, `[` without end   | the octet that began it; nothing comes after   |
 *
 * No text has CR or LF in it: what is made of tokens cannot forge a line.
 */

export type TokenKind = "atom" | "quoted" | "comment" | "literal" | "special" | "broken";

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  /** Where it begins in the input. */
  readonly start: number;
  /** Blanks stand before it. */
  readonly isSpaced: boolean;
}

/** What the grammars that share these tokens differ in. */
export interface Lexicon {
  /** Octets that end an atom, besides blanks. */
  readonly specials: string;
  /** `[` begins a domain-literal. */
  readonly hasLiterals: boolean;
}

/** RFC 5322 §3.2.3. The dot is a special, since blanks may stand around it (§4.4). */
export const addressLexicon: Lexicon = { specials: '()<>[]:;@\\,."', hasLiterals: true };

/** RFC 2045 §5.1 tspecials. */
export const mimeLexicon: Lexicon = { specials: '()<>@,;:\\"/[]?=', hasLiterals: false };

const blanks = " \t\r\n";

export class Lexer {
  readonly #text: string;
  readonly #lexicon: Lexicon;
  #at = 0;
  #peeked: Token | undefined;

  constructor(text: string, lexicon: Lexicon) {
    this.#text = text;
    this.#lexicon = lexicon;
  }

  /** The next token, which stays the next one; `undefined` at the end. */
  peek(): Token | undefined {
    return this.#peeked ??= this.#read();
  }

  next(): Token | undefined {
    const token = this.peek();
    this.#peeked = undefined;
    return token;
  }

  /** The text from the next token's start to a blank or one of `ends`, whatever it is; tokens go on after it. */
  nextRun(ends: string): string {
    const start = this.peek()?.start ?? this.#text.length;
    this.#peeked = undefined;
    this.#at = this.#endOfRun(start, ends);
    return this.#text.slice(start, this.#at);
  }

  #read(): Token | undefined {
    const before = this.#at;
    while (isBlank(this.#text[this.#at])) this.#at++;
    const start = this.#at;
    if (start >= this.#text.length) return undefined;
    return { ...this.#readAt(start), start, isSpaced: start > before };
  }

  #readAt(start: number): Pick<Token, "kind" | "text"> {
    const first = this.#text[start]!;
    if (first === '"') return this.#readDelimited("quoted", start);
    if (first === "(") return this.#readDelimited("comment", start);
    if (first === "[" && this.#lexicon.hasLiterals) return this.#readDelimited("literal", start);
    const { specials } = this.#lexicon;
    this.#at = specials.includes(first) ? start + 1 : this.#endOfRun(start, specials);
    return { kind: specials.includes(first) ? "special" : "atom", text: this.#text.slice(start, this.#at) };
  }

  #readDelimited(kind: "quoted" | "comment" | "literal", start: number): Pick<Token, "kind" | "text"> {
    const end = this.#endOfDelimited(start, closers[kind]);
    if (end === undefined) {
      // Nobody can tell where it should have ended, and what was inside must not be taken for something else.
      this.#at = this.#text.length;
      return { kind: "broken", text: this.#text[start]! };
    }
    this.#at = end + 1;
    const inner = plainText(this.#text.slice(start + 1, end));
    return { kind, text: kind === "literal" ? `[${inner}]` : inner };
  }

  /** Where the delimiter that ends what begins at `start` stands. Only comments nest (RFC 5322 §3.2.2). */
  #endOfDelimited(start: number, closer: string): number | undefined {
    let depth = 1;
    for (let at = start + 1; at < this.#text.length; at++) {
      const char = this.#text[at];
      if (char === "\\") at++;
      else if (char === closer && --depth === 0) return at;
      else if (char === "(" && closer === ")") depth++;
    }
    return undefined;
  }

  #endOfRun(start: number, ends: string): number {
    let end = start;
    while (end < this.#text.length && !isBlank(this.#text[end]) && !ends.includes(this.#text[end]!)) end++;
    return end;
  }
}

const closers = { quoted: '"', comment: ")", literal: "]" } as const;

/** Without the backslashes of quoted-pairs (RFC 5322 §3.2.1), and in one line. */
function plainText(inner: string): string {
  return inner.replace(/\\([^])/g, "$1").replace(/[\r\n]+/g, "");
}

function isBlank(char: string | undefined): boolean {
  return char !== undefined && blanks.includes(char);
}
