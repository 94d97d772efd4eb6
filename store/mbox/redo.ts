/**
 * Replacing the end of a file in place so that a crash loses nothing. An mbox in a spool directory cannot be replaced by
 * renaming: the directory may not be ours to write in, and a deliverer that waits for the lock holds the old file open.
 * So the new end is written down beside it first (the redo file), and done again by whoever finds it.
 *
 * | step | a crash here leaves |
 * |---|---|
 * | 1 new end written to `NAME.redo.tmp`, file and directory synced | the old file |
 * | 2 file made as long as it will be, with empty lines, and synced | the old file and lines or NULs after it, which are taken off |
 * | 3 `NAME.redo.tmp` renamed to `NAME.redo`, directory synced | a file that is finished from here on by step 4 |
 * | 4 new end written over the old, empty lines over what is left of it; synced | the same |
 * | 5 redo file removed, directory synced | the new file and empty lines after it |
 * | 6 file cut to its length | the new file |
 *
 * Deliveries by others after a crash are not lost either: from step 3 on the file does not change its length until 6,
 * so they stand behind all that is written again.
 */

import { latin1Bytes, latin1Text, LF } from "../../tools/kit/base/bytes.ts";

import type { DiskFile } from "../file/disk.ts";
import { DiskError } from "../file/disk.ts";
import { readRange } from "../mailbox/content.ts";
import type { StoreContext } from "../mailbox/context.ts";
import { parentOf } from "../mailbox/durable_mkdir.ts";

const headOctets = 256;
const chunkOctets = 256 * 1024;

interface Redo {
  /** Where the new end begins. */
  readonly offset: number;
  /** Its length. */
  readonly octets: number;
  /** Where the file ended before. */
  readonly oldEnd: number;
}

export type Write = (bytes: Uint8Array) => Promise<void>;

/** What follows `offset` becomes what `produce` writes; it may read the file meanwhile. Gives the file's new length. */
export async function replaceEnd(
  context: StoreContext,
  file: DiskFile,
  options: {
    /** Path of the redo file. */
    readonly redo: string;
    readonly offset: number;
    readonly oldEnd: number;
    readonly produce: (write: Write) => Promise<void>;
  },
): Promise<number> {
  const { disk } = context;
  const { redo: path, offset, oldEnd, produce } = options;
  const temporary = `${path}.tmp`;
  let octets = 0;
  let isComplete = false;
  const redoFile = await disk.open(temporary, {
    read: true,
    write: true,
    create: "ifMissing",
    truncate: true,
  });
  try {
    await produce(async (bytes) => {
      await redoFile.write(bytes, headOctets + octets);
      octets += bytes.length;
    });
    const redo = { offset, octets, oldEnd };
    await redoFile.write(formatHead(redo), 0);
    await redoFile.sync();
    if (offset + octets > oldEnd) {
      await disk.syncDir(parentOf(temporary));
      await fillWithLines(file, oldEnd, offset + octets);
      await file.sync();
    }
    await disk.rename(temporary, path);
    isComplete = true;
    await disk.syncDir(parentOf(path));
    await apply(file, redoFile, redo);
  } finally {
    await redoFile.close();
    // A full disk, for instance: the next who takes the lock finds the file as it was.
    if (!isComplete) await recoverEnd(context, file, path);
  }
  await disk.unlink(path);
  await disk.syncDir(parentOf(path));
  if (offset + octets < oldEnd) {
    await file.truncate(offset + octets);
    await file.sync();
  }
  return offset + octets;
}

/** Finishes, or takes back, what a crash interrupted. Under the mailbox's lock. */
export async function recoverEnd(context: StoreContext, file: DiskFile, path: string): Promise<void> {
  const { disk, log } = context;
  await using(context, `${path}.tmp`, async (temporary) => {
    const redo = parseHead(await readRange(temporary, 0, headOctets));
    if (redo !== undefined) await takeBackExtension(file, redo);
    await disk.unlink(`${path}.tmp`);
  });
  await using(context, path, async (redoFile) => {
    const redo = parseHead(await readRange(redoFile, 0, headOctets));
    const { octets } = await file.stat();
    const length = (await redoFile.stat()).octets;
    const fits = redo !== undefined && length >= headOctets + redo.octets &&
      octets >= Math.max(redo.offset + redo.octets, redo.oldEnd);
    if (fits) {
      await apply(file, redoFile, redo);
      log.write("warning", `finished a change of a mailbox that was interrupted (${path})`);
      await disk.unlink(path);
    } else {
      log.write("error", `${path} does not fit the mailbox any more; kept as ${path}.lost`);
      await disk.rename(path, `${path}.lost`);
    }
    await disk.syncDir(parentOf(path));
  });
}

async function using(
  context: StoreContext,
  path: string,
  action: (file: DiskFile) => Promise<void>,
): Promise<void> {
  let file: DiskFile;
  try {
    file = await context.disk.open(path, { read: true });
  } catch (thrown) {
    if (thrown instanceof DiskError && thrown.code === "notFound") return;
    throw thrown;
  }
  try {
    await action(file);
  } finally {
    await file.close();
  }
}

/** Step 2 was interrupted: what it wrote is cut off, or made lines of where somebody has delivered behind it. */
async function takeBackExtension(file: DiskFile, redo: Redo): Promise<void> {
  const { octets } = await file.stat();
  const end = Math.min(octets, redo.offset + redo.octets);
  let position = redo.oldEnd;
  while (position < end) {
    const bytes = await readRange(file, position, Math.min(chunkOctets, end - position));
    const blank = bytes.findIndex((octet) => octet !== 0 && octet !== LF);
    position += blank < 0 ? bytes.length : blank;
    if (blank >= 0 || bytes.length === 0) break;
  }
  if (position === redo.oldEnd) return;
  if (position === octets) await file.truncate(redo.oldEnd);
  else await fillWithLines(file, redo.oldEnd, position);
  await file.sync();
}

async function apply(file: DiskFile, redoFile: DiskFile, redo: Redo): Promise<void> {
  for (let done = 0; done < redo.octets;) {
    const bytes = await readRange(redoFile, headOctets + done, Math.min(chunkOctets, redo.octets - done));
    if (bytes.length === 0) throw new Error("redo file is shorter than it says");
    await file.write(bytes, redo.offset + done);
    done += bytes.length;
  }
  await fillWithLines(file, redo.offset + redo.octets, redo.oldEnd);
  await file.sync();
}

async function fillWithLines(file: DiskFile, start: number, end: number): Promise<void> {
  for (let position = start; position < end;) {
    const lines = new Uint8Array(Math.min(chunkOctets, end - position)).fill(LF);
    await file.write(lines, position);
    position += lines.length;
  }
}

function formatHead(redo: Redo): Uint8Array {
  return latin1Bytes(`${JSON.stringify(redo).padEnd(headOctets - 1)}\n`);
}

function parseHead(bytes: Uint8Array): Redo | undefined {
  try {
    const { offset, octets, oldEnd } = JSON.parse(latin1Text(bytes)) as Partial<Redo>;
    if (offset === undefined || octets === undefined || oldEnd === undefined) return undefined;
    return { offset, octets, oldEnd };
  } catch {
    return undefined;
  }
}
