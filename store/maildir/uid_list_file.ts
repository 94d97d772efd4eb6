/**
 * The uidlist of one Maildir on disk: read when it changed, changed only under its lock file (`dovecot-uidlist.lock`,
 * Dovecot's name for it).
 *
 * | step of a change | after a crash here |
 * |---|---|
 * | lock, read again if another program changed it | nothing has happened |
 * | lines added at the end and synced, or the file replaced as a whole | a torn line is ignored; its UID was told to nobody |
 * | unlock; only now may the UID be told | the lock file goes stale in two minutes |
 */

import { utf8Bytes, utf8Text } from "../../tools/kit/base/bytes.ts";
import { randomHex } from "../../tools/kit/base/random.ts";

import type { Uid, UidValidity } from "../account.ts";
import type { FileInfo } from "../file/disk.ts";
import { writeFileAtomically } from "../file/disk.ts";
import type { StoreContext } from "../mailbox/context.ts";
import { acquireDotlock } from "../mailbox/dotlock.ts";
import type { UidListEntry } from "./uid_list.ts";
import { formatUidListHeader, formatUidListLine, parseUidList } from "./uid_list.ts";

/** About 100 octets a line: four million messages. */
const maxFileOctets = 400 << 20;

/** Lines of messages that are gone are dropped when there are more than this, and more than a quarter. */
const maxStaleLines = 200;

export class UidListFile {
  readonly #context: StoreContext;
  readonly #path: string;
  readonly #newUidValidity: () => Promise<UidValidity>;
  #signature = "";
  #lines = 0;
  #mustReplace = true;
  #guid: string | undefined;
  uidValidity: UidValidity = 0;
  uidNext: Uid = 1;
  entries = new Map<string, UidListEntry>();

  constructor(context: StoreContext, directory: string, newUidValidity: () => Promise<UidValidity>) {
    this.#context = context;
    this.#path = `${directory}/dovecot-uidlist`;
    this.#newUidValidity = newUidValidity;
  }

  /** Reads the file when it is not the one last read or written; true when it did. */
  async load(): Promise<boolean> {
    const { disk } = this.#context;
    const info = await disk.stat(this.#path);
    if (info === undefined) {
      this.#mustReplace = true;
      return false;
    }
    if (signatureOf(info) === this.#signature) return false;
    const list = parseUidList(utf8Text(await disk.readFile(this.#path, maxFileOctets)));
    this.#signature = signatureOf(info);
    if (list === undefined) {
      this.#context.log.write(
        "error",
        `${this.#path}: header cannot be read; mailbox gets a new UIDVALIDITY`,
      );
      this.#mustReplace = true;
      return false;
    }
    const known = this.uidValidity === list.uidValidity ? this.uidNext : 1;
    this.uidValidity = list.uidValidity;
    this.uidNext = Math.max(list.uidNext, known);
    this.#guid = list.guid;
    this.entries = list.entries;
    this.#lines = list.lines;
    this.#mustReplace = list.damaged;
    return true;
  }

  /**
   * Runs `change` under the lock, with the file read; `reloaded` says that it differs from before. What it gives to
   * `add` has its UID, and `save` makes it durable.
   */
  async locked<T>(change: (reloaded: boolean) => Promise<T>): Promise<T> {
    const unlock = await acquireDotlock(this.#context, this.#path);
    try {
      const reloaded = await this.load();
      if (this.uidValidity === 0) this.uidValidity = await this.#newUidValidity();
      return await change(reloaded);
    } finally {
      await unlock();
    }
  }

  /** Gives the next UID to a file. Only under the lock. */
  assign(base: string, fields = ""): UidListEntry {
    const entry = { uid: this.uidNext++, fields };
    this.entries.set(base, entry);
    return entry;
  }

  /** Puts back a line that another program left out; the file is written as a whole at the next `save`. */
  restore(base: string, uid: Uid): void {
    this.entries.set(base, { uid, fields: "" });
    this.#mustReplace = true;
  }

  /** Makes what was assigned durable. Only under the lock. */
  async save(added: readonly (readonly [base: string, entry: UidListEntry])[]): Promise<void> {
    const stale = this.#lines - this.entries.size;
    if (this.#mustReplace || (stale > maxStaleLines && stale > this.entries.size / 4)) {
      return await this.replace();
    }
    if (added.length === 0) return;
    const { disk } = this.#context;
    const lines = added.map(([base, entry]) => formatUidListLine(base, entry)).join("");
    // Whatever goes wrong from here on leaves an unknown end: replace it next time.
    this.#mustReplace = true;
    const file = await disk.open(this.#path, { append: true });
    try {
      await file.write(utf8Bytes(lines));
      await file.sync();
      this.#signature = signatureOf(await file.stat());
    } finally {
      await file.close();
    }
    this.#lines += added.length;
    this.#mustReplace = false;
  }

  /** Writes the whole file. Only under the lock. */
  async replace(): Promise<void> {
    const { disk, random } = this.#context;
    this.#guid ??= randomHex(random, 16);
    const { uidValidity, uidNext } = this;
    const sorted = Array.from(this.entries).sort(([, left], [, right]) => left.uid - right.uid);
    const text = formatUidListHeader({ uidValidity, uidNext, guid: this.#guid }) +
      sorted.map(([base, entry]) => formatUidListLine(base, entry)).join("");
    await writeFileAtomically(disk, this.#path, utf8Bytes(text), { temporary: `${this.#path}.tmp` });
    const info = await disk.stat(this.#path);
    this.#signature = info === undefined ? "" : signatureOf(info);
    this.#lines = sorted.length;
    this.#mustReplace = false;
  }

  /** The file must be written as a whole before anything is told by it: it is missing or damaged. */
  get mustReplace(): boolean {
    return this.#mustReplace;
  }
}

function signatureOf(info: FileInfo): string {
  return `${info.inode}.${info.octets}.${info.modifiedMs}`;
}
