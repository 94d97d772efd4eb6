/** Directories that are there after a crash: each new one is made and its parent synced, from the top down. */

import type { Disk } from "../file/disk.ts";
import { DiskError } from "../file/disk.ts";

/** Makes `path` and what is missing above it; being there already is fine. */
export async function makeDirectoryDurably(disk: Disk, path: string): Promise<void> {
  const missing: string[] = [];
  for (let above = path; above !== "/" && await disk.stat(above) === undefined; above = parentOf(above)) {
    missing.unshift(above);
  }
  for (const directory of missing) {
    try {
      await disk.mkdir(directory, { mode: 0o700 });
    } catch (thrown) {
      // Somebody else was faster.
      if (!(thrown instanceof DiskError) || thrown.code !== "exists") throw thrown;
    }
    await disk.syncDir(parentOf(directory));
  }
}

export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}
