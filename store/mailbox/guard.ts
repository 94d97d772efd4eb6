/** Failures of the disk as answers to whoever asked something of a mailbox: what happened goes to the log. */

import { failureText } from "../../tools/kit/base/failure.ts";
import type { Log } from "../../tools/kit/base/log.ts";

import { MailboxError } from "../account.ts";
import { DiskError } from "../file/disk.ts";

/** Runs `action`; what fails in it comes out as MailboxError. */
export async function guarded<T>(log: Log, what: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (thrown) {
    throw asMailboxError(log, what, thrown);
  }
}

/** Dovecot's texts for the same failures. */
export function asMailboxError(log: Log, what: string, thrown: unknown): MailboxError {
  if (thrown instanceof MailboxError) return thrown;
  log.write("error", `cannot ${what}: ${failureText(thrown)}`);
  const options = { cause: thrown };
  if (thrown instanceof DiskError) {
    if (thrown.code === "full") return new MailboxError("overQuota", "Not enough disk quota", options);
    if (thrown.code === "denied") return new MailboxError("noPermission", "Permission denied", options);
  }
  return new MailboxError(
    "unavailable",
    "Internal error occurred. Refer to server log for more information.",
    options,
  );
}
