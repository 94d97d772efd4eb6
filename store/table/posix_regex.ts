/**
 * POSIX regular expressions to trees, pure: extended ones, or basic ones (regexp_table(5) flag x), as glibc's regcomp(3)
 * reads them in the C locale: `\w \W \s \S \b \B \< \>` and back-references `\1` are known, and any other escaped
 * letter is that letter: `\d` is a d, of which is warned (without regard to case glibc matches nothing by it). Characters are those of Unicode; the classes are of ASCII.
 *
 * BUGS: which text a group has taken goes by the first way that matches, not by POSIX's longest.
 */

import type { Anchor, RegexNode, RegexTree } from "./regex_tree.ts";
import { charText, choice, maxRepeat, RegexError, sequence } from "./regex_tree.ts";

export interface PosixOptions {
  readonly ignoreCase: boolean;
  /** REG_NEWLINE: `^` and `$` hold at lines, and neither `.` nor `[^x]` takes a newline. */
  readonly lines: boolean;
  /** `\(` groups and `(` is itself. */
  readonly basic: boolean;
}

/** Of ASCII, in the notation of the flag v. */
export const posixClasses: ReadonlyMap<string, string> = new Map(Object.entries({
  alpha: "a-zA-Z",
  digit: "0-9",
  alnum: "a-zA-Z0-9",
  upper: "A-Z",
  lower: "a-z",
  space: "\\t-\\r\\x20",
  blank: "\\x20\\t",
  punct: "\\x21-\\x2f\\x3a-\\x40\\x5b-\\x60\\x7b-\\x7e",
  print: "\\x20-\\x7e",
  graph: "\\x21-\\x7e",
  cntrl: "\\x00-\\x1f\\x7f",
  xdigit: "0-9A-Fa-f",
}));

/** @throws RegexError, with glibc's words where it has some */
export function parsePosixRegex(pattern: string, options: PosixOptions): RegexTree {
  return new PosixParser(pattern, options).parse();
}

const maxDepth = 200;

/** Escaped letters that glibc knows. */
const gnuAnchors: ReadonlyMap<string, Anchor> = new Map([
  ["b", "wordEdge"],
  ["B", "notWordEdge"],
  ["<", "wordStart"],
  [">", "wordEnd"],
  ["`", "start"],
  ["'", "end"],
]);
const gnuSets: ReadonlyMap<string, string> = new Map([
  ["w", "[A-Za-z0-9_]"],
  ["W", "[^A-Za-z0-9_]"],
  ["s", "[\\t-\\r\\x20]"],
  ["S", "[^\\t-\\r\\x20]"],
]);

class PosixParser {
  readonly #chars: readonly string[];
  readonly #options: PosixOptions;
  #at = 0;
  #groups = 0;
  #closed = new Set<number>();
  #depth = 0;
  #warning = "";

  constructor(pattern: string, options: PosixOptions) {
    this.#chars = Array.from(pattern);
    this.#options = options;
  }

  parse(): RegexTree {
    const node = this.#choice();
    if (this.#at < this.#chars.length) throw new RegexError("Unmatched ) or \\)");
    return { node, groups: this.#groups, ...(this.#warning === "" ? {} : { warning: this.#warning }) };
  }

  /** Whether the operator `(`, `)`, `|`, `{`, ... is next: bare in extended expressions, escaped in basic ones. */
  #isOperator(operator: string): boolean {
    if (!this.#options.basic || operator === "*") return this.#chars[this.#at] === operator;
    return this.#chars[this.#at] === "\\" && this.#chars[this.#at + 1] === operator;
  }

  #skip(operator: string): boolean {
    if (!this.#isOperator(operator)) return false;
    this.#at += this.#options.basic && operator !== "*" ? 2 : 1;
    return true;
  }

  #choice(): RegexNode {
    const branches = [this.#sequence()];
    while (this.#skip("|")) branches.push(this.#sequence());
    return choice(branches);
  }

  #sequence(): RegexNode {
    const parts: RegexNode[] = [];
    while (this.#at < this.#chars.length && !this.#isOperator("|")) {
      // An unmatched `)` is itself in extended expressions.
      if (this.#isOperator(")") && (this.#depth > 0 || this.#options.basic)) break;
      const isFirst = parts.length === 0;
      const atom = this.#atom(isFirst);
      parts.push(atom.kind === "anchor" ? atom : this.#repeated(atom));
    }
    return sequence(parts);
  }

  #atom(isFirst: boolean): RegexNode {
    const { basic } = this.#options;
    if (this.#skip("(")) return this.#group();
    if (this.#isRepeat()) {
      if (!basic) throw new RegexError("Invalid preceding regular expression");
      if (!this.#isOperator("*")) throw new RegexError("Invalid preceding regular expression");
    }
    const char = this.#chars[this.#at++]!;
    switch (char) {
      case "\\":
        return this.#escape();
      case "[":
        return this.#bracket();
      case ".":
        return this.#set(this.#options.lines ? "[^\\n]" : "[^]");
      case "^":
        if (basic && !isFirst) return this.#set(charText(char));
        return { kind: "anchor", anchor: this.#options.lines ? "lineStart" : "start" };
      case "$":
        if (basic && this.#at < this.#chars.length && !this.#isOperator(")") && !this.#isOperator("|")) {
          return this.#set(charText(char));
        }
        return { kind: "anchor", anchor: this.#options.lines ? "lineEnd" : "end" };
      default:
        return this.#set(charText(char));
    }
  }

  #group(): RegexNode {
    if (++this.#depth > maxDepth) throw new RegexError("Regular expression too big");
    const number = ++this.#groups;
    const node = this.#choice();
    if (!this.#skip(")")) throw new RegexError("Unmatched ( or \\(");
    this.#closed.add(number);
    this.#depth--;
    return { kind: "group", number, node };
  }

  #escape(): RegexNode {
    const char = this.#chars[this.#at++];
    if (char === undefined) throw new RegexError("Trailing backslash");
    const anchor = gnuAnchors.get(char);
    if (anchor !== undefined) return { kind: "anchor", anchor };
    const set = gnuSets.get(char);
    if (set !== undefined) return this.#set(set);
    if (/[1-9]/.test(char)) {
      if (!this.#closed.has(Number(char))) throw new RegexError("Invalid back reference");
      return { kind: "back", number: Number(char), ignoreCase: this.#options.ignoreCase };
    }
    if (/[A-Za-z]/.test(char)) {
      const help = char === "d" ? "; a digit is [0-9]" : "";
      this.#warning = `"\\${char}" is the letter ${char} in a POSIX pattern${help}`;
    }
    return this.#set(charText(char));
  }

  #isRepeat(): boolean {
    return ["*", "+", "?", "{"].some((operator) => this.#isOperator(operator));
  }

  #repeated(atom: RegexNode): RegexNode {
    let node = atom;
    for (;;) {
      let range: readonly [number, number];
      if (this.#skip("*")) range = [0, Infinity];
      else if (this.#skip("+")) range = [1, Infinity];
      else if (this.#skip("?")) range = [0, 1];
      else if (this.#skip("{")) range = this.#interval();
      else return node;
      node = { kind: "repeat", node, least: range[0], most: range[1], lazy: false };
    }
  }

  #interval(): readonly [number, number] {
    let text = "";
    while (this.#at < this.#chars.length && !this.#isOperator("}")) text += this.#chars[this.#at++]!;
    if (!this.#skip("}")) throw new RegexError("Unmatched { or \\{");
    const match = /^(\d*)(,?)(\d*)$/.exec(text);
    if (match === null || text === "" || text === ",") throw new RegexError("Invalid content of \\{\\}");
    const least = Number(match[1]);
    const most = match[2] === "" ? least : match[3] === "" ? Infinity : Number(match[3]);
    if (most < least) throw new RegexError("Invalid content of \\{\\}");
    if (least > maxRepeat || (most > maxRepeat && most !== Infinity)) {
      throw new RegexError("Regular expression too big");
    }
    return [least, most];
  }

  #bracket(): RegexNode {
    const isNegative = this.#chars[this.#at] === "^";
    if (isNegative) this.#at++;
    let body = "";
    for (let isFirst = true;; isFirst = false) {
      const char = this.#chars[this.#at];
      if (char === undefined) throw new RegexError("Unmatched [, [^, [:, [., or [=");
      if (char === "]" && !isFirst) break;
      const name = this.#bracketName(":");
      if (name !== undefined) {
        const set = posixClasses.get(name);
        if (set === undefined) throw new RegexError("Invalid character class name");
        body += set;
        continue;
      }
      body += this.#range(this.#element());
    }
    this.#at++;
    const newline = isNegative && this.#options.lines ? "\\n" : "";
    return this.#set(`[${isNegative ? "^" : ""}${body}${newline}]`);
  }

  #range(first: string): string {
    if (this.#chars[this.#at] !== "-" || this.#chars[this.#at + 1] === "]") return charText(first);
    this.#at++;
    const last = this.#element();
    if (last.codePointAt(0)! < first.codePointAt(0)!) throw new RegexError("Invalid range end");
    return `${charText(first)}-${charText(last)}`;
  }

  #element(): string {
    const name = this.#bracketName(".") ?? this.#bracketName("=");
    const char = name ?? this.#chars[this.#at++];
    if (char === undefined) throw new RegexError("Unmatched [, [^, [:, [., or [=");
    if (Array.from(char).length !== 1) throw new RegexError("Invalid collation character");
    return char;
  }

  /** `[:name:]`, `[.x.]`, `[=x=]`. */
  #bracketName(mark: string): string | undefined {
    if (this.#chars[this.#at] !== "[" || this.#chars[this.#at + 1] !== mark) return undefined;
    for (let end = this.#at + 2; end + 1 < this.#chars.length; end++) {
      if (this.#chars[end] !== mark || this.#chars[end + 1] !== "]") continue;
      const name = this.#chars.slice(this.#at + 2, end).join("");
      this.#at = end + 2;
      return name;
    }
    throw new RegexError("Unmatched [, [^, [:, [., or [=");
  }

  #set(text: string): RegexNode {
    return { kind: "set", text, ignoreCase: this.#options.ignoreCase };
  }
}
