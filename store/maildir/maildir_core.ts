/**
 * One Maildir as all sessions share it.
 *
 * | question | answered by |
 * |---|---|
 * | which messages are there? | `cur/` and `new/`, listed when their times say so (`listing.ts`) |
 * | which UID has a file? | `dovecot-uidlist` (`uid_list_file.ts`); files without one get the next, in order of arrival |
 * | flags | the file's name |
 * | octets | `,W=` in the name, the uidlist, or the file, read once |
 * | INTERNALDATE | the file's modification time, asked for when somebody wants it |
 *
 * Every change is durable when the call returns. Other programs may rename and remove files at any time: who does not
 * find a file lists again and looks for its base name.
 */

import type { Flag, FlagMode, Uid, UidValidity } from "../account.ts";
import { MailboxError } from "../account.ts";
import { DiskError } from "../file/disk.ts";
import type { MessageCache } from "../index/message_cache.ts";
import { MemoryMessageCache } from "../index/message_cache.ts";
import { Content } from "../mailbox/content.ts";
import type { StoreContext } from "../mailbox/context.ts";
import type { MailboxCore, RefreshOptions } from "../mailbox/core.ts";
import { canonicalFlags, changeFlags } from "../mailbox/flags.ts";
import { Ledger } from "../mailbox/ledger.ts";
import { inParallel, Mutex } from "../mailbox/mutex.ts";
import { expunged } from "../mailbox/name.ts";
import { MaildirContents } from "./maildir_contents.ts";
import { formatFileName, keywordsOf, lettersOf, lettersOfFlags } from "./file_name.ts";
import { intake } from "./intake.ts";
import type { MaildirRow, PreparedMessage } from "./message_row.ts";
import { crlfOctets, receivedMs } from "./message_facts.ts";

/** How often a file that has moved is looked for again. */
const maxTries = 5;

export class MaildirCore implements MailboxCore {
  readonly name: string;
  readonly directory: string;
  readonly ledger: Ledger<MaildirRow>;
  readonly cache: MessageCache = new MemoryMessageCache();
  readonly #context: StoreContext;
  readonly #contents: MaildirContents;
  readonly #mutex = new Mutex();
  #learnedSizes = false;

  constructor(
    context: StoreContext,
    name: string,
    options: { readonly directory: string; readonly newUidValidity: () => Promise<UidValidity> },
  ) {
    this.#context = context;
    this.name = name;
    this.directory = options.directory;
    this.ledger = new Ledger(Math.floor(context.clock.now()));
    this.#contents = new MaildirContents(context, options.directory, this.ledger, options.newUidValidity);
  }

  get gone(): boolean {
    return this.#contents.gone;
  }

  get uidValidity(): UidValidity {
    return this.#contents.uids.uidValidity;
  }

  get uidNext(): Uid {
    return this.#contents.uids.uidNext;
  }

  keywords(): readonly string[] {
    return this.#contents.keywords.names;
  }

  refresh(options: RefreshOptions): Promise<void> {
    return this.#mutex.run(() => this.#contents.refresh(options));
  }

  /** The mailbox was renamed or deleted: nobody may use this core again. */
  abandon(): void {
    this.#contents.gone = true;
  }

  async retire(): Promise<void> {
    if (!this.#learnedSizes || this.gone) return;
    this.#learnedSizes = false;
    try {
      // Sizes that cost a reading are kept where Dovecot keeps them.
      await this.#mutex.run(() => this.#contents.uids.locked(() => this.#contents.uids.replace()));
    } catch (thrown) {
      this.#context.log.write("warning", `cannot keep sizes of ${this.directory}: ${thrown}`);
    }
  }

  async complete(rows: readonly MaildirRow[]): Promise<void> {
    const lacking = rows.filter((row) => row.octets === undefined || row.receivedMs === undefined);
    await inParallel(lacking, (row) => this.#complete(row));
  }

  async content(uid: Uid): Promise<Content> {
    const content = await this.#withFile(uid, async (path) => {
      const file = await this.#context.disk.open(path, { read: true });
      return new Content(file, [{ start: 0, end: (await file.stat()).octets }]);
    });
    if (content === undefined) throw expunged();
    return content;
  }

  /** Runs `link` with the path of the message's file until it is found there. */
  async linkFile(uid: Uid, link: (path: string) => Promise<void>): Promise<boolean> {
    return await this.#withFile(uid, async (path) => {
      await link(path);
      return true;
    }) ?? false;
  }

  setFlags(uids: readonly Uid[], mode: FlagMode, flags: readonly Flag[]): Promise<void> {
    return this.#mutex.run(async () => {
      const change = canonicalFlags(flags);
      const { keywords } = this.#contents;
      if (mode !== "remove") await keywords.ensure(keywordsOf(change));
      const modSeq = this.ledger.nextModSeq();
      const rows = this.#rowsOf(uids);
      await inParallel(rows, async (row) => {
        await this.#renamed(row, () => {
          const wanted = changeFlags(row.flags, mode, change);
          return formatFileName(row.base, lettersOfFlags(wanted, keywords, lettersOf(row.file)));
        });
        if (this.ledger.get(row.uid) !== row) return;
        this.ledger.setFlags(row, this.#contents.flagsOf(row.file), modSeq);
      });
      if (rows.length > 0) await this.#context.disk.syncDir(`${this.directory}/cur`);
    });
  }

  remove(uids: readonly Uid[]): Promise<readonly Uid[]> {
    return this.#mutex.run(async () => {
      const { disk } = this.#context;
      const removed: Uid[] = [];
      const places = new Set<string>();
      try {
        await inParallel(this.#rowsOf(uids), async (row) => {
          const gone = await this.#withRow(row, async (path) => {
            await disk.unlink(path);
            return true;
          });
          if (gone !== true) return;
          places.add(row.place);
          removed.push(row.uid);
        });
      } finally {
        for (const place of places) await disk.syncDir(`${this.directory}/${place}`);
        if (places.size > 0) this.#contents.noteOwnChange();
        this.#contents.forget(removed);
        for (const uid of removed) this.cache.forget(uid);
      }
      return removed.sort((left, right) => left - right);
    });
  }

  /** Moves prepared messages in, all or none of them; UIDs in the same order. */
  add(messages: readonly PreparedMessage[]): Promise<readonly Uid[]> {
    return this.#mutex.run(async () => {
      if (this.uidValidity === 0) await this.#contents.refresh({ take: false });
      return await intake(this.#context, this.#contents, messages);
    });
  }

  async #complete(row: MaildirRow): Promise<void> {
    const known = crlfOctets(row, this.#contents.uids);
    if (known !== undefined) row.octets = known;
    row.receivedMs ??= await this.#withFile(row.uid, (path) => receivedMs(this.#context.disk, path));
    if (row.octets !== undefined || row.receivedMs === undefined) return;
    try {
      const content = await this.content(row.uid);
      try {
        row.octets = await content.count();
      } finally {
        await content.close();
      }
    } catch (thrown) {
      if (thrown instanceof MailboxError && thrown.code === "expunged") return;
      throw thrown;
    }
    this.#contents.learnOctets(row);
    this.#learnedSizes = true;
  }

  #rowsOf(uids: readonly Uid[]): MaildirRow[] {
    return Array.from(new Set(uids), (uid) => this.ledger.get(uid)).filter((row) => row !== undefined);
  }

  /** Renames into `cur/`, under the name that `nameOf` gives when asked. */
  async #renamed(row: MaildirRow, nameOf: () => string): Promise<void> {
    const { disk } = this.#context;
    await this.#withRow(row, async (path) => {
      const name = nameOf();
      if (row.place === "cur" && row.file === name) return;
      await disk.rename(path, `${this.directory}/cur/${name}`);
      this.#contents.place(row, "cur", name);
      this.#contents.noteOwnChange();
    });
  }

  /** For use outside the mutex; `undefined` when the message is gone. */
  async #withFile<T>(uid: Uid, action: (path: string) => Promise<T>): Promise<T | undefined> {
    const row = this.ledger.get(uid);
    if (row === undefined) return undefined;
    return await this.#tryFile(row, action, () => this.#mutex.run(() => this.#contents.relist()));
  }

  /** The same, inside it. */
  #withRow<T>(row: MaildirRow, action: (path: string) => Promise<T>): Promise<T | undefined> {
    return this.#tryFile(row, action, () => this.#contents.relist());
  }

  async #tryFile<T>(
    row: MaildirRow,
    action: (path: string) => Promise<T>,
    relist: () => Promise<void>,
  ): Promise<T | undefined> {
    for (let tries = 0; tries < maxTries; tries++) {
      if (this.ledger.get(row.uid) !== row) return undefined;
      const before = row.file;
      try {
        return await action(`${this.directory}/${row.place}/${row.file}`);
      } catch (thrown) {
        if (!(thrown instanceof DiskError) || thrown.code !== "notFound") throw thrown;
      }
      // Somebody who waited for the mutex before us may have found it meanwhile.
      if (row.file === before) await relist();
    }
    throw new DiskError("other", "find", `${this.directory}/${row.place}/${row.file}`);
  }
}
