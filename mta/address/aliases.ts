/**
 * The right-hand side of aliases(5): what a name stands for.
 *
 * A list of addresses as RFC 822 writes them, read as generously as Postfix reads it: separated by commas, semicolons or
 * blanks, `(comments)` and names of groups (`friends:`) left out, `Full Name <address>`. An address may be `/file/name`, `~/file`, `|command`, `"|command with arguments"`, `:include:/file/name`; what
 * has blanks or commas in it stands in quotes.
 */

export type AliasTarget =
  | { readonly kind: "address"; readonly address: string }
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "command"; readonly command: string }
  | { readonly kind: "include"; readonly path: string };

export interface AliasTargets {
  readonly targets: readonly AliasTarget[];
  /** What is not as it should be; Postfix takes it as if it ended with the line. */
  readonly problem?: string | undefined;
}

/**
 * Reads a right-hand side.
 *
 *     parseAliasTargets('joe, "|/bin/x a, b", \\root (local)').targets
 *     ->  address "joe", command "/bin/x a, b", address "root"
 */
export function parseAliasTargets(text: string): AliasTargets {
  const reader = new Reader(text);
  const targets = reader.read();
  return reader.problem === undefined ? { targets } : { targets, problem: reader.problem };
}

const include = ":include:";

class Reader {
  readonly #text: string;
  #at = 0;
  /** Of the address under way, quotes and backslashes as they are. */
  #word = "";
  /** Of that: is a `:` a part of it, and is an `@` its last character? */
  #holdsColons = false;
  #endsWithAt = false;
  /** Words since the last separator: a phrase, when an address in brackets follows. */
  #words: string[] = [];
  readonly #targets: AliasTarget[] = [];
  /** Closing brackets that do not come any more. */
  readonly #missing = new Set<string>();
  problem: string | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  read(): readonly AliasTarget[] {
    while (this.#at < this.#text.length) this.#step(this.#text[this.#at]!);
    this.#endAddress();
    return this.#targets;
  }

  #step(char: string): void {
    switch (char) {
      case "\\":
        return this.#take(2);
      case '"':
        return this.#take(this.#quoted().length);
      case "[":
        return this.#take(this.#bracketed("]").length);
      case "(":
        return this.#comment();
      case "<":
        return this.#angle();
      case ",":
      case ";":
      case "\n":
        this.#at++;
        return this.#endAddress();
      case ":":
        return this.#colon();
      case " ":
      case "\t":
      case "\r":
      // An odd `>` parts words too.
      case ">":
        this.#at++;
        return this.#endWord();
      default:
        return this.#take(1);
    }
  }

  #take(count: number): void {
    const taken = this.#text.slice(this.#at, this.#at + count);
    if (this.#word === "") this.#holdsColons = /^[|/~]|^:include:/i.test(taken);
    if (taken.includes("@")) this.#holdsColons = true;
    this.#endsWithAt = taken.endsWith("@");
    this.#word += taken;
    this.#at += count;
  }

  /** The string from here to its closing quote, or to the end. */
  #quoted(): string {
    const [found] = /^"(?:[^"\\]|\\.)*("|\\?$)/s.exec(this.#text.slice(this.#at))!;
    if (found.length > 1 && found.endsWith('"')) return found;
    this.problem ??= 'a `"` is not closed';
    return found;
  }

  #bracketed(close: string): string {
    const end = this.#missing.has(close) ? -1 : this.#text.indexOf(close, this.#at);
    // Looked for once: a file of a person's may have a megabyte of such.
    if (end < 0) this.#missing.add(close);
    return this.#text.slice(this.#at, end < 0 ? this.#at + 1 : end + 1);
  }

  #comment(): void {
    let depth = 0;
    for (; this.#at < this.#text.length; this.#at++) {
      const char = this.#text[this.#at];
      if (char === "\\") this.#at++;
      else if (char === "(") depth++;
      else if (char === ")" && --depth === 0) break;
    }
    if (depth > 0) this.problem ??= "a `(` is not closed";
    this.#at++;
    this.#endWord();
  }

  /** `<address>`: the words before it are a name. */
  #angle(): void {
    const inside = this.#bracketed(">");
    if (!inside.endsWith(">")) {
      this.problem ??= "a `<` is not closed";
      return this.#take(1);
    }
    this.#words = [];
    this.#word = "";
    this.#at += inside.length;
    const address = inside.slice(1, -1).trim();
    if (address !== "") this.#targets.push(target(address));
  }

  /** `:include:/file`, the end of a group's name, or a part of a command or file. */
  #colon(): void {
    const isInclude = this.#text.slice(this.#at, this.#at + include.length).toLowerCase() === include;
    if (this.#word === "" && isInclude) return this.#take(include.length);
    if (this.#word !== "" && this.#holdsColons) return this.#take(1);
    this.#word = "";
    this.#words = [];
    this.#at++;
  }

  /** Blanks around an `@` are none. */
  #endWord(): void {
    while (isBlank(this.#text[this.#at])) this.#at++;
    const isJoined = (this.#word !== "" && this.#endsWithAt) || this.#text[this.#at] === "@";
    if (isJoined || this.#word === "") return;
    this.#words.push(this.#word);
    this.#word = "";
  }

  #endAddress(): void {
    if (this.#word !== "") this.#words.push(this.#word);
    for (const word of this.#words) if (!/^"*$/.test(word)) this.#targets.push(target(word));
    this.#words = [];
    this.#word = "";
  }
}

function isBlank(char: string | undefined): boolean {
  return char === " " || char === "\t";
}

function target(word: string): AliasTarget {
  const quoted = /^"((?:[^"\\]|\\.)*)(?:"|\\?$)$/s.exec(word);
  const text = quoted === null ? word : quoted[1]!.replace(/\\(.)/gs, "$1");
  if (text.startsWith("|")) return { kind: "command", command: text.slice(1).trim() };
  if (/^[~/]/.test(text)) return { kind: "file", path: text };
  if (text.toLowerCase().startsWith(include)) {
    return { kind: "include", path: text.slice(include.length).trim() };
  }
  if (quoted !== null) return { kind: "address", address: quoteIfNeeded(text) };
  if (/^[^"@]*[<>()][^"@]*$|^\.|\.$|\.\./.test(text)) {
    return { kind: "address", address: quoteIfNeeded(text) };
  }
  // Postfix's parser eats the backslash of `\joe`, too; a name that stands for itself is the user anyway.
  return { kind: "address", address: text.replace(/^\\/, "") };
}

function quoteIfNeeded(name: string): string {
  return /[\s"(),:;<>@[\\\]]|^\.|\.$|\.\./.test(name) ? `"${name.replace(/["\\]/g, "\\$&")}"` : name;
}
