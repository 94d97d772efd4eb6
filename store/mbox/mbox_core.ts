/**
 * One mbox as all sessions share it.
 *
 * Whatever is told of a message stands in the file before it is told: UIDs, UIDVALIDITY and flags are written into hidden
 * header fields at once, in place where there is room, else by writing the file's end anew (`redo.ts`). So nothing is
 * kept elsewhere, a crash loses nothing that was told, and Dovecot or a mail program may have the file at any time.
 */

import type { Bytes } from "../../tools/kit/base/bytes.ts";

import type { Flag, FlagMode, Uid, UidValidity } from "../account.ts";
import { MailboxError } from "../account.ts";
import type { DiskFile } from "../file/disk.ts";
import { DiskError } from "../file/disk.ts";
import type { MessageCache } from "../index/message_cache.ts";
import { MemoryMessageCache } from "../index/message_cache.ts";
import { Content, readRange } from "../mailbox/content.ts";
import type { StoreContext } from "../mailbox/context.ts";
import type { MailboxCore, RefreshOptions } from "../mailbox/core.ts";
import { canonicalFlags, changeFlags } from "../mailbox/flags.ts";
import { Ledger } from "../mailbox/ledger.ts";
import { Mutex } from "../mailbox/mutex.ts";
import { expunged } from "../mailbox/name.ts";
import { MboxContents } from "./mbox_contents.ts";
import type { LockedFile, MboxFile } from "./mbox_file.ts";
import type { MboxRow } from "./mbox_row.ts";
import { MboxWriter } from "./mbox_writer.ts";
import { visibleOctets, visibleRanges } from "./rewrite.ts";
import type { StagedMessage } from "./staged.ts";

/** How often a read is tried while another program keeps changing the file. */
const maxTries = 5;

export interface MboxCoreOptions {
  readonly file: MboxFile;
  readonly user: string;
  /** A missing file is an empty mailbox (INBOX), not a missing one. */
  readonly mayBeMissing: boolean;
  readonly newUidValidity: () => Promise<UidValidity>;
}

export class MboxCore implements MailboxCore {
  readonly name: string;
  readonly ledger: Ledger<MboxRow>;
  readonly cache: MessageCache = new MemoryMessageCache();
  readonly #mutex = new Mutex();
  readonly #contents: MboxContents;
  readonly #file: MboxFile;
  readonly #writerOf: (locked: LockedFile) => MboxWriter;

  constructor(context: StoreContext, name: string, options: MboxCoreOptions) {
    this.name = name;
    this.ledger = new Ledger(Math.floor(context.clock.now()));
    this.#file = options.file;
    this.#contents = new MboxContents(context, { ...options, ledger: this.ledger });
    this.#writerOf = (locked) =>
      new MboxWriter(context, { file: options.file, user: options.user, contents: this.#contents, locked });
  }

  get gone(): boolean {
    return this.#contents.gone;
  }

  get uidValidity(): UidValidity {
    return this.#contents.uidValidity;
  }

  get uidNext(): Uid {
    return this.#contents.lastUid + 1;
  }

  keywords(): readonly string[] {
    return this.#contents.keywords();
  }

  refresh({ take }: RefreshOptions): Promise<void> {
    return this.#mutex.run(() => this.#refresh({ take }));
  }

  abandon(): void {
    this.#contents.gone = true;
  }

  retire(): Promise<void> {
    return Promise.resolve();
  }

  /** All is known from reading the file. */
  complete(): Promise<void> {
    return Promise.resolve();
  }

  content(uid: Uid): Promise<Content> {
    const row = this.ledger.get(uid);
    if (row === undefined) return Promise.reject(expunged());
    const file = new VisibleFile((buffer, position) => this.#read(uid, buffer, position));
    return Promise.resolve(new Content(file, [{ start: 0, end: visibleOctets(row.message) }]));
  }

  setFlags(uids: readonly Uid[], mode: FlagMode, flags: readonly Flag[]): Promise<void> {
    const change = canonicalFlags(flags);
    return this.#mutex.run(() =>
      this.#change((rows) =>
        rows.setFlags(
          uids,
          (row) => canonicalFlags(changeFlags(row.flags, mode, change)),
        )
      )
    );
  }

  remove(uids: readonly Uid[]): Promise<readonly Uid[]> {
    return this.#mutex.run(async () => {
      const removed = await this.#change((rows) => rows.remove(uids));
      for (const uid of removed) this.cache.forget(uid);
      return removed;
    });
  }

  /** All or none; UIDs in the same order. */
  add(messages: readonly StagedMessage[]): Promise<readonly Uid[]> {
    return this.#mutex.run(async () => {
      await this.#file.make();
      return await this.#change((rows) => rows.add(messages));
    });
  }

  /** A placeholder is written, so that UIDVALIDITY lasts. */
  settle(): Promise<void> {
    return this.#mutex.run(async () => {
      await this.#file.make();
      await this.#change((rows) => rows.settle());
    });
  }

  async #refresh({ take }: RefreshOptions): Promise<void> {
    const mark = take && this.ledger.rows.some((row) => !row.old);
    if (!await this.#contents.mustRead() && !mark) return;
    // To mark messages that were known before, their fields must be where they were, with their flags.
    await this.#contents.locked({ whole: mark }, async (locked) => {
      const writer = this.#writerOf(locked);
      await writer.numberNew({ old: take });
      if (take) await writer.markOld();
    });
  }

  /** The ledger is what the file holds before `action` and after it. */
  #change<T>(action: (writer: MboxWriter) => Promise<T>): Promise<T> {
    return this.#contents.locked({ whole: true }, async (locked) => {
      if (!locked.writable) throw new MailboxError("noPermission", "Permission denied");
      const writer = this.#writerOf(locked);
      await writer.numberNew({ old: false });
      return await action(writer);
    });
  }

  /** Octets of what clients see of a message, LF form, at `position`. */
  #read(uid: Uid, buffer: Uint8Array, position: number): Promise<number> {
    return this.#mutex.run(async () => {
      for (let tries = 0; tries < maxTries; tries++) {
        const row = this.ledger.get(uid);
        if (row === undefined) throw expunged();
        const bytes = await this.#tryRead(row, position, buffer.length);
        if (bytes !== undefined) {
          buffer.set(bytes);
          return bytes.length;
        }
        await this.#refresh({ take: false });
      }
      throw new DiskError("other", "read", this.#file.path, {
        cause: new Error("another program keeps changing it"),
      });
    });
  }

  /** `undefined` when the file is not as it was last read; only what was there before and after is believed. */
  async #tryRead(row: MboxRow, position: number, length: number): Promise<Bytes | undefined> {
    let file: DiskFile;
    try {
      file = await this.#file.open();
    } catch (thrown) {
      if (thrown instanceof DiskError && thrown.code === "notFound") return undefined;
      throw thrown;
    }
    try {
      if (!this.#contents.isCurrent(await file.stat())) return undefined;
      let skip = position;
      for (const { start, end } of visibleRanges(row.message)) {
        if (skip >= end - start) {
          skip -= end - start;
          continue;
        }
        const bytes = await readRange(file, start + skip, Math.min(length, end - start - skip));
        return this.#contents.isCurrent(await file.stat()) ? bytes : undefined;
      }
      return new Uint8Array(0);
    } finally {
      await file.close();
    }
  }
}

/** A message's visible octets as a file that can only be read. */
class VisibleFile implements DiskFile {
  readonly read: DiskFile["read"];

  constructor(read: DiskFile["read"]) {
    this.read = read;
  }

  write = refuse;
  truncate = refuse;
  sync = refuse;
  stat = refuse;

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function refuse(): Promise<never> {
  return Promise.reject(new Error("a message in an mbox can only be read"));
}
