/** `texthash:FILE`: a source file kept in memory, in the same form as that of `hash:` but not built. */

import type { FileTableOptions } from "./indexed.ts";
import type { SourceEntry } from "./source.ts";
import { foldKey, sourceEntries } from "./source.ts";
import type { Table } from "./table.ts";
import { WatchedFile } from "./watched_file.ts";

/** Sources up to this are taken; a larger one should be built. */
export const maxTextOctets = 67_108_864;

export function texthashTable(name: string, path: string, options: FileTableOptions): Table {
  const { disk, log, fold = true } = options;
  const file = new WatchedFile<ReadonlyMap<string, SourceEntry>>({
    disk,
    path,
    load: async () => {
      const entries = new Map<string, SourceEntry>();
      const warn = (text: string) => log.write("warning", text);
      const report = { kind: "map", fold, file: path, warn } as const;
      for (const entry of sourceEntries(await disk.readFile(path, maxTextOctets), report)) {
        if (!entries.has(entry.key)) entries.set(entry.key, entry);
        else log.write("warning", `${path}, line ${entry.line}: duplicate entry: "${entry.key}"`);
      }
      return entries;
    },
  });
  return {
    name,
    fixed: true,
    lookup: (key) =>
      file.use((entries) => {
        const entry = entries.get(foldKey(key, fold));
        return entry === undefined ? undefined : { value: entry.value, line: entry.line };
      }),
    close: () => file.close(),
  };
}
