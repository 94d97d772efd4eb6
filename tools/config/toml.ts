/**
 * TOML (v1.0) with line numbers: a scanner cuts the file into statements, and @std/toml makes a value of each one
 * by itself. So every statement knows its line, one mistake does not hide the next, and a key that stands twice
 * is found.
 */

import { parse } from "@std/toml";

export interface Statement {
  /** The section it stands in (`[submission]`), or empty at the top. */
  readonly section: string;
  readonly key: string;
  readonly value: unknown;
  /** From 1. */
  readonly line: number;
}

export interface Section {
  readonly name: string;
  readonly line: number;
}

export interface SyntaxProblem {
  readonly line: number;
  readonly text: string;
}

export interface ScannedToml {
  readonly statements: readonly Statement[];
  readonly sections: readonly Section[];
  readonly problems: readonly SyntaxProblem[];
}

/** Cuts TOML text into its statements and says what is wrong with the others. */
export function scanToml(text: string): ScannedToml {
  const lines = text.replace(/^\ufeff/, "").split(/\r?\n/);
  const statements: Statement[] = [];
  const sections: Section[] = [];
  const problems: SyntaxProblem[] = [];
  let section = "";
  for (let row = 0; row < lines.length;) {
    const extent = statementRows(lines, row);
    const source = lines.slice(row, row + extent.rows).join("\n");
    const line = row + 1;
    row += extent.rows;
    const bare = source.trim();
    if (bare === "" || bare.startsWith("#")) continue;
    if (extent.open !== undefined) {
      problems.push({ line, text: extent.open });
      continue;
    }
    const parsed = parseStatement(source);
    if (parsed.kind === "problem") problems.push({ line: line + parsed.row, text: parsed.text });
    else if (parsed.kind === "section") sections.push({ name: section = parsed.name, line });
    else statements.push({ section, key: parsed.key, value: parsed.value, line });
  }
  return { statements, sections, problems };
}

type Parsed =
  | { readonly kind: "section"; readonly name: string }
  | { readonly kind: "pair"; readonly key: string; readonly value: unknown }
  | { readonly kind: "problem"; readonly row: number; readonly text: string };

function parseStatement(source: string): Parsed {
  let tree: Record<string, unknown>;
  try {
    tree = parse(source);
  } catch (thrown) {
    return syntaxProblem(source, thrown);
  }
  if (/^\s*\[/.test(source)) {
    const keys = keyPath(tree);
    return keys.isTable
      ? { kind: "section", name: keys.path }
      : { kind: "problem", row: 0, text: "a section in double brackets has no meaning here" };
  }
  const bare = /^\s*([A-Za-z0-9_-]+)\s*=/.exec(source)?.[1];
  if (bare !== undefined) {
    return { kind: "pair", key: bare, value: Object.hasOwn(tree, bare) ? tree[bare] : undefined };
  }
  const [key] = Object.keys(tree);
  if (key === undefined) return { kind: "problem", row: 0, text: "expected name = value" };
  const dotted = /^\s*[A-Za-z0-9_-]+\s*\./.test(source);
  return { kind: "pair", key: dotted ? keyPath(tree).path : key, value: tree[key] };
}

/** The dotted name of the one chain of tables in `tree`. */
function keyPath(tree: Record<string, unknown>): { readonly path: string; readonly isTable: boolean } {
  const path: string[] = [];
  let node: unknown = tree;
  while (typeof node === "object" && node !== null && !Array.isArray(node) && Object.keys(node).length > 0) {
    const [key, value] = Object.entries(node)[0]!;
    path.push(key);
    node = value;
  }
  return { path: path.join("."), isTable: typeof node === "object" && !Array.isArray(node) };
}

function syntaxProblem(source: string, thrown: unknown): Parsed {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const match = /^(?:Parse error on line (\d+), column \d+: )+([^]*)$/.exec(message);
  const row = match === null ? 0 : Math.min(Number(match[1]) - 1, source.split("\n").length - 1);
  return { kind: "problem", row, text: plainReason(source, match?.[2] ?? message) };
}

/** The commonest mistakes in plain words, then the parser's. */
function plainReason(source: string, reason: string): string {
  const first = source.split("\n")[0]!;
  if (!/^\s*\[/.test(first) && !first.includes("=")) return `not TOML: expected name = value`;
  const bareWord = /^\s*[A-Za-z0-9_."-]+\s*=\s*(?!["'\[{]|true\b|false\b|[+-]?\d+\s*(?:#|$))(\S[^#]*)/.exec(
    first,
  );
  if (bareWord !== null) return `not TOML: text must be in quotes: "${bareWord[1]!.trim()}"`;
  if (/^\s*[A-Za-z0-9_-]+\s*=\s*(?:#|$)/.test(first)) return `not TOML: there is no value after =`;
  // Some of the parser's reasons end with the text itself in lines of its own.
  return `not TOML: ${reason.split(":\n", 1)[0]!.replace(/\s+/g, " ")}`;
}

interface Extent {
  readonly rows: number;
  /** What was not closed. */
  readonly open?: string | undefined;
}

/** How many lines the statement that begins at `row` takes. */
export function statementRows(lines: readonly string[], row: number): Extent {
  let state: ScanState = { depth: 0, quote: "" };
  for (let at = row; at < lines.length; at++) {
    // A line that is a new setting again means that something above was left open.
    if (
      at > row && state.quote === "" &&
      /^[A-Za-z_][A-Za-z0-9_-]*\s*=|^\[[A-Za-z_][\w.-]*\]\s*(?:#|$)/.test(lines[at]!)
    ) {
      return { rows: at - row, open: unclosed(state) };
    }
    state = scanLine(lines[at]!, state);
    if (state.depth <= 0 && state.quote === "") return { rows: at - row + 1 };
  }
  // Nothing closed it: only this line is lost, and the rest is read on.
  return { rows: 1, open: unclosed(state) };
}

function unclosed(state: ScanState): string {
  return state.quote !== ""
    ? `not TOML: the text is not closed by ${state.quote}`
    : `not TOML: "[" is not closed by "]"`;
}

interface ScanState {
  readonly depth: number;
  /** The quotes that an open multi-line text needs at its end. */
  readonly quote: string;
  /** The comment that the line ends with, from its `#`. */
  readonly comment?: string | undefined;
}

/** The comments at the ends of a statement's lines. */
export function commentsIn(lines: readonly string[]): readonly string[] {
  const comments: string[] = [];
  let state: ScanState = { depth: 0, quote: "" };
  for (const line of lines) {
    state = scanLine(line, state);
    if (state.comment !== undefined) comments.push(state.comment);
  }
  return comments;
}

function scanLine(line: string, before: ScanState): ScanState {
  let { depth, quote } = before;
  let comment: string | undefined;
  for (let at = 0; at < line.length;) {
    if (quote !== "") {
      if (quote[0] === '"' && line[at] === "\\") at += 2;
      else if (line.startsWith(quote, at)) {
        at += quote.length;
        quote = "";
      } else at++;
      continue;
    }
    const triple = line.slice(at, at + 3);
    if (triple === '"""' || triple === "'''") {
      quote = triple;
      at += 3;
      continue;
    }
    const char = line[at]!;
    if (char === "#") {
      comment = line.slice(at).trimEnd();
      break;
    }
    if (char === '"' || char === "'") quote = char;
    if (char === "[" || char === "{") depth++;
    if (char === "]" || char === "}") depth--;
    at++;
  }
  // A text in single quotes or double quotes ends with its line at the latest; the parser says what is wrong.
  return { depth, quote: quote.length === 3 ? quote : "", comment };
}
