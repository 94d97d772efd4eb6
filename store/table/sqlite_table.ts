/**
 * `sqlite:FILE` (sqlite_table(5)): FILE says where the database is (`dbpath`) and what is asked of it (`query`), with
 * `result_format`, `domain` and `expansion_limit`. Both files are looked at before each lookup.
 */

import { ConfigError, TempFailure } from "../../tools/kit/base/failure.ts";

import type { FileTableOptions } from "./indexed.ts";
import { remoteFailure } from "./remote_client.ts";
import { foldKey } from "./source.ts";
import { logicalLines } from "./source_lines.ts";
import { fillSqlTemplate, templateProblem } from "./sql_template.ts";
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

export interface SqliteSettings {
  readonly dbpath: string;
  readonly query: string;
  readonly resultFormat: string;
  /** Only addresses of these are asked for; empty: all keys are. */
  readonly domains: readonly string[];
  /** Most values of a lookup; 0: any number. */
  readonly expansionLimit: number;
}

const maxSettingsOctets = 1 << 20;

export function sqliteTable(name: string, path: string, options: SqliteTableOptions): Table {
  const { disk } = options;
  const file = new WatchedFile<Opened>({
    disk,
    path,
    load: async () => {
      const settings = readSqliteSettings(path, await disk.readFile(path, maxSettingsOctets));
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
          lookUp(foldKey(key, options.fold), settings, database)
        );
      } catch (thrown) {
        throw thrown instanceof TempFailure ? thrown : remoteFailure(name, thrown);
      }
    },
    close: () => file.close(),
  };
}

async function lookUp(
  key: string,
  settings: SqliteSettings,
  database: WatchedFile<SqliteDatabase>,
): Promise<{ readonly value: string } | undefined> {
  if (key.includes("\0") || !isAskedFor(key, settings.domains)) return undefined;
  const quote = (text: string) => text.replaceAll("'", "''");
  const statement = fillSqlTemplate(settings.query, { key, value: key, quote });
  if (statement === undefined) return undefined;
  const rows = await database.use((opened) => opened.rows(statement));
  const values: string[] = [];
  for (const column of rows.flat()) {
    if (column === null || column === undefined || column === "") continue;
    const format = { key, value: String(column), quote: (text: string) => text };
    const value = fillSqlTemplate(settings.resultFormat, format);
    if (value === undefined) continue;
    values.push(value);
    if (settings.expansionLimit > 0 && values.length > settings.expansionLimit) {
      throw new Error(`expansion limit of ${settings.expansionLimit} exceeded for "${key}"`);
    }
  }
  return values.length === 0 ? undefined : { value: values.join(",") };
}

function isAskedFor(key: string, domains: readonly string[]): boolean {
  if (domains.length === 0) return true;
  const at = key.lastIndexOf("@");
  return at > 0 && domains.includes(key.slice(at + 1));
}

const names = ["dbpath", "query", "result_format", "domain", "expansion_limit"];
const oldNames = ["table", "select_field", "where_field", "additional_conditions"];

/** @throws ConfigError with file and line */
export function readSqliteSettings(path: string, bytes: Uint8Array): SqliteSettings {
  const given = new Map<string, { readonly value: string; readonly line: number }>();
  const warn = (text: string) => {
    throw new ConfigError(text);
  };
  for (const { text, line } of logicalLines(bytes, { file: path, warn })) {
    const match = /^([A-Za-z_]\w*)\s*=\s*([^]*)$/.exec(text);
    if (match === null) throw new ConfigError(`expected "name = value", not "${text}"`, path, line);
    const name = match[1]!;
    if (![...names, ...oldNames].includes(name)) {
      throw new ConfigError(`unknown parameter "${name}"; there are ${names.join(", ")}`, path, line);
    }
    given.set(name, { value: match[2]!, line });
  }
  const value = (name: string) => given.get(name)?.value ?? "";
  const dbpath = value("dbpath");
  if (!dbpath.startsWith("/")) {
    throw new ConfigError(
      `dbpath must be an absolute path, not "${dbpath}"`,
      path,
      given.get("dbpath")?.line,
    );
  }
  const query = value("query") || oldQuery(value);
  if (query === "") throw new ConfigError("no query", path);
  const resultFormat = value("result_format") || "%s";
  for (const [name, template] of [["query", query], ["result_format", resultFormat]] as const) {
    const problem = templateProblem(template);
    if (problem !== undefined) throw new ConfigError(`${name}: ${problem}`, path, given.get(name)?.line);
  }
  const limit = value("expansion_limit") || "0";
  if (!/^\d{1,9}$/.test(limit)) {
    throw new ConfigError(
      `expansion_limit: "${limit}" is no number`,
      path,
      given.get("expansion_limit")?.line,
    );
  }
  const domains = value("domain").toLowerCase().split(/[\s,]+/).filter(Boolean);
  return { dbpath, query, resultFormat, domains, expansionLimit: Number(limit) };
}

/** The parts of a query that Postfix before 2.2 had. */
function oldQuery(value: (name: string) => string): string {
  if (value("table") === "") return "";
  return `SELECT ${value("select_field")} FROM ${value("table")} WHERE ${value("where_field")} = '%s' ${
    value("additional_conditions")
  }`;
}
