/**
 * Lock files: `PATH.lock`, made exclusively, as Dovecot, Postfix and mail programs make them. Holds out other programs
 * and other threads of ours; a lock nobody has touched for `staleMs` is taken to be a dead program's and removed.
 *
 * DIAGNOSTICS: a lock that stays taken is MailboxError `inUse`; where no lock file can be made (a spool directory that
 * is not ours to write in) DiskError `denied`.
 */

import { utf8Bytes } from "../../tools/kit/base/bytes.ts";
import { sleep } from "../../tools/kit/base/clock.ts";

import { MailboxError } from "../account.ts";
import { DiskError } from "../file/disk.ts";

import type { StoreContext } from "./context.ts";

export interface DotlockOptions {
  /** How long to wait for it; Dovecot waits as long. */
  readonly waitMs?: number;
  /** Dovecot: 2 minutes. */
  readonly staleMs?: number;
}

const retryMs = 30;

/** Takes the lock and gives the function that lets it go. */
export async function acquireDotlock(
  context: StoreContext,
  path: string,
  options: DotlockOptions = {},
): Promise<() => Promise<void>> {
  const { disk, clock, random } = context;
  const { waitMs = 60_000, staleMs = 120_000 } = options;
  const lockPath = `${path}.lock`;
  const giveUp = clock.monotonic() + waitMs;
  for (;;) {
    try {
      const file = await disk.open(lockPath, { write: true, create: "always" });
      try {
        await file.write(utf8Bytes(`1:${context.host}`), 0);
      } finally {
        await file.close();
      }
      return async () => {
        try {
          await disk.unlink(lockPath);
        } catch (thrown) {
          if (!(thrown instanceof DiskError) || thrown.code !== "notFound") throw thrown;
        }
      };
    } catch (thrown) {
      if (!(thrown instanceof DiskError) || thrown.code !== "exists") throw thrown;
    }
    const taken = await disk.stat(lockPath);
    if (taken !== undefined && clock.now() - taken.modifiedMs > staleMs) {
      context.log.write("warning", `removing stale lock ${lockPath}`);
      await removeIfSame(context, lockPath, taken.inode);
      continue;
    }
    if (clock.monotonic() >= giveUp) {
      throw new MailboxError("inUse", `Mailbox is locked by another program (${baseName(lockPath)})`);
    }
    await sleep(clock, retryMs + random.below(retryMs));
  }
}

/** Moves it away first: of two who find the same stale lock, one must not remove the other's fresh one. */
async function removeIfSame(context: StoreContext, lockPath: string, inode: number): Promise<void> {
  const { disk } = context;
  const aside = `${lockPath}.stale.${context.random.below(2 ** 32).toString(16)}`;
  try {
    await disk.rename(lockPath, aside);
    const moved = await disk.stat(aside);
    if (moved !== undefined && moved.inode !== inode) await disk.link(aside, lockPath);
    await disk.unlink(aside);
  } catch (thrown) {
    if (!(thrown instanceof DiskError) || (thrown.code !== "notFound" && thrown.code !== "exists")) {
      throw thrown;
    }
  }
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
