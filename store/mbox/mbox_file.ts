/**
 * The file of an mbox: found, locked, opened, and finished if a crash interrupted its last change.
 *
 * Which locks there are, and in which order they are taken, is local delivery's to say: `MailboxLocks` are the same.
 */

import type { DiskFile, FileInfo } from "../file/disk.ts";
import { DiskError } from "../file/disk.ts";
import type { StoreContext } from "../mailbox/context.ts";
import type { MailboxLocks } from "../mailbox/mailbox_locks.ts";
import { parentOf } from "../mailbox/durable_mkdir.ts";
import { recoverEnd } from "./redo.ts";

export interface MboxPaths {
  /** The mbox. */
  readonly path: string;
  /** Directory of ours for redo files and messages under way. */
  readonly side: string;
  /** Name of this mailbox's files there. */
  readonly sideName: string;
}

export interface LockedFile {
  readonly file: DiskFile;
  readonly writable: boolean;
}

export class MboxFile {
  readonly #context: StoreContext;
  readonly #paths: MboxPaths;
  readonly #locks: MailboxLocks;

  constructor(context: StoreContext, paths: MboxPaths, locks: MailboxLocks) {
    this.#context = context;
    this.#paths = paths;
    this.#locks = locks;
  }

  get path(): string {
    return this.#paths.path;
  }

  get redo(): string {
    return `${this.#paths.side}/${this.#paths.sideName}.redo`;
  }

  stat(): Promise<FileInfo | undefined> {
    return this.#context.disk.stat(this.path);
  }

  open(): Promise<DiskFile> {
    return this.#context.disk.open(this.path, { read: true });
  }

  /** Makes the file if it is missing. */
  async make(): Promise<void> {
    const { disk } = this.#context;
    if (await this.stat() !== undefined) return;
    await (await disk.open(this.path, { write: true, create: "ifMissing", mode: 0o600 })).close();
    await disk.syncDir(parentOf(this.path));
  }

  /** Runs `action` with the file locked. @throws DiskError `notFound` when there is none */
  async locked<T>(action: (locked: LockedFile) => Promise<T>): Promise<T> {
    if (await this.stat() === undefined) throw new DiskError("notFound", "open", this.path);
    const release = await this.#locks.lock(this.path);
    try {
      const locked = await this.#openForChange();
      try {
        if (locked.writable) await recoverEnd(this.#context, locked.file, this.redo);
        return await action(locked);
      } finally {
        await locked.file.close();
      }
    } finally {
      await release();
    }
  }

  async #openForChange(): Promise<LockedFile> {
    try {
      return { file: await this.#context.disk.open(this.path, { read: true, write: true }), writable: true };
    } catch (thrown) {
      if (!(thrown instanceof DiskError) || thrown.code !== "denied") throw thrown;
      return { file: await this.open(), writable: false };
    }
  }
}
