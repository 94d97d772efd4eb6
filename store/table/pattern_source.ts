/**
 * What sources of pattern tables have in common (regexp_table(5), cidr_table(5)): rules in order, the first that
 * matches wins; `if PATTERN` ... `endif` around rules; `!` in front of a pattern turns it round.
 */

import type { TableHit } from "./table.ts";
import type { SourceReport } from "./source_lines.ts";
import { logicalLines } from "./source_lines.ts";

/** Gives the value of a rule for a key (with `$1` of a match put in), or `undefined` when it does not match. */
export type RuleMatch = (key: string) => ((template: string) => string) | undefined;

export interface ParsedPattern {
  readonly match: RuleMatch;
  /** What stands behind the pattern. */
  readonly rest: string;
}

export type ParsePattern = (text: string) => ParsedPattern | { readonly problem: string };

type Rule =
  | { readonly kind: "value"; readonly match: RuleMatch; readonly value: string; readonly line: number }
  /** `end`: index of the rule after its `endif`. */
  | { readonly kind: "if"; readonly match: RuleMatch; readonly line: number; end: number }
  | { readonly kind: "endif" };

/** The rules of a source; bad ones are warned of and left out. */
export class PatternRules {
  readonly #rules: readonly Rule[];

  constructor(bytes: Uint8Array, parse: ParsePattern, report: SourceReport) {
    this.#rules = readRules(bytes, parse, report);
  }

  lookup(key: string): TableHit | undefined {
    for (let index = 0; index < this.#rules.length;) {
      const rule = this.#rules[index]!;
      if (rule.kind === "endif") {
        index++;
        continue;
      }
      const substitute = rule.match(key);
      if (rule.kind === "if") {
        index = substitute === undefined ? rule.end : index + 1;
        continue;
      }
      if (substitute !== undefined) return { value: substitute(rule.value), line: rule.line };
      index++;
    }
    return undefined;
  }
}

function readRules(bytes: Uint8Array, parse: ParsePattern, report: SourceReport): readonly Rule[] {
  const rules: Rule[] = [];
  const open: (Rule & { readonly kind: "if" })[] = [];
  for (const { text, line } of logicalLines(bytes, report)) {
    const warn = (problem: string) =>
      report.warn(`${report.file}, line ${line}: ${problem}: skipping this rule`);
    if (/^endif\b/i.test(text)) {
      const begun = open.pop();
      if (begun === undefined) warn("ignoring ENDIF without matching IF");
      else {
        rules.push({ kind: "endif" });
        begun.end = rules.length;
      }
      continue;
    }
    const condition = /^if\s+/i.exec(text);
    const parsed = parse(condition === null ? text : text.slice(condition[0].length));
    if ("problem" in parsed) {
      warn(parsed.problem);
      // Rules under a condition that cannot be read must not hold for everybody.
      if (condition !== null) openCondition(rules, open, { match: () => undefined, line });
    } else if (condition !== null) {
      openCondition(rules, open, { match: parsed.match, line });
    } else if (parsed.rest === "") {
      warn("no replacement text");
    } else {
      rules.push({ kind: "value", match: parsed.match, value: parsed.rest, line });
    }
  }
  for (const { line } of open) report.warn(`${report.file}, line ${line}: IF has no matching ENDIF`);
  for (const rule of open) rule.end = rules.length;
  return rules;
}

function openCondition(
  rules: Rule[],
  open: (Rule & { readonly kind: "if" })[],
  rule: { readonly match: RuleMatch; readonly line: number },
): void {
  const begun: Rule & { readonly kind: "if" } = { kind: "if", ...rule, end: 0 };
  rules.push(begun);
  open.push(begun);
}
