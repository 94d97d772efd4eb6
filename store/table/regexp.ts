/**
 * `regexp:FILE` (regexp_table(5)) and `pcre:FILE` (pcre_table(5)): lines of `/pattern/flags value`; `$1` in a value is
 * what the first parenthesis matched. Patterns do not mind case unless flag `i` is given: flags turn round what holds.
 */

import type { FileTableOptions } from "./indexed.ts";
import type { ParsedPattern, PatternSyntax, RuleMatch } from "./pattern_source.ts";
import { patternTable } from "./pattern_table.ts";
import type { PcreOptions } from "./pcre_regex.ts";
import { parsePcre } from "./pcre_regex.ts";
import { parsePosixRegex } from "./posix_regex.ts";
import type { RegexMatcher } from "./regex_matcher.ts";
import { regexMatcher } from "./regex_matcher.ts";
import type { RegexTree } from "./regex_tree.ts";
import { RegexError } from "./regex_tree.ts";
import type { Table } from "./table.ts";
import { parseTemplate } from "./template.ts";

export function regexpTable(name: string, path: string, options: FileTableOptions): Table {
  return patternTable(name, path, { ...options, syntax: syntaxOf(readPosix, { pairs: true }) });
}

export function pcreTable(name: string, path: string, options: FileTableOptions): Table {
  return patternTable(name, path, { ...options, syntax: syntaxOf(readPcre, { pairs: false }) });
}

/** Reads a pattern with the letters behind it. @throws RegexError */
type ReadRegex = (pattern: string, flags: string) => { readonly tree: RegexTree; readonly warning?: string };

function readPosix(pattern: string, flags: string): ReturnType<ReadRegex> {
  const options = { ignoreCase: true, lines: false, basic: false };
  for (const flag of flags) {
    if (flag === "i") options.ignoreCase = !options.ignoreCase;
    else if (flag === "m") options.lines = !options.lines;
    else if (flag === "x") options.basic = !options.basic;
    else throw new RegexError(`unknown regexp option "${flag}"`);
  }
  return { tree: parsePosixRegex(pattern, options) };
}

const pcreFlags: ReadonlyMap<string, keyof PcreOptions> = new Map([
  ["i", "ignoreCase"],
  ["m", "lines"],
  ["s", "dotAll"],
  ["x", "extended"],
  ["A", "anchored"],
  ["E", "dollarEnd"],
  ["U", "ungreedy"],
]);

function readPcre(pattern: string, flags: string): ReturnType<ReadRegex> {
  const options: Record<keyof PcreOptions, boolean> = {
    ignoreCase: true,
    dotAll: true,
    ...{
      lines: false,
      extended: false,
      anchored: false,
      dollarEnd: false,
      ungreedy: false,
      plainGroups: false,
    },
  };
  let warning = "";
  for (const flag of flags) {
    const option = pcreFlags.get(flag);
    if (option !== undefined) options[option] = !options[option];
    else if (flag === "X") warning = `ignoring obsolete regexp option "X"`;
    else throw new RegexError(`unknown regexp option "${flag}"`);
  }
  const tree = parsePcre(pattern, options);
  return warning === "" ? { tree } : { tree, warning };
}

interface OnePattern {
  readonly matcher: RegexMatcher;
  readonly not: boolean;
  readonly groups: number;
  readonly end: number;
  readonly warning?: string | undefined;
}

/** `pairs`: `/pattern/!/other/ value` is what the first matches and the second does not. */
function syntaxOf(read: ReadRegex, options: { readonly pairs: boolean }): PatternSyntax {
  return {
    readPattern: (text) => {
      try {
        return readRule(text, read, options.pairs);
      } catch (thrown) {
        if (!(thrown instanceof RegexError || thrown instanceof SyntaxError)) throw thrown;
        const tail = thrown.message.startsWith("ignoring ") ? "" : ": skipping this rule";
        return { problem: `${thrown.message}${tail}` };
      }
    },
  };
}

function readRule(text: string, read: ReadRegex, pairs: boolean): ParsedPattern {
  if (/^[A-Za-z0-9]/.test(text)) throw new RegexError("ignoring unrecognized request");
  const first = readOne(text, read);
  const second = pairs && text[first.end] === "!" ? readOne(text.slice(first.end), read) : undefined;
  const rest = text.slice(first.end + (second?.end ?? 0)).trim();
  const explosive = [first, second].some((one) => one?.matcher.isExplosive === true);
  return {
    rest,
    match: matchOf(first, second),
    value: first.not && /\$[\d({]/.test(rest)
      ? { problem: "$number found in negative match replacement text: skipping this rule" }
      : parseTemplate(rest, first.groups),
    warning: explosive
      ? "this pattern can take exponential time: nothing that is repeated should itself match in several ways"
      : first.warning ?? second?.warning,
  };
}

function matchOf(first: OnePattern, second: OnePattern | undefined): RuleMatch {
  const nothing = () => "";
  return (key) => {
    const groups = first.matcher.match(key);
    if ((groups === undefined) !== first.not) return undefined;
    if (second !== undefined && (second.matcher.match(key) === undefined) !== second.not) return undefined;
    return groups ?? nothing;
  };
}

/** Reads `!/pattern/flags`. The delimiter is any character but a letter, a digit or a blank. */
function readOne(text: string, read: ReadRegex): OnePattern {
  const marks = /^[!\s]*/.exec(text)![0];
  const not = marks.replace(/[^!]/g, "").length % 2 === 1;
  const delimiter = text[marks.length];
  if (delimiter === undefined) throw new RegexError("no regexp");
  const close = closingDelimiter(text, marks.length, delimiter);
  if (close < 0) throw new RegexError(`no closing regexp delimiter "${delimiter}"`);
  const flags = /^[^\s!]*/.exec(text.slice(close + 1))![0];
  const { tree, warning } = read(text.slice(marks.length + 1, close), flags);
  const end = close + 1 + flags.length;
  return { matcher: regexMatcher(tree), not, groups: tree.groups, end, warning: warning ?? tree.warning };
}

function closingDelimiter(text: string, open: number, delimiter: string): number {
  for (let at = open + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === delimiter) return at;
  }
  return -1;
}
