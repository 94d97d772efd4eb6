/** What every mailbox is handed: the disk, the time, chance, and a log. */

import type { Clock } from "../../tools/kit/base/clock.ts";
import type { Log } from "../../tools/kit/base/log.ts";
import type { Random } from "../../tools/kit/base/random.ts";

import type { Disk } from "../file/disk.ts";

export interface StoreContext {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** This host's name: part of the names of Maildir files, `From ` lines and locks. */
  readonly host: string;
}

/** Locks by the operating system (fcntl) that go beside the lock files of an mbox; `lock` waits for it. */
export interface MailboxLocks {
  lock(path: string): Promise<() => Promise<void>>;
}

/** Where lock files alone suffice. */
export const noLocks: MailboxLocks = { lock: () => Promise.resolve(() => Promise.resolve()) };
