/**
 * Two files of one base name: a rename seen twice, a link whose other end a crash left behind, or truly two messages. No
 * message is lost and none is shown under the other's UID.
 */

import { randomHex } from "../../tools/kit/base/random.ts";

import { DiskError } from "../file/disk.ts";
import type { StoreContext } from "../mailbox/context.ts";
import { formatFileName, lettersOf, uniqueName } from "./file_name.ts";
import type { FoundFile } from "./message_row.ts";

/** The files that are left of the two; the one that keeps the base name first. */
export async function settleDuplicate(
  context: StoreContext,
  directory: string,
  one: FoundFile,
  other: FoundFile,
): Promise<readonly FoundFile[]> {
  const { disk, log, clock, random, host } = context;
  const pathOf = ({ place, file }: FoundFile) => `${directory}/${place}/${file}`;
  const oneInfo = await disk.stat(pathOf(one));
  const otherInfo = await disk.stat(pathOf(other));
  if (oneInfo === undefined) return otherInfo === undefined ? [] : [other];
  if (otherInfo === undefined) return [one];
  const [kept, extra] = one.place === "cur" || other.place === "new" ? [one, other] : [other, one];
  try {
    if (oneInfo.inode === otherInfo.inode && oneInfo.device === otherInfo.device) {
      await disk.unlink(pathOf(extra));
      return [kept];
    }
    const base = uniqueName({ nowMs: clock.now(), randomHex: randomHex(random, 8), count: 0, host });
    const file = extra.place === "cur" ? formatFileName(base, lettersOf(extra.file)) : base;
    await disk.rename(pathOf(extra), `${directory}/${extra.place}/${file}`);
    log.write("warning", `${pathOf(extra)}: another message has this name; renamed to ${file}`);
    return [kept, { place: extra.place, file }];
  } catch (thrown) {
    if (thrown instanceof DiskError && thrown.code === "notFound") return [kept];
    throw thrown;
  }
}
