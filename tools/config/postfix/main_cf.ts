/**
 * main.cf as text (postconf(5)): logical lines, `name = value`, what is wrong with them.
 *
 * A line that begins with a blank goes on with the one before it. Empty lines and lines whose first sign is `#` are
 * passed over, also inside such a value, and do not end it; a `#` further on belongs to the value.
 */

export interface LogicalLine {
  readonly text: string;
  /** Of its first line, from 1. */
  readonly line: number;
}

export interface MainCfEntry {
  readonly name: string;
  /** Without blanks at its ends; lines are put together as they stand. */
  readonly value: string;
  readonly line: number;
}

export interface LineText {
  readonly line: number;
  readonly text: string;
}

export interface MainCf {
  /** In the order of the file, also those that a later one overrides. */
  readonly entries: readonly MainCfEntry[];
  /** The last definition of each name. */
  readonly settings: ReadonlyMap<string, MainCfEntry>;
  /** With these Postfix does not start. */
  readonly problems: readonly LineText[];
  readonly warnings: readonly LineText[];
}

/** The logical lines of main.cf or master.cf. */
export function logicalLines(text: string): readonly LogicalLine[] {
  const logical: { text: string; line: number }[] = [];
  for (const [index, physical] of text.replace(/^\ufeff/, "").split("\n").entries()) {
    const kind = physicalKind(physical);
    if (kind === "comment") continue;
    const last = logical.at(-1);
    if (kind === "continued" && last !== undefined) last.text += physical;
    else logical.push({ text: physical, line: index + 1 });
  }
  return logical;
}

/** What a line of the file is: passed over, going on with the one before, or the first of a logical line. */
export function physicalKind(line: string): "comment" | "continued" | "first" {
  if (/^[ \t\r\f\v]*(?:#|$)/.test(line)) return "comment";
  return /^[ \t\r\f\v]/.test(line) ? "continued" : "first";
}

/** Cuts the text of main.cf into its settings. */
export function parseMainCf(text: string): MainCf {
  const entries: MainCfEntry[] = [];
  const settings = new Map<string, MainCfEntry>();
  const problems: LineText[] = [];
  const warnings: LineText[] = [];
  for (const { text: logical, line } of logicalLines(text)) {
    if (physicalKind(logical) === "continued") {
      warnings.push({ line, text: `a setting must not begin with a blank: "${trimBlanks(logical)}"` });
      continue;
    }
    const pair = splitPair(logical);
    if ("problem" in pair) {
      problems.push({ line, text: pair.problem });
      continue;
    }
    const { name, value } = pair;
    if (/[\0\ufffd]/.test(value)) problems.push({ line, text: `${name}: the value is not UTF-8 text` });
    const earlier = settings.get(name);
    if (earlier !== undefined && earlier.value !== value) {
      warnings.push({
        line,
        text: `overriding earlier entry: ${name}=${earlier.value} (line ${earlier.line})`,
      });
    }
    const entry = { name, value, line };
    entries.push(entry);
    settings.set(name, entry);
  }
  return { entries, settings, problems, warnings };
}

export type Pair = { readonly name: string; readonly value: string } | { readonly problem: string };

/** `name = value`, as postconf -e and -o take it too. */
export function splitPair(text: string): Pair {
  const match = /^[ \t\r\f\v]*([^\s=]*)[ \t\r\f\v]*(=?)([^]*)$/.exec(text)!;
  const shown = trimBlanks(text);
  if (match[2] === "") return { problem: `missing '=' after attribute name: "${shown}"` };
  if (match[1] === "") return { problem: `missing attribute name: "${shown}"` };
  return { name: match[1]!, value: trimBlanks(match[3]!) };
}

export function trimBlanks(text: string): string {
  return text.replace(/^[ \t\r\n\f\v]+|[ \t\r\n\f\v]+$/g, "");
}
