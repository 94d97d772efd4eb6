/** `$name` in values: the text that a value stands for. The grammar is in `macro.ts`. */

import type { Branches, Comparison } from "./macro.ts";
import { readMacro } from "./macro.ts";

export interface Expansion {
  readonly text: string;
  /** Names that are no settings, in order. */
  readonly unknown: readonly string[];
  /** What is wrong with the writing of it. */
  readonly problem?: string | undefined;
}

/**
 * Expands `text`; `lookup` gives the expanded text of a setting, or `undefined` for an unknown name.
 */
export function expand(
  text: string,
  lookup: (name: string) => string | undefined,
): Expansion {
  if (!text.includes("$")) return { text, unknown: [] };
  const expander = new Expander(lookup);
  const expanded = expander.run(text);
  return { text: expanded, unknown: expander.unknown, problem: expander.problem };
}

/** The names that `text` refers to, whichever of its branches are taken. */
export function namesIn(text: string): readonly string[] {
  return Array.from(
    text.replaceAll("$$", "").matchAll(/\$(?:[{(]\s*)?([A-Za-z0-9_]+)/g),
    ([, name]) => name!,
  );
}

/** How deep conditions may stand in each other. */
const maxDepth = 100;

class Expander {
  readonly unknown: string[] = [];
  problem: string | undefined;
  #depth = 0;
  readonly #lookup: (name: string) => string | undefined;

  constructor(lookup: (name: string) => string | undefined) {
    this.#lookup = lookup;
  }

  run(text: string): string {
    if (this.#depth === maxDepth) {
      this.problem ??= `conditions stand in each other more than ${maxDepth} deep`;
      return "";
    }
    this.#depth++;
    const out = this.#run(text);
    this.#depth--;
    return out;
  }

  #run(text: string): string {
    let out = "";
    for (let at = 0; at < text.length;) {
      const dollar = text.indexOf("$", at);
      if (dollar < 0) return out + text.slice(at);
      out += text.slice(at, dollar);
      const read = readMacro(text, dollar);
      if ("problem" in read) {
        this.problem ??= read.problem;
        return out;
      }
      const { macro, end } = read;
      if (macro.kind === "dollar") out += "$";
      else if (macro.kind === "comparison") out += this.#compared(macro.comparison, macro.branches);
      else out += this.#named(macro.name, macro.branches);
      at = end;
    }
    return out;
  }

  #named(name: string, branches: Branches | undefined): string {
    const found = this.#lookup(name);
    if (found === undefined) this.unknown.push(name);
    if (branches === undefined) return found ?? "";
    return this.run((found ?? "") === "" ? branches.whenFalse : branches.whenTrue);
  }

  #compared(comparison: Comparison, branches: Branches | undefined): string {
    const holds = this.#holds(comparison);
    if (branches === undefined) return holds ? "true" : "";
    return this.run(holds ? branches.whenTrue : branches.whenFalse);
  }

  #holds({ left, operator, right, ofLevels }: Comparison): boolean {
    const sides = [this.run(left), this.run(right)] as const;
    const order = ofLevels ? this.#levelOrder(sides) : textOrder(sides);
    switch (operator) {
      case "==":
        return order === 0;
      case "!=":
        return order !== 0;
      case "<":
        return order < 0;
      case "<=":
        return order <= 0;
      case ">":
        return order > 0;
      default:
        return order >= 0;
    }
  }

  #levelOrder(sides: readonly [string, string]): number {
    const levels = sides.map(parseLevel);
    const bad = levels.indexOf(undefined);
    if (bad >= 0) this.problem ??= `"${sides[bad]}" is no compatibility level`;
    const [left, right] = levels;
    if (left === undefined || right === undefined) return 0;
    const differing = left.findIndex((number, index) => number !== right[index]);
    return differing < 0 ? 0 : left[differing]! - right[differing]!;
  }
}

/** Whole numbers by their value, other texts by their characters. */
function textOrder([left, right]: readonly [string, string]): number {
  if (/^\d+$/.test(left) && /^\d+$/.test(right)) return Number(left) - Number(right);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** `3`, `3.6` or `3.6.1` as three numbers. */
function parseLevel(text: string): readonly number[] | undefined {
  const match = /^\s*(\d+)(?:\.(\d+))?(?:\.(\d+))?\s*$/.exec(text);
  return match === null ? undefined : [1, 2, 3].map((group) => Number(match[group] ?? 0));
}
