/** Names of mailboxes: what the store takes, and the texts it refuses with (Dovecot's words). */

import { utf8Bytes } from "../../tools/kit/base/bytes.ts";

import { MailboxError } from "../account.ts";

/** A component must fit in a file name, in the form it has on disk. */
export const maxNameOctets = 240;

/** More levels than this are refused; each may be a directory. */
const maxLevels = 32;

/** The name in its one form: `INBOX` in upper case (RFC 3501 §5.1), no `/` at the end. */
export function canonicalName(name: string): string {
  const bare = name.endsWith("/") ? name.slice(0, -1) : name;
  if (/^inbox$/i.test(bare)) return "INBOX";
  return /^inbox\//i.test(bare) ? `INBOX${bare.slice(5)}` : bare;
}

/** Why `name` cannot be a mailbox, or `undefined`. */
export function nameProblem(name: string): string | undefined {
  if (name === "") return "Invalid mailbox name: Name is empty";
  if (!name.isWellFormed()) return "Invalid mailbox name: Not valid Unicode";
  // deno-lint-ignore no-control-regex
  if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(name)) {
    return "Invalid mailbox name: Control characters not allowed";
  }
  const levels = name.split("/");
  if (levels.length > maxLevels) return "Invalid mailbox name: Too many levels";
  if (levels.includes("")) return "Invalid mailbox name: Has adjacent hierarchy separators";
  if (levels.some((level) => utf8Bytes(level).length > maxNameOctets)) return "Mailbox name too long";
  return undefined;
}

/** @throws MailboxError `cannot` */
export function checkName(name: string): void {
  const problem = nameProblem(name);
  if (problem !== undefined) throw new MailboxError("cannot", problem);
}

export function nonexistent(name: string): MailboxError {
  return new MailboxError("nonexistent", `Mailbox doesn't exist: ${name}`);
}

export const alreadyExists = () => new MailboxError("alreadyExists", "Mailbox already exists");

/** INBOX first, the rest in order of name, levels compared one by one. */
export function compareNames(left: string, right: string): number {
  if (left === right) return 0;
  if (left === "INBOX" || right === "INBOX") return left === "INBOX" ? -1 : 1;
  const one = left.replaceAll("/", "\u0001");
  const other = right.replaceAll("/", "\u0001");
  return one < other ? -1 : 1;
}

/** All names above `name`: `a`, `a/b` for `a/b/c`. */
export function parentsOf(name: string): readonly string[] {
  const levels = name.split("/");
  return levels.slice(1).map((_, index) => levels.slice(0, index + 1).join("/"));
}

export function expunged(): MailboxError {
  return new MailboxError("expunged", "Some of the requested messages no longer exist.");
}
