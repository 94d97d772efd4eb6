/** `mailsrv alias build|query` (= postalias, newaliases): aliases(5) files. */

import { indexedTypes } from "../../store/table/table_types.ts";

import type { Settings } from "../config/schema.ts";

import type { Command } from "./command.ts";
import type { Context } from "./context.ts";
import type { ExitCode } from "./exit_code.ts";
import { addEntries, buildOptions, buildTables, deleteKeys } from "./map.ts";
import { queryKeys, queryOptions } from "./map_query.ts";
import { settingsFor } from "./settings.ts";
import { splitTableSpec } from "./table_spec.ts";

/** Builds all tables of alias_database that are built at all. */
export function buildAliases(context: Context, settings: Settings): Promise<ExitCode> {
  const built = settings.alias_database.filter((spec) => indexedTypes.includes(splitTableSpec(spec).type));
  return buildTables(context, "alias", { rest: built, options: {} });
}

export const aliasBuildCommand: Command = {
  name: "alias build",
  summary: "build the aliases (postalias, newaliases)",
  arguments: "[FILE ...]",
  details: ["Without FILE: every table of alias_database. Silent when all is well."],
  options: buildOptions,
  run: async (context, given) => {
    if (given.rest.length > 0) return await buildTables(context, "alias", given);
    return await buildAliases(context, (await settingsFor(context, given)).settings);
  },
};

export const aliasQueryCommand: Command = {
  name: "alias query",
  summary: "look a name up in the aliases (postalias -q)",
  arguments: "NAME|- TABLE ...",
  options: queryOptions.filter(({ name }) => !["header", "body", "mime"].includes(name)),
  least: 2,
  run: queryKeys,
};

export const aliasAddCommand: Command = {
  name: "alias add",
  summary: "add aliases of standard input to a built table (postalias -i)",
  arguments: "TABLE ...",
  options: buildOptions.filter(({ name }) => name !== "default-mode"),
  least: 1,
  run: (context, given) => addEntries(context, "alias", given),
};

export const aliasDeleteCommand: Command = {
  name: "alias delete",
  summary: "delete a name from built aliases (postalias -d)",
  arguments: "NAME|- TABLE ...",
  least: 2,
  run: deleteKeys,
};
