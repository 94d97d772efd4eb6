/** Lock files as local(8) waits for them (postconf(5) deliver_lock_attempts, deliver_lock_delay, stale_lock_time). */

import { TempFailure } from "../../tools/kit/base/failure.ts";

import type { MailboxLocks } from "../../store/mailbox/mailbox_locks.ts";
import type { Dotlocks, DotlockWaits } from "../../store/mailbox/dotlock.ts";

/** Postfix: 20 attempts, a second apart; a lock is stale after 500 seconds. */
export const defaultWaits: DotlockWaits = { waitMs: 20_000, staleMs: 500_000 };

export function dotlocks(locks: Dotlocks, waits: () => DotlockWaits = () => defaultWaits): MailboxLocks {
  return {
    lock: async (path, as) => {
      const release = await locks.take(path, waits(), as?.disk);
      if (release !== undefined) return release;
      throw new TempFailure("4.2.0", `unable to create lock file ${path}.lock: File exists`);
    },
  };
}
