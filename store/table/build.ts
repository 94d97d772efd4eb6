/**
 * Builds FILE.cdb beside a source FILE: `mailsrv map build`, `mailsrv alias build`, postmap, postalias, newaliases.
 * The new file takes the place of the old in one step; running servers notice it at their next lookup.
 */

import { utf8Bytes } from "../../tools/kit/base/bytes.ts";
import { ConfigError } from "../../tools/kit/base/failure.ts";
import type { Random } from "../../tools/kit/base/random.ts";
import { randomHex } from "../../tools/kit/base/random.ts";

import type { Disk, FileInfo } from "../file/disk.ts";
import { DiskError } from "../file/disk.ts";

import { CdbWriter } from "./cdb_writer.ts";
import { encodedFiles } from "./file_values.ts";
import type { SourceEntry, SourceKind } from "./source.ts";
import { sourceEntries } from "./source.ts";

export interface BuildOptions {
  readonly kind: SourceKind;
  /** The source; the database is `path.cdb`. */
  readonly path: string;
  readonly disk: Disk;
  readonly random: Random;
  /** What becomes of a key that comes again: warn and keep the first (default), keep the first, or the last. */
  readonly duplicates?: "warn" | "first" | "last";
  /** Fold keys to lower case; default true. */
  readonly fold?: boolean;
  /** Values are names of files, whose contents are kept in Base64. */
  readonly valuesAreFiles?: boolean;
  /** The database's mode is that of the source, without what others may not read; default true. */
  readonly inheritMode?: boolean;
}

export interface BuiltTable {
  /** The database's path. */
  readonly path: string;
  readonly entries: number;
  /** Without "warning: " in front. */
  readonly warnings: readonly string[];
}

const maxSourceOctets = 1_073_741_824;
/** A temporary file that is older than this belongs to a build that died. */
const staleMs = 3_600_000;

/** @throws ConfigError when the source cannot be read, DiskError when the database cannot be written */
export async function buildTable(options: BuildOptions): Promise<BuiltTable> {
  const { path, disk } = options;
  const before = await statSource(disk, path);
  const bytes = await disk.readFile(path, maxSourceOctets).catch((thrown) => {
    throw sourceError(path, thrown);
  });
  const warnings: string[] = [];
  const database = `${path}.cdb`;
  const entries = await writeDatabase(database, distinctEntries(bytes, options, warnings), {
    ...options,
    like: before,
    mode: options.inheritMode === false ? 0o644 : 0o600 | before.mode & 0o066,
    warn: (text) => warnings.push(`${path}, ${text}`),
  });
  const after = await disk.stat(path);
  if (after?.modifiedMs !== before.modifiedMs || after.inode !== before.inode) {
    warnings.push(`${path} was changed while ${database} was being built; build it again`);
  }
  return { path: database, entries, warnings };
}

export interface DatabaseOptions {
  readonly disk: Disk;
  readonly random: Random;
  /** Whose file it becomes: the source, or the database before. */
  readonly like: FileInfo | undefined;
  readonly mode: number;
  readonly valuesAreFiles?: boolean;
  /** Of a line whose file cannot be read. */
  readonly warn?: (text: string) => void;
  /** Asked when all is written and nothing has changed yet; `false` gives it up. */
  readonly isWanted?: () => Promise<boolean>;
}

/** Writes a database and puts it into its place; gives the number of its entries, `undefined` when it was given up. */
export async function writeDatabase(
  database: string,
  entries: AsyncIterable<SourceEntry> | Iterable<SourceEntry>,
  options: DatabaseOptions & { readonly isWanted: () => Promise<boolean> },
): Promise<number | undefined>;
export async function writeDatabase(
  database: string,
  entries: AsyncIterable<SourceEntry> | Iterable<SourceEntry>,
  options: DatabaseOptions,
): Promise<number>;
export async function writeDatabase(
  database: string,
  entries: AsyncIterable<SourceEntry> | Iterable<SourceEntry>,
  options: DatabaseOptions,
): Promise<number | undefined> {
  const { disk, like } = options;
  const temporary = `${database}.tmp-${randomHex(options.random, 6)}`;
  const writer = await CdbWriter.create(disk, database, { temporary, mode: options.mode });
  try {
    const own = await writer.stat();
    if (like !== undefined) await adoptOwner(disk, temporary, { from: like, to: own });
    await removeStale(disk, database, own);
    for await (const { key, value, line } of entries) {
      const kept = options.valuesAreFiles === true ? await encodedFiles(disk, value) : { value };
      if ("problem" in kept) options.warn?.(`line ${line}: ${kept.problem}`);
      else await writer.add(utf8Bytes(key), utf8Bytes(kept.value), line);
    }
    if (await options.isWanted?.() === false) {
      await writer.abandon();
      return undefined;
    }
    await writer.finish();
  } catch (thrown) {
    await writer.abandon();
    throw thrown;
  }
  return writer.entries;
}

async function statSource(disk: Disk, path: string): Promise<FileInfo> {
  const info = await disk.stat(path).catch((thrown) => {
    throw sourceError(path, thrown);
  });
  if (info === undefined) throw new ConfigError(`open ${path}: No such file or directory`);
  if (info.kind === "directory") throw new ConfigError(`open ${path}: Is a directory`);
  return info;
}

function sourceError(path: string, thrown: unknown): unknown {
  if (!(thrown instanceof DiskError)) return thrown;
  return new ConfigError(`open ${path}: ${thrown.message.slice(thrown.message.lastIndexOf(": ") + 2)}`);
}

function distinctEntries(
  bytes: Uint8Array,
  options: BuildOptions,
  warnings: string[],
): Iterable<SourceEntry> {
  const { path, kind, fold = true, duplicates = "warn" } = options;
  const distinct = new Map<string, SourceEntry>();
  const report = { kind, fold, file: path, warn: (text: string) => warnings.push(text) };
  for (const entry of sourceEntries(bytes, report)) {
    if (distinct.has(entry.key) && duplicates !== "last") {
      if (duplicates === "warn") {
        warnings.push(`${path}, line ${entry.line}: duplicate entry: "${entry.key}"`);
      }
      continue;
    }
    distinct.set(entry.key, entry);
  }
  // Sendmail's end mark, which programs take as the sign of a whole aliases database.
  if (kind === "alias" && !distinct.has("@")) distinct.set("@", { key: "@", value: "@", line: 0 });
  return distinct.values();
}

/** The database belongs to the source's owner, when the builder may give it away. */
async function adoptOwner(
  disk: Disk,
  path: string,
  info: { readonly from: FileInfo; readonly to: FileInfo },
): Promise<void> {
  if (info.from.uid === info.to.uid && info.from.gid === info.to.gid) return;
  await disk.chown(path, info.from.uid, info.from.gid).catch((thrown) => {
    if (!(thrown instanceof DiskError && thrown.code === "denied")) throw thrown;
  });
}

/** Removes what builds that died left beside the database; "now" is when our own temporary file was made. */
async function removeStale(disk: Disk, database: string, own: FileInfo): Promise<void> {
  const slash = database.lastIndexOf("/");
  const directory = slash < 0 ? "." : database.slice(0, slash) || "/";
  const prefix = `${database.slice(slash + 1)}.tmp-`;
  for (const entry of await disk.list(directory)) {
    if (!entry.name.startsWith(prefix)) continue;
    const path = `${directory}/${entry.name}`;
    const info = await disk.lstat(path);
    if (info !== undefined && own.modifiedMs - info.modifiedMs > staleMs) {
      await disk.unlink(path).catch(() => {});
    }
  }
}
