/**
 * Locking by a file `PATH.lock` (postconf(5) deliver_lock_attempts 20, deliver_lock_delay 1s, stale_lock_time 500s).
 *
 * Whoever gives a file that name has the lock; link(2) gives it to one only. It is tried for twenty seconds as in Postfix, but
 * ten times a second, since readers of this machine hold it for milliseconds. A lock is stale, and removed, when it is
 * older than 500 seconds, or when what it says about its owner shows that the owner is gone.
 */

import { utf8Bytes, utf8Text } from "../../tools/kit/base/bytes.ts";
import type { Clock } from "../../tools/kit/base/clock.ts";
import { sleep } from "../../tools/kit/base/clock.ts";
import { TempFailure } from "../../tools/kit/base/failure.ts";

import type { Disk } from "../../store/file/disk.ts";
import { DiskError } from "../../store/file/disk.ts";

import type { MailboxLocks } from "./mailbox_locks.ts";

export interface DotlockOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  /** What is written into the lock file: `PID:HOST`, as Dovecot does. A lock of ours that we do not hold is stale. */
  readonly owner: string;
  /** Does this text, found in a lock file, name a process that is certainly gone? */
  readonly isGone?: ((owner: string) => Promise<boolean>) | undefined;
}

const attempts = 200;
const delayMs = 100;
const maxOwnerOctets = 256;
const staleMs = 500_000;

export function dotlocks(options: DotlockOptions): MailboxLocks {
  const { disk, clock } = options;
  /** Lock files that this process holds. */
  const held = new Set<string>();

  /** The lock appears with its owner's name in it: an empty one, left by a process killed just then, would say nothing. */
  const tryLock = async (lockPath: string): Promise<boolean> => {
    const slash = lockPath.lastIndexOf("/") + 1;
    const temporary = `${lockPath.slice(0, slash)}.${lockPath.slice(slash)}.${options.owner}`;
    const file = await disk.open(temporary, { write: true, create: "ifMissing", truncate: true });
    try {
      // On a full disk an empty lock is a lock too.
      await file.write(utf8Bytes(`${options.owner}\n`), 0).catch(() => {});
    } finally {
      await file.close();
    }
    try {
      await disk.link(temporary, lockPath);
      held.add(lockPath);
      return true;
    } catch (thrown) {
      if (thrown instanceof DiskError && thrown.code === "exists") return false;
      throw thrown;
    } finally {
      await disk.unlink(temporary);
    }
  };

  const release = async (lockPath: string): Promise<void> => {
    held.delete(lockPath);
    await disk.unlink(lockPath).catch(() => {});
  };

  const isAbandoned = async (lockPath: string): Promise<boolean> => {
    if (held.has(lockPath)) return false;
    const owner = utf8Text(await disk.readFile(lockPath, maxOwnerOctets)).trim();
    return owner === options.owner || (owner !== "" && await options.isGone?.(owner) === true);
  };

  /** True when it is worth trying again at once. */
  const removeStale = async (lockPath: string): Promise<boolean> => {
    try {
      const info = await disk.lstat(lockPath);
      if (info === undefined) return true;
      if (clock.now() - info.modifiedMs <= staleMs && !await isAbandoned(lockPath)) return false;
      // What took its place in the meantime is left alone.
      if ((await disk.lstat(lockPath))?.inode === info.inode) await disk.unlink(lockPath);
      return true;
    } catch (thrown) {
      if (thrown instanceof DiskError) return thrown.code === "notFound";
      throw thrown;
    }
  };

  return {
    lock: async (path) => {
      const lockPath = `${path}.lock`;
      for (let attempt = 1;; attempt++) {
        if (await tryLock(lockPath)) return () => release(lockPath);
        if (attempt === attempts) {
          throw new TempFailure("4.2.0", `unable to create lock file ${lockPath}: File exists`);
        }
        if (!await removeStale(lockPath)) await sleep(clock, delayMs);
      }
    },
  };
}
