/**
 * Folders of an mbox account: files below a directory, as Dovecot and mail programs keep them. A directory holds others
 * and no messages. Names are in modified UTF-7, level by level.
 *
 * Never folders: names that begin with `.` (`.subscriptions`, `.imap/`), lock files, Dovecot's own files, and the file
 * that is INBOX. What we keep beside the folders stands in `.imap/`, since Dovecot takes any other directory for one of
 * folders.
 */

import { utf8Bytes } from "../../tools/kit/base/bytes.ts";
import { formatMutf7, parseMutf7 } from "../../tools/kit/mail/mutf7.ts";

import { MailboxError } from "../account.ts";
import { canonicalName, checkName, maxNameOctets, nameProblem } from "../mailbox/name.ts";

/** Where Dovecot keeps its indexes and the last UIDVALIDITY. */
export const indexDirectory = ".imap";

/** Our own files: redo files, messages under way. */
export const sideDirectory = ".imap/.mailsrv";

/** Path below the root. @throws MailboxError `cannot` */
export function fileOfName(name: string): string {
  checkName(name);
  const levels = name.split("/").map(formatMutf7);
  for (const level of levels) {
    if (utf8Bytes(level).length > maxNameOctets) throw new MailboxError("cannot", "Mailbox name too long");
    if (isHidden(level)) throw new MailboxError("cannot", "Invalid mailbox name: Name is reserved");
  }
  if (canonicalName(name).startsWith("INBOX/")) {
    throw new MailboxError("cannot", "Mailbox doesn't allow inferior mailboxes");
  }
  return levels.join("/");
}

/** One level of a name, or `undefined` for a file that is no folder. */
export function levelOfFile(file: string): string | undefined {
  if (isHidden(file)) return undefined;
  const level = parseMutf7(file);
  return level === undefined || nameProblem(level) !== undefined ? undefined : level;
}

/** For our own files about a folder: one name for the whole path. */
export function sideNameOf(name: string): string {
  return encodeURIComponent(name.split("/").map(formatMutf7).join("/")).slice(0, maxNameOctets);
}

function isHidden(file: string): boolean {
  return file.startsWith(".") || file.endsWith(".lock") || file.startsWith("dovecot") || file === "";
}
