/** What tables in SQL databases have in common: a query that is filled in, and rows that become one value (sqlite_table(5), pgsql_table(5)). */

import type { DatabaseFile } from "./database_file.ts";
import { fillSqlTemplate, templateProblem } from "./sql_template.ts";

export interface SqlQuery {
  readonly query: string;
  readonly resultFormat: string;
  /** Only addresses of these are asked for; empty: all keys are. */
  readonly domains: readonly string[];
  /** Most values of a lookup; 0: any number. */
  readonly expansionLimit: number;
}

export const sqlNames: readonly string[] = ["query", "result_format", "domain", "expansion_limit"];
/** Of Postfix before 2.2. */
export const oldSqlNames: readonly string[] = [
  "table",
  "select_field",
  "where_field",
  "additional_conditions",
];

/** @throws ConfigError with file and line */
export function readSqlQuery(file: DatabaseFile): SqlQuery {
  const query = file.value("query") || oldQuery(file);
  if (query === "") throw file.problem("query", "no query");
  const resultFormat = file.value("result_format") || "%s";
  for (const [name, template] of [["query", query], ["result_format", resultFormat]] as const) {
    const problem = templateProblem(template);
    if (problem !== undefined) throw file.problem(name, `${name}: ${problem}`);
  }
  return {
    query,
    resultFormat,
    domains: file.list("domain").map((name) => name.toLowerCase()),
    expansionLimit: file.count("expansion_limit", 0),
  };
}

/** Rows of one statement, column by column. */
export type AskSql = (statement: string) => Promise<readonly (readonly unknown[])[]>;

/** The values that are found for `key`, joined by commas. @throws what `ask` throws */
export async function lookUpSql(
  key: string,
  settings: SqlQuery,
  ask: AskSql,
): Promise<{ readonly value: string } | undefined> {
  if (key.includes("\0") || !isAskedFor(key, settings.domains)) return undefined;
  const quote = (text: string) => text.replaceAll("'", "''");
  const statement = fillSqlTemplate(settings.query, { key, value: key, quote });
  if (statement === undefined) return undefined;
  return formatResults(key, (await ask(statement)).flat(), settings);
}

/** @throws Error when there are too many */
export function formatResults(
  key: string,
  found: readonly unknown[],
  { resultFormat, expansionLimit }: Pick<SqlQuery, "resultFormat" | "expansionLimit">,
): { readonly value: string } | undefined {
  const values: string[] = [];
  for (const each of found) {
    if (each === null || each === undefined || each === "") continue;
    const format = { key, value: String(each), quote: (text: string) => text };
    const value = fillSqlTemplate(resultFormat, format);
    if (value === undefined) continue;
    values.push(value);
    if (expansionLimit > 0 && values.length > expansionLimit) {
      throw new Error(`expansion limit of ${expansionLimit} exceeded for "${key}"`);
    }
  }
  return values.length === 0 ? undefined : { value: values.join(",") };
}

/** The `domain` parameter: keys without a domain, or of another one, are not asked for. */
export function isAskedFor(key: string, domains: readonly string[]): boolean {
  if (domains.length === 0) return true;
  const at = key.lastIndexOf("@");
  return at > 0 && domains.includes(key.slice(at + 1));
}

/** The parts of a query that Postfix before 2.2 had. */
function oldQuery({ value }: DatabaseFile): string {
  if (value("table") === "") return "";
  return `SELECT ${value("select_field")} FROM ${value("table")} WHERE ${value("where_field")} = '%s' ${
    value("additional_conditions")
  }`;
}
