/**
 * COPY and MOVE between Maildirs: hard links where the file system gives them, else copies. The links are made in the
 * destination's `tmp/` and moved in together; with `move` the originals go when the copies are durable, so that a crash
 * in between leaves both, never neither.
 */

import type { CopyResult, Uid } from "../account.ts";
import { DiskError } from "../file/disk.ts";
import type { StoreContext } from "../mailbox/context.ts";
import { inParallel } from "../mailbox/mutex.ts";
import { newBaseName } from "./appending.ts";
import { crlfOctetsOf, fileOctetsOf } from "./file_name.ts";
import type { MaildirCore } from "./maildir_core.ts";
import type { PreparedMessage } from "./message_row.ts";

export async function transferMessages(
  context: StoreContext,
  uids: readonly Uid[],
  options: { readonly from: MaildirCore; readonly to: MaildirCore; readonly move: boolean },
): Promise<CopyResult> {
  const { from, to, move } = options;
  const prepared = new Map<Uid, PreparedMessage>();
  const wanted = Array.from(new Set(uids)).sort((left, right) => left - right);
  try {
    await inParallel(wanted, async (uid) => {
      const message = await prepare(context, uid, { from, directory: to.directory });
      if (message !== undefined) prepared.set(uid, message);
    });
    const originals = wanted.filter((uid) => prepared.has(uid));
    const copies = await to.add(originals.map((uid) => prepared.get(uid)!));
    if (move) await from.remove(originals);
    return { uidValidity: to.uidValidity, from: originals, to: copies };
  } catch (thrown) {
    await inParallel(Array.from(prepared.values()), ({ path }) => context.disk.unlink(path).catch(() => {}));
    throw thrown;
  }
}

async function prepare(
  context: StoreContext,
  uid: Uid,
  options: { readonly from: MaildirCore; readonly directory: string },
): Promise<PreparedMessage | undefined> {
  const { from, directory } = options;
  const row = from.ledger.get(uid);
  if (row === undefined) return undefined;
  const octets = row.octets ?? crlfOctetsOf(row.base);
  const name = newBaseName(context);
  const path = `${directory}/tmp/${name}`;
  let fileOctets = fileOctetsOf(row.base);
  const linked = await from.linkFile(uid, async (existing) => {
    fileOctets ??= (await context.disk.stat(existing))?.octets;
    await linkOrCopy(context, existing, path);
  });
  if (!linked) return undefined;
  const sizes = (fileOctets === undefined ? "" : `,S=${fileOctets}`) +
    (octets === undefined ? "" : `,W=${octets}`);
  return { path, base: name + sizes, flags: row.flags, receivedMs: row.receivedMs, octets };
}

async function linkOrCopy(context: StoreContext, existing: string, path: string): Promise<void> {
  const { disk } = context;
  try {
    return await disk.link(existing, path);
  } catch (thrown) {
    // Another file system, or one without links.
    if (!(thrown instanceof DiskError) || thrown.code === "notFound" || thrown.code === "full") throw thrown;
  }
  const source = await disk.open(existing, { read: true });
  try {
    const { modifiedMs } = await source.stat();
    const target = await disk.open(path, { write: true, create: "always" });
    try {
      const buffer = new Uint8Array(65536);
      for (let position = 0;;) {
        const count = await source.read(buffer, position);
        if (count === 0) break;
        await target.write(buffer.subarray(0, count), position);
        position += count;
      }
      await disk.touch(path, modifiedMs);
      await target.sync();
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}
