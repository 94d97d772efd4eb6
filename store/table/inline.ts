/** Tables that are written where they are used: `inline:{...}`, `static:VALUE`, `fail:REASON` (DATABASE_README). */

import { ConfigError, TempFailure } from "../../tools/kit/base/failure.ts";

import { foldKey } from "./source.ts";
import type { Table } from "./table.ts";

/** `inline:{ key = value, { key = text of several words }, ... }`. @throws ConfigError */
export function inlineTable(name: string, text: string): Table {
  const body = /^\{([^]*)\}$/.exec(text.trim())?.[1];
  if (body === undefined) throw new ConfigError(`bad syntax: "${name}"; expected "inline:{name=value, ...}"`);
  const entries = new Map<string, string>();
  for (const pair of splitPairs(body, name)) {
    const match = /^([^=]*?)\s*=\s*([^]*)$/.exec(pair);
    const key = foldKey(match?.[1]?.trim() ?? "");
    if (match === null || key === "") {
      throw new ConfigError(`bad syntax: "${pair}" in "${name}"; need key = value`);
    }
    entries.set(key, match[2]!.trim());
  }
  if (entries.size === 0) {
    throw new ConfigError(`no entries in "${name}"; expected "inline:{name=value, ...}"`);
  }
  return {
    name,
    fixed: false,
    lookup: (key) => {
      const value = entries.get(foldKey(key));
      return Promise.resolve(value === undefined ? undefined : { value });
    },
    close: () => {},
  };
}

/** The pairs between commas or blanks; `{ }` around one keeps its blanks; blanks around `=` belong to it. */
function splitPairs(body: string, name: string): string[] {
  const pairs: string[] = [];
  for (let rest = body.replace(/^[\s,]+/, ""); rest !== "";) {
    const braced = rest.startsWith("{");
    const end = braced ? closingBrace(rest) + 1 : /^[^\s,=]*(?:\s*=\s*[^\s,]*)?/.exec(rest)![0].length;
    if (braced && end === 0) throw new ConfigError(`syntax error after "{" in "${name}": missing "}"`);
    pairs.push(braced ? rest.slice(1, end - 1).trim() : rest.slice(0, end));
    rest = rest.slice(end).replace(/^[\s,]+/, "");
  }
  return pairs;
}

function closingBrace(text: string): number {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === "{") depth++;
    if (text[at] === "}" && --depth === 0) return at;
  }
  return -1;
}

/** `static:VALUE` or `static:{ text with blanks }`: that value for every key. */
export function staticTable(name: string, text: string): Table {
  const value = /^\{([^]*)\}$/.exec(text)?.[1]?.trim() ?? text;
  return { name, fixed: true, lookup: () => Promise.resolve({ value }), close: () => {} };
}

/** `fail:REASON`: every lookup fails, for tests of a configuration. */
export function failTable(name: string, reason: string): Table {
  return {
    name,
    fixed: true,
    lookup: () =>
      Promise.reject(
        new TempFailure("4.3.0", "Temporary lookup failure", { cause: new Error(`${name}: ${reason}`) }),
      ),
    close: () => {},
  };
}
