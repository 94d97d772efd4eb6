/**
 * Locks on mbox files, for local delivery here and for the store worker, which may not call into libc itself.
 *
 * The system's lock belongs to an open file description of the keeper's, so it shuts out other programs whichever thread
 * of ours reads and writes meanwhile.
 */

import type { Clock } from "../../kit/base/clock.ts";
import { sleep } from "../../kit/base/clock.ts";
import { TempFailure } from "../../kit/base/failure.ts";
import { tryLockFile } from "../../kit/os/locks.ts";

import type { KeeperForStoreApi } from "../../../store/control.ts";
import type { MailboxLocks } from "../../../store/mailbox/context.ts";

export interface LockWaits {
  readonly attempts: number;
  readonly delayMs: number;
}

/** fcntl locks, tried `attempts` times; where the system has none, the lock files alone must do. */
export function systemLocks(clock: Clock, waits: () => LockWaits): MailboxLocks {
  return {
    lock: async (path) => {
      const { attempts, delayMs } = waits();
      for (let attempt = 1;; attempt++) {
        const result = tryLockFile(path, { mode: "exclusive", method: "fcntl" });
        switch (result.kind) {
          case "locked":
            return () => {
              result.lock.release();
              return Promise.resolve();
            };
          // Without libc, and for a file that is not there yet, the lock files must do.
          case "unavailable":
          case "missing":
            return () => Promise.resolve();
          case "failed":
            throw new TempFailure("4.2.0", result.text);
          case "held":
            if (attempt >= attempts) throw new TempFailure("4.2.0", heldText(path, result.pid));
        }
        await sleep(clock, delayMs);
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

  constructor(locks: MailboxLocks) {
    this.#locks = locks;
  }

  async lock({ path }: Parameters<KeeperForStoreApi["lock"]>[0]): Promise<{ readonly token: number }> {
    const release = await this.#locks.lock(path);
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

  /** The store worker is gone: whatever it held is free. */
  async releaseAll(): Promise<void> {
    const releases = [...this.#held.values()];
    this.#held.clear();
    for (const release of releases) await release();
  }
}
