/**
 * Lists of addresses in header fields (RFC 5322 §3.4, with the obsolete forms of §4.4), as ENVELOPE shows them
 * (RFC 3501 §7.4.2). Texts are octet strings, encoded words left as they are.
 *
 * Nothing is refused. An entry that breaks the grammar gives what could be read of it, and reading goes on after the
 * next comma, or semicolon, which people write between addresses too:
 *
 * | entry                     | name    | route         | mailbox         | host           |
 * |---------------------------|---------|---------------|-----------------|----------------|
 * | `Ann <ann@x.test>`        | Ann     |               | ann             | x.test         |
 * | `ann@x.test (Ann)`        | Ann     |               | ann             | x.test         |
 * | `ann`                     |         |               | ann             | MISSING_DOMAIN |
 * | `@x.test`                 |         |               | MISSING_MAILBOX | x.test         |
 * | `Ann Lee`, `"Ann"`        | the text|               | MISSING_MAILBOX | MISSING_DOMAIN |
 * | `<@x.test>`               |         | INVALID_ROUTE | MISSING_MAILBOX | MISSING_DOMAIN |
 * | `<ann@x.test`, `ann > x`  |         |               | ann             | SYNTAX_ERROR   |
 * | `a@b <ann@x.test>`        | a@b     |               | ann             | x.test         |
 * | `group:` and its `;`      |         |               | group and none  |                |
 */

import { latin1Bytes } from "../base/bytes.ts";
import { formatAddress, quoteLocalPart } from "./address.ts";
import { guessText } from "./charset.ts";
import { addressLexicon, Lexer, type Token } from "./lexer.ts";
import { isDot, localPartOf, oneLine, phraseOf } from "./phrase.ts";

/** Without a host it is a mark of a group: its start with the group's name as `mailbox`, its end with nothing. */
export interface EnvelopeAddress {
  readonly name?: string | undefined;
  /** `@one.test,@two.test` (RFC 5322 §4.4 obs-route). */
  readonly route?: string | undefined;
  readonly mailbox?: string | undefined;
  readonly host?: string | undefined;
}

export interface AddressListOptions {
  /** Entries, marks of groups counted, after which the rest is not read. */
  readonly maxAddresses?: number;
}

const maxListedAddresses = 100_000;

const missingMailbox = "MISSING_MAILBOX";
const missingDomain = "MISSING_DOMAIN";
const syntaxError = "SYNTAX_ERROR";

/** What an entry says before its comments are known. */
type Entry = EnvelopeAddress & { readonly mailbox: string; readonly host: string };

const nobody: Entry = { mailbox: missingMailbox, host: missingDomain };

/** All entries of a field's value; a group stands between its marks. */
export function parseAddressList(value: string, options: AddressListOptions = {}): EnvelopeAddress[] {
  return new ListReader(value, options.maxAddresses ?? maxListedAddresses).read();
}

/**
 * Addresses to send to, in wire form and Unicode (`address.ts`), in order: those with a domain, and local ones by a
 * mailbox alone. What could not be read is left out.
 *
 *     listedRecipients('"A, B" <ann@x.test>, g: "odd user"@x.test, root;')
 *       ->  ann@x.test, "odd user"@x.test, root
 */
export function listedRecipients(value: string): string[] {
  const recipients: string[] = [];
  for (const { mailbox, host } of parseAddressList(value)) {
    if (mailbox === undefined || host === undefined || mailbox === missingMailbox || host === syntaxError) {
      continue;
    }
    const domain = host === missingDomain ? "" : guessText(latin1Bytes(host));
    if (mailbox === "" && domain === "") continue;
    recipients.push(formatAddress({ localPart: quoteLocalPart(guessText(latin1Bytes(mailbox))), domain }));
  }
  return recipients;
}

class ListReader {
  readonly #value: string;
  readonly #lexer: Lexer;
  readonly #maxAddresses: number;
  readonly #list: EnvelopeAddress[] = [];
  #isInGroup = false;
  /** The last comment of this entry that says something. */
  #comment: string | undefined;

  constructor(value: string, maxAddresses: number) {
    this.#value = value;
    this.#lexer = new Lexer(value, addressLexicon);
    this.#maxAddresses = maxAddresses;
  }

  read(): EnvelopeAddress[] {
    for (;;) {
      this.#comment = undefined;
      if (this.#peek() === undefined) break;
      if (this.#take(",")) continue;
      if (this.#take(";")) this.#closeGroup();
      else if (this.#room() > 0) this.#readEntry();
      else break;
    }
    this.#closeGroup();
    return this.#list;
  }

  /** Entries that still fit: the end of an open group always does. */
  #room(): number {
    return this.#maxAddresses - this.#list.length - (this.#isInGroup ? 1 : 0);
  }

  #closeGroup(): void {
    if (this.#isInGroup) this.#list.push({});
    this.#isInGroup = false;
  }

  #readEntry(): void {
    const start = this.#peek()!.start;
    const words = this.#readWords();
    if (!this.#isInGroup && words.length > 0 && this.#room() > 1 && this.#take(":")) {
      this.#list.push({ mailbox: phraseOf(words) ?? "" });
      this.#isInGroup = true;
      return;
    }
    const entry = this.#readMailbox(words, start);
    this.#skipTo(",;");
    const name = entry.name ?? this.#comment;
    this.#list.push(name === undefined ? entry : { ...entry, name });
  }

  /** The entry that begins at `start` with `words`. */
  #readMailbox(words: readonly Token[], start: number): Entry {
    if (this.#take("<")) return named(phraseOf(words), this.#readAngle());
    const bare = this.#isNext("@") ? this.#readSpec(words) : this.#loneWords(words);
    // Many write `ann@x.test <ann@x.test>` and other names that are no phrase: who has angle brackets means them.
    this.#skipTo(",;<");
    const end = this.#peek()?.start;
    if (!this.#take("<")) return bare;
    return named(oneLine(this.#value.slice(start, end)), this.#readAngle());
  }

  /** Neither brackets nor `@`: one dot-atom is a local mailbox, all else is a name. */
  #loneWords(words: readonly Token[]): Entry {
    const isMailbox = words.every((word) => word.kind !== "quoted") &&
      words.some((word) => word.kind === "atom");
    const local = localPartOf(words);
    if (!isMailbox || !local.isWhole) return named(phraseOf(words), nobody);
    return { mailbox: local.text, host: this.#isAtEnd() ? missingDomain : syntaxError };
  }

  /** After `<`: `[obs-route] addr-spec ">"` (RFC 5322 §4.4 obs-angle-addr). */
  #readAngle(): Entry {
    let route: string | undefined;
    if (this.#isNext("@")) {
      route = this.#readRoute();
      if (route === undefined) return { route: "INVALID_ROUTE", ...nobody };
    }
    const spec = this.#readSpec(this.#readWords());
    const host = this.#take(">") ? spec.host : syntaxError;
    return { ...(route === undefined ? {} : { route }), mailbox: spec.mailbox, host };
  }

  /** `@a,@b:`; `undefined` when it is none. */
  #readRoute(): string | undefined {
    const hops: string[] = [];
    while (this.#take("@")) {
      const domain = this.#readDomain();
      if (domain === "") return undefined;
      hops.push(`@${domain}`);
      while (this.#take(",")) { /* Empty hops may be (RFC 5322 §4.4 obs-domain-list). */ }
    }
    return this.#take(":") ? hops.join(",") : undefined;
  }

  /** RFC 5322 §3.4.1 addr-spec, whose local part is `words`. */
  #readSpec(words: readonly Token[]): Entry {
    const local = localPartOf(words);
    const mailbox = words.length === 0 ? missingMailbox : local.text;
    if (!local.isWhole) return { mailbox, host: syntaxError };
    const domain = this.#take("@") ? this.#readDomain() : "";
    if (domain !== "") return { mailbox, host: domain };
    return { mailbox, host: this.#isAtEnd() || this.#isNext(">") ? missingDomain : syntaxError };
  }

  /** A domain-literal, or atoms and dots up to where two atoms meet; `""` when there is none. */
  #readDomain(): string {
    if (this.#peek()?.kind === "literal") return this.#lexer.next()!.text;
    let domain = "";
    let wasAtom = false;
    for (let token = this.#peek(); token !== undefined; token = this.#peek()) {
      const isAtom = token.kind === "atom";
      if (isAtom ? wasAtom : !isDot(token)) break;
      domain += this.#lexer.next()!.text;
      wasAtom = isAtom;
    }
    return domain;
  }

  /** RFC 5322 §4.1 obs-phrase, which the local parts of §4.4 are too: words and dots. */
  #readWords(): Token[] {
    const words: Token[] = [];
    for (let token = this.#peek(); token !== undefined; token = this.#peek()) {
      if (token.kind !== "atom" && token.kind !== "quoted" && !isDot(token)) break;
      words.push(token);
      this.#lexer.next();
    }
    return words;
  }

  #skipTo(specials: string): void {
    for (let token = this.#peek(); token !== undefined; token = this.#peek()) {
      if (token.kind === "special" && specials.includes(token.text)) return;
      this.#lexer.next();
    }
  }

  /** The next token that is no comment; comments may stand anywhere. */
  #peek(): Token | undefined {
    let token = this.#lexer.peek();
    for (; token?.kind === "comment"; token = this.#lexer.peek()) {
      const text = oneLine(this.#lexer.next()!.text);
      if (text !== undefined) this.#comment = text;
    }
    return token;
  }

  #isNext(special: string): boolean {
    const token = this.#peek();
    return token?.kind === "special" && token.text === special;
  }

  #isAtEnd(): boolean {
    return this.#peek() === undefined || this.#isNext(",") || this.#isNext(";");
  }

  #take(special: string): boolean {
    const isNext = this.#isNext(special);
    if (isNext) this.#lexer.next();
    return isNext;
  }
}

function named(name: string | undefined, entry: Entry): Entry {
  return name === undefined ? entry : { name, ...entry };
}
