/** `type:name` tables inside lists of settings: known types, and names meant from the directory of the file. */

import { isAbsolute, join } from "@std/path";

import { ConfigError } from "../kit/base/failure.ts";

import { inlineTable } from "../../store/table/inline.ts";
import { fileTableTypes, tableTypes } from "../../store/table/table_types.ts";

import { nearest } from "./nearest.ts";

export interface TableSpec {
  readonly type: string;
  readonly name: string;
}

/** The parts of `type:name`, or `undefined` for a word that is no table (an IPv6 address is none). */
export function parseTableSpec(item: string): TableSpec | undefined {
  const match = /^!?([a-z][a-z0-9_]*):([^]+)$/.exec(item);
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
    const problem = spec.type === "inline" ? inlineProblem(item, spec.name) : undefined;
    if (problem !== undefined) problems.push(problem);
    if (!fileTableTypes.includes(spec.type) || isAbsolute(spec.name)) return item;
    return `${item.startsWith("!") ? "!" : ""}${spec.type}:${join(directory, spec.name)}`;
  });
  return { items: Object.freeze(placed), problems };
}

function inlineProblem(item: string, text: string): string | undefined {
  try {
    inlineTable(item, text);
    return undefined;
  } catch (thrown) {
    if (thrown instanceof ConfigError) return thrown.problem;
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
