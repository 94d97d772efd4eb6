/** Mboxes for tests: an account on a disk of its own, and a foreign program that delivers to it. */

import { utf8Bytes } from "../../tools/kit/base/bytes.ts";
import { ManualClock } from "../../tools/kit/base/clock.ts";

import type { Disk } from "../file/disk.ts";
import { realDisk } from "../file/real_disk.ts";
import { SimDisk } from "../file/sim_disk.ts";
import type { StoreContext } from "../mailbox/context.ts";
import type { CrashWorld } from "../mailbox_crash_suite.ts";
import { dotlocksOnly, SimProcesses, storeContext } from "../mailbox_fixture.ts";
import { formatFromLine } from "./from_line.ts";
import { fileOfName } from "./layout.ts";
import { MboxAccount } from "./mbox_account.ts";

export class MboxWorld implements CrashWorld {
  static #seed = 0;
  readonly clock: ManualClock;
  readonly disk: Disk;
  readonly root: string;
  readonly inbox: string;
  readonly #processes = new SimProcesses();
  readonly #cleanUp: () => Promise<void>;

  constructor(
    disk: Disk,
    options: {
      readonly directory: string;
      readonly clock: ManualClock;
      readonly cleanUp?: () => Promise<void>;
    },
  ) {
    this.disk = disk;
    this.root = `${options.directory}/mail`;
    this.inbox = `${options.directory}/spool/u1`;
    this.clock = options.clock;
    this.#cleanUp = options.cleanUp ?? (() => Promise.resolve());
  }

  static async simulated(seed = 1): Promise<MboxWorld> {
    const clock = new ManualClock();
    const disk = new SimDisk({ seed, now: () => clock.now() });
    await disk.mkdir("/srv/spool", { parents: true });
    await disk.syncDir("/");
    await disk.syncDir("/srv");
    return new MboxWorld(disk, { directory: "/srv", clock });
  }

  static async real(): Promise<MboxWorld> {
    const directory = await Deno.makeTempDir();
    await Deno.mkdir(`${directory}/spool`);
    return new MboxWorld(realDisk, {
      directory,
      // Behind the disk's own clock: a test may not believe a time stamp that is yet to come.
      clock: new ManualClock(Date.now() - 2 * 86_400_000),
      cleanUp: () => Deno.remove(directory, { recursive: true }),
    });
  }

  context(): StoreContext {
    const { disk, clock } = this;
    return storeContext({ disk, clock, seed: ++MboxWorld.#seed, processes: this.#processes });
  }

  open(): MboxAccount {
    const context = this.context();
    return new MboxAccount(context, {
      user: "u1",
      root: this.root,
      inbox: this.inbox,
      locks: dotlocksOnly(context),
    });
  }

  async deliver(mailbox: string, message: string): Promise<void> {
    const path = mailbox === "INBOX" ? this.inbox : `${this.root}/${fileOfName(mailbox)}`;
    const file = await this.disk.open(path, { append: true, create: "ifMissing" });
    await file.write(utf8Bytes(`${formatFromLine("a@remote.test", this.clock.now())}\n${message}\n`));
    await file.sync();
    await file.close();
  }

  stopAfter(count: number): void {
    this.#simulated().stopAfter(count);
  }

  crash(seed: number): MboxWorld {
    return new MboxWorld(this.#simulated().crash(seed), { directory: "/srv", clock: this.clock });
  }

  #simulated(): SimDisk {
    if (!(this.disk instanceof SimDisk)) throw new Error("only a simulated disk can crash");
    return this.disk;
  }

  close(): Promise<void> {
    return this.#cleanUp();
  }
}
