/**
 * What is in an mbox: the ledger brought up to the file. Used inside the core's mutex only.
 *
 * A file that only grew is read from its last known message on; every change of ours begins with a full reading if
 * anything but ourselves has touched the file since the last one.
 */

import { utf8Text } from "../../tools/kit/base/bytes.ts";

import type { Flag, Uid, UidValidity } from "../account.ts";
import { MailboxError } from "../account.ts";
import type { DiskFile, FileInfo } from "../file/disk.ts";
import { DiskError } from "../file/disk.ts";
import { readRange } from "../mailbox/content.ts";
import type { StoreContext } from "../mailbox/context.ts";
import type { Ledger } from "../mailbox/ledger.ts";
import type { MboxBase } from "./metadata.ts";
import { flagsOfFields, parseBase } from "./metadata.ts";
import type { LockedFile, MboxFile } from "./mbox_file.ts";
import type { MboxRow } from "./mbox_row.ts";
import type { HiddenField, ScannedMessage } from "./scan.ts";
import { scanMbox } from "./scan.ts";

/** How fast a file is read, at the least. */
const octetsPerMs = 100_000;

/** A file that was read in part only is read as a whole not more often than this. */
const leastWholeMs = 1000;

export interface MboxContentsOptions {
  readonly file: MboxFile;
  readonly user: string;
  readonly mayBeMissing: boolean;
  readonly newUidValidity: () => Promise<UidValidity>;
  readonly ledger: Ledger<MboxRow>;
}

/** Where the numbers of the mailbox stand: in the placeholder or the first message. */
export interface FoundBase extends MboxBase {
  readonly field: HiddenField;
}

export class MboxContents {
  gone = false;
  uidValidity: UidValidity = 0;
  lastUid: Uid = 0;
  base: FoundBase | undefined;
  /** Keywords that are to be listed when `base` is written next. */
  newKeywords: Flag[] = [];
  placeholder: ScannedMessage | undefined;
  /** Messages whose UIDs are not in the file yet; they follow all rows. */
  unnumbered: ScannedMessage[] = [];
  readonly #context: StoreContext;
  readonly #options: MboxContentsOptions;
  #signature = "";
  #notedMs = 0;
  #wholeMs = 0;
  #inode = 0;
  #end = 0;
  /** Only the new part was read since another program changed the file. */
  #partly = false;

  constructor(context: StoreContext, options: MboxContentsOptions) {
    this.#context = context;
    this.#options = options;
  }

  get ledger(): Ledger<MboxRow> {
    return this.#options.ledger;
  }

  keywords(): readonly string[] {
    const keywords = new Set<string>(this.base?.keywords);
    for (const row of this.ledger.rows) {
      for (const flag of row.flags) if (!flag.startsWith("\\")) keywords.add(flag);
    }
    return Array.from(keywords);
  }

  /** Changes of older messages may have gone unseen for long enough. */
  #isWholeDue(info: FileInfo): boolean {
    return this.#partly &&
      this.#context.clock.now() - this.#wholeMs >= Math.max(leastWholeMs, info.octets / (octetsPerMs / 10));
  }

  noteKeywords(flags: readonly Flag[]): void {
    const known = [...this.base?.keywords ?? [], ...this.newKeywords].map((keyword) => keyword.toLowerCase());
    for (const flag of flags) {
      if (!flag.startsWith("\\") && !known.includes(flag.toLowerCase())) this.newKeywords.push(flag);
    }
  }

  /** The numbers as they now stand in the file. */
  setBase(base: FoundBase): void {
    this.base = base;
    this.newKeywords = [];
  }

  /** The file is what was last read or written, as far as its time and size tell. */
  isCurrent(info: FileInfo): boolean {
    return this.#signature === signatureOf(info);
  }

  /**
   * Nothing else can have changed it either. A change of the same length within one tick of the file system's clock
   * leaves no trace, so a file that is so young is read again; a large one not more often than its size allows.
   */
  #isTrusted(info: FileInfo): boolean {
    if (!this.isCurrent(info)) return false;
    const tickMs = Number.isInteger(info.modifiedMs / 1000) ? 2000 : 50;
    if (info.modifiedMs < this.#notedMs - tickMs) return true;
    return this.#context.clock.now() - this.#notedMs < Math.floor(info.octets / octetsPerMs);
  }

  /** Something may have changed the file. @throws MailboxError `nonexistent` when it is gone for good */
  async mustRead(): Promise<boolean> {
    if (this.gone) throw goneError();
    const info = await this.#options.file.stat();
    if (info !== undefined) return !this.#isTrusted(info) || this.#isWholeDue(info);
    await this.#missing();
    return false;
  }

  /** Runs `action` with the file locked and read; with `whole`, every message is where the rows say. */
  async locked<T>(
    options: { readonly whole: boolean },
    action: (locked: LockedFile) => Promise<T>,
  ): Promise<T> {
    if (this.gone) throw goneError();
    try {
      return await this.#options.file.locked(async (locked) => {
        await this.#read(locked.file, options);
        return await action(locked);
      });
    } catch (thrown) {
      if (thrown instanceof DiskError && thrown.code === "notFound") {
        await this.#missing();
        throw goneError();
      }
      throw thrown;
    }
  }

  /** Messages before the new ones may lie elsewhere than the rows say. */
  get isPartlyRead(): boolean {
    return this.#partly;
  }

  async readWhole(file: DiskFile): Promise<void> {
    await this.#readAll(file, await file.stat());
  }

  /** After a change of ours: what follows `offset` is read again. */
  async reread(file: DiskFile, offset: number): Promise<readonly ScannedMessage[]> {
    const info = await file.stat();
    this.#note(info);
    return await scanMbox(file, offset, info.octets);
  }

  /** After a change of ours in place. */
  async noteChange(file: DiskFile): Promise<void> {
    this.#note(await file.stat());
  }

  async #missing(): Promise<void> {
    if (!this.#options.mayBeMissing) {
      this.gone = true;
      throw goneError();
    }
    this.#signature = "";
    this.ledger.remove(this.ledger.rows.map((row) => row.uid));
    this.base = undefined;
    if (this.uidValidity === 0) this.uidValidity = await this.#options.newUidValidity();
  }

  #note(info: FileInfo): void {
    this.#signature = signatureOf(info);
    this.#notedMs = this.#context.clock.now();
    this.#inode = info.inode;
    this.#end = info.octets;
  }

  async #read(file: DiskFile, options: { readonly whole: boolean }): Promise<void> {
    const info = await file.stat();
    const whole = options.whole || this.#isWholeDue(info);
    if (this.#isTrusted(info) && !(whole && this.#partly)) return;
    const grown = info.inode === this.#inode && info.octets > this.#end && this.#signature !== "";
    if (grown && !whole && await this.#readNew(file, info)) return;
    await this.#readAll(file, info);
  }

  /**
   * Reads what follows the last known message; false when that is not where it was. The numbers are read again too: who
   * wrote the new messages may have numbered them.
   */
  async #readNew(file: DiskFile, info: FileInfo): Promise<boolean> {
    const last = this.unnumbered.length === 0 ? this.ledger.rows[this.ledger.size - 1] : undefined;
    const base = await this.#readBase(file);
    if (last === undefined || base === undefined) return false;
    const [again, ...added] = await scanMbox(file, last.message.from, info.octets);
    if (again === undefined || !isSame(again, last.message)) return false;
    last.message = again;
    this.setBase(base);
    await this.#adoptNumbers(base);
    const numbered = countNumbered(added, { from: last.uid, to: base.lastUid });
    this.#adoptMessages(added.slice(0, numbered));
    this.unnumbered = added.slice(numbered);
    this.#note(info);
    this.#partly = true;
    return true;
  }

  /** The numbers as they stand where they stood; `undefined` when they do not. */
  async #readBase(file: DiskFile): Promise<FoundBase | undefined> {
    const field = this.base?.field;
    if (field === undefined) return undefined;
    const line = utf8Text(await readRange(file, field.start, field.end - field.start));
    const found = /^([A-Za-z-]+):(.*)\n$/.exec(line);
    if (found === null || found[1]!.toLowerCase() !== field.name) return undefined;
    const base = parseBase(found[2]!);
    if (base === undefined || base.uidValidity !== this.uidValidity) return undefined;
    return { ...base, field: { ...field, value: found[2]!.trim() } };
  }

  async #readAll(file: DiskFile, info: FileInfo): Promise<void> {
    const messages = await scanMbox(file, 0, info.octets);
    this.placeholder = undefined;
    this.base = undefined;
    this.newKeywords = [];
    const first = messages[0];
    const field = first?.hidden.find(({ name }) => name === "x-imap" || name === "x-imapbase");
    const base = field === undefined ? undefined : parseBase(field.value);
    if (field !== undefined && base !== undefined) {
      this.base = { ...base, field };
      if (field.name === "x-imap") this.placeholder = messages.shift();
    }
    await this.#adoptNumbers(base);
    const numbered = base === undefined ? 0 : countNumbered(messages, { from: 0, to: base.lastUid });
    const present = this.#adoptMessages(messages.slice(0, numbered));
    this.ledger.remove(this.ledger.rows.filter((row) => !present.has(row.uid)).map((row) => row.uid));
    this.unnumbered = messages.slice(numbered);
    this.#note(info);
    this.#wholeMs = this.#notedMs;
    this.#partly = false;
  }

  async #adoptNumbers(base: MboxBase | undefined): Promise<void> {
    if (base === undefined) {
      if (this.uidValidity === 0) this.uidValidity = await this.#options.newUidValidity();
      return;
    }
    if (this.uidValidity !== base.uidValidity && this.lastUid > 0) {
      this.gone = true;
      throw goneError();
    }
    this.uidValidity = base.uidValidity;
    this.lastUid = Math.max(this.lastUid, base.lastUid);
  }

  /** Gives their UIDs. */
  #adoptMessages(messages: readonly ScannedMessage[]): ReadonlySet<Uid> {
    const modSeq = this.ledger.nextModSeq();
    const present = new Set<Uid>();
    for (const message of messages) {
      const values = new Map(message.hidden.map(({ name, value }) => [name, value]));
      const uid = Number(values.get("x-uid"));
      const flags = flagsOfFields(values);
      const old = values.get("status")?.includes("O") === true;
      present.add(uid);
      const row = this.ledger.get(uid);
      if (row === undefined) {
        const { octets, receivedMs } = message;
        this.ledger.add({ uid, flags, modSeq, fresh: !old, octets, receivedMs, message, old });
        continue;
      }
      row.message = message;
      row.octets = message.octets;
      row.old = old;
      this.ledger.setFlags(row, flags, modSeq);
    }
    return present;
  }
}

/** Messages from the first on whose UIDs are to be believed: ascending, above `from`, not above `to`. */
function countNumbered(
  messages: readonly ScannedMessage[],
  uids: { readonly from: Uid; readonly to: Uid },
): number {
  let before = uids.from;
  for (const [index, message] of messages.entries()) {
    const uid = Number(message.hidden.findLast(({ name }) => name === "x-uid")?.value ?? NaN);
    if (!Number.isInteger(uid) || uid <= before || uid > uids.to) return index;
    before = uid;
  }
  return messages.length;
}

function isSame(one: ScannedMessage, other: ScannedMessage): boolean {
  return one.from === other.from && one.end === other.end && one.octets === other.octets &&
    one.receivedMs === other.receivedMs && one.hidden.length === other.hidden.length &&
    one.hidden.every((field, index) => field.value === other.hidden[index]!.value);
}

function signatureOf(info: FileInfo): string {
  return `${info.inode}.${info.octets}.${info.modifiedMs}`;
}

function goneError(): MailboxError {
  return new MailboxError("nonexistent", "Mailbox was deleted under us");
}
