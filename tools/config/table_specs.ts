/** `type:name` tables inside lists of settings: known types, and names meant from the directory of the file. */

import { isAbsolute, join } from "@std/path";

import { ConfigError } from "../kit/base/failure.ts";

import { inlineTable } from "../../store/table/inline.ts";
import { placeTableSpec } from "../../store/table/place_spec.ts";
import { tableTypes } from "../../store/table/table_types.ts";

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
    try {
      if (spec.type === "inline") inlineTable(item, spec.name);
      const place = (file: string) => isAbsolute(file) ? file : join(directory, file);
      return `${item.startsWith("!") ? "!" : ""}${placeTableSpec(`${spec.type}:${spec.name}`, place)}`;
    } catch (thrown) {
      if (!(thrown instanceof ConfigError)) throw thrown;
      problems.push(thrown.problem);
      return item;
    }
  });
  return { items: Object.freeze(placed), problems };
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
