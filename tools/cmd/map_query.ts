/** `mailsrv map query|dump` (= postmap -q and -s): what is in tables. */

import { utf8Text } from "../kit/base/bytes.ts";
import { createLog } from "../kit/base/log.ts";

import { CdbReader } from "../../store/table/cdb_reader.ts";
import { decodedFiles } from "../../store/table/file_values.ts";
import { openTables } from "../../store/table/tables.ts";

import type { Arguments, Command, CommandOption } from "./command.ts";
import { UsageError } from "./command.ts";
import type { Context } from "./context.ts";
import { readInput } from "./context.ts";
import type { ExitCode } from "./exit_code.ts";
import { exitCode } from "./exit_code.ts";
import { builtFile, filesOption, maxInputOctets, readInputKeys } from "./map.ts";
import { messageKeys } from "./message_keys.ts";
import { processTables } from "./process_tables.ts";
import { tableSpec } from "./table_spec.ts";

const jsonOption: CommandOption = {
  name: "json",
  letter: "j",
  summary: `a line {"key": "value"} for each entry`,
};

export const queryOptions: readonly CommandOption[] = [
  { name: "exact", letter: "f", summary: "do not fold keys to lower case" },
  filesOption,
  jsonOption,
  {
    name: "header",
    summary: "with -: ask for the header fields of a message on standard input (postmap -h)",
  },
  { name: "body", summary: "with -: ask for the body lines of a message on standard input (postmap -b)" },
  { name: "mime", summary: "with --header or --body: heads of parts count as header (postmap -m)" },
];

/** One lookup for each key in each table until one has it, no partial keys: postmap -q. */
export async function queryKeys(
  context: Context,
  given: Pick<Arguments, "rest" | "options">,
): Promise<ExitCode> {
  const [key = "", ...specs] = given.rest;
  if (specs.length === 0) throw new UsageError("a table is needed after the key");
  const keys = await keysOf(context, key, given.options);
  const log = createLog(({ level, text }) => context.complain(`${level}: ${text}`), {
    now: context.clock.now,
    part: context.program,
    leastLevel: "warning",
  });
  const { disk, random, clock, env } = context;
  const { exact, files, json } = given.options;
  const options = { fold: exact !== true, valuesAreFiles: files === true };
  const tables = openTables({ ...processTables, ...options, disk, log, random, clock, env });
  const format = json === true
    ? jsonEntry
    : key === "-"
    ? textEntry(context)
    : (_key: string, value: string) => `${value}\n`;
  try {
    const asked = specs.map((spec) => tables.open(tableSpec(spec)));
    let found = false;
    let output = "";
    for (const one of keys) {
      for (const table of asked) {
        const hit = await table.lookup(one);
        if (hit === undefined) continue;
        if (hit.value === "") {
          context.complain(`warning: table ${table.name}: key ${one}: empty string result is not allowed`);
        }
        found = true;
        output += format(one, hit.value);
        break;
      }
      if (output.length < 65536) continue;
      await context.print(output);
      output = "";
    }
    await context.print(output);
    return found ? exitCode.ok : exitCode.no;
  } finally {
    tables.close();
  }
}

async function keysOf(
  context: Context,
  key: string,
  options: Arguments["options"],
): Promise<readonly string[]> {
  const { header, body, mime } = options;
  const isMessage = header === true || body === true;
  if (key !== "-" && (isMessage || mime === true)) {
    throw new UsageError("--header, --body and --mime are for the key - only");
  }
  if (key !== "-") return [key];
  if (mime === true && !isMessage) context.complain("warning: ignoring --mime without --header or --body");
  if (!isMessage) return await readInputKeys(context);
  const message = await readInput(context, maxInputOctets);
  return messageKeys(message, { header: header === true, body: body === true, mime: mime === true });
}

/** postalias(1) writes a colon. */
function textEntry({ program }: Context): (key: string, value: string) => string {
  const between = program === "postalias" ? ":\t" : "\t";
  return (key, value) => `${key}${between}${value}\n`;
}

function jsonEntry(key: string, value: string): string {
  return `{${JSON.stringify(key)}: ${JSON.stringify(value)}}\n`;
}

/** All entries of a built table, in its order: postmap -s. */
async function dumpTable(
  context: Context,
  given: Pick<Arguments, "rest" | "options">,
): Promise<ExitCode> {
  const path = builtFile(given.rest[0]!, "cannot be listed");
  const format = given.options.json === true ? jsonEntry : textEntry(context);
  const reader = await CdbReader.open(context.disk, `${path}.cdb`);
  try {
    let output = "";
    for await (const record of reader.records()) {
      const [key, text] = [utf8Text(record.key), utf8Text(record.value)];
      const value = given.options.files === true ? decodedFiles(text) : text;
      if (value === undefined) context.complain(`warning: table ${path}: key ${key}: the value is no Base64`);
      else output += format(key, value);
      if (output.length < 65536) continue;
      await context.print(output);
      output = "";
    }
    await context.print(output);
  } finally {
    await reader.close();
  }
  return exitCode.ok;
}

export const mapQueryCommand: Command = {
  name: "map query",
  summary: "look a key up in tables (postmap -q)",
  arguments: "KEY|- TABLE ...",
  details: [
    "Prints the value of the first table that has the key; exit 1 and no output when none has. With - keys come from standard input.",
  ],
  options: queryOptions,
  least: 2,
  run: queryKeys,
};

export const mapDumpCommand: Command = {
  name: "map dump",
  summary: "print all entries of a built table (postmap -s)",
  arguments: "TABLE",
  options: [jsonOption, filesOption],
  least: 1,
  most: 1,
  run: dumpTable,
};
