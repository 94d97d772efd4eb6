/**
 * Edits a file that others read and edit at the same time: one editor at a time, also among processes, by FILE.lock
 * made with O_EXCL; readers and a crash find the old contents or the new, wholly.
 *
 * An edit takes milliseconds, so a lock older than `staleMs` was left by a process that died, and is taken over. Should
 * that process only have slept, its temporary file is gone and its edit fails.
 */

import { noBytes } from "../../tools/kit/base/bytes.ts";
import type { Clock } from "../../tools/kit/base/clock.ts";
import { sleep } from "../../tools/kit/base/clock.ts";
import { TempFailure } from "../../tools/kit/base/failure.ts";
import type { Random } from "../../tools/kit/base/random.ts";
import { randomHex } from "../../tools/kit/base/random.ts";

import type { Disk, FileInfo } from "../file/disk.ts";
import { DiskError } from "../file/disk.ts";

export interface EditWorld {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
}

export interface EditOptions {
  readonly maxOctets: number;
  /** The new contents; what it throws leaves the file as it is. A missing file is empty. */
  readonly change: (bytes: Uint8Array) => Uint8Array;
}

const staleMs = 10_000;
const retryMs = 50;
const maxAttempts = 300;

/** Replaces the file's contents; mode and owner stay. @throws TempFailure when other editors never let go */
export async function editFile(world: EditWorld, path: string, options: EditOptions): Promise<void> {
  const { disk, clock } = world;
  const lock = `${path}.lock`;
  for (let attempt = 0; !await takeLock(world, lock); attempt++) {
    if (attempt >= maxAttempts) {
      throw new TempFailure("4.3.0", `${path} is being edited by somebody else (${lock})`);
    }
    await sleep(clock, retryMs);
  }
  try {
    await removeLeftovers(disk, path);
    const info = await disk.stat(path);
    const changed = options.change(
      info === undefined ? noBytes : await disk.readFile(path, options.maxOctets),
    );
    await replace(world, path, { contents: changed, like: info });
  } finally {
    await disk.unlink(lock).catch(() => {});
  }
}

async function takeLock({ disk, clock }: EditWorld, lock: string): Promise<boolean> {
  try {
    const file = await disk.open(lock, { write: true, create: "always", mode: 0o600 });
    await file.close();
    return true;
  } catch (thrown) {
    if (!(thrown instanceof DiskError && thrown.code === "exists")) throw thrown;
  }
  const info = await disk.lstat(lock);
  if (info !== undefined && clock.now() - info.modifiedMs > staleMs) await disk.unlink(lock).catch(() => {});
  return false;
}

/** Temporary files of editors that died: nobody else is editing now. */
async function removeLeftovers(disk: Disk, path: string): Promise<void> {
  const prefix = `${path.slice(path.lastIndexOf("/") + 1)}.tmp-`;
  for (const { name } of await disk.list(directoryOf(path))) {
    if (name.startsWith(prefix)) await disk.unlink(`${directoryOf(path)}/${name}`).catch(() => {});
  }
}

async function replace(
  { disk, random }: EditWorld,
  path: string,
  { contents, like }: { readonly contents: Uint8Array; readonly like: FileInfo | undefined },
): Promise<void> {
  const temporary = `${path}.tmp-${randomHex(random, 6)}`;
  const file = await disk.open(temporary, { write: true, create: "always", mode: like?.mode ?? 0o600 });
  try {
    await file.write(contents, 0);
    await file.sync();
    const own = await file.stat();
    if (like !== undefined && (like.uid !== own.uid || like.gid !== own.gid)) {
      await disk.chown(temporary, like.uid, like.gid);
    }
    await disk.rename(temporary, path);
  } catch (thrown) {
    await disk.unlink(temporary).catch(() => {});
    throw thrown;
  } finally {
    await file.close();
  }
  await disk.syncDir(directoryOf(path));
}

function directoryOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "." : path.slice(0, slash) || "/";
}
