/** Trouble with a user's mailbox in the words and codes of local(8). */

import { failureText, PermFailure, TempFailure } from "../../tools/kit/base/failure.ts";

import { DiskError } from "../../store/file/disk.ts";

import type { MailboxOwner } from "./mail_copy.ts";

/**
 * A failure with `cannot update mailbox PATH for user USER. `, or what is given, before its text. Full disk 4.3.1, quota 4.2.2, a path that
 * leads nowhere 4.2.0, all to be tried again; anything that is no failure of the world as it is.
 *
 * Deviation: Postfix bounces (5.2.0) what it may not write, or finds no directory for; a mailbox that its administrator
 * can mend is waited for here. A file of an alias or a `.forward` is not.
 */
export function mailboxFailure(
  thrown: unknown,
  mailbox: { readonly path: string; readonly owner: MailboxOwner },
): unknown {
  const prefix = mailbox.owner.failurePrefix ??
    `cannot update mailbox ${mailbox.path} for user ${mailbox.owner.user}. `;
  const options = { cause: thrown };
  if (thrown instanceof DiskError) {
    return new TempFailure(statusOf(thrown), `${prefix}${thrown.message}`, options);
  }
  if (thrown instanceof TempFailure) {
    return new TempFailure(thrown.status, `${prefix}${thrown.text}`, options);
  }
  if (thrown instanceof PermFailure) {
    return new PermFailure(thrown.status, `${prefix}${thrown.text}`, options);
  }
  return thrown;
}

function statusOf(error: DiskError): string {
  if (error.code !== "full") return "4.2.0";
  return /os error 122|quota/i.test(failureText(error)) ? "4.2.2" : "4.3.1";
}

/** `maxOctets`: postconf(5) mailbox_size_limit; 0 is no limit. */
export function isTooLarge(octets: number, maxOctets: number): boolean {
  return maxOctets > 0 && octets > maxOctets;
}

/** As local(8) tells of a file that has grown to its limit. */
export function tooLarge(): PermFailure {
  return new PermFailure("5.2.2", "error writing message: File too large");
}
