/** Tables made of tables: `unionmap:{type:name, ...}`, `pipemap:{type:name, ...}`, `proxy:type:name` (DATABASE_README). */

import { readItems, unbrace } from "./spec_list.ts";
import type { Table, TableHit } from "./table.ts";

export type OpenTable = (spec: string) => Table;

/** What all tables have for a key, with commas between. Some failing fails it. @throws ConfigError */
export function unionTable(name: string, text: string, open: OpenTable): Table {
  const tables = partsOf(name, text, open);
  return {
    name,
    fixed: tables.some((table) => table.fixed),
    lookup: async (key) => {
      const hits: TableHit[] = [];
      for (const table of tables) {
        const hit = await table.lookup(key);
        if (hit !== undefined) hits.push(hit);
      }
      if (hits.length === 0) return undefined;
      return {
        value: hits.map(({ value }) => value).join(","),
        line: hits.length === 1 ? hits[0]!.line : undefined,
        ...(hits.some(({ substituted }) => substituted) ? { substituted: true } : {}),
      };
    },
    close: () => {},
  };
}

/** What a table answers is asked of the next one; the last one's answer counts, and nothing on the way is nothing. */
export function pipeTable(name: string, text: string, open: OpenTable): Table {
  const tables = partsOf(name, text, open);
  return {
    name,
    fixed: tables.some((table) => table.fixed),
    lookup: async (key) => {
      let hit: TableHit | undefined = { value: key };
      for (const table of tables) {
        hit = await table.lookup(hit.value);
        if (hit === undefined) return undefined;
      }
      return hit;
    },
    close: () => {},
  };
}

/** The same as the table itself: all tables are read by the one process that has the right to. */
export function proxyTable(name: string, spec: string, open: OpenTable): Table {
  const table = open(spec);
  return { name, fixed: table.fixed, lookup: (key) => table.lookup(key), close: () => {} };
}

/** The parts belong to whoever opened them. */
function partsOf(name: string, text: string, open: OpenTable): readonly Table[] {
  const type = name.slice(0, name.indexOf(":"));
  return readItems(name, text, `${type}:{type:name...}`).map((item) => open(unbrace(item) ?? item));
}
