/** Locks on mbox files: the seam between those who change them and the ways in which programs of one machine lock. */

import type { Disk } from "../file/disk.ts";

export type ReleaseLock = () => Promise<void>;

/** In somebody's name: what may be done to files there is what that person may do. */
export interface PersonFiles {
  readonly disk: Disk;
  /** Runs one synchronous call with the person's rights. */
  within<T>(call: () => T): T;
}

export interface MailboxLocks {
  /**
   * Waits for the lock on the existing file `path`, which is opened, and has a lock file made beside it, with the rights
   * of `as`; else with the server's. @throws TempFailure when it cannot be had in reasonable time
   */
  lock(path: string, as?: PersonFiles): Promise<ReleaseLock>;
}

/** Takes each lock in turn, and gives them back in the opposite order (postconf(5) mailbox_delivery_lock). */
export function lockInOrder(kinds: readonly MailboxLocks[]): MailboxLocks {
  return {
    lock: async (path, as) => {
      const releases: ReleaseLock[] = [];
      const releaseAll = async () => {
        for (const release of releases.reverse()) await release();
      };
      try {
        for (const kind of kinds) releases.push(await kind.lock(path, as));
      } catch (thrown) {
        await releaseAll();
        throw thrown;
      }
      return releaseAll;
    },
  };
}
