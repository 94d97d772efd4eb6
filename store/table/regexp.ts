/**
 * `regexp:FILE` (regexp_table(5)): lines of `/pattern/flags value`; `$1` in a value is what the first parenthesis
 * matched. Patterns do not mind case unless flag `i` is given (it toggles); `m` is multi-line; `x` is taken off.
 *
 * Patterns are POSIX extended ones, run by the language's own engine. BUGS: of alternatives that match from the same
 * place the first is taken, not the longest; back-references inside a pattern work, which POSIX leaves open.
 */

import type { FileTableOptions } from "./indexed.ts";
import { patternTable } from "./cidr.ts";
import type { ParsePattern } from "./pattern_source.ts";
import type { Table } from "./table.ts";

export function regexpTable(name: string, path: string, options: FileTableOptions): Table {
  return patternTable(name, path, { ...options, parse: parseRegexpPattern });
}

const posixClasses: Readonly<Record<string, string>> = {
  alpha: "a-zA-Z",
  digit: "0-9",
  alnum: "a-zA-Z0-9",
  upper: "A-Z",
  lower: "a-z",
  space: "\\s",
  blank: " \\t",
  punct: "!-\\/:-@\\[-`{-~",
  print: "\\x20-\\x7e",
  graph: "\\x21-\\x7e",
  cntrl: "\\x00-\\x1f\\x7f",
  xdigit: "0-9A-Fa-f",
};

/** Reads `!/pattern/flags rest`. The delimiter is any character but a letter, a digit or a blank. */
function parseRegexpPattern(text: string): ReturnType<ParsePattern> {
  const not = text.startsWith("!");
  const source = not ? text.slice(1).trimStart() : text;
  const delimiter = source[0] ?? "";
  if (delimiter === "" || /[A-Za-z0-9\s\\]/.test(delimiter)) {
    return { problem: `expected /pattern/, not "${text}"` };
  }
  const end = closingDelimiter(source, delimiter);
  if (end < 0) return { problem: `no closing regexp delimiter "${delimiter}"` };
  const [flagText = ""] = /^[A-Za-z]*/.exec(source.slice(end + 1)) ?? [];
  const flags = readFlags(flagText);
  if ("problem" in flags) return flags;
  const rest = source.slice(end + 1 + flagText.length).trim();
  if (not && /\$[\d({]/.test(rest)) return { problem: "$number found in negative match replacement text" };
  let pattern: RegExp;
  try {
    pattern = new RegExp(translatePosix(source.slice(1, end)), flags.flags);
  } catch (thrown) {
    return { problem: thrown instanceof Error ? thrown.message : String(thrown) };
  }
  return {
    rest,
    match: (key) => {
      const found = pattern.exec(key);
      if ((found === null) !== not) return undefined;
      return (template) => found === null ? template.replaceAll("$$", "$") : substitute(template, found);
    },
  };
}

function closingDelimiter(source: string, delimiter: string): number {
  for (let at = 1; at < source.length; at++) {
    if (source[at] === "\\") at++;
    else if (source[at] === delimiter) return at;
  }
  return -1;
}

function readFlags(text: string): { readonly flags: string } | { readonly problem: string } {
  let [ignoreCase, multiLine] = [true, false];
  for (const flag of text) {
    if (flag === "i") ignoreCase = !ignoreCase;
    else if (flag === "m") multiLine = !multiLine;
    else if (flag !== "x") return { problem: `unknown regexp option "${flag}"` };
  }
  return { flags: `${ignoreCase ? "i" : ""}${multiLine ? "m" : ""}s` };
}

/** Bracket expressions are what differs: `[[:alpha:]]`, `]` first, and `\` as an ordinary character. */
function translatePosix(pattern: string): string {
  return pattern.replace(
    /\\[^]|\[(\^?)(\]?(?:\[:[a-z]+:\]|[^\]])*)\]/g,
    (whole, not?: string, body?: string) => {
      if (body === undefined) return whole;
      const inside = body.replace(/\[:([a-z]+):\]|[\\\]\[]/g, (part, name?: string) => {
        if (name === undefined) return `\\${part}`;
        const set = posixClasses[name];
        if (set === undefined) throw new SyntaxError(`unknown character class [:${name}:]`);
        return set;
      });
      return `[${not}${inside}]`;
    },
  );
}

/** `$1`, `${1}`, `$(1)`; `$$` is one `$`. A group that took no part is empty. */
function substitute(template: string, found: RegExpExecArray): string {
  return template.replace(
    /\$(?:(\$)|(\d+)|\{(\d+)\}|\((\d+)\))/g,
    (_whole, dollar, bare, braced, round) => dollar ?? found[Number(bare ?? braced ?? round)] ?? "",
  );
}
