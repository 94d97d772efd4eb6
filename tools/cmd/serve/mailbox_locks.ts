/**
 * Locks on mbox files, for local delivery here and for the store worker, which may not call into libc itself: one truth for
 * both, in the order of mailbox_delivery_lock.
 *
 * The system's locks belong to an open file description of the keeper's, so they shut out other programs whichever thread
 * of ours reads and writes meanwhile. Where the system has none, lock files must do.
 */

import type { Clock } from "../../kit/base/clock.ts";
import { sleep } from "../../kit/base/clock.ts";
import { TempFailure } from "../../kit/base/failure.ts";
import type { Log } from "../../kit/base/log.ts";
import type { Random } from "../../kit/base/random.ts";
import { openLibc } from "../../kit/os/libc.ts";
import type { LockOptions } from "../../kit/os/locks.ts";
import { tryLockFile } from "../../kit/os/locks.ts";
import { processIsGone, thisProcess } from "../../kit/os/processes.ts";

import type { KeeperForStoreApi } from "../../../store/control.ts";
import type { Disk } from "../../../store/file/disk.ts";
import { DiskError } from "../../../store/file/disk.ts";
import type { DotlockWaits } from "../../../store/mailbox/dotlock.ts";
import { Dotlocks } from "../../../store/mailbox/dotlock.ts";
import type { MailboxLocks } from "../../../store/mailbox/mailbox_locks.ts";
import { lockInOrder } from "../../../store/mailbox/mailbox_locks.ts";

import { dotlocks } from "../../../mta/delivery/dotlock.ts";

import type { Settings } from "../../config/schema.ts";

export interface LockSettings extends DotlockWaits {
  /** Of fcntl, flock, dotlock, in the order in which they are taken. */
  readonly kinds: readonly string[];
}

export interface ServerMailboxLocksOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Asked for each lock. */
  readonly settings: () => LockSettings;
}

export interface ServerMailboxLocks {
  readonly delivery: MailboxLocks;
  /** The same, but a spool directory that is not ours to write in is read without a lock file. */
  readonly store: MailboxLocks;
}

/** Of the settings in force. A lock is tried for deliver_lock_attempts times deliver_lock_delay. */
export function lockSettings(settings: Settings): LockSettings {
  return {
    kinds: settings.mailbox_delivery_lock,
    waitMs: settings.deliver_lock_attempts * settings.deliver_lock_delay,
    staleMs: settings.stale_lock_time,
  };
}

/** Our own locks are held for milliseconds; so they are tried more often than every deliver_lock_delay. */
const retryMs = 50;

export function createMailboxLocks(options: ServerMailboxLocksOptions): ServerMailboxLocks {
  const { clock, settings } = options;
  const process = { ...thisProcess(), isGone: (pid: number) => Promise.resolve(processIsGone(pid)) };
  const required = dotlocks(new Dotlocks({ ...options, process }), settings);
  const inOrder = (dotlock: MailboxLocks): MailboxLocks => {
    const locks: Readonly<Record<string, MailboxLocks>> = {
      fcntl: systemLocks("fcntl", clock, settings),
      flock: systemLocks("flock", clock, settings),
      dotlock,
    };
    return {
      lock: (path, as) =>
        lockInOrder(usableKinds(settings()).flatMap((kind) => locks[kind] ?? [])).lock(path, as),
    };
  };
  return { delivery: inOrder(required), store: inOrder(whereAllowed(required)) };
}

function usableKinds({ kinds }: LockSettings): readonly string[] {
  return typeof openLibc() === "string" ? ["dotlock"] : kinds;
}

function whereAllowed(locks: MailboxLocks): MailboxLocks {
  return {
    lock: async (path, as) => {
      try {
        return await locks.lock(path, as);
      } catch (thrown) {
        if (thrown instanceof DiskError && thrown.code === "denied") return () => Promise.resolve();
        throw thrown;
      }
    },
  };
}

function systemLocks(
  method: LockOptions["method"],
  clock: Clock,
  waits: () => DotlockWaits,
): MailboxLocks {
  return {
    lock: async (path, as) => {
      const within = as?.within ?? ((call) => call());
      const giveUp = clock.monotonic() + waits().waitMs;
      for (;;) {
        const result = within(() => tryLockFile(path, { mode: "exclusive", method }));
        switch (result.kind) {
          case "locked":
            return () => {
              result.lock.release();
              return Promise.resolve();
            };
          // What is not there yet nobody else can have locked.
          case "unavailable":
          case "missing":
            return () => Promise.resolve();
          case "failed":
            throw new TempFailure("4.2.0", result.text);
          case "held":
            if (clock.monotonic() >= giveUp) throw new TempFailure("4.2.0", heldText(path, result.pid));
        }
        await sleep(clock, retryMs);
      }
    },
  };
}

function heldText(path: string, pid: number | undefined): string {
  return `cannot lock ${path}: held by ${pid === undefined ? "another program" : `pid ${pid}`}`;
}

/** The keeper's answers to the store worker's requests for locks. */
export class LockDesk {
  readonly #locks: MailboxLocks;
  readonly #held = new Map<number, () => Promise<void>>();
  #lastToken = 0;
  /** Changes with the store worker. */
  #worker = 0;

  constructor(locks: MailboxLocks) {
    this.#locks = locks;
  }

  async lock({ path }: Parameters<KeeperForStoreApi["lock"]>[0]): Promise<{ readonly token: number }> {
    const worker = this.#worker;
    const release = await this.#locks.lock(path);
    if (worker !== this.#worker) {
      // Who waited for it died meanwhile.
      await release();
      throw new TempFailure("4.3.0", "the mail store is starting");
    }
    const token = ++this.#lastToken;
    this.#held.set(token, release);
    return { token };
  }

  async unlock({ token }: Parameters<KeeperForStoreApi["unlock"]>[0]): Promise<null> {
    const release = this.#held.get(token);
    this.#held.delete(token);
    await release?.();
    return null;
  }

  /** The store worker is gone: whatever it held, or waits for, is free. */
  async releaseAll(): Promise<void> {
    this.#worker++;
    const releases = [...this.#held.values()];
    this.#held.clear();
    for (const release of releases) await release();
  }
}
