/**
 * The store worker as the keeper holds it: started with rights to the mail directories and nothing else, joined by
 * ports to the readers' workers, told of logins and deliveries.
 *
 * A user whose home lies outside of the directories that it may touch (one that was added to the passwd-file with a home of
 * his own) makes it start anew with that directory added; readers' sessions end with it.
 */

import { dirname } from "@std/path";

import type { Clock } from "../../kit/base/clock.ts";
import { TempFailure } from "../../kit/base/failure.ts";
import type { Log, LogRecord } from "../../kit/base/log.ts";
import { processIsGone, thisProcess } from "../../kit/os/processes.ts";
import { WorkerHost } from "../../kit/rpc/worker_host.ts";

import type { KeeperForStoreApi, StoreControlApi, StoreStatus } from "../../../store/control.ts";
import type { Disk } from "../../../store/file/disk.ts";
import type { User } from "../../../store/users/users.ts";

import type { LockDesk } from "./mailbox_locks.ts";
import { commonMailDirectories, isBelow, mailDirectoriesOf, mailLocation } from "./mail_location.ts";
import { workerRights } from "./permissions.ts";
import type { Current } from "./snapshot.ts";

export interface StoreLinkOptions {
  readonly disk: Disk;
  readonly current: Current;
  readonly clock: Clock;
  readonly log: Log;
  readonly logRecord: (record: LogRecord) => void;
  readonly locks: LockDesk;
  readonly onSessionEnd: (session: string) => void;
  /** A new store worker runs: each reader needs a new port (`attach`). */
  readonly onRestart: () => void;
}

type StoreHost = WorkerHost<StoreControlApi, KeeperForStoreApi>;

export class StoreLink {
  readonly #options: StoreLinkOptions;
  #directories: readonly string[];
  #host: StoreHost;
  #starts = 0;
  #earlierRestarts = 0;

  constructor(options: StoreLinkOptions, users: readonly User[]) {
    this.#options = options;
    const { settings } = options.current.snapshot;
    const directories = new Set(commonMailDirectories(settings));
    for (const user of users) {
      for (const directory of mailDirectoriesOf(user, settings)) {
        if (!isBelow(directory, [...directories])) directories.add(directory);
      }
    }
    this.#directories = [...directories];
    this.#host = this.#createHost();
  }

  /** Directories that the store worker may touch. */
  get directories(): readonly string[] {
    return this.#directories;
  }

  get restarts(): number {
    return this.#earlierRestarts + this.#host.restarts;
  }

  get isRunning(): boolean {
    return this.#host.isRunning;
  }

  async start(): Promise<void> {
    await this.#makeDirectories();
    await this.#host.start();
  }

  /** No lock file stays behind for others to wait for. */
  async stop(): Promise<void> {
    this.#host.stop();
    await this.#options.locks.releaseAll();
  }

  status(): Promise<StoreStatus> {
    return this.#host.call("status", null);
  }

  /** A port for the worker `reader` to speak StoreApi on. @throws TempFailure while the store worker is down */
  async attach(reader: string): Promise<MessagePort> {
    const { port1, port2 } = new MessageChannel();
    await this.#host.call("attach", { reader, port: port1 }, [port1]);
    return port2;
  }

  /** The worker `reader` is gone. */
  async detach(reader: string): Promise<void> {
    await this.#host.call("detach", { reader }).catch(() => {});
  }

  async grant(session: string, user: User, reader: string): Promise<void> {
    await this.#cover(user);
    await this.#host.call("grant", { session, user, reader });
  }

  delivered(user: string, mailbox: string): void {
    this.#host.tell("delivered", { user, mailbox });
  }

  async #cover(user: User): Promise<void> {
    const missing = mailDirectoriesOf(user, this.#options.current.snapshot.settings)
      .filter((directory) => !isBelow(directory, this.#directories));
    if (missing.length === 0) return;
    this.#options.log.write(
      "info",
      `mail of ${user.name} is in ${missing.join(", ")}: starting the mail store anew with it`,
    );
    this.#directories = [...this.#directories, ...missing];
    this.#earlierRestarts += this.#host.restarts + 1;
    this.#host.stop();
    this.#host = this.#createHost();
    await this.start();
    // Whoever logs in now comes back a moment later, through its new port.
    throw new TempFailure("4.3.0", "the mail store is starting");
  }

  /** What is above these directories the store worker may not even look at. */
  async #makeDirectories(): Promise<void> {
    const { disk } = this.#options;
    for (const directory of this.#directories) {
      if (await disk.stat(directory) !== undefined) continue;
      await disk.mkdir(directory, { mode: 0o700, parents: true });
      await disk.syncDir(dirname(directory));
    }
  }

  #createHost(): StoreHost {
    const { current, clock, log, logRecord, locks, onSessionEnd, onRestart } = this.#options;
    return new WorkerHost<StoreControlApi, KeeperForStoreApi>({
      name: "store",
      url: new URL("../../../store/worker.ts", import.meta.url),
      rights: workerRights.store({ listen: [], mailDirectories: this.#directories }),
      handlers: {
        lock: (params) => {
          if (!isBelow(params.path, this.#directories)) throw new TempFailure("4.3.0", "not a mailbox");
          return locks.lock(params);
        },
        unlock: (params) => locks.unlock(params),
        isProcessGone: ({ pid }) => processIsGone(pid),
        log: (record) => {
          logRecord(record);
          return null;
        },
        sessionEnded: ({ session }) => {
          onSessionEnd(session);
          return null;
        },
      },
      onStart: async (worker) => {
        await locks.releaseAll();
        const { settings } = current.snapshot;
        await worker.call("configure", {
          mailLocation: mailLocation(settings),
          host: settings.myhostname,
          systemHost: thisProcess().host,
        });
        // Not before it is known to run: `attach` goes through it.
        if (this.#starts++ > 0) clock.after(0, onRestart);
      },
      clock,
      log,
    });
  }
}
