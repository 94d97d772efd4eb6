/**
 * Values that are lists of file names (postmap -F): what counts is what stands in the files, a newline between two. A
 * built table holds it in Base64; other tables are read with it.
 */

import { decodeBase64, encodeBase64 } from "../../tools/kit/base/base64.ts";
import { concatBytes, utf8Bytes, utf8Text } from "../../tools/kit/base/bytes.ts";

import type { Disk } from "../file/disk.ts";
import { DiskError } from "../file/disk.ts";

import { remoteFailure } from "./remote_client.ts";
import type { Table } from "./table.ts";
import { indexedTypes } from "./table_types.ts";

const maxOctets = 16 << 20;

/** The contents of files between commas or blanks. @throws DiskError */
async function readFiles(disk: Pick<Disk, "readFile">, value: string): Promise<Uint8Array<ArrayBuffer>> {
  const contents: Uint8Array[] = [];
  for (const path of value.split(/[\s,]+/).filter(Boolean)) {
    if (contents.length > 0) contents.push(utf8Bytes("\n"));
    contents.push(await disk.readFile(path, maxOctets));
  }
  return concatBytes(contents);
}

/** For a table that is built: the contents in Base64, or why there are none. */
export async function encodedFiles(
  disk: Pick<Disk, "readFile">,
  value: string,
): Promise<{ readonly value: string } | { readonly problem: string }> {
  try {
    return { value: encodeBase64(await readFiles(disk, value)) };
  } catch (thrown) {
    if (!(thrown instanceof DiskError)) throw thrown;
    const reason = thrown.message.slice(thrown.message.lastIndexOf(": ") + 2);
    return { problem: `open ${thrown.path}: ${reason}: skipping this entry` };
  }
}

/** A value of a built table, decoded; `undefined` when it is no Base64. */
export function decodedFiles(value: string): string | undefined {
  const bytes = decodeBase64(value);
  return bytes && utf8Text(bytes);
}

/** The same table with contents for values. */
export function fileValues(table: Table, disk: Pick<Disk, "readFile">): Table {
  const isBuilt = indexedTypes.includes(table.name.slice(0, table.name.indexOf(":")));
  return {
    name: table.name,
    fixed: table.fixed,
    lookup: async (key) => {
      const hit = await table.lookup(key);
      if (hit === undefined) return undefined;
      try {
        const value = isBuilt ? decodedFiles(hit.value) : utf8Text(await readFiles(disk, hit.value));
        if (value === undefined) throw new Error(`the value of "${key}" is no Base64; was it built with -F?`);
        return { ...hit, value };
      } catch (thrown) {
        throw remoteFailure(table.name, thrown);
      }
    },
    close: () => table.close(),
  };
}
