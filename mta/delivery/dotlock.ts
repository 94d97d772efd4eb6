/**
 * Locking by a file `PATH.lock` (postconf(5) deliver_lock_attempts 20, deliver_lock_delay 1s, stale_lock_time 500s).
 *
 * The file is created exclusively; whoever created it has the lock. One that is older than 500 seconds was left by a
 * program that died, and is removed.
 */

import { utf8Bytes } from "../../tools/kit/base/bytes.ts";
import type { Clock } from "../../tools/kit/base/clock.ts";
import { sleep } from "../../tools/kit/base/clock.ts";
import { TempFailure } from "../../tools/kit/base/failure.ts";

import type { Disk } from "../../store/file/disk.ts";
import { DiskError } from "../../store/file/disk.ts";

import type { MailboxLocks } from "./mailbox_locks.ts";

export interface DotlockOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  /** What is written into the lock file: the process id. */
  readonly owner: string;
}

const attempts = 20;
const delayMs = 1000;
const staleMs = 500_000;

export function dotlocks(options: DotlockOptions): MailboxLocks {
  const { disk, clock } = options;

  const tryLock = async (lockPath: string): Promise<boolean> => {
    try {
      const file = await disk.open(lockPath, { write: true, create: "always" });
      await file.write(utf8Bytes(`${options.owner}\n`), 0).catch(() => {});
      await file.close();
      return true;
    } catch (thrown) {
      if (thrown instanceof DiskError && thrown.code === "exists") return false;
      throw thrown;
    }
  };

  const removeStale = async (lockPath: string): Promise<boolean> => {
    const info = await disk.lstat(lockPath);
    if (info === undefined) return true;
    if (clock.now() - info.modifiedMs <= staleMs) return false;
    await disk.unlink(lockPath).catch(() => {});
    return true;
  };

  return {
    lock: async (path) => {
      const lockPath = `${path}.lock`;
      for (let attempt = 1;; attempt++) {
        if (await tryLock(lockPath)) return () => disk.unlink(lockPath).catch(() => {});
        if (attempt === attempts) {
          throw new TempFailure("4.2.0", `unable to create lock file ${lockPath}: File exists`);
        }
        if (!await removeStale(lockPath)) await sleep(clock, delayMs);
      }
    },
  };
}
