/** Tables built from a source: hash, btree, lmdb, cdb and dbm all mean FILE.cdb here, which `build.ts` makes. */

import { utf8Bytes, utf8Text } from "../../tools/kit/base/bytes.ts";
import type { Clock } from "../../tools/kit/base/clock.ts";
import { ConfigError, TempFailure } from "../../tools/kit/base/failure.ts";
import type { Log } from "../../tools/kit/base/log.ts";

import type { Disk } from "../file/disk.ts";

import { CdbReader } from "./cdb_reader.ts";
import { foldKey } from "./source.ts";
import type { Table } from "./table.ts";
import { fileStamp, WatchedFile } from "./watched_file.ts";

export interface FileTableOptions {
  readonly disk: Disk;
  readonly log: Log;
  readonly clock: Pick<Clock, "monotonic">;
  /** Fold keys to lower case; default true. */
  readonly fold?: boolean;
}

/** The table of a source file `path`; `name` as it was written (`hash:/etc/aliases`). */
export function indexedTable(name: string, path: string, options: FileTableOptions): Table {
  const { disk, log } = options;
  const database = `${path}.cdb`;
  const warnIfOld = ageWarner(path, options);
  const file = new WatchedFile<CdbReader>({
    disk,
    path: database,
    load: () => openDatabase(disk, path),
    // A file descriptor that cannot be closed is the log's business, not the lookup's.
    close: (reader) => {
      reader.close().catch((thrown) => log.write("warning", `cannot close ${database}: ${String(thrown)}`));
    },
  });
  return {
    name,
    fixed: true,
    lookup: async (key) => {
      await warnIfOld();
      const record = await file.use((reader) => reader.find(utf8Bytes(foldKey(key, options.fold))));
      return record === undefined ? undefined : { value: utf8Text(record.value), line: record.line };
    },
    close: () => file.close(),
  };
}

async function openDatabase(disk: Disk, path: string): Promise<CdbReader> {
  const database = `${path}.cdb`;
  if (await disk.stat(database) !== undefined) return await CdbReader.open(disk, database);
  const advice = await disk.stat(path) === undefined
    ? `there is neither ${database} nor its source ${path}`
    : `${database} was not built yet: run "mailsrv map build ${path}", or "mailsrv alias build" for aliases`;
  throw new TempFailure("4.3.0", "Temporary lookup failure", { cause: new ConfigError(advice) });
}

/** How often a source's age is looked at: an edit is a person's work, a lookup is not. */
const ageCheckMs = 1000;

/** Warns once for each edit of a source that was not built. */
function ageWarner(path: string, options: FileTableOptions): () => Promise<void> | undefined {
  const { disk, log, clock } = options;
  let warned = "";
  let nextMs = -Infinity;
  const look = async () => {
    const [source, database] = await Promise.all([disk.stat(path), disk.stat(`${path}.cdb`)]);
    if (source === undefined || database === undefined || source.modifiedMs <= database.modifiedMs) return;
    const stamp = fileStamp(source);
    if (stamp === warned) return;
    warned = stamp;
    log.write("warning", `database ${path}.cdb is older than source file ${path}`);
  };
  return () => {
    const nowMs = clock.monotonic();
    if (nowMs < nextMs) return undefined;
    nextMs = nowMs + ageCheckMs;
    return look();
  };
}
