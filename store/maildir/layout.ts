/**
 * Maildir++: which directory holds which mailbox.
 *
 * | mailbox | directory |
 * |---|---|
 * | `INBOX` | the root |
 * | `a/b` | `.a.b`, each level in modified UTF-7 |
 * | `INBOX/a` | `.INBOX.a` |
 *
 * A `.` inside a level cannot be stored. Directories that begin with `..` are never mailboxes: a deleted one is renamed
 * to such a name before its files go.
 */

import { utf8Bytes } from "../../tools/kit/base/bytes.ts";
import { formatMutf7, parseMutf7 } from "../../tools/kit/mail/mutf7.ts";

import { MailboxError } from "../account.ts";
import { canonicalName, checkName, maxNameOctets, nameProblem } from "../mailbox/name.ts";

/** Dovecot's name for what is being deleted. */
export const trashPrefix = "..DOVECOT-TRASHED";

/** Path of the mailbox's directory. @throws MailboxError `cannot` */
export function directoryOf(root: string, name: string): string {
  if (name === "INBOX") return root;
  checkName(name);
  if (name.includes(".")) throw new MailboxError("cannot", "Character not allowed in mailbox name: '.'");
  const file = `.${name.split("/").map(formatMutf7).join(".")}`;
  if (utf8Bytes(file).length > maxNameOctets) throw new MailboxError("cannot", "Mailbox name too long");
  return `${root}/${file}`;
}

/** The mailbox that a directory of the root holds, or `undefined`. */
export function nameOfDirectory(file: string): string | undefined {
  if (!/^\.[^.]/.test(file)) return undefined;
  const levels = file.slice(1).split(".").map((level) => parseMutf7(level));
  if (levels.includes(undefined)) return undefined;
  const name = levels.join("/");
  // INBOX is the root; a directory `.INBOX` is not shown beside it.
  if (nameProblem(name) !== undefined || canonicalName(name) === "INBOX") return undefined;
  return name;
}
