/**
 * Lock files: `PATH.lock`, as Dovecot, Postfix and mail programs make them. Who gives a file that name has the lock;
 * link(2) gives it to one only, and the file appears with its owner in it: `PID:HOST`, as Dovecot writes and reads it.
 *
 * A lock is stale, and removed by who waits for it, when
 *
 * | | because |
 * |---|---|
 * | its owner is a process of this host that is gone | it was killed |
 * | its owner is this process, which does not hold it | an earlier process had the same number, as in a container, or a worker of this one died |
 * | it is older than `staleMs`, and not ours | it may come from another host, or say nothing of its owner |
 *
 * DIAGNOSTICS: DiskError where no lock file can be made (`denied`: a spool directory that is not ours to write in).
 *
 * BUGS: two machines, or two containers, of the same name take each other's processes for gone, as in Dovecot.
 */

import { utf8Bytes, utf8Text } from "../../tools/kit/base/bytes.ts";
import type { Clock } from "../../tools/kit/base/clock.ts";
import { sleep } from "../../tools/kit/base/clock.ts";
import type { Log } from "../../tools/kit/base/log.ts";
import type { Random } from "../../tools/kit/base/random.ts";
import { randomHex } from "../../tools/kit/base/random.ts";

import { MailboxError } from "../account.ts";
import type { Disk, DiskFile, FileInfo } from "../file/disk.ts";
import { DiskError } from "../file/disk.ts";
import type { ReleaseLock } from "./mailbox_locks.ts";

/** The process that locks, and what it knows of others. */
export interface LockingProcess {
  readonly id: number;
  /** The system's name for this host, as gethostname(2) gives it. */
  readonly host: string;
  /** Does this host have no process of that number? */
  isGone(id: number): Promise<boolean>;
}

export interface DotlocksOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly process: LockingProcess;
}

export interface DotlockWaits {
  /** How long a lock is tried for. */
  readonly waitMs: number;
  readonly staleMs: number;
}

/** As Dovecot waits for files of its own beside mailboxes. */
const dovecotWaits: DotlockWaits = { waitMs: 60_000, staleMs: 120_000 };

/** Our own locks are held for milliseconds. */
const retryMs = 25;
const maxOwnerOctets = 256;

/** Takes the lock on `path`, and gives the function that lets it go. @throws MailboxError `inUse` when it stays taken */
export async function acquireDotlock(
  { dotlocks }: { readonly dotlocks: Dotlocks },
  path: string,
  waits: DotlockWaits = dovecotWaits,
): Promise<ReleaseLock> {
  const release = await dotlocks.take(path, waits);
  if (release !== undefined) return release;
  const name = path.slice(path.lastIndexOf("/") + 1);
  throw new MailboxError("inUse", `Mailbox is locked by another program (${name}.lock)`);
}

/** All lock files of one thread of a process; no other thread of it locks the same files. */
export class Dotlocks {
  readonly #options: DotlocksOptions;
  /** By lock file: how many have it or are about to make it. */
  readonly #held = new Map<string, number>();

  constructor(options: DotlocksOptions) {
    this.#options = options;
  }

  /**
   * Waits for the lock on `path`; `undefined` when it stays taken. Files are made and removed on `disk`, which may be
   * the same one with somebody's rights. @throws DiskError
   */
  async take(
    path: string,
    { waitMs, staleMs }: DotlockWaits,
    disk: Disk = this.#options.disk,
  ): Promise<ReleaseLock | undefined> {
    const { clock, random } = this.#options;
    const lockPath = `${path}.lock`;
    const giveUp = clock.monotonic() + waitMs;
    let isFree = true;
    for (;;) {
      const release = isFree ? await this.#tryTake(lockPath, disk) : undefined;
      if (release !== undefined) return release;
      isFree = await this.#removeStale(lockPath, staleMs, disk);
      if (isFree) continue;
      if (clock.monotonic() >= giveUp) return undefined;
      await sleep(clock, retryMs + random.below(retryMs));
    }
  }

  async #tryTake(lockPath: string, disk: Disk): Promise<ReleaseLock | undefined> {
    this.#count(lockPath, 1);
    let inode: number | undefined;
    try {
      inode = await this.#make(lockPath, disk);
    } finally {
      if (inode === undefined) this.#count(lockPath, -1);
    }
    return inode === undefined ? undefined : () => this.#release(lockPath, inode, disk);
  }

  /** The inode of the lock file; `undefined` when there is one already. */
  async #make(lockPath: string, disk: Disk): Promise<number | undefined> {
    const { random, process } = this.#options;
    const directory = lockPath.slice(0, lockPath.lastIndexOf("/") + 1);
    const temporary = `${directory}.temp.${process.host}.${process.id}.${randomHex(random, 8)}`;
    const file = await disk.open(temporary, { write: true, create: "always" });
    try {
      const inode = await this.#sign(file);
      await disk.link(temporary, lockPath);
      return inode;
    } catch (thrown) {
      if (!(thrown instanceof DiskError) || thrown.action !== "link") throw thrown;
      if (thrown.code === "exists") return undefined;
      return await this.#makeUnlinked(lockPath, disk);
    } finally {
      await disk.unlink(temporary).catch(() => {});
    }
  }

  /** On a file system without links. */
  async #makeUnlinked(lockPath: string, disk: Disk): Promise<number | undefined> {
    try {
      return await this.#sign(await disk.open(lockPath, { write: true, create: "always" }));
    } catch (thrown) {
      if (thrown instanceof DiskError && thrown.code === "exists") return undefined;
      throw thrown;
    }
  }

  /** Writes its owner into a new lock file and closes it. */
  async #sign(file: DiskFile): Promise<number> {
    const { id, host } = this.#options.process;
    try {
      // On a full disk an empty lock is a lock too.
      await file.write(utf8Bytes(`${id}:${host}`), 0).catch((thrown) => {
        if (!(thrown instanceof DiskError)) throw thrown;
      });
      return (await file.stat()).inode;
    } finally {
      await file.close();
    }
  }

  async #release(lockPath: string, inode: number, disk: Disk): Promise<void> {
    const { log } = this.#options;
    try {
      // Who took it for stale may have put another in its place.
      if ((await disk.lstat(lockPath))?.inode === inode) await disk.unlink(lockPath);
    } catch (thrown) {
      if (!(thrown instanceof DiskError)) throw thrown;
      log.write("warning", thrown.message);
    } finally {
      this.#count(lockPath, -1);
    }
  }

  #count(lockPath: string, change: 1 | -1): void {
    const count = (this.#held.get(lockPath) ?? 0) + change;
    if (count > 0) this.#held.set(lockPath, count);
    else this.#held.delete(lockPath);
  }

  /** True when no lock is left: it is worth trying at once. */
  async #removeStale(lockPath: string, staleMs: number, disk: Disk): Promise<boolean> {
    const { log } = this.#options;
    const info = await disk.lstat(lockPath);
    if (info === undefined) return true;
    const reason = await this.#staleness(lockPath, info, { staleMs, disk });
    if (reason === undefined || this.#held.has(lockPath)) return false;
    log.write("warning", `removing stale lock ${lockPath}: ${reason}`);
    await this.#removeIfSame(lockPath, info, disk);
    return true;
  }

  /** Why the lock is stale, or `undefined`. */
  async #staleness(
    lockPath: string,
    info: FileInfo,
    { staleMs, disk }: { readonly staleMs: number; readonly disk: Disk },
  ): Promise<string | undefined> {
    const { clock, process } = this.#options;
    if (this.#held.has(lockPath)) return undefined;
    const ageMs = clock.now() - info.modifiedMs;
    if (ageMs > staleMs) return `it is ${Math.round(ageMs / 1000)} seconds old`;
    const owner = parseOwner(await readOwner(lockPath, disk));
    if (owner === undefined || owner.host !== process.host) return undefined;
    if (owner.id === process.id) return "it was left by an earlier process of this number";
    return await process.isGone(owner.id) ? `process ${owner.id} is gone` : undefined;
  }

  /** Moves it away first: of two who find the same stale lock, one must not remove the other's fresh one. */
  async #removeIfSame(lockPath: string, info: FileInfo, disk: Disk): Promise<void> {
    const { random } = this.#options;
    const aside = `${lockPath}.stale.${randomHex(random, 4)}.lock`;
    try {
      await disk.rename(lockPath, aside);
      const moved = await disk.lstat(aside);
      const isSame = moved?.inode === info.inode && moved.modifiedMs === info.modifiedMs;
      if (!isSame) await disk.link(aside, lockPath);
      await disk.unlink(aside);
    } catch (thrown) {
      if (!(thrown instanceof DiskError) || (thrown.code !== "notFound" && thrown.code !== "exists")) {
        throw thrown;
      }
    }
  }
}

async function readOwner(lockPath: string, disk: Disk): Promise<string> {
  try {
    return utf8Text(await disk.readFile(lockPath, maxOwnerOctets));
  } catch (thrown) {
    if (thrown instanceof DiskError) return "";
    throw thrown;
  }
}

function parseOwner(text: string): { readonly id: number; readonly host: string } | undefined {
  const [, id, host] = /^([1-9]\d{0,9}):(\S+)\s*$/.exec(text) ?? [];
  return id === undefined || host === undefined || Number(id) >= 2 ** 31
    ? undefined
    : { id: Number(id), host };
}
