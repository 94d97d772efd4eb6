/** Tables that are written where they are used: `inline:{...}`, `static:VALUE`, `randmap:{...}`, `fail:REASON` (DATABASE_README). */

import { ConfigError, TempFailure } from "../../tools/kit/base/failure.ts";
import type { Random } from "../../tools/kit/base/random.ts";

import { foldKey } from "./source.ts";
import { readItems, unbrace } from "./spec_list.ts";
import type { Table } from "./table.ts";

export interface FoldOptions {
  /** Fold keys to lower case; default true. */
  readonly fold?: boolean;
}

/** `inline:{ key = value, { key = text of several words }, ... }`. @throws ConfigError */
export function inlineTable(name: string, text: string, { fold = true }: FoldOptions = {}): Table {
  const entries = inlineEntries(name, text, { fold });
  return {
    name,
    fixed: true,
    lookup: (key) => {
      const value = entries.get(foldKey(key, fold));
      return Promise.resolve(value === undefined ? undefined : { value });
    },
    close: () => {},
  };
}

/** What an inline table holds. @throws ConfigError */
export function inlineEntries(
  name: string,
  text: string,
  { fold = true }: FoldOptions = {},
): ReadonlyMap<string, string> {
  const entries = new Map<string, string>();
  for (const item of joinPairs(readItems(name, text, "inline:{name=value, ...}"))) {
    const pair = unbrace(item) ?? item;
    const equals = pair.indexOf("=");
    const key = foldKey(pair.slice(0, Math.max(0, equals)).trim(), fold);
    if (key === "") throw new ConfigError(`bad syntax: "${pair}" in "${name}"; need key = value`);
    entries.set(key, pair.slice(equals + 1).trim());
  }
  return entries;
}

/** Blanks around `=` belong to a pair, also outside braces: `a`, `=`, `1` is one. */
function joinPairs(items: readonly string[]): readonly string[] {
  const pairs: string[] = [];
  for (const item of items) {
    const last = pairs.at(-1);
    const isOpen = last !== undefined && !last.startsWith("{") &&
      (/^[^=]+=$/.test(last) || (item.startsWith("=") && !last.includes("=")));
    if (isOpen && !item.startsWith("{")) pairs[pairs.length - 1] = last + item;
    else pairs.push(item);
  }
  return pairs;
}

/** `static:VALUE` or `static:{ text with blanks }`: that value for every key. @throws ConfigError */
export function staticTable(name: string, text: string): Table {
  let value: string;
  try {
    value = unbrace(text) ?? text;
  } catch (thrown) {
    throw new ConfigError(
      `bad static:name syntax: ${thrown instanceof Error ? thrown.message : String(thrown)}`,
    );
  }
  return { name, fixed: true, lookup: () => Promise.resolve({ value }), close: () => {} };
}

/** `randmap:{value, { two words }, ...}`: one of the values, whatever the key. @throws ConfigError */
export function randomTable(name: string, text: string, random: Random): Table {
  const values = readItems(name, text, "randmap:{value...}").map((item) => unbrace(item) ?? item);
  return {
    name,
    fixed: false,
    lookup: () => Promise.resolve({ value: values[random.below(values.length)]! }),
    close: () => {},
  };
}

/** `fail:REASON`: every lookup fails, for tests of a configuration. */
export function failTable(name: string, reason: string): Table {
  return {
    name,
    fixed: false,
    lookup: () =>
      Promise.reject(
        new TempFailure("4.3.0", "Temporary lookup failure", { cause: new Error(`${name}: ${reason}`) }),
      ),
    close: () => {},
  };
}
