/** `type:name` tables inside lists of settings: known types, and names meant from the directory of the file. */

import { isAbsolute, join } from "@std/path";

import { ConfigError } from "../kit/base/failure.ts";

import { inlineTable } from "../../store/table/inline.ts";
import { placeTableSpec } from "../../store/table/place_spec.ts";
import { readItems, unbrace } from "../../store/table/spec_list.ts";
import { fileTableTypes, indexedTypes, tableTypes } from "../../store/table/table_types.ts";

import { nearest } from "./nearest.ts";

export interface TableSpec {
  readonly type: string;
  readonly name: string;
}

/** The parts of `type:name`, or `undefined` for a word that is no table (an IPv6 address is none). */
export function parseTableSpec(item: string): TableSpec | undefined {
  const match = /^!*([a-z][a-z0-9_]*):([^]+)$/.exec(item);
  return match === null ? undefined : { type: match[1]!, name: match[2]! };
}

/** The items with file names made absolute, and what is wrong with tables among them. */
export function placeTables(
  items: readonly string[],
  directory: string,
): { readonly items: readonly string[]; readonly problems: readonly string[] } {
  const problems: string[] = [];
  const placed = items.map((item) => {
    const spec = parseTableSpec(item);
    if (spec === undefined) return item;
    if (!tableTypes.includes(spec.type)) {
      problems.push(unknownType(spec.type));
      return item;
    }
    try {
      if (spec.type === "inline") inlineTable(item, spec.name);
      const place = (file: string) => isAbsolute(file) ? file : join(directory, file);
      return `${/^!*/.exec(item)![0]}${placeTableSpec(`${spec.type}:${spec.name}`, place)}`;
    } catch (thrown) {
      if (!(thrown instanceof ConfigError)) throw thrown;
      problems.push(thrown.problem);
      return item;
    }
  });
  return { items: Object.freeze(placed), problems };
}

/** The same in a list of restrictions: what follows check_policy_service is a server, and `{ }` is left to it. */
export function placeRestrictionTables(
  items: readonly string[],
  directory: string,
): { readonly items: readonly string[]; readonly problems: readonly string[] } {
  const problems: string[] = [];
  const placed = items.map((item, index) => {
    if (!isRestrictionTable(items, index)) return item;
    const one = placeTables([item], directory);
    problems.push(...one.problems);
    return one.items[0] ?? item;
  });
  return { items: Object.freeze(placed), problems };
}

/** The tables that a setting's value names, each as `type:name`. */
export function tablesIn(kind: string, items: readonly string[] | undefined): readonly string[] {
  // A value that could not be read is not there.
  if (items === undefined) return [];
  const tables = kind === "restrictions"
    ? items.filter((_, index) => isRestrictionTable(items, index))
    : items.filter((item) => parseTableSpec(item) !== undefined);
  return tables.map((item) => item.replace(/^!+/, ""));
}

function isRestrictionTable(items: readonly string[], index: number): boolean {
  return items[index - 1]?.toLowerCase() !== "check_policy_service" &&
    parseTableSpec(items[index]!) !== undefined;
}

export interface TableFile {
  readonly type: string;
  readonly path: string;
  readonly isBuilt: boolean;
}

/** The files of a table, also of tables that it is made of; `isBuilt` for those of which FILE.cdb is asked. */
export function tableFiles(spec: string): readonly TableFile[] {
  const { type, name } = parseTableSpec(spec) ?? { type: "", name: "" };
  if (type === "proxy") return tableFiles(name);
  if (type === "unionmap" || type === "pipemap") {
    return partsOf(spec, name).flatMap(tableFiles);
  }
  if (!fileTableTypes.includes(type) || name.startsWith("{")) return [];
  return [{ type, path: name, isBuilt: indexedTypes.includes(type) }];
}

/** The tables of which one is made; none when it is written wrong, which `placeTables` tells. */
function partsOf(spec: string, name: string): readonly string[] {
  try {
    return readItems(spec, name, "type:{type:name...}").map((part) => unbrace(part) ?? part);
  } catch (thrown) {
    if (thrown instanceof ConfigError) return [];
    throw thrown;
  }
}

/** What is wrong with an item of a list of tables: one without a type. */
export function checkTable(item: string): string | undefined {
  return parseTableSpec(item) === undefined
    ? `need maptype:mapname, such as "hash:${item}", not "${item}"`
    : undefined;
}

/** The message for a table type that there is not. */
function unknownType(type: string): string {
  const near = nearest(type, tableTypes);
  const help = near === undefined ? "" : ` (did you mean "${near}"?)`;
  return `unknown table type "${type}"${help}; there are ${tableTypes.join(", ")}`;
}
