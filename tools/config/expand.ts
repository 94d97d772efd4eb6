/**
 * `$name` in values, as postconf(5) has it: `$name`, `${name}`, `$(name)`, `${name?{text}}` (when not empty),
 * `${name:{text}}` (when empty), `${name?{a}:{b}}`; `$$` is one `$`.
 */

export interface Expansion {
  readonly text: string;
  /** Names that are no settings, in order. */
  readonly unknown: readonly string[];
  /** What is wrong with the writing of it. */
  readonly problem?: string | undefined;
}

/** Expands `text`; `lookup` gives the expanded text of a setting, or `undefined` for an unknown name. */
export function expand(
  text: string,
  lookup: (name: string) => string | undefined,
  lateNames: readonly string[] = [],
): Expansion {
  if (!text.includes("$")) return { text, unknown: [] };
  const unknown: string[] = [];
  let problem: string | undefined;
  const value = (name: string) => {
    const found = lookup(name);
    if (found === undefined) unknown.push(name);
    return found ?? "";
  };
  const run = (part: string): string => {
    let out = "";
    for (let at = 0; at < part.length;) {
      if (part[at] !== "$") {
        const next = part.indexOf("$", at);
        out += part.slice(at, next < 0 ? undefined : next);
        at = next < 0 ? part.length : next;
        continue;
      }
      const reference = readReference(part, at);
      if (reference === undefined) {
        problem ??= `"${part.slice(at, at + 20)}": expected a setting's name after $`;
        return out;
      }
      out += lateNames.includes(reference.name) ? part.slice(at, reference.end) : substitute(reference);
      at = reference.end;
    }
    return out;
  };
  const substitute = (reference: Reference): string => {
    if (reference.name === "$") return "$";
    const found = value(reference.name);
    if (reference.whenSet === undefined && reference.whenEmpty === undefined) return found;
    return run((found !== "" ? reference.whenSet : reference.whenEmpty) ?? "");
  };
  const expanded = run(text);
  return { text: expanded, unknown, problem };
}

interface Reference {
  readonly name: string;
  readonly end: number;
  readonly whenSet?: string | undefined;
  readonly whenEmpty?: string | undefined;
}

function readReference(text: string, at: number): Reference | undefined {
  const next = text[at + 1];
  if (next === "$") return { name: "$", end: at + 2 };
  if (next !== "{" && next !== "(") {
    const name = /^[A-Za-z0-9_]+/.exec(text.slice(at + 1))?.[0];
    return name === undefined ? undefined : { name, end: at + 1 + name.length };
  }
  const close = matchingClose(text, at + 1);
  if (close < 0) return undefined;
  const inner = text.slice(at + 2, close);
  const match = /^\s*([A-Za-z0-9_]+)\s*(?:([?:])([^]*))?$/.exec(inner);
  if (match === null) return undefined;
  const name = match[1]!;
  const end = close + 1;
  if (match[2] === undefined) return { name, end };
  const first = readBranch(match[3]!);
  if (match[2] === ":") return { name, end, whenEmpty: first.text };
  const second = first.rest.trimStart().startsWith(":")
    ? readBranch(first.rest.trimStart().slice(1)).text
    : undefined;
  return { name, end, whenSet: first.text, whenEmpty: second };
}

/** `{text}` with what follows, or all of it when there is no brace. */
function readBranch(text: string): { readonly text: string; readonly rest: string } {
  const trimmed = text.trimStart();
  const close = trimmed.startsWith("{") ? matchingClose(trimmed, 0) : -1;
  if (close < 0) return { text, rest: "" };
  return { text: trimmed.slice(1, close).trim(), rest: trimmed.slice(close + 1) };
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
