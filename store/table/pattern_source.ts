/**
 * What sources of pattern tables have in common (regexp_table(5), pcre_table(5), cidr_table(5)): rules in order, the
 * first that matches wins; `if PATTERN` ... `endif` around rules; `!` in front of a pattern turns it round.
 *
 * Deviation: where the pattern of an `if` cannot be read, Postfix drops the `if` alone, so that the rules under it hold
 * for everybody; here they hold for nobody.
 */

import type { LogicalLine, SourceReport } from "./source_lines.ts";
import type { TableHit } from "./table.ts";
import type { Template } from "./template.ts";
import { fillTemplate, isSubstituting } from "./template.ts";

/** Gives what the groups of a pattern have taken of a key, or `undefined` when it does not match. */
export type RuleMatch = (key: string) => ((group: number) => string) | undefined;

/** Problems are whole: what is wrong, and what becomes of the rule. */
export interface PatternSyntax {
  /** A pattern, and what stands behind it. */
  readPattern(text: string): ParsedPattern | { readonly problem: string };
}

export interface ParsedPattern {
  readonly match: RuleMatch;
  readonly rest: string;
  /** `rest` as a value. */
  readonly value: { readonly template: Template } | { readonly problem: string };
  /** The rule holds, but this should be known. */
  readonly warning?: string | undefined;
}

type Rule =
  | { readonly kind: "value"; readonly match: RuleMatch; readonly template: Template; readonly line: number }
  /** `end`: index of the rule after its `endif`. */
  | { readonly kind: "if"; readonly match: RuleMatch; readonly line: number; end: number };

/** The rules of a source; bad ones are warned of and left out. */
export class PatternRules {
  readonly #rules: readonly Rule[];

  constructor(lines: Iterable<LogicalLine>, syntax: PatternSyntax, report: SourceReport) {
    const reader = new RuleReader(syntax, report);
    for (const line of lines) reader.read(line);
    this.#rules = reader.end();
  }

  lookup(key: string): TableHit | undefined {
    for (let index = 0; index < this.#rules.length;) {
      const rule = this.#rules[index]!;
      const groups = rule.match(key);
      if (rule.kind === "if") {
        index = groups === undefined ? rule.end : index + 1;
        continue;
      }
      if (groups !== undefined) {
        const hit = { value: fillTemplate(rule.template, groups), line: rule.line };
        return isSubstituting(rule.template) ? { ...hit, substituted: true } : hit;
      }
      index++;
    }
    return undefined;
  }
}

class RuleReader {
  readonly #syntax: PatternSyntax;
  readonly #report: SourceReport;
  readonly #rules: Rule[] = [];
  readonly #open: (Rule & { readonly kind: "if" })[] = [];

  constructor(syntax: PatternSyntax, report: SourceReport) {
    this.#syntax = syntax;
    this.#report = report;
  }

  read({ text, line }: LogicalLine): void {
    const word = /^[A-Za-z]+(?![A-Za-z0-9])/.exec(text)?.[0].toLowerCase();
    if (word === "endif") this.#endif(text.slice(5).trim(), line);
    else if (word === "if") this.#if(text.slice(2).trim(), line);
    else this.#value(text, line);
  }

  end(): readonly Rule[] {
    for (const rule of this.#open) {
      this.#warn(rule.line, "IF has no matching ENDIF");
      rule.end = this.#rules.length;
    }
    return this.#rules;
  }

  #value(text: string, line: number): void {
    const parsed = this.#pattern(text, line);
    if (parsed === undefined) return;
    if ("problem" in parsed.value) return this.#warn(line, parsed.value.problem);
    if (parsed.rest === "") this.#warn(line, "no replacement text: using empty string");
    this.#rules.push({ kind: "value", match: parsed.match, template: parsed.value.template, line });
  }

  #if(text: string, line: number): void {
    const parsed = this.#pattern(text, line);
    if (parsed !== undefined && parsed.rest !== "") {
      this.#warn(line, `ignoring extra text after IF statement: "${parsed.rest}"`);
    }
    const begun = { kind: "if" as const, match: parsed?.match ?? (() => undefined), line, end: 0 };
    this.#rules.push(begun);
    this.#open.push(begun);
  }

  #endif(rest: string, line: number): void {
    if (rest !== "") this.#warn(line, `ignoring extra text after ENDIF: "${rest}"`);
    const begun = this.#open.pop();
    if (begun === undefined) this.#warn(line, "ignoring ENDIF without matching IF");
    else begun.end = this.#rules.length;
  }

  #pattern(text: string, line: number): ParsedPattern | undefined {
    const parsed = this.#syntax.readPattern(text);
    if ("problem" in parsed) {
      this.#warn(line, parsed.problem);
      return undefined;
    }
    if (parsed.warning !== undefined) this.#warn(line, parsed.warning);
    return parsed;
  }

  #warn(line: number, text: string): void {
    this.#report.warn(`${this.#report.file}, line ${line}: ${text}`);
  }
}
