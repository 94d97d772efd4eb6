/** What tables ask of this process beside files: sockets of table servers, the environment, SQLite. */

import type { SqliteDatabase } from "../../store/table/sqlite_table.ts";
import type { TableAddress, TableStream } from "../../store/table/remote_client.ts";
import type { TablesOptions } from "../../store/table/tables.ts";

import { openLdap, openPgsql } from "./database_clients.ts";

export const processTables: Required<
  Pick<TablesOptions, "connect" | "env" | "openSqlite" | "openPgsql" | "openLdap">
> = {
  connect: connectTable,
  env: (name) => Deno.env.get(name),
  openSqlite,
  openPgsql,
  openLdap,
};

async function connectTable(address: TableAddress): Promise<TableStream> {
  const conn = address.transport === "tcp"
    ? await Deno.connect({ hostname: address.host, port: address.port })
    : await Deno.connect({ transport: "unix", path: address.path });
  let isOpen = true;
  return {
    read: async () => {
      const buffer = new Uint8Array(4096);
      const octets = await conn.read(buffer);
      return octets === null ? undefined : buffer.subarray(0, octets);
    },
    write: async (bytes) => {
      for (let written = 0; written < bytes.length;) written += await conn.write(bytes.subarray(written));
    },
    close: () => {
      if (isOpen) conn.close();
      isOpen = false;
    },
  };
}

/** Loaded when the first such table is opened: most servers have none. */
async function openSqlite(path: string): Promise<SqliteDatabase> {
  const { DatabaseSync } = await import("node:sqlite");
  const database = new DatabaseSync(path, { readOnly: true });
  // Others write to it while we read.
  database.exec("PRAGMA busy_timeout = 2000");
  return {
    rows: (statement) => database.prepare(statement).all().map((row) => Object.values(row)),
    close: () => database.close(),
  };
}
