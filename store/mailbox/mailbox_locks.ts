/** Locks on mbox files: the seam between those who change them and the ways in which programs of one machine lock. */

export type ReleaseLock = () => Promise<void>;

export interface MailboxLocks {
  /** Waits for the lock on the existing file `path`. @throws TempFailure when it cannot be had in reasonable time */
  lock(path: string): Promise<ReleaseLock>;
}

/** Takes each lock in turn, and gives them back in the opposite order (postconf(5) mailbox_delivery_lock). */
export function lockInOrder(kinds: readonly MailboxLocks[]): MailboxLocks {
  return {
    lock: async (path) => {
      const releases: ReleaseLock[] = [];
      const releaseAll = async () => {
        for (const release of releases.reverse()) await release();
      };
      try {
        for (const kind of kinds) releases.push(await kind.lock(path));
      } catch (thrown) {
        await releaseAll();
        throw thrown;
      }
      return releaseAll;
    },
  };
}
