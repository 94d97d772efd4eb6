/** `mailsrv map build|add|delete|types` (= postmap): tables of `key value` lines. */

import { utf8Text } from "../kit/base/bytes.ts";
import { ConfigError } from "../kit/base/failure.ts";

import { buildTable } from "../../store/table/build.ts";
import { addToTable, deleteFromTable } from "../../store/table/edit.ts";
import type { SourceKind } from "../../store/table/source.ts";
import { indexedTypes, tableTypes } from "../../store/table/table_types.ts";

import type { Arguments, Command, CommandOption } from "./command.ts";
import { UsageError } from "./command.ts";
import type { Context } from "./context.ts";
import { readInput } from "./context.ts";
import type { ExitCode } from "./exit_code.ts";
import { exitCode } from "./exit_code.ts";
import { splitTableSpec, tableSpec } from "./table_spec.ts";

const exactOption: CommandOption = {
  name: "exact",
  letter: "f",
  summary: "do not fold keys to lower case",
};

const replaceOption: CommandOption = {
  name: "replace",
  letter: "r",
  summary: "of a key that comes again the last entry counts, without a warning",
};

const quietOption: CommandOption = {
  name: "keep",
  letter: "w",
  summary: "of a key that comes again the first entry counts, without a warning",
};

export const filesOption: CommandOption = {
  name: "files",
  letter: "F",
  summary: "values are names of files, whose contents are kept (in Base64)",
};

export const buildOptions: readonly CommandOption[] = [
  replaceOption,
  quietOption,
  exactOption,
  filesOption,
  { name: "default-mode", letter: "p", summary: "mode 0644, whatever that of the source is" },
];

/** Most octets of keys or entries on standard input. */
export const maxInputOctets = 256 << 20;

/** The file of a table that is built. @throws ConfigError for another */
export function builtFile(text: string, what: string): string {
  const { type, name } = splitTableSpec(tableSpec(text));
  if (!indexedTypes.includes(type)) {
    throw new ConfigError(`table type "${type}" ${what}; those that are: ${indexedTypes.join(", ")}`);
  }
  return name;
}

/** What the options common to building and adding mean. */
function entryOptions(options: Arguments["options"]) {
  const duplicates = options.replace === true ? "last" : options.keep === true ? "first" : "warn";
  return { duplicates, fold: options.exact !== true, valuesAreFiles: options.files === true } as const;
}

/** Builds each table named, with postmap's warnings. */
export async function buildTables(
  context: Context,
  kind: SourceKind,
  given: Pick<Arguments, "rest" | "options">,
): Promise<ExitCode> {
  for (const text of given.rest) {
    const path = builtFile(text, "is not built from a file");
    const { disk, random } = context;
    const inheritMode = given.options["default-mode"] !== true;
    const { warnings } = await buildTable({
      ...entryOptions(given.options),
      ...{ kind, path, disk, random, inheritMode },
    });
    for (const warning of warnings) context.complain(`warning: ${warning}`);
  }
  return exitCode.ok;
}

/** Adds the entries of standard input to each table named: postmap -i. */
export async function addEntries(
  context: Context,
  kind: SourceKind,
  given: Pick<Arguments, "rest" | "options">,
): Promise<ExitCode> {
  const source = await readInput(context, maxInputOctets);
  for (const text of given.rest) {
    const path = builtFile(text, "is not added to");
    const { disk, random } = context;
    const warnings = await addToTable(source, { ...entryOptions(given.options), kind, path, disk, random });
    for (const warning of warnings) context.complain(`warning: ${warning}`);
  }
  return exitCode.ok;
}

/** Removes a key, or those on standard input, from each table named: postmap -d. */
export async function deleteKeys(
  context: Context,
  given: Pick<Arguments, "rest" | "options">,
): Promise<ExitCode> {
  const [key = "", ...tables] = given.rest;
  if (tables.length === 0) throw new UsageError("a table is needed after the key");
  const paths = tables.map((text) => builtFile(text, "is not deleted from"));
  const keys = key === "-" ? await readInputKeys(context) : [key];
  let found = false;
  for (const path of paths) {
    const { disk, random } = context;
    const deleted = await deleteFromTable(keys, { path, disk, random, fold: given.options.exact !== true });
    if (deleted.length > 0) found = true;
  }
  return found ? exitCode.ok : exitCode.no;
}

/** The lines of standard input. */
export async function readInputKeys(context: Context): Promise<readonly string[]> {
  const text = utf8Text(await readInput(context, maxInputOctets));
  return text.split(/\r?\n/).filter((line) => line !== "");
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

export const mapAddCommand: Command = {
  name: "map add",
  summary: "add entries of standard input to a built table (postmap -i)",
  arguments: "TABLE ...",
  details: ["Lines of `key value` go into the table, not into its source; the next build forgets them."],
  options: [replaceOption, quietOption, exactOption, filesOption],
  least: 1,
  run: (context, given) => addEntries(context, "map", given),
};

export const mapDeleteCommand: Command = {
  name: "map delete",
  summary: "delete a key from a built table (postmap -d)",
  arguments: "KEY|- TABLE ...",
  details: [
    "Exit 1 when the key is not there. With - keys come from standard input. The source stays as it is; the next build brings the key back.",
  ],
  options: [exactOption],
  least: 2,
  run: deleteKeys,
};

export const mapTypesCommand: Command = {
  name: "map types",
  summary: "list the types of tables (postconf -m)",
  most: 0,
  run: async (context) => {
    await context.print([...tableTypes].sort().map((type) => `${type}\n`).join(""));
    return exitCode.ok;
  },
};
