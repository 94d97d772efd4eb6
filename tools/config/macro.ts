/**
 * The grammar of `$name` in values, as postconf(5) has it:
 *
 * | written                                     | stands for                                            |
 * |---------------------------------------------|-------------------------------------------------------|
 * | `$name`, `${name}`, `$(name)`               | the setting's value                                   |
 * | `${name?text}`, `${name?{text}}`            | text when the value is not empty                      |
 * | `${name:text}`, `${name:{text}}`            | text when the value is empty                          |
 * | `${name?{text}:{other}}`                    | one of both                                           |
 * | `${{left} == {right} ? {text} : {other}}`   | the same by a comparison; without texts `true` or ``  |
 * | `$$`                                        | `$`                                                   |
 *
 * Comparisons are `== != < <= > >=`, of whole numbers as numbers and else as text, and with `level` behind them of
 * compatibility levels such as 3.10. Texts in braces lose the blanks at their ends, others keep them.
 */

export type Macro =
  | { readonly kind: "dollar" }
  | { readonly kind: "name"; readonly name: string; readonly branches: Branches | undefined }
  | { readonly kind: "comparison"; readonly comparison: Comparison; readonly branches: Branches | undefined };

export interface Branches {
  readonly whenTrue: string;
  readonly whenFalse: string;
}

export interface Comparison {
  readonly left: string;
  readonly operator: string;
  readonly right: string;
  readonly ofLevels: boolean;
}

export type ReadMacro = { readonly macro: Macro; readonly end: number } | { readonly problem: string };

/** Reads the macro at the `$` at `at`. */
export function readMacro(text: string, at: number): ReadMacro {
  const next = text[at + 1];
  if (next === "$") return { macro: { kind: "dollar" }, end: at + 2 };
  if (next !== "{" && next !== "(") {
    const name = /^[A-Za-z0-9_]+/.exec(text.slice(at + 1))?.[0];
    if (name === undefined) return noName(text, at);
    return { macro: { kind: "name", name, branches: undefined }, end: at + 1 + name.length };
  }
  const close = matchingClose(text, at + 1);
  if (close < 0) return noName(text, at);
  const macro = readInner(text.slice(at + 2, close).trimStart());
  if (macro === undefined) return noName(text, at);
  return "problem" in macro ? macro : { macro, end: close + 1 };
}

function noName(text: string, at: number): { readonly problem: string } {
  return { problem: `"${text.slice(at, at + 20)}": expected a setting's name after $` };
}

function readInner(inner: string): Macro | { readonly problem: string } | undefined {
  if (inner.startsWith("{")) return readComparison(inner);
  const name = /^[A-Za-z0-9_]+/.exec(inner)?.[0];
  if (name === undefined) return undefined;
  const branches = readBranches(inner.slice(name.length).trimStart());
  if (branches !== undefined && "problem" in branches) return branches;
  return { kind: "name", name, branches };
}

function readComparison(text: string): Macro | { readonly problem: string } {
  const left = readBraces(text);
  if (left === undefined) return { problem: `"${text}": a { has no }` };
  const operator = /^(==|!=|<=|<|>=|>)(level(?![A-Za-z0-9_]))?/.exec(left.rest);
  if (operator === null) {
    return { problem: `"${text}": expected one of ==, !=, <, <=, >, >= after {${left.text}}` };
  }
  const right = readBraces(left.rest.slice(operator[0].length).trimStart());
  if (right === undefined) return { problem: `"${text}": expected { } after ${operator[0]}` };
  const branches = readBranches(right.rest);
  if (branches !== undefined && "problem" in branches) return branches;
  const comparison = {
    left: left.text,
    operator: operator[1]!,
    right: right.text,
    ofLevels: operator[2] !== undefined,
  };
  return { kind: "comparison", comparison, branches };
}

/** What stands behind a name or a comparison: nothing, `?...` or `:...`. */
function readBranches(text: string): Branches | { readonly problem: string } | undefined {
  if (text === "") return undefined;
  if (text[0] !== "?" && text[0] !== ":") return { problem: `"${text}": expected ? or : after a name` };
  const first = readBranch(text.slice(1));
  if (first === undefined) return { problem: `"${text}": a { has no }` };
  if (text[0] === ":") {
    return first.rest === "" ? { whenTrue: "", whenFalse: first.text } : unexpected(first.rest);
  }
  if (first.rest === "") return { whenTrue: first.text, whenFalse: "" };
  if (!first.rest.startsWith(":")) return { problem: `"${first.rest}": expected : after {${first.text}}` };
  const second = readBranch(first.rest.slice(1));
  if (second === undefined) return { problem: `"${text}": a { has no }` };
  return second.rest === "" ? { whenTrue: first.text, whenFalse: second.text } : unexpected(second.rest);
}

function unexpected(rest: string): { readonly problem: string } {
  return { problem: `"${rest}": unexpected after }` };
}

interface Part {
  readonly text: string;
  /** What follows, without blanks before it. */
  readonly rest: string;
}

/** `{text}` with what follows, or all of it when there is no brace. */
function readBranch(text: string): Part | undefined {
  const trimmed = text.trimStart();
  return trimmed.startsWith("{") ? readBraces(trimmed) : { text, rest: "" };
}

function readBraces(text: string): Part | undefined {
  const close = text.startsWith("{") ? matchingClose(text, 0) : -1;
  if (close < 0) return undefined;
  return { text: text.slice(1, close).trim(), rest: text.slice(close + 1).trimStart() };
}

function matchingClose(text: string, open: number): number {
  const opening = text[open]!;
  const closing = opening === "{" ? "}" : ")";
  let depth = 0;
  for (let at = open; at < text.length; at++) {
    if (text[at] === opening) depth++;
    if (text[at] === closing && --depth === 0) return at;
  }
  return -1;
}
