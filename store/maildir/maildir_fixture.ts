/** Maildirs for tests: an account on a disk of its own, and a foreign program that delivers to it. */

import { utf8Bytes } from "../../tools/kit/base/bytes.ts";
import { ManualClock } from "../../tools/kit/base/clock.ts";

import type { Disk } from "../file/disk.ts";
import { realDisk } from "../file/real_disk.ts";
import { SimDisk } from "../file/sim_disk.ts";
import type { StoreContext } from "../mailbox/context.ts";
import type { CrashWorld } from "../mailbox_crash_suite.ts";
import { SimProcesses, storeContext } from "../mailbox_fixture.ts";
import { directoryOf } from "./layout.ts";
import { MaildirAccount } from "./maildir_account.ts";

export class MaildirWorld implements CrashWorld {
  static #seed = 0;
  readonly clock: ManualClock;
  readonly disk: Disk;
  readonly root: string;
  readonly #processes = new SimProcesses();
  readonly #cleanUp: () => Promise<void>;
  #delivered = 0;

  constructor(
    disk: Disk,
    options: { readonly root: string; readonly clock: ManualClock; readonly cleanUp?: () => Promise<void> },
  ) {
    this.disk = disk;
    this.root = options.root;
    this.clock = options.clock;
    this.#cleanUp = options.cleanUp ?? (() => Promise.resolve());
  }

  static simulated(seed = 1): Promise<MaildirWorld> {
    const clock = new ManualClock();
    const disk = new SimDisk({ seed, now: () => clock.now() });
    return Promise.resolve(new MaildirWorld(disk, { root: "/home/u1/Maildir", clock }));
  }

  static async real(): Promise<MaildirWorld> {
    const directory = await Deno.makeTempDir();
    return new MaildirWorld(realDisk, {
      root: `${directory}/Maildir`,
      // Behind the disk's own clock: a test may not believe a time stamp that is yet to come.
      clock: new ManualClock(Date.now() - 2 * 86_400_000),
      cleanUp: () => Deno.remove(directory, { recursive: true }),
    });
  }

  context(): StoreContext {
    const { disk, clock } = this;
    return storeContext({ disk, clock, seed: ++MaildirWorld.#seed, processes: this.#processes });
  }

  open(): MaildirAccount {
    return new MaildirAccount(this.context(), { user: "u1", root: this.root });
  }

  async deliver(mailbox: string, message: string): Promise<void> {
    const directory = directoryOf(this.root, mailbox);
    for (const part of ["tmp", "new", "cur"]) {
      await this.disk.mkdir(`${directory}/${part}`, { parents: true });
    }
    const name = `${Math.floor(this.clock.now() / 1000)}.V1I2M${100000 + ++this.#delivered}.other.test`;
    const file = await this.disk.open(`${directory}/tmp/${name}`, { write: true, create: "always" });
    await file.write(utf8Bytes(message));
    await file.sync();
    await file.close();
    await this.disk.rename(`${directory}/tmp/${name}`, `${directory}/new/${name}`);
  }

  stopAfter(count: number): void {
    this.#simulated().stopAfter(count);
  }

  crash(seed: number): MaildirWorld {
    return new MaildirWorld(this.#simulated().crash(seed), { root: this.root, clock: this.clock });
  }

  #simulated(): SimDisk {
    if (!(this.disk instanceof SimDisk)) throw new Error("only a simulated disk can crash");
    return this.disk;
  }

  close(): Promise<void> {
    return this.#cleanUp();
  }
}
