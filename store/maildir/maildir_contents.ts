/**
 * What is in a Maildir: the ledger brought up to its directories, its uidlist and its keywords. Used inside the core's
 * mutex only.
 */

import type { Flag, Uid, UidValidity } from "../account.ts";
import { MailboxError } from "../account.ts";
import type { FileInfo } from "../file/disk.ts";
import { DiskError } from "../file/disk.ts";
import type { StoreContext } from "../mailbox/context.ts";
import type { RefreshOptions } from "../mailbox/core.ts";
import type { Ledger } from "../mailbox/ledger.ts";
import { inParallel } from "../mailbox/mutex.ts";
import { settleDuplicate } from "./duplicate.ts";
import { baseOf, compareArrival, flagsOfLetters, formatFileName, lettersOf } from "./file_name.ts";
import { KeywordsFile } from "./keywords_file.ts";
import { Listing } from "./listing.ts";
import type { FoundFile, MaildirRow, Place } from "./message_row.ts";
import { withCrlfOctets } from "./uid_list.ts";
import { UidListFile } from "./uid_list_file.ts";

/** After changes of our own a large `cur/` is listed again at most once in as many milliseconds as this part of its messages. */
const messagesPerMs = 20;

export class MaildirContents {
  readonly directory: string;
  readonly uids: UidListFile;
  readonly keywords: KeywordsFile;
  gone = false;
  readonly #context: StoreContext;
  readonly #ledger: Ledger<MaildirRow>;
  readonly #byBase = new Map<string, MaildirRow>();
  readonly #listings: { readonly cur: Listing; readonly new: Listing };
  readonly #flagsByLetters = new Map<string, readonly Flag[]>();
  #keywordsVersion = 0;
  #uidValidity: UidValidity = 0;
  #loaded = false;
  /** There may be messages in `new/`. */
  #mayHaveNew = false;
  #ownChange = false;

  constructor(
    context: StoreContext,
    directory: string,
    ledger: Ledger<MaildirRow>,
    newUidValidity: () => Promise<UidValidity>,
  ) {
    this.#context = context;
    this.directory = directory;
    this.#ledger = ledger;
    this.uids = new UidListFile(context, directory, newUidValidity);
    this.keywords = new KeywordsFile(context, directory);
    this.#listings = {
      cur: new Listing(context.disk, `${directory}/cur`),
      new: new Listing(context.disk, `${directory}/new`),
    };
  }

  async refresh(options: RefreshOptions): Promise<void> {
    const { disk, clock } = this.#context;
    if (this.gone) throw this.#goneError();
    const nowMs = clock.now();
    const cur = await disk.stat(this.#listings.cur.path);
    const fresh = await disk.stat(this.#listings.new.path);
    if (cur === undefined || fresh === undefined) {
      this.gone = true;
      throw this.#goneError();
    }
    if (!this.#loaded) await this.uids.load();
    const needCur = !this.#loaded || !(this.#listings.cur.isCurrent(cur) || this.#mayWait(nowMs));
    const needNew = !this.#loaded || !this.#listings.new.isCurrent(fresh);
    if (needCur || needNew) await this.#look({ cur, fresh, needCur, needNew, nowMs });
    if (options.take) await this.#takeNew();
  }

  /** Lists both directories, whatever their times say. */
  async relist(): Promise<void> {
    this.#ownChange = false;
    this.#listings.cur.distrust();
    this.#listings.new.distrust();
    await this.refresh({ take: false });
  }

  flagsOf(fileName: string): readonly Flag[] {
    const letters = lettersOf(fileName);
    if (this.#keywordsVersion !== this.keywords.version) {
      this.#keywordsVersion = this.keywords.version;
      this.#flagsByLetters.clear();
    }
    let flags = this.#flagsByLetters.get(letters);
    if (flags === undefined) {
      flags = flagsOfLetters(letters, this.keywords);
      if (this.#flagsByLetters.size < 10_000) this.#flagsByLetters.set(letters, flags);
    }
    return flags;
  }

  place(row: MaildirRow, place: Place, file: string): void {
    row.place = place;
    row.file = file;
    this.#mayHaveNew ||= place === "new";
  }

  insert(message: Omit<MaildirRow, "flags" | "modSeq">, modSeq = this.#ledger.nextModSeq()): void {
    const row: MaildirRow = { ...message, flags: this.flagsOf(message.file), modSeq };
    this.#byBase.set(row.base, row);
    this.#mayHaveNew ||= row.place === "new";
    this.#ledger.add(row);
  }

  /** They are gone; should a file come back under its old name, it is a new message. */
  forget(uids: readonly Uid[]): void {
    for (const uid of uids) {
      const row = this.#ledger.get(uid);
      if (row === undefined) continue;
      this.#byBase.delete(row.base);
      this.uids.entries.delete(row.base);
    }
    if (uids.length > 0) this.#ledger.nextModSeq();
    this.#ledger.remove(uids);
  }

  noteOwnChange(): void {
    this.#ownChange = true;
  }

  learnOctets(row: MaildirRow): void {
    const entry = this.uids.entries.get(row.base);
    if (entry === undefined || row.octets === undefined) return;
    this.uids.entries.set(row.base, { uid: entry.uid, fields: withCrlfOctets(entry.fields, row.octets) });
  }

  /** Another program wrote the uidlist: its word goes for what it lists, ours for what it leaves out. */
  agreeWithUidList(): void {
    if (this.#uidValidity !== 0 && this.#uidValidity !== this.uids.uidValidity) {
      this.gone = true;
      throw this.#goneError();
    }
    const taken = new Map<Uid, string>();
    for (const [base, { uid }] of this.uids.entries) taken.set(uid, base);
    const changed: MaildirRow[] = [];
    for (const row of this.#ledger.rows) {
      const entry = this.uids.entries.get(row.base);
      if (entry?.uid === row.uid) continue;
      if (entry === undefined && !taken.has(row.uid) && row.uid < this.uids.uidNext) {
        this.uids.restore(row.base, row.uid);
      } else changed.push(row);
    }
    if (changed.length === 0) return;
    const entries = changed.map((row) => this.uids.entries.get(row.base));
    this.forget(changed.map((row) => row.uid));
    // They come back under the UIDs that the list has for them, or as new messages at the next look.
    changed.forEach((row, index) => {
      const entry = entries[index];
      if (entry !== undefined) this.uids.entries.set(row.base, entry);
    });
    this.#listings.cur.distrust();
    this.#listings.new.distrust();
    this.#ownChange = false;
  }

  #mayWait(nowMs: number): boolean {
    const waitMs = this.#ledger.size < 1000 ? 0 : this.#ledger.size / messagesPerMs;
    return this.#ownChange && nowMs - this.#listings.cur.listedMs < waitMs;
  }

  async #look(
    look: {
      readonly cur: FileInfo;
      readonly fresh: FileInfo;
      readonly needCur: boolean;
      readonly needNew: boolean;
      readonly nowMs: number;
    },
  ): Promise<void> {
    await this.keywords.load();
    const found = new Map<string, FoundFile>();
    // `new` first: a file that moves on to `cur` meanwhile is then seen twice rather than never.
    if (look.needNew) await this.#list("new", look.fresh, look.nowMs, found);
    let whole = look.needCur && look.needNew;
    if (look.needCur) {
      if (!look.needNew) await this.#list("new", look.fresh, look.nowMs, found);
      whole = true;
      this.#ownChange = false;
      await this.#list("cur", look.cur, look.nowMs, found);
    }
    let missing = this.#missing(found, whole);
    if (missing.length > 0) {
      // A listing may miss a file that is renamed meanwhile: only what two of them miss is gone.
      this.#ownChange = false;
      await this.#list("new", look.fresh, look.nowMs, found);
      await this.#list("cur", look.cur, look.nowMs, found);
      missing = this.#missing(found, true);
    }
    this.forget(missing.map((row) => row.uid));
    await this.#update(found);
    this.#uidValidity = this.uids.uidValidity;
    this.#loaded = true;
  }

  async #list(place: Place, info: FileInfo, nowMs: number, found: Map<string, FoundFile>): Promise<void> {
    for (const { name, kind } of await this.#listings[place].list(info, nowMs)) {
      if (kind === "directory" || name.startsWith(".")) continue;
      const base = baseOf(name);
      const other = found.get(base);
      if (other !== undefined && (other.place !== place || other.file !== name)) {
        const settled = await settleDuplicate(this.#context, this.directory, other, { place, file: name });
        for (const file of settled) found.set(baseOf(file.file), file);
        continue;
      }
      found.set(base, { place, file: name });
    }
  }

  #missing(found: ReadonlyMap<string, FoundFile>, whole: boolean): MaildirRow[] {
    return this.#ledger.rows.filter((row) => (whole || row.place === "new") && !found.has(row.base));
  }

  /** Notes what moved and changed flags; gives UIDs to what is new. */
  async #update(found: ReadonlyMap<string, FoundFile>): Promise<void> {
    const modSeq = this.#ledger.nextModSeq();
    let unknown: string[] = [];
    for (const [base, { place, file }] of found) {
      const row = this.#byBase.get(base);
      if (row === undefined) {
        unknown.push(base);
        continue;
      }
      if (row.file === file && row.place === place) continue;
      this.place(row, place, file);
      this.#ledger.setFlags(row, this.flagsOf(file), modSeq);
    }
    const add = (base: string, uid: Uid) => {
      const { place, file } = found.get(base)!;
      this.insert(
        { uid, base, place, file, fresh: place === "new", octets: undefined, receivedMs: undefined },
        modSeq,
      );
    };
    const addKnown = () => {
      unknown = unknown.filter((base) => {
        const entry = this.uids.entries.get(base);
        // A list that gives one UID to two files: the second counts as new.
        if (entry === undefined || this.#ledger.get(entry.uid) !== undefined) return true;
        add(base, entry.uid);
        return false;
      });
    };
    if (this.uids.uidValidity !== 0 && !this.#loaded) addKnown();
    if (unknown.length === 0 && !(!this.#loaded && this.uids.mustReplace)) return;
    await this.uids.locked(async (reloaded) => {
      if (reloaded) this.agreeWithUidList();
      addKnown();
      const assigned = unknown.sort(compareArrival).map((base) => [base, this.uids.assign(base)] as const);
      await this.uids.save(assigned);
      for (const [base, { uid }] of assigned) add(base, uid);
    });
  }

  /** Moves what is in `new/` to `cur/`. */
  async #takeNew(): Promise<void> {
    if (!this.#mayHaveNew) return;
    const rows = this.#ledger.rows.filter((row) => row.place === "new");
    this.#mayHaveNew = false;
    if (rows.length === 0) return;
    const { disk } = this.#context;
    await inParallel(rows, async (row) => {
      const file = formatFileName(row.base, lettersOf(row.file));
      try {
        await disk.rename(`${this.directory}/new/${row.file}`, `${this.directory}/cur/${file}`);
      } catch (thrown) {
        if (!(thrown instanceof DiskError) || thrown.code !== "notFound") throw thrown;
        // Another program was faster: look again next time.
        this.#mayHaveNew = true;
        this.#listings.cur.distrust();
        this.#listings.new.distrust();
        return;
      }
      row.place = "cur";
      row.file = file;
      this.#ownChange = true;
    });
    await disk.syncDir(this.#listings.cur.path);
  }

  #goneError(): MailboxError {
    return new MailboxError("nonexistent", "Mailbox was deleted under us");
  }
}
