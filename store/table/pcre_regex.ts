/**
 * Perl-compatible regular expressions to trees, pure (pcre_table(5), pcre2pattern(3)).
 *
 * Not there, and said so: recursion and calls of groups `(?R) (?1)`, conditions `(?(1)...)`, verbs `(*SKIP)`, callouts,
 * `\X`, `\C`. Different: a back-reference to a group that took no part matches the empty text, `\R` may be tried again,
 * and a look-behind may be of any length.
 */

import type { Cursor } from "./pcre_sets.ts";
import { readBraced, readClass, readEscapedChar, readEscapedSet, readQuoted } from "./pcre_sets.ts";
import type { Anchor, RegexNode, RegexTree } from "./regex_tree.ts";
import { charText, choice, maxRepeat, RegexError, sequence } from "./regex_tree.ts";

/** Options of a pattern, which `(?i)` and the like change within. */
export interface PcreOptions {
  readonly ignoreCase: boolean;
  /** `m`: `^` and `$` hold at lines. */
  readonly lines: boolean;
  /** `s`: `.` takes newlines. */
  readonly dotAll: boolean;
  /** `x`: blanks and comments are passed over. */
  readonly extended: boolean;
  /** `U`: repeats are lazy unless a `?` follows. */
  readonly ungreedy: boolean;
  /** `E`: `$` holds at the very end only. */
  readonly dollarEnd: boolean;
  /** `A`: matches from the start only. */
  readonly anchored: boolean;
  /** `n` inside a pattern: `( )` does not count. */
  readonly plainGroups?: boolean;
}

/** @throws RegexError saying what is wrong, and at which character */
export function parsePcre(pattern: string, options: PcreOptions): RegexTree {
  const parser = new PcreParser(pattern, options);
  try {
    return parser.parse();
  } catch (thrown) {
    if (!(thrown instanceof RegexError)) throw thrown;
    throw new RegexError(`error in regex at offset ${parser.offset}: ${thrown.message}`);
  }
}

const maxDepth = 200;

const escapedAnchors: ReadonlyMap<string, Anchor> = new Map([
  ["b", "wordEdge"],
  ["B", "notWordEdge"],
  ["A", "start"],
  ["G", "start"],
  ["z", "end"],
  ["Z", "endOrNewline"],
]);

class PcreParser {
  readonly #cursor: Cursor;
  #options: PcreOptions;
  #groups = 0;
  #depth = 0;
  readonly #names = new Map<string, number>();
  readonly #backs: number[] = [];

  constructor(pattern: string, options: PcreOptions) {
    this.#cursor = { chars: Array.from(pattern), at: 0 };
    this.#options = options;
  }

  get offset(): number {
    return this.#cursor.at;
  }

  parse(): RegexTree {
    this.#leadingVerbs();
    const { anchored } = this.#options;
    const node = this.#choice();
    if (this.#peek() === ")") throw new RegexError("unmatched closing parenthesis");
    if (this.#backs.some((number) => number > this.#groups)) {
      throw new RegexError("reference to non-existent subpattern");
    }
    const start: RegexNode = { kind: "anchor", anchor: "start" };
    return { node: anchored ? sequence([start, node]) : node, groups: this.#groups };
  }

  /** `(*UTF)` is how it is anyway; others change what nobody here asks for. */
  #leadingVerbs(): void {
    for (const verb of ["(*UTF8)", "(*UTF)", "(*LF)", "(*NO_START_OPT)", "(*NO_AUTO_POSSESS)"]) {
      if (this.#skip(verb)) this.#leadingVerbs();
    }
  }

  #peek(): string | undefined {
    return this.#cursor.chars[this.#cursor.at];
  }

  #skip(text: string): boolean {
    const { chars, at } = this.#cursor;
    for (let index = 0; index < text.length; index++) if (chars[at + index] !== text[index]) return false;
    this.#cursor.at += text.length;
    return true;
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    const { chars, at } = this.#cursor;
    const found = pattern.exec(chars.slice(at, at + 80).join(""));
    if (found === null) return undefined;
    this.#cursor.at += found[0].length;
    return found;
  }

  /** `reset`: each branch counts its groups from the same number on, `(?|`. */
  #choice(mode: { readonly reset: boolean } = { reset: false }): RegexNode {
    const branches: RegexNode[] = [];
    const first = this.#groups;
    let most = first;
    do {
      if (mode.reset) this.#groups = first;
      branches.push(this.#sequence());
      most = Math.max(most, this.#groups);
    } while (this.#skip("|"));
    this.#groups = most;
    return choice(branches);
  }

  #sequence(): RegexNode {
    const parts: RegexNode[] = [];
    for (;;) {
      this.#skipIgnored();
      const char = this.#peek();
      if (char === undefined || char === "|" || char === ")") return sequence(parts);
      const quoted = readQuoted(this.#cursor);
      if (quoted !== undefined) {
        parts.push(...Array.from(quoted, (one) => this.#char(one)));
        const last = parts.pop();
        if (last !== undefined) parts.push(this.#repeated(last));
        continue;
      }
      const atom = this.#atom();
      if (atom !== undefined) parts.push(this.#repeated(atom));
    }
  }

  /** Comments, and with `x` blanks. */
  #skipIgnored(): void {
    for (;;) {
      if (this.#skip("(?#")) {
        while (this.#peek() !== ")") {
          if (this.#peek() === undefined) throw new RegexError("missing ) after (?# comment");
          this.#cursor.at++;
        }
        this.#cursor.at++;
      } else if (this.#options.extended && /\s/.test(this.#peek() ?? "x")) this.#cursor.at++;
      else if (this.#options.extended && this.#peek() === "#") {
        while (this.#peek() !== undefined && this.#peek() !== "\n") this.#cursor.at++;
      } else return;
    }
  }

  #atom(): RegexNode | undefined {
    if (this.#isRepeat()) throw new RegexError("quantifier does not follow a repeatable item");
    const char = this.#cursor.chars[this.#cursor.at++]!;
    switch (char) {
      case "\\":
        return this.#escape();
      case "[":
        return this.#set(readClass(this.#cursor));
      case "(":
        return this.#parenthesis();
      case ".":
        return this.#set(this.#options.dotAll ? "[^]" : "[^\\n]");
      case "^":
        return { kind: "anchor", anchor: this.#options.lines ? "lineStart" : "start" };
      case "$":
        if (this.#options.lines) return { kind: "anchor", anchor: "lineEnd" };
        return { kind: "anchor", anchor: this.#options.dollarEnd ? "end" : "endOrNewline" };
      default:
        return this.#char(char);
    }
  }

  #escape(): RegexNode | undefined {
    const char = this.#peek() ?? "";
    const anchor = escapedAnchors.get(char);
    const set = anchor === undefined ? readEscapedSet(this.#cursor) : undefined;
    if (set !== undefined) return this.#set(set);
    if (/[1-9]/.test(char)) return this.#digits();
    if ("XCgkKRNLlUu".includes(char) && char !== "" || anchor !== undefined) this.#cursor.at++;
    else return this.#char(readEscapedChar(this.#cursor));
    if (anchor !== undefined) return { kind: "anchor", anchor };
    switch (char) {
      case "R": {
        const pair = sequence([this.#char("\r"), this.#char("\n")]);
        return { kind: "atomic", node: choice([pair, this.#set("[\\n\\x0b\\f\\r\\x85\\u{2028}\\u{2029}]")]) };
      }
      case "N":
        return this.#set("[^\\n]");
      case "K":
        // It moves only where the whole match begins, which nobody asks for.
        return undefined;
      case "g":
      case "k":
        return this.#reference(char);
      default:
        throw new RegexError(`\\${char} is not supported`);
    }
  }

  /** `\1` to `\9`, and more digits where there are so many groups; else an octal code. */
  #digits(): RegexNode {
    const { chars, at } = this.#cursor;
    const [digits] = /^\d{1,3}/.exec(chars.slice(at, at + 3).join("")) ?? [""];
    const number = Number(digits);
    if (number > 9 && number > this.#groups && /^[0-7]/.test(digits)) {
      return this.#char(readEscapedChar(this.#cursor));
    }
    this.#cursor.at += digits.length;
    return this.#back(number);
  }

  /** `\g1 \g{1} \g{-1} \g{name} \k<name> \k'name' \k{name}`. */
  #reference(letter: string): RegexNode {
    const bare = letter === "g" ? this.#match(/^[+-]?\d+/)?.[0] : undefined;
    if (letter === "g" && /[<']/.test(this.#peek() ?? "")) {
      throw new RegexError("calls of groups are not supported");
    }
    const text = bare ??
      (this.#peek() === "{"
        ? readBraced(this.#cursor)
        : this.#match(/^(?:<(\w+)>|'(\w+)')/)?.slice(1).join(""));
    if (text === undefined) throw new RegexError(`\\${letter} is not followed by a name or number`);
    if (!/^[+-]?\d+$/.test(text)) return this.#back(this.#numberOf(text));
    const sign = text[0] === "-" ? this.#groups + 1 : text[0] === "+" ? this.#groups : 0;
    return this.#back(sign + Number(text));
  }

  #numberOf(name: string): number {
    const number = this.#names.get(name);
    if (number === undefined) throw new RegexError("reference to non-existent subpattern");
    return number;
  }

  #back(number: number): RegexNode {
    if (number < 1) throw new RegexError("reference to non-existent subpattern");
    this.#backs.push(number);
    return { kind: "back", number, ignoreCase: this.#options.ignoreCase };
  }

  /** After a `(`. `undefined`: options that hold to the end of the group. */
  #parenthesis(): RegexNode | undefined {
    if (this.#peek() === "*") throw new RegexError("verbs such as (*SKIP) are not supported");
    if (!this.#skip("?")) return this.#options.plainGroups === true ? this.#inside() : this.#capture();
    if (this.#skip(":")) return this.#inside();
    if (this.#skip("|")) return this.#inside({ reset: true });
    if (this.#skip(">")) return { kind: "atomic", node: this.#inside() };
    const look = this.#match(/^(<?)([=!])/);
    if (look !== undefined) {
      return { kind: "look", behind: look[1] !== "", negative: look[2] === "!", node: this.#inside() };
    }
    const name = this.#match(/^(?:P?<([A-Za-z_]\w*)>|'([A-Za-z_]\w*)')/);
    if (name !== undefined) return this.#capture(name[1] ?? name[2]);
    const back = this.#match(/^P=(\w+)\)/);
    if (back !== undefined) return this.#back(this.#numberOf(back[1]!));
    const options = this.#match(/^(\^?)([imsxnUJ]*)(?:-([imsxnUJ]*))?([:)])/);
    if (options === undefined) throw new RegexError(unsupportedGroup(this.#peek() ?? ""));
    const changed = changeOptions(this.#options, options[1] === "^", options[2]!, options[3] ?? "");
    if (options[4] === ":") return this.#inside({ options: changed });
    this.#options = changed;
    return undefined;
  }

  #capture(name?: string): RegexNode {
    const number = ++this.#groups;
    if (name !== undefined) this.#names.set(name, this.#names.get(name) ?? number);
    return { kind: "group", number, node: this.#inside() };
  }

  /** What stands up to the `)`; options that are changed inside hold there only. */
  #inside(given: { readonly reset?: boolean; readonly options?: PcreOptions } = {}): RegexNode {
    if (++this.#depth > maxDepth) throw new RegexError("parentheses are too deeply nested");
    const outer = this.#options;
    this.#options = given.options ?? outer;
    const node = this.#choice({ reset: given.reset === true });
    if (!this.#skip(")")) throw new RegexError("missing closing parenthesis");
    this.#options = outer;
    this.#depth--;
    return node;
  }

  #isRepeat(): boolean {
    const { chars, at } = this.#cursor;
    return /^(?:[*+?]|\{\d+(?:,\d*)?\})/.test(chars.slice(at, at + 16).join(""));
  }

  #repeated(atom: RegexNode): RegexNode {
    this.#skipIgnored();
    if (!this.#isRepeat()) return atom;
    const [whole, from, comma, to] = this.#match(/^(?:[*+?]|\{(\d+)(,?)(\d*)\})/)!;
    const least = from === undefined ? (whole === "+" ? 1 : 0) : Number(from);
    const open = from === undefined ? (whole === "?" ? 1 : Infinity) : to === "" ? Infinity : Number(to);
    const most = comma === "" ? least : open;
    if (most < least) throw new RegexError("numbers out of order in {} quantifier");
    if (least > maxRepeat || (most > maxRepeat && most !== Infinity)) {
      throw new RegexError("number too big in {} quantifier");
    }
    const isPossessive = this.#skip("+");
    const isTurned = !isPossessive && this.#skip("?");
    const lazy = isTurned !== this.#options.ungreedy && !isPossessive;
    const node: RegexNode = { kind: "repeat", node: atom, least, most, lazy };
    return isPossessive ? { kind: "atomic", node } : node;
  }

  #char(char: string): RegexNode {
    return this.#set(charText(char));
  }

  #set(text: string): RegexNode {
    return { kind: "set", text, ignoreCase: this.#options.ignoreCase };
  }
}

function unsupportedGroup(char: string): string {
  if (char === "(") return "conditions (?(...)...) are not supported";
  if (/[R&+\-\dP]/.test(char)) return "recursion and calls of groups are not supported";
  if (char === "C") return "callouts are not supported";
  return "unrecognized character after (? or (?-";
}

function changeOptions(options: PcreOptions, reset: boolean, on: string, off: string): PcreOptions {
  const base = reset
    ? { ...options, ignoreCase: false, lines: false, dotAll: false, extended: false, plainGroups: false }
    : options;
  const has = (letter: string, now: boolean) => off.includes(letter) ? false : on.includes(letter) || now;
  return {
    ...base,
    ignoreCase: has("i", base.ignoreCase),
    lines: has("m", base.lines),
    dotAll: has("s", base.dotAll),
    extended: has("x", base.extended),
    ungreedy: has("U", base.ungreedy),
    plainGroups: has("n", base.plainGroups === true),
  };
}
