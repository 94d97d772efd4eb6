/**
 * Directories of a Maildir: is what was last listed still true?
 *
 * A directory's modification time tells that names changed, but only as finely as the file system counts: a name made
 * in the same tick as the listing leaves no trace. So a time is trusted only when it lies further back than a tick of
 * the clock that made it, when the listing began; until then every look lists again.
 */

import type { DirEntry, Disk, FileInfo } from "../file/disk.ts";

/** File systems that show whole seconds count by one or two of them; the others by the kernel's tick, 10 ms at most. */
function tickMs(modifiedMs: number): number {
  return Number.isInteger(modifiedMs / 1000) ? 2000 : 50;
}

export class Listing {
  readonly #disk: Disk;
  readonly path: string;
  #modifiedMs: number | undefined;
  #trusted = false;
  /** When it was last listed. */
  listedMs = -Infinity;

  constructor(disk: Disk, path: string) {
    this.#disk = disk;
    this.path = path;
  }

  /** Nothing was made, renamed or removed since the last `list`, going by `info` of the directory. */
  isCurrent(info: FileInfo): boolean {
    return this.#trusted && this.#modifiedMs === info.modifiedMs;
  }

  /** The next look lists, whatever the time says. */
  distrust(): void {
    this.#trusted = false;
  }

  /** `info` must have been taken before this call. */
  async list(info: FileInfo, nowMs: number): Promise<readonly DirEntry[]> {
    this.#modifiedMs = info.modifiedMs;
    this.#trusted = info.modifiedMs < nowMs - tickMs(info.modifiedMs);
    this.listedMs = nowMs;
    return await this.#disk.list(this.path);
  }
}
