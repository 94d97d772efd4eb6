/** Size and date of a message, from where they are cheapest. */

import type { Disk } from "../file/disk.ts";
import { DiskError } from "../file/disk.ts";
import { crlfOctetsOf } from "./file_name.ts";
import type { MaildirRow } from "./message_row.ts";
import { crlfOctetsOfFields } from "./uid_list.ts";
import type { UidListFile } from "./uid_list_file.ts";

/** Octets in CRLF form when the row, the file's name or the uidlist tells them. */
export function crlfOctets(row: MaildirRow, uids: UidListFile): number | undefined {
  return row.octets ?? crlfOctetsOf(row.base) ??
    crlfOctetsOfFields(uids.entries.get(row.base)?.fields ?? "");
}

/** INTERNALDATE. @throws DiskError `notFound` */
export async function receivedMs(disk: Disk, path: string): Promise<number> {
  const info = await disk.stat(path);
  if (info === undefined) throw new DiskError("notFound", "look at", path);
  return info.modifiedMs;
}
