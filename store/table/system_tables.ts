/** What the system knows: `unix:passwd.byname`, `unix:group.byname` (DATABASE_README), and `environ:` the environment. */

import { utf8Text } from "../../tools/kit/base/bytes.ts";
import { ConfigError } from "../../tools/kit/base/failure.ts";

import type { Disk } from "../file/disk.ts";

import type { FoldOptions } from "./inline.ts";
import { foldKey } from "./source.ts";
import type { Table, TableHit } from "./table.ts";
import { WatchedFile } from "./watched_file.ts";

/** Fields that a line must have to count. */
const files: ReadonlyMap<string, { readonly path: string; readonly fields: number }> = new Map([
  ["passwd.byname", { path: "/etc/passwd", fields: 7 }],
  ["group.byname", { path: "/etc/group", fields: 4 }],
]);

const maxOctets = 67_108_864;

/** The line of a user or group, by its name; read again when the file was changed. @throws ConfigError */
export function unixTable(name: string, which: string, disk: Pick<Disk, "stat" | "readFile">): Table {
  const found = files.get(which);
  if (found === undefined) {
    throw new ConfigError(`unknown table: ${name}; there are unix:${[...files.keys()].join(", unix:")}`);
  }
  const file = new WatchedFile<ReadonlyMap<string, TableHit>>({
    disk,
    path: found.path,
    load: async () => readLines(utf8Text(await disk.readFile(found.path, maxOctets)), found.fields),
  });
  return {
    name,
    fixed: true,
    lookup: (key) => file.use((lines) => lines.get(foldKey(key))),
    close: () => file.close(),
  };
}

/** Lines by their first field, the first of a name; comments and NIS marks are none. */
function readLines(text: string, fields: number): ReadonlyMap<string, TableHit> {
  const lines = new Map<string, TableHit>();
  for (const [index, value] of text.split("\n").entries()) {
    const parts = value.split(":");
    const key = parts[0]!;
    if (parts.length !== fields || !/^[^+#\s-]\S*$/.test(key) || lines.has(key)) continue;
    lines.set(key, { value, line: index + 1 });
  }
  return lines;
}

/** The value of an environment variable of that name, in lower case as Postfix asks for it. */
export function environTable(
  name: string,
  env: (name: string) => string | undefined,
  { fold = true }: FoldOptions = {},
): Table {
  return {
    name,
    fixed: true,
    lookup: (key) => {
      const value = env(foldKey(key, fold));
      return Promise.resolve(value === undefined ? undefined : { value });
    },
    close: () => {},
  };
}
