/**
 * A file that is read again when another takes its place or it is changed: what is open is looked at before each use,
 * so that nobody has to tell a running server of an edited table.
 */

import { TempFailure } from "../../tools/kit/base/failure.ts";

import type { Disk, FileInfo } from "../file/disk.ts";
import { DiskError } from "../file/disk.ts";

interface Open<T> {
  readonly stamp: string;
  readonly value: T;
  users: number;
  replaced: boolean;
}

export interface WatchedOptions<T> {
  readonly disk: Pick<Disk, "stat">;
  readonly path: string;
  load(): Promise<T>;
  close?(value: T): void;
}

export class WatchedFile<T> {
  readonly #options: WatchedOptions<T>;
  #current: Open<T> | undefined;
  #loading: Promise<Open<T>> | undefined;

  constructor(options: WatchedOptions<T>) {
    this.#options = options;
  }

  /**
   * Runs `work` on the file as it is now; it stays open until `work` ends.
   * @throws TempFailure when the file is not there or cannot be read
   */
  async use<R>(work: (value: T) => Promise<R> | R): Promise<R> {
    const open = await this.#fresh();
    open.users++;
    try {
      return await work(open.value);
    } finally {
      open.users--;
      this.#closeIfUnused(open);
    }
  }

  close(): void {
    const open = this.#current;
    this.#current = undefined;
    if (open === undefined) return;
    open.replaced = true;
    this.#closeIfUnused(open);
  }

  async #fresh(): Promise<Open<T>> {
    try {
      // Somebody else's load was begun after this use was asked for, or is no older than what stat would tell now.
      if (this.#loading !== undefined) await this.#loading;
      const stamp = fileStamp(await this.#options.disk.stat(this.#options.path));
      if (this.#current?.stamp === stamp) return this.#current;
      this.#loading ??= this.#load(stamp).finally(() => this.#loading = undefined);
      return await this.#loading;
    } catch (thrown) {
      if (!(thrown instanceof DiskError)) throw thrown;
      throw new TempFailure("4.3.0", "Temporary lookup failure", { cause: thrown });
    }
  }

  async #load(stamp: string): Promise<Open<T>> {
    // Stamped before it is read: what changes meanwhile is read again at the next use.
    const open: Open<T> = { stamp, value: await this.#options.load(), users: 0, replaced: false };
    this.close();
    this.#current = open;
    return open;
  }

  #closeIfUnused(open: Open<T>): void {
    if (open.replaced && open.users === 0) this.#options.close?.(open.value);
  }
}

/** Changes whenever the file at a path is another one, or was written; `missing` when there is none. */
export function fileStamp(info: FileInfo | undefined): string {
  if (info === undefined) return "missing";
  return `${info.device}:${info.inode}:${info.modifiedMs}:${info.octets}`;
}
