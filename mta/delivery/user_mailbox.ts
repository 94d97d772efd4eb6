/** Whose files a user's mailbox is made of, and with whose rights it is written: never with root's where a user may write. */

import type { Person } from "../../tools/kit/os/rights.ts";

import type { Disk } from "../../store/file/disk.ts";
import type { PersonFiles } from "../../store/mailbox/mailbox_locks.ts";
import type { User } from "../../store/users/users.ts";

import type { LocalSystem } from "./local_system.ts";
import type { MailboxOwner } from "./mail_copy.ts";
import { makeDirectories } from "./make_directories.ts";

export interface UserMailboxOptions {
  readonly system: LocalSystem;
  readonly disk: Disk;
  /** strict_mailbox_ownership */
  readonly isOwnerChecked: boolean;
}

const groupMayWrite = 0o020;
const othersMayWrite = 0o002;

/** Makes what is missing above the mailbox of a user of ours. @throws TempFailure, DiskError */
export async function mailboxOwner(
  user: User,
  path: string,
  { system, disk, isOwnerChecked }: UserMailboxOptions,
): Promise<MailboxOwner> {
  const { name, uid, gid } = user;
  const owner = { user: name, uid, gid, isOwnerChecked };
  if (uid === undefined) return owner;
  const person = { uid, gid: gid ?? uid };
  if (person.uid === system.own.uid) return owner;
  const isInHome = path.startsWith(`${user.home}/`);
  if (user.isSystem !== true) {
    // What the administrator's settings name is made for the user; what is below it the user might have made. What is
    // above it is for all: who owned it could put something else in the place of another's.
    const own = isInHome ? user.home : parentOf(path);
    await makeDirectories(disk, parentOf(own), { user: name }, { mode: 0o711 });
    await makeDirectories(disk, own, owner);
  }
  const as = isInHome ? system.filesOf(person) : await filesOfSpool(person, parentOf(path), { system, disk });
  return { ...owner, as };
}

/** In a directory that is not the user's own, as its mode lets one write: all, its group, or root alone. */
async function filesOfSpool(
  person: Person,
  directory: string,
  { disk, system }: Pick<UserMailboxOptions, "disk" | "system">,
): Promise<PersonFiles | undefined> {
  const info = await disk.stat(directory);
  if (info === undefined || (info.mode & othersMayWrite) !== 0 || info.uid === person.uid) {
    return system.filesOf(person);
  }
  if ((info.mode & groupMayWrite) !== 0) {
    return system.filesOf({ uid: person.uid, gid: info.gid, groups: [person.gid] });
  }
  return system.own.uid === 0 ? undefined : system.filesOf(person);
}

function parentOf(path: string): string {
  const plain = path.replace(/\/+$/, "");
  return plain.slice(0, plain.lastIndexOf("/")) || "/";
}
