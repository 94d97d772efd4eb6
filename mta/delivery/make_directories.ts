/** Directories for a mailbox, made on demand and durably. */

import type { Disk } from "../../store/file/disk.ts";

import type { MailboxOwner } from "./mail_copy.ts";

/** Makes `path` and what is missing above it, owned by `owner`; the names are durable when this returns. */
export async function makeDirectories(
  disk: Disk,
  path: string,
  owner: MailboxOwner,
  { mode = 0o700 }: { readonly mode?: number } = {},
): Promise<void> {
  if (await disk.stat(path) !== undefined) return;
  const parent = path.slice(0, path.lastIndexOf("/"));
  if (parent !== "") await makeDirectories(disk, parent, owner, { mode });
  await disk.mkdir(path, { mode, parents: true });
  await giveTo(disk, path, owner);
  await disk.syncDir(parent || "/");
}

/** Makes `path` the owner's, when there is one. */
export async function giveTo(disk: Disk, path: string, owner: MailboxOwner): Promise<void> {
  if (owner.uid !== undefined) await disk.chown(path, owner.uid, owner.gid ?? owner.uid);
}
