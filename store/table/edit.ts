/**
 * Changes a built table without its source (`mailsrv map add|delete`, postmap -i and -d): the database is written anew
 * from its records and put into its place in one step. When somebody else changed it meanwhile, it is done again.
 */

import { utf8TextStrict } from "../../tools/kit/base/bytes.ts";
import { ConfigError } from "../../tools/kit/base/failure.ts";
import type { Random } from "../../tools/kit/base/random.ts";

import type { Disk } from "../file/disk.ts";

import { writeDatabase } from "./build.ts";
import { CdbReader } from "./cdb_reader.ts";
import { encodedFiles } from "./file_values.ts";
import type { SourceEntry, SourceKind } from "./source.ts";
import { foldKey, sourceEntries } from "./source.ts";
import { fileStamp } from "./watched_file.ts";

export interface EditOptions {
  /** The source; the database is `path.cdb`. */
  readonly path: string;
  readonly disk: Disk;
  readonly random: Random;
  readonly fold?: boolean;
}

export interface AddOptions extends EditOptions {
  readonly kind: SourceKind;
  /** What becomes of a key that is there: warn and keep it (default), keep it, or replace it. */
  readonly duplicates?: "warn" | "first" | "last";
  readonly valuesAreFiles?: boolean;
}

/**
 * Adds the entries of a source (postmap -i: of standard input); the database is made when there is none. Gives the
 * warnings.
 */
export async function addToTable(source: Uint8Array, options: AddOptions): Promise<readonly string[]> {
  const { path, kind, fold = true, duplicates = "warn" } = options;
  let warnings: string[] = [];
  const warn = (text: string) => warnings.push(text);
  await rewrite(options, { mayBeMissing: true }, async (old) => {
    warnings = [];
    const entries = new Map(old);
    for (const entry of sourceEntries(source, { kind, fold, file: "stdin", warn })) {
      const isThere = entries.has(entry.key);
      if (isThere && duplicates === "warn") warnings.push(`${path}.cdb: duplicate entry: "${entry.key}"`);
      if (isThere && duplicates !== "last") continue;
      const kept = options.valuesAreFiles === true ? await encodedFiles(options.disk, entry.value) : entry;
      if ("problem" in kept) warnings.push(`stdin, line ${entry.line}: ${kept.problem}`);
      // Lines are those of the source file, which knows nothing of this one.
      else entries.set(entry.key, { key: entry.key, value: kept.value, line: 0 });
    }
    return entries;
  });
  return warnings;
}

/** Removes keys; gives those that were there. @throws ConfigError when there is no database */
export async function deleteFromTable(
  keys: readonly string[],
  options: EditOptions,
): Promise<readonly string[]> {
  let found: string[] = [];
  await rewrite(options, { mayBeMissing: false }, (old) => {
    found = keys.filter((key) => old.has(foldKey(key, options.fold)));
    if (found.length === 0) return undefined;
    const entries = new Map(old);
    for (const key of found) entries.delete(foldKey(key, options.fold));
    return entries;
  });
  return found;
}

type Entries = ReadonlyMap<string, SourceEntry>;

const maxTries = 10;

async function rewrite(
  { path, disk, random }: EditOptions,
  options: { readonly mayBeMissing: boolean },
  change: (old: Entries) => Entries | undefined | Promise<Entries>,
): Promise<void> {
  const database = `${path}.cdb`;
  for (let tries = 0; tries < maxTries; tries++) {
    const before = await disk.stat(database);
    if (before === undefined && !options.mayBeMissing) {
      throw new ConfigError(`open database ${database}: No such file or directory`);
    }
    const old = before === undefined ? new Map<string, SourceEntry>() : await readEntries(disk, database);
    const entries = await change(old);
    if (entries === undefined) return;
    const stamp = fileStamp(before);
    const written = await writeDatabase(database, entries.values(), {
      disk,
      random,
      like: before,
      mode: before === undefined ? 0o644 : before.mode & 0o777,
      isWanted: async () => fileStamp(await disk.stat(database)) === stamp,
    });
    if (written !== undefined) return;
  }
  throw new ConfigError(`${database} is being changed by others all the time; nothing was done`);
}

async function readEntries(disk: Disk, database: string): Promise<Entries> {
  const entries = new Map<string, SourceEntry>();
  const reader = await CdbReader.open(disk, database);
  try {
    for await (const record of reader.records()) {
      const [key, value] = [utf8TextStrict(record.key), utf8TextStrict(record.value)];
      if (key === undefined || value === undefined) {
        throw new ConfigError(`${database} holds what is not UTF-8, and can only be built again`);
      }
      if (!entries.has(key)) entries.set(key, { key, value, line: record.line ?? 0 });
    }
  } finally {
    await reader.close();
  }
  return entries;
}
