/**
 * `sqlite:FILE` (sqlite_table(5)): FILE says where the database is (`dbpath`) and what is asked of it (`query`), with
 * `result_format`, `domain` and `expansion_limit`. Both files are looked at before each lookup.
 */

import { TempFailure } from "../../tools/kit/base/failure.ts";

import { maxDatabaseFileOctets, readDatabaseFile } from "./database_file.ts";
import type { FileTableOptions } from "./indexed.ts";
import { remoteFailure } from "./remote_client.ts";
import { foldKey } from "./source.ts";
import { lookUpSql, oldSqlNames, readSqlQuery, sqlNames, type SqlQuery } from "./sql_lookup.ts";
import type { Table } from "./table.ts";
import { WatchedFile } from "./watched_file.ts";

export interface SqliteDatabase {
  /** The rows of one statement that only reads, column by column. @throws what the engine throws */
  rows(statement: string): readonly (readonly unknown[])[];
  close(): void;
}

export interface SqliteTableOptions extends FileTableOptions {
  /** Opens a database for reading. @throws what the engine throws */
  readonly openSqlite: (path: string) => Promise<SqliteDatabase>;
}

interface Opened {
  readonly settings: SqliteSettings;
  readonly database: WatchedFile<SqliteDatabase>;
}

export interface SqliteSettings extends SqlQuery {
  readonly dbpath: string;
}

export function sqliteTable(name: string, path: string, options: SqliteTableOptions): Table {
  const { disk } = options;
  const file = new WatchedFile<Opened>({
    disk,
    path,
    load: async () => {
      const settings = readSqliteSettings(path, await disk.readFile(path, maxDatabaseFileOctets));
      const database = new WatchedFile({
        disk,
        path: settings.dbpath,
        load: () => options.openSqlite(settings.dbpath),
        close: (opened) => opened.close(),
      });
      return { settings, database };
    },
    close: ({ database }) => database.close(),
  });
  return {
    name,
    fixed: true,
    lookup: async (key) => {
      try {
        return await file.use(({ settings, database }) =>
          lookUpSql(
            foldKey(key, options.fold),
            settings,
            (statement) => database.use((opened) => opened.rows(statement)),
          )
        );
      } catch (thrown) {
        throw thrown instanceof TempFailure ? thrown : remoteFailure(name, thrown);
      }
    },
    close: () => file.close(),
  };
}

const names = ["dbpath", ...sqlNames, ...oldSqlNames];

/** @throws ConfigError with file and line */
export function readSqliteSettings(path: string, bytes: Uint8Array): SqliteSettings {
  const file = readDatabaseFile(path, bytes, names);
  const dbpath = file.value("dbpath");
  if (!dbpath.startsWith("/")) {
    throw file.problem("dbpath", `dbpath must be an absolute path, not "${dbpath}"`);
  }
  return { dbpath, ...readSqlQuery(file) };
}
