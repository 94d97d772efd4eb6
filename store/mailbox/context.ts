/** What every mailbox is handed: the disk, the time, chance, a log, and locks. */

import type { Clock } from "../../tools/kit/base/clock.ts";
import type { Log } from "../../tools/kit/base/log.ts";
import type { Random } from "../../tools/kit/base/random.ts";

import type { Disk } from "../file/disk.ts";
import type { Dotlocks } from "./dotlock.ts";

export interface StoreContext {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** This host's name: part of the names of Maildir files and of `From ` lines. */
  readonly host: string;
  /** For files that stand beside mailboxes. */
  readonly dotlocks: Dotlocks;
}
