/** `mailsrv map build|query|dump` (= postmap): tables of `key value` lines. */

import { utf8Text } from "../kit/base/bytes.ts";
import { ConfigError } from "../kit/base/failure.ts";

import { CdbReader } from "../../store/table/cdb_reader.ts";
import { buildTable } from "../../store/table/build.ts";
import type { SourceKind } from "../../store/table/source.ts";
import { indexedTypes } from "../../store/table/table_types.ts";
import { queryTable } from "../../store/table/tables.ts";

import type { Arguments, Command, CommandOption } from "./command.ts";
import type { Context } from "./context.ts";
import { readInput } from "./context.ts";
import type { ExitCode } from "./exit_code.ts";
import { exitCode } from "./exit_code.ts";
import { splitTableSpec, tableSpec } from "./table_spec.ts";

export const buildOptions: readonly CommandOption[] = [
  {
    name: "replace",
    letter: "r",
    summary: "of a key that comes again the last entry counts, without a warning",
  },
];

/** Builds each table named, with postmap's warnings. */
export async function buildTables(
  context: Context,
  kind: SourceKind,
  given: Pick<Arguments, "rest" | "options">,
): Promise<ExitCode> {
  for (const text of given.rest) {
    const { type, name } = splitTableSpec(tableSpec(text));
    if (!indexedTypes.includes(type)) {
      throw new ConfigError(
        `table type "${type}" is not built from a file; those that are: ${indexedTypes.join(", ")}`,
      );
    }
    const { warnings } = await buildTable({
      kind,
      path: name,
      disk: context.disk,
      random: context.random,
      duplicates: given.options.replace === true ? "last" : "warn",
    });
    for (const warning of warnings) context.complain(`warning: ${warning}`);
  }
  return exitCode.ok;
}

/** Most octets of keys on standard input. */
const maxKeysOctets = 256 << 20;

/** One lookup for each key, no partial keys: postmap -q. */
export async function queryKeys(context: Context, given: Pick<Arguments, "rest">): Promise<ExitCode> {
  const [key = "", table = ""] = given.rest;
  const options = { disk: context.disk };
  const spec = tableSpec(table);
  if (key !== "-") {
    const hit = await queryTable(spec, key, options);
    if (hit === undefined) return exitCode.no;
    await context.print(`${hit.value}\n`);
    return exitCode.ok;
  }
  let found = false;
  for (const line of utf8Text(await readInput(context, maxKeysOctets)).split(/\r?\n/)) {
    const hit = line === "" ? undefined : await queryTable(spec, line, options);
    if (hit === undefined) continue;
    found = true;
    await context.print(`${line}\t${hit.value}\n`);
  }
  return found ? exitCode.ok : exitCode.no;
}

export const mapBuildCommand: Command = {
  name: "map build",
  summary: "build a table for lookups (postmap)",
  arguments: "FILE ...",
  details: [
    "Reads lines of `key value` and makes FILE.cdb beside FILE, replaced in one step; a running server uses it at the next lookup.",
  ],
  options: buildOptions,
  least: 1,
  run: (context, given) => buildTables(context, "map", given),
};

export const mapQueryCommand: Command = {
  name: "map query",
  summary: "look a key up in a table (postmap -q)",
  arguments: "KEY|- TABLE",
  details: [
    "Prints the value; exit 1 and no output when the key is not there. With - keys come from standard input.",
  ],
  least: 2,
  most: 2,
  run: queryKeys,
};

export const mapDumpCommand: Command = {
  name: "map dump",
  summary: "print all entries of a built table (postmap -s)",
  arguments: "TABLE",
  least: 1,
  most: 1,
  run: async (context, given) => {
    const { type, name } = splitTableSpec(tableSpec(given.rest[0]!));
    if (!indexedTypes.includes(type)) throw new ConfigError(`table type "${type}" cannot be listed`);
    const reader = await CdbReader.open(context.disk, `${name}.cdb`);
    try {
      for await (const { key, value } of reader.records()) {
        await context.print(`${utf8Text(key)}\t${utf8Text(value)}\n`);
      }
    } finally {
      await reader.close();
    }
    return exitCode.ok;
  },
};
