/**
 * Delivery into a maildir: a file is written and synced under `tmp`, then renamed into `new`, whose names are synced.
 *
 * In `new` a message is whole by construction, whenever power is lost. Its name there is
 * `SECS.VdevIinoMusec.HOST,S=OCTETS,W=OCTETS`: device and inode make it unique as long as the file exists; S is the
 * size of the file, W the size with CRLF line ends, which spares readers the counting.
 *
 * DIAGNOSTICS: `TempFailure` 4.2.0 `cannot update mailbox DIR for user U. ...`, 4.3.1 when the disk is full; `PermFailure`
 * 5.2.2 `... error writing message: File too large` for a message larger than mailbox_size_limit.
 */

import type { Bytes } from "../../tools/kit/base/bytes.ts";
import { concatBytes, LF } from "../../tools/kit/base/bytes.ts";
import type { Clock } from "../../tools/kit/base/clock.ts";
import { TempFailure } from "../../tools/kit/base/failure.ts";
import type { Random } from "../../tools/kit/base/random.ts";
import { randomHex } from "../../tools/kit/base/random.ts";
import { countCrlfOctets } from "../../tools/kit/wire/dot_stuffing.ts";

import { DirSync } from "../../store/file/dir_sync.ts";
import type { Disk, DiskFile } from "../../store/file/disk.ts";
import { DiskError } from "../../store/file/disk.ts";

import type { MailboxOwner, MailboxWriter, MailCopy } from "./mail_copy.ts";
import { isTooLarge, mailboxFailure, tooLarge } from "./mailbox_failure.ts";
import { giveTo, makeDirectories } from "./make_directories.ts";

export interface MaildirWriterOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly random: Random;
  /** The name that file names carry: $myhostname. */
  readonly hostname: string;
  /** The largest message (postconf(5) mailbox_size_limit); 0 is no limit. */
  readonly maxOctets: () => number;
}

/** Octets gathered before they are written. */
const writeOctets = 1 << 16;

export class MaildirWriter implements MailboxWriter {
  readonly #options: MaildirWriterOptions;
  /** By disk: a person's has one of its own. */
  readonly #dirSyncs = new WeakMap<Disk, DirSync>();
  readonly #host: string;
  /** Tells this process's temporary files from others'. */
  readonly #token: string;
  #count = 0;

  constructor(options: MaildirWriterOptions) {
    this.#options = options;
    this.#host = options.hostname.replaceAll("/", "\\057").replaceAll(":", "\\072");
    this.#token = randomHex(options.random, 4);
  }

  async deliver(path: string, copy: MailCopy, owner: MailboxOwner): Promise<void> {
    const directory = path.replace(/\/+$/, "");
    try {
      await this.#checkOwner(directory, owner);
      await this.#deliver(directory, copy, owner);
    } catch (thrown) {
      throw mailboxFailure(thrown, { path, owner });
    }
  }

  async #deliver(directory: string, copy: MailCopy, owner: MailboxOwner): Promise<void> {
    const { clock } = this.#options;
    const disk = this.#diskOf(owner);
    const seconds = Math.floor(clock.now() / 1000);
    const temporary = `${directory}/tmp/${seconds}.P${this.#token}_${++this.#count}.${this.#host}`;
    const options = { write: true, create: "always" } as const;
    const file = await this.#withDirectories(directory, owner, () => disk.open(temporary, options));
    let name: string;
    try {
      const { octets, crlfOctets } = await writeCopy(file, copy, this.#options.maxOctets());
      await file.sync();
      const { device, inode } = await file.stat();
      const microseconds = Math.floor(clock.now() * 1000) % 1_000_000;
      name = `${seconds}.V${device.toString(16)}I${
        inode.toString(16)
      }M${microseconds}.${this.#host},S=${octets},W=${crlfOctets}`;
      await giveTo(disk, temporary, owner);
      await this.#withDirectories(directory, owner, () => disk.rename(temporary, `${directory}/new/${name}`));
    } catch (thrown) {
      await disk.unlink(temporary).catch(() => {});
      throw thrown;
    } finally {
      await file.close();
    }
    try {
      await this.#dirSyncOf(disk).sync(`${directory}/new`);
    } catch (thrown) {
      // Not known to be durable, so not delivered: it must not be there when it is delivered again.
      await disk.unlink(`${directory}/new/${name}`).catch(() => {});
      throw thrown;
    }
  }

  #diskOf({ as }: MailboxOwner): Disk {
    return as?.disk ?? this.#options.disk;
  }

  #dirSyncOf(disk: Disk): DirSync {
    const known = this.#dirSyncs.get(disk) ?? new DirSync(disk);
    this.#dirSyncs.set(disk, known);
    return known;
  }

  /** Runs `action`; when it finds something missing, makes the maildir and runs it again. */
  async #withDirectories<T>(directory: string, owner: MailboxOwner, action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (thrown) {
      if (!(thrown instanceof DiskError) || thrown.code !== "notFound") throw thrown;
    }
    // `tmp` last: who finds it, while others are still at it, finds the rest too.
    for (const name of ["cur", "new", "tmp"]) {
      await makeDirectories(this.#diskOf(owner), `${directory}/${name}`, owner);
    }
    return await action();
  }

  /**
   * With an owner to write for, the server may be root: what belongs to others is not written to, nor are symbolic
   * links followed (postconf(5) strict_mailbox_ownership).
   */
  async #checkOwner(directory: string, owner: MailboxOwner): Promise<void> {
    if (owner.uid === undefined || owner.isOwnerChecked === false) return;
    for (const path of [directory, `${directory}/tmp`, `${directory}/new`]) {
      const info = await this.#diskOf(owner).lstat(path);
      if (info === undefined) continue;
      if (info.kind !== "directory") throw new TempFailure("4.2.0", `destination ${path} is not a directory`);
      if (info.uid !== owner.uid) {
        throw new TempFailure("4.2.0", `destination ${path} is not owned by recipient`);
      }
    }
  }
}

async function writeCopy(
  file: DiskFile,
  copy: MailCopy,
  maxOctets: number,
): Promise<{ readonly octets: number; readonly crlfOctets: number }> {
  let gathered: Bytes[] = [copy.prefix];
  let gatheredOctets = copy.prefix.length;
  let octets = 0;
  let crlfOctets = 0;
  let previous = LF;
  const flush = async () => {
    const bytes = concatBytes(gathered);
    if (isTooLarge(octets + bytes.length, maxOctets)) throw tooLarge();
    await file.write(bytes, octets);
    octets += bytes.length;
    crlfOctets += countCrlfOctets(bytes, previous);
    previous = bytes[bytes.length - 1] ?? previous;
    gathered = [];
    gatheredOctets = 0;
  };
  for await (const chunk of copy.content()) {
    gathered.push(chunk);
    gatheredOctets += chunk.length;
    if (gatheredOctets >= writeOctets) await flush();
  }
  await flush();
  return { octets, crlfOctets };
}
