/**
 * A mailbox as one session has it open: the shared core, and what this session has been told of it.
 *
 * \Recent belongs to the first session that is told of a message with the mailbox open for writing (RFC 3501 §2.3.2).
 */

import type { Bytes } from "../../tools/kit/base/bytes.ts";
import type { CancelTimer } from "../../tools/kit/base/clock.ts";

import type {
  Changes,
  CopyResult,
  FetchWant,
  Flag,
  FlagMode,
  Mailbox,
  MessageData,
  MessageState,
  Snapshot,
  Uid,
} from "../account.ts";
import { MailboxError } from "../account.ts";
import type { SearchKey } from "../search/search_key.ts";
import type { Content } from "./content.ts";
import type { StoreContext } from "./context.ts";
import type { MailboxCore } from "./core.ts";
import { fetchMessages } from "./fetch.ts";
import { hasFlag } from "./flags.ts";
import { guarded } from "./guard.ts";
import type { Cursor, LedgerRow } from "./ledger.ts";
import { expunged } from "./name.ts";
import { searchMailbox } from "./search.ts";

/** How often a watched mailbox is looked at for what other programs did. */
const pollMs = 5000;

/** A message of up to this size is kept, converted, while a client reads it part by part. */
const maxHeldOctets = 1 << 20;

export interface ViewOptions {
  readonly context: StoreContext;
  readonly readOnly: boolean;
  readonly copy: (uids: readonly Uid[], destination: string, move: boolean) => Promise<CopyResult>;
  readonly release: () => Promise<void>;
}

export class MailboxView implements Mailbox {
  readonly #core: MailboxCore;
  readonly #options: ViewOptions;
  readonly #cursor: Cursor;
  readonly #recent = new Set<Uid>();
  #closed = false;
  #stopWatching: (() => void) | undefined;
  #woken = false;
  /** The message that was read last, in case it is read on. */
  #reading: { readonly uid: Uid; readonly content: Content; readonly whole: Bytes | undefined } | undefined;
  #reads: Promise<unknown> = Promise.resolve();

  /** The core must have been refreshed. */
  constructor(core: MailboxCore, options: ViewOptions) {
    this.#core = core;
    this.#options = options;
    this.#cursor = core.ledger.open();
  }

  get name(): string {
    return this.#core.name;
  }

  snapshot(): Snapshot {
    const { ledger } = this.#core;
    ledger.changes(this.#cursor, this.#stateOf);
    this.#woken = false;
    return {
      uidValidity: this.#core.uidValidity,
      uidNext: this.#core.uidNext,
      highestModSeq: ledger.highestModSeq,
      readOnly: this.#options.readOnly,
      messages: ledger.rows.map(this.#stateOf),
      keywords: this.#core.keywords(),
    };
  }

  async sync(): Promise<Changes> {
    return await this.#guarded("look at", async () => {
      try {
        await this.#refresh();
      } catch (thrown) {
        if (thrown instanceof MailboxError && thrown.code === "nonexistent") {
          return { appeared: [], flags: [], vanished: [], gone: true };
        }
        throw thrown;
      }
      const changes = this.#core.ledger.changes(this.#cursor, this.#stateOf);
      this.#woken = false;
      for (const uid of changes.vanished) this.#recent.delete(uid);
      return changes;
    });
  }

  watch(wake: () => void): () => void {
    this.#stopWatching?.();
    const { clock } = this.#options.context;
    let timer: CancelTimer | undefined;
    let stopped = false;
    let due = false;
    const check = () => {
      due = false;
      if (stopped || this.#woken) return;
      if (!this.#core.gone && !this.#core.ledger.hasNews(this.#cursor)) return;
      this.#woken = true;
      wake();
    };
    const poll = async () => {
      // Trouble shows at the next request; a deleted mailbox is news.
      await this.#refresh().catch(() => {});
      check();
      if (!stopped) timer = clock.after(pollMs, poll);
    };
    timer = clock.after(pollMs, poll);
    // A thousand changes at once are one reason to look.
    const checkSoon = () => {
      if (due || this.#woken) return;
      due = true;
      queueMicrotask(check);
    };
    const stopListening = this.#core.ledger.listen(checkSoon);
    checkSoon();
    const stop = () => {
      stopped = true;
      stopListening();
      timer?.();
    };
    this.#stopWatching = stop;
    return stop;
  }

  async fetch(uids: readonly Uid[], want: FetchWant): Promise<readonly MessageData[]> {
    return await this.#guarded(
      "fetch from",
      () => fetchMessages(this.#core, uids, { want, stateOf: this.#stateOf }),
    );
  }

  /** One after the other: reads in a row share the open message. */
  read(uid: Uid, offset: number, length: number): Promise<Bytes> {
    const result = this.#reads.then(() => this.#guarded("read from", () => this.#read(uid, offset, length)));
    this.#reads = result.catch(() => {});
    return result;
  }

  async setFlags(uids: readonly Uid[], mode: FlagMode, flags: readonly Flag[]) {
    this.#checkWritable();
    return await this.#guarded("set flags in", async () => {
      await this.#core.setFlags(uids, mode, flags);
      return this.#rowsOf(uids).map((row) => ({ uid: row.uid, flags: row.flags, modSeq: row.modSeq }));
    });
  }

  async expunge(uids?: readonly Uid[]): Promise<readonly Uid[]> {
    this.#checkWritable();
    return await this.#guarded("expunge", async () => {
      await this.#core.refresh({ take: true });
      const rows = uids === undefined ? this.#core.ledger.rows : this.#rowsOf(uids);
      return await this.#core.remove(
        rows.filter((row) => hasFlag(row.flags, "\\Deleted")).map((row) => row.uid),
      );
    });
  }

  async remove(uids: readonly Uid[]): Promise<readonly Uid[]> {
    this.#checkWritable();
    return await this.#guarded("remove from", () => this.#core.remove(uids));
  }

  async copy(
    uids: readonly Uid[],
    destination: string,
    options: { readonly move: boolean },
  ): Promise<CopyResult> {
    if (options.move) this.#checkWritable();
    return await this.#guarded("copy from", () => this.#options.copy(uids, destination, options.move));
  }

  async search(key: SearchKey): Promise<readonly Uid[]> {
    return await this.#guarded(
      "search",
      () => searchMailbox(this.#core, key, { isRecent: (row) => this.#isRecent(row) }),
    );
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopWatching?.();
    this.#core.ledger.close(this.#cursor);
    await this.#reads;
    await this.#stopReading();
    await this.#options.release();
  }

  readonly #stateOf = (row: LedgerRow): MessageState => {
    if (row.fresh && !this.#options.readOnly) {
      row.fresh = false;
      this.#recent.add(row.uid);
    }
    return { uid: row.uid, flags: row.flags, recent: this.#isRecent(row), modSeq: row.modSeq };
  };

  #isRecent(row: LedgerRow): boolean {
    return row.fresh || this.#recent.has(row.uid);
  }

  #refresh(): Promise<void> {
    return this.#core.refresh({ take: !this.#options.readOnly });
  }

  #rowsOf(uids: readonly Uid[]): LedgerRow[] {
    return uids.map((uid) => this.#core.ledger.get(uid)).filter((row) => row !== undefined);
  }

  async #read(uid: Uid, offset: number, length: number): Promise<Bytes> {
    if (this.#core.ledger.get(uid) === undefined) {
      await this.#stopReading();
      throw expunged();
    }
    if (this.#reading?.uid !== uid) {
      await this.#stopReading();
      const content = await this.#core.content(uid);
      // In part by part reading the pieces come in any order: a small message is converted once.
      const whole = content.fileOctets <= maxHeldOctets ? await content.whole() : undefined;
      this.#reading = { uid, content, whole };
    }
    const { content, whole } = this.#reading;
    return whole === undefined ? await content.read(offset, length) : whole.slice(offset, offset + length);
  }

  async #stopReading(): Promise<void> {
    const reading = this.#reading;
    this.#reading = undefined;
    await reading?.content.close();
  }

  #checkWritable(): void {
    if (this.#options.readOnly) throw new MailboxError("noPermission", "Mailbox is read-only");
  }

  #guarded<T>(what: string, action: () => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new Error("mailbox is closed"));
    return guarded(this.#options.context.log, `${what} mailbox ${this.name}`, action);
  }
}
