/** The tables of a server, by `type:name`: each is opened once and shared. */

import { ConfigError } from "../../tools/kit/base/failure.ts";
import type { Log } from "../../tools/kit/base/log.ts";
import { silentLog } from "../../tools/kit/base/log.ts";

import type { Disk } from "../file/disk.ts";

import { cidrTable } from "./cidr.ts";
import type { FileTableOptions } from "./indexed.ts";
import { indexedTable } from "./indexed.ts";
import { failTable, inlineTable, staticTable } from "./inline.ts";
import { regexpTable } from "./regexp.ts";
import type { Table, TableHit, Tables } from "./table.ts";
import { indexedTypes, tableTypes } from "./table_types.ts";
import { texthashTable } from "./texthash.ts";

export interface TablesOptions {
  readonly disk: Disk;
  /** For warnings of bad lines and old databases. */
  readonly log?: Log;
}

type OpenType = (name: string, rest: string, options: FileTableOptions) => Table;

const types: Readonly<Record<string, OpenType>> = {
  ...Object.fromEntries(indexedTypes.map((type) => [type, indexedTable])),
  texthash: texthashTable,
  regexp: regexpTable,
  cidr: cidrTable,
  inline: (name, rest) => inlineTable(name, rest),
  static: (name, rest) => staticTable(name, rest),
  fail: (name, rest) => failTable(name, rest),
};

export interface OpenTables extends Tables {
  close(): void;
}

/** Tables over a disk. File names in specs should be absolute. */
export function openTables(options: TablesOptions): OpenTables {
  const open = new Map<string, Table>();
  const fileOptions = { disk: options.disk, log: options.log ?? silentLog };
  return {
    open: (spec) => {
      const known = open.get(spec);
      if (known !== undefined) return known;
      const table = openTable(spec, fileOptions);
      open.set(spec, table);
      return table;
    },
    close: () => {
      for (const table of open.values()) table.close();
      open.clear();
    },
  };
}

function openTable(spec: string, options: FileTableOptions): Table {
  const colon = spec.indexOf(":");
  if (colon <= 0) {
    throw new ConfigError(`open dictionary: expecting "type:name" form instead of "${spec}"`);
  }
  const [type, rest] = [spec.slice(0, colon), spec.slice(colon + 1)];
  const openType = Object.hasOwn(types, type) ? types[type] : undefined;
  if (openType === undefined) {
    throw new ConfigError(
      `unsupported table type "${type}" in "${spec}"; there are ${tableTypes.join(", ")}`,
    );
  }
  if (rest === "") throw new ConfigError(`table "${spec}" has no name after "${type}:"`);
  return openType(spec, rest, options);
}

/** One lookup of one key, as `postmap -q` does: no partial keys. @throws ConfigError, TempFailure */
export async function queryTable(
  spec: string,
  key: string,
  options: TablesOptions,
): Promise<TableHit | undefined> {
  const tables = openTables(options);
  try {
    return await tables.open(spec).lookup(key);
  } finally {
    tables.close();
  }
}
