/** The tables of a server, by `type:name`: each is opened once and shared. */

import type { Clock } from "../../tools/kit/base/clock.ts";
import { realClock } from "../../tools/kit/base/clock.ts";
import { ConfigError } from "../../tools/kit/base/failure.ts";
import type { Log } from "../../tools/kit/base/log.ts";
import { silentLog } from "../../tools/kit/base/log.ts";
import type { Random } from "../../tools/kit/base/random.ts";
import { realRandom } from "../../tools/kit/base/random.ts";

import type { Disk } from "../file/disk.ts";

import { cidrTable } from "./cidr.ts";
import { pipeTable, proxyTable, unionTable } from "./composite.ts";
import { fileValues } from "./file_values.ts";
import { indexedTable } from "./indexed.ts";
import type { LdapTableOptions } from "./ldap_table.ts";
import { ldapTable } from "./ldap_table.ts";
import { failTable, inlineTable, randomTable, staticTable } from "./inline.ts";
import type { PgsqlTableOptions } from "./pgsql_table.ts";
import { pgsqlTable } from "./pgsql_table.ts";
import { pcreTable, regexpTable } from "./regexp.ts";
import type { ConnectTable } from "./remote_client.ts";
import { socketmapTable, tcpTable } from "./remote_tables.ts";
import type { SqliteTableOptions } from "./sqlite_table.ts";
import { sqliteTable } from "./sqlite_table.ts";
import { srsTable } from "./srs_table.ts";
import { environTable, unixTable } from "./system_tables.ts";
import type { Table, Tables } from "./table.ts";
import { indexedTypes, tableTypes } from "./table_types.ts";
import { texthashTable } from "./texthash.ts";

/** What tables need of the world beside the disk; a type whose part is not given cannot be opened. */
export interface TablesOptions {
  readonly disk: Disk;
  /** For warnings of bad lines and old databases. */
  readonly log?: Log;
  /** `randmap`. */
  readonly random?: Random;
  /** Time limits of `socketmap` and `tcp`. */
  readonly clock?: Clock;
  readonly connect?: ConnectTable;
  readonly env?: (name: string) => string | undefined;
  readonly openSqlite?: SqliteTableOptions["openSqlite"];
  readonly openPgsql?: PgsqlTableOptions["openPgsql"];
  readonly openLdap?: LdapTableOptions["openLdap"];
  /** Fold keys of fixed tables to lower case; default true. */
  readonly fold?: boolean;
  /** Values are names of files, whose contents are meant (postmap -F). */
  readonly valuesAreFiles?: boolean;
}

/** With all that has a default. */
type World = TablesOptions & { readonly log: Log; readonly random: Random; readonly clock: Clock };

type OpenType = (name: string, rest: string, world: World, open: (spec: string) => Table) => Table;

const types: Readonly<Record<string, OpenType>> = {
  ...Object.fromEntries(indexedTypes.map((type) => [type, indexedTable])),
  texthash: texthashTable,
  regexp: regexpTable,
  pcre: pcreTable,
  cidr: cidrTable,
  inline: (name, rest, { fold }) => inlineTable(name, rest, { fold: fold !== false }),
  static: staticTable,
  randmap: (name, rest, { random }) => randomTable(name, rest, random),
  fail: failTable,
  unionmap: (name, rest, _world, open) => unionTable(name, rest, open),
  pipemap: (name, rest, _world, open) => pipeTable(name, rest, open),
  proxy: (name, rest, _world, open) => proxyTable(name, rest, open),
  unix: (name, rest, { disk }) => unixTable(name, rest, disk),
  environ: (name, _rest, { env, fold }) => environTable(name, given(name, env), { fold: fold !== false }),
  socketmap: (name, rest, { clock, connect }) =>
    socketmapTable(name, rest, { clock, connect: given(name, connect) }),
  tcp: (name, rest, { clock, connect }) => tcpTable(name, rest, { clock, connect: given(name, connect) }),
  sqlite: (name, rest, world) =>
    sqliteTable(name, rest, { ...world, openSqlite: given(name, world.openSqlite) }),
  pgsql: (name, rest, world) => pgsqlTable(name, rest, { ...world, openPgsql: given(name, world.openPgsql) }),
  srs: srsTable,
  ldap: (name, rest, world) => ldapTable(name, rest, { ...world, openLdap: given(name, world.openLdap) }),
};

function given<T>(name: string, part: T | undefined): T {
  if (part === undefined) throw new ConfigError(`table "${name}" cannot be used here`);
  return part;
}

export interface OpenTables extends Tables {
  close(): void;
}

/** Tables over a disk. File names in specs should be absolute. */
export function openTables(options: TablesOptions): OpenTables {
  const open = new Map<string, Table>();
  const { log = silentLog, random = realRandom, clock = realClock } = options;
  const world = { ...options, log, random, clock };
  const openSpec = (spec: string, depth: number): Table => {
    const known = open.get(spec);
    if (known !== undefined) return known;
    if (depth > maxDepth) throw new ConfigError(`too many tables inside tables: "${spec}"`);
    const table = openTable(spec, world, (part) => openSpec(part, depth + 1));
    open.set(spec, table);
    return table;
  };
  return {
    open: (spec) => {
      const table = openSpec(spec, 0);
      return options.valuesAreFiles === true ? fileValues(table, options.disk) : table;
    },
    close: () => {
      for (const table of open.values()) table.close();
      open.clear();
    },
  };
}

const maxDepth = 20;

function openTable(spec: string, world: World, open: (spec: string) => Table): Table {
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
  return openType(spec, rest, world, open);
}
