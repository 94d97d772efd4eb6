/**
 * Delivery into an mbox file: the message is appended under the mailbox's locks and synced; on failure the file is cut
 * back to its old length.
 *
 * A message stands there as `store/mbox/new_message.ts` says: with `Content-Length`, which our readers, Dovecot and mutt
 * go by, so that lines as `From now on` stay as they are; without fields by which a sender could choose UIDs and flags or
 * hide it. For readers that know no `Content-Length` a `>` is put before each line that follows an empty one and is a
 * separator with a date.
 *
 * Deviation: Postfix writes no `Content-Length`, and puts `>` before every line that begins with `From `.
 *
 * The file must be a regular file and not a symbolic link, and belong to the recipient where one is known. A file that
 * does not end with an empty line (another program died while it wrote) gets one first, so that the message begins where
 * readers look for it.
 *
 * DIAGNOSTICS: as local(8): 5.2.0 `destination F is not a regular file`, 4.2.0 `destination F is not owned by recipient`,
 * 4.3.1 on a full disk, 5.2.2 `error writing message: File too large` when the file would grow beyond mailbox_size_limit;
 * each after `cannot update mailbox F for user U. `.
 *
 * BUGS: power that is lost during the append may leave the beginning of the message in the file; the message is
 * delivered again, wholly, behind it.
 */

import { utf8Bytes } from "../../tools/kit/base/bytes.ts";
import type { Bytes } from "../../tools/kit/base/bytes.ts";
import { concatBytes, LF } from "../../tools/kit/base/bytes.ts";
import type { Clock } from "../../tools/kit/base/clock.ts";
import { PermFailure, TempFailure } from "../../tools/kit/base/failure.ts";

import type { Disk, DiskFile, FileInfo } from "../../store/file/disk.ts";
import { DiskError } from "../../store/file/disk.ts";
import type { MailboxLocks } from "../../store/mailbox/mailbox_locks.ts";
import { formatFromLine } from "../../store/mbox/from_line.ts";
import { formatContentLength } from "../../store/mbox/metadata.ts";
import type { MeasuredMessage } from "../../store/mbox/new_message.ts";
import { measureMessage } from "../../store/mbox/new_message.ts";

import type { MailboxOwner, MailboxWriter, MailCopy } from "./mail_copy.ts";
import { isTooLarge, mailboxFailure, tooLarge } from "./mailbox_failure.ts";
import { giveTo, makeDirectories } from "./make_directories.ts";

export interface MboxWriterOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly locks: MailboxLocks;
  /** The largest file (postconf(5) mailbox_size_limit); 0 is no limit. */
  readonly maxOctets: () => number;
}

/** Octets gathered before they are written: nearly every message is one write, which a killed process does not halve. */
const writeOctets = 1 << 20;

export class MboxWriter implements MailboxWriter {
  readonly #options: MboxWriterOptions;
  /** Deliveries of this process to one mailbox take turns, rather than to find each other's locks. */
  readonly #turns = new Map<string, Promise<void>>();

  constructor(options: MboxWriterOptions) {
    this.#options = options;
  }

  async deliver(path: string, copy: MailCopy, owner: MailboxOwner): Promise<void> {
    const turn = (this.#turns.get(path) ?? Promise.resolve()).then(() => this.#deliver(path, copy, owner));
    const ended = turn.catch(() => {});
    this.#turns.set(path, ended);
    try {
      await turn;
    } catch (thrown) {
      throw mailboxFailure(thrown, { path, owner });
    } finally {
      if (this.#turns.get(path) === ended) this.#turns.delete(path);
    }
  }

  async #deliver(path: string, copy: MailCopy, owner: MailboxOwner): Promise<void> {
    await this.#refuseStrangeFile(path, owner);
    const message = await measureMessage({
      fromLine: formatFromLine(copy.sender, this.#options.clock.now()),
      fields: formatContentLength,
      quotesSeparators: true,
      content: () => contentOf(copy),
    });
    const file = await this.#open(path, owner);
    try {
      const release = await this.#options.locks.lock(path, owner.as);
      try {
        await this.#expectSameFile(path, file, this.#diskOf(owner));
        await this.#append(file, message);
      } finally {
        await release();
      }
    } finally {
      await file.close();
    }
  }

  /** What is there must be the recipient's regular file; nothing is fine too. */
  async #refuseStrangeFile(path: string, owner: MailboxOwner): Promise<FileInfo | undefined> {
    const info = await this.#diskOf(owner).lstat(path);
    if (info === undefined) return undefined;
    if (info.kind !== "file") throw new PermFailure("5.2.0", `destination ${path} is not a regular file`);
    if (owner.uid !== undefined && owner.isOwnerChecked !== false && info.uid !== owner.uid) {
      throw new TempFailure("4.2.0", `destination ${path} is not owned by recipient`);
    }
    // Another name for one of the person's files may stand where only the person ought to put names.
    if (owner.as !== undefined && info.links > 1) {
      throw new TempFailure("4.2.0", `destination ${path} has ${info.links} hard links`);
    }
    return info;
  }

  #diskOf({ as }: MailboxOwner): Disk {
    return as?.disk ?? this.#options.disk;
  }

  async #open(path: string, owner: MailboxOwner): Promise<DiskFile> {
    const disk = this.#diskOf(owner);
    const options = { append: true, read: true } as const;
    try {
      return await disk.open(path, options);
    } catch (thrown) {
      if (!(thrown instanceof DiskError) || thrown.code !== "notFound") throw thrown;
    }
    const directory = path.slice(0, path.lastIndexOf("/")) || "/";
    await makeDirectories(disk, directory, owner);
    // Exclusively: a link that appeared in the meantime is not followed.
    const file = await disk.open(path, { ...options, create: "always", mode: 0o600 });
    await giveTo(disk, path, owner);
    await disk.syncDir(directory);
    return file;
  }

  /** Between the look and the open, or while the lock was waited for, the name may have come to mean another file. */
  async #expectSameFile(path: string, file: DiskFile, disk: Disk): Promise<void> {
    const [named, opened] = [await disk.lstat(path), await file.stat()];
    if (named?.kind === "file" && named.inode === opened.inode && named.device === opened.device) return;
    throw new TempFailure("4.2.0", `destination ${path} was replaced while it was opened`);
  }

  async #append(file: DiskFile, message: MeasuredMessage): Promise<void> {
    const { octets: oldLength } = await file.stat();
    const start = await separator(file, oldLength);
    if (isTooLarge(oldLength + start.length + message.octets, this.#options.maxOctets())) throw tooLarge();
    try {
      await writeMessage(file, start, message);
      await file.sync();
    } catch (thrown) {
      await file.truncate(oldLength).then(() => file.sync()).catch(() => {});
      throw thrown;
    }
  }
}

async function* contentOf(copy: MailCopy): AsyncGenerator<Bytes> {
  yield copy.prefix;
  yield* copy.content();
}

/** What the file lacks to end with an empty line. */
async function separator(file: DiskFile, length: number): Promise<Bytes> {
  const end = new Uint8Array(2);
  const count = length === 0
    ? 0
    : await file.read(end.subarray(0, Math.min(2, length)), Math.max(0, length - 2));
  if (count === 0) return utf8Bytes("");
  if (end[count - 1] !== LF) return utf8Bytes("\n\n");
  return count === 2 && end[0] !== LF ? utf8Bytes("\n") : utf8Bytes("");
}

async function writeMessage(file: DiskFile, start: Bytes, message: MeasuredMessage): Promise<void> {
  let gathered: Bytes[] = [start];
  let octets = 0;
  for await (const chunk of message.chunks()) {
    gathered.push(chunk);
    octets += chunk.length;
    if (octets < writeOctets) continue;
    await file.write(concatBytes(gathered));
    gathered = [];
    octets = 0;
  }
  await file.write(concatBytes(gathered));
}
