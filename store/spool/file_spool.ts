/**
 * The queue in files: one file a message, below the queue directory. A message's state is the name of its file.
 *
 * | file | state | what is promised | after a crash |
 * |---|---|---|---|
 * | `incoming/ID.tmp` | being received | nothing; 250 was not said | removed at the next start |
 * | `incoming/ID` | accepted | contents and name were synced before 250; it will be delivered | delivered |
 * | `deferred/ID` | to be tried again | as above; its time of modification is when | tried again then, or at once |
 * | `hold/ID` | set aside by an administrator | stays until released | as it was |
 * | `maildrop/ID.tmp` | being written by `send` | nothing | removed when an hour old |
 * | `maildrop/ID` | handed over while no server ran | as `incoming` | collected |
 * | `corrupt/ID` | not readable as a queue file | kept for a person to look at | as it was |
 * | `spare/ID` | delivered, or failed and reported; or being received anew | nothing | removed at the next start |
 * | none | as `spare/ID`, or removed by an administrator | the last outcome is as durable as the removal | - |
 *
 * Whether a message is `active`, being delivered, is known in memory only: a crash ends all attempts. Recipients with an
 * outcome in the journal are done, wherever the file is.
 *
 * A file exists under exactly one name: every step from one state to the next is one rename(2), and a rename is done or
 * not. So after a crash a message is in the state before the step or in the one after it, wholly:
 *
 * - `incoming/ID.tmp` or `spare/OLD` to `incoming/ID`: the one moment of acceptance. The contents are synced before it, the directory
 *   after it, and `commit` returns when both are done. A crash between rename and sync leaves a message whose sender
 *   was not told: the sender sends again (RFC 5321 §6.1 asks for no more).
 * - `incoming/ID` to `deferred/ID`, and `collect`: not synced, since either state is right.
 * - `maildrop/ID.tmp` over `maildrop/ID` (made ready, cleanup(8)), `incoming/ID.tmp` to `hold/ID` (accepted, HOLD): likewise.
 * - to and from `hold`, and an administrator's removal: synced, since a person was told.
 * - to `spare/ID` or to none when it is done: synced within a tenth of a second, or at the stop (`finished_files.ts`).
 *
 * Outcomes are lines appended to the file and synced before anything that depends on them. So a recipient gets a message
 * twice only if the crash falls between its delivery and the sync of its outcome; of the removal, when it was the last
 * one: there a power cut repeats what was done in the tenth of a second before it, the death of the process alone
 * (kill -9) only what was not renamed yet. No order of events loses a message or leaves half of one in the queue.
 *
 * DIAGNOSTICS: `TempFailure` 4.3.1 on a full disk, 4.3.0 on other trouble. BUGS: one server a queue directory; whoever
 * opens it as the server sees to that (the control socket does).
 */

import type { Bytes } from "../../tools/kit/base/bytes.ts";
import { TempFailure } from "../../tools/kit/base/failure.ts";

import type { DiskFile } from "../file/disk.ts";
import { DiskError } from "../file/disk.ts";
import { FinishedFiles } from "./finished_files.ts";
import type { KnownMessage, Shape } from "./known_message.ts";
import { freshMessage, queueNames, queueOf } from "./known_message.ts";
import { formatJournalLine } from "./queue_file.ts";
import { CorruptQueueFile, readContent, readQueueFile } from "./queue_file_reader.ts";
import { isQueueId, QueueIdSource } from "./queue_id.ts";
import { RecentContents } from "./recent_contents.ts";
import type { DeliveryOutcome, QueuedMessage, QueueId, Spool, SpoolEntry } from "./spool.ts";
import type { HeldPlace, SpoolDirectoryOptions } from "./spool_directory.ts";
import { heldPlaces, SpoolDirectory } from "./spool_directory.ts";
import { createEntry } from "./spool_entry.ts";
import type { OpenedFile, WrittenEntry } from "./spool_entry.ts";
import { withSpoolFailures } from "./spool_failure.ts";

export type FileSpoolOptions = SpoolDirectoryOptions;

/** Octets of small messages kept in memory between their commit and their delivery. */
const recentOctets = 16 << 20;

export class FileSpool implements Spool {
  readonly #options: FileSpoolOptions;
  readonly #directory: SpoolDirectory;
  readonly #ids: QueueIdSource;
  readonly #known = new Map<QueueId, KnownMessage>();
  /** Ids of messages that are being received. */
  readonly #reserved = new Set<QueueId>();
  readonly #recent = new RecentContents(recentOctets);
  readonly #finished: FinishedFiles;
  readonly #role: "server" | "visitor";

  private constructor(options: FileSpoolOptions, role: "server" | "visitor") {
    this.#options = options;
    this.#role = role;
    this.#directory = new SpoolDirectory(options);
    this.#ids = new QueueIdSource(options.clock);
    this.#finished = new FinishedFiles({ ...options, directory: this.#directory });
  }

  /** Opens the queue as its one server: makes directories, and brings order into what a crash left. */
  static open(options: FileSpoolOptions): Promise<FileSpool> {
    return withSpoolFailures(async () => {
      const spool = new FileSpool(options, "server");
      await spool.#directory.make();
      await spool.#recover();
      return spool;
    });
  }

  /**
   * Opens the queue from another process: to list it or change it while no server runs, or to leave mail in `maildrop`
   * (which is where `begin` writes to).
   */
  static async visit(options: FileSpoolOptions): Promise<FileSpool> {
    const spool = new FileSpool(options, "visitor");
    await withSpoolFailures(() => spool.#directory.make());
    return spool;
  }

  begin(): Promise<SpoolEntry> {
    const place = this.#role === "server" ? "incoming" : "maildrop";
    return withSpoolFailures(async () => {
      for (;;) {
        const id = this.#unusedId();
        const temporary = this.#finished.take() ?? this.#directory.newFile(place, id);
        const file = await this.#directory.openForWriting(temporary);
        if (file === undefined) continue;
        this.#reserved.add(id);
        return this.#entry(id, { place, temporary, file });
      }
    });
  }

  /** Writes a message of `maildrop` anew; until the commit, which is one rename, it stays what it was. */
  rewrite(id: QueueId): Promise<SpoolEntry> {
    return withSpoolFailures(async () => {
      const temporary = this.#directory.newFile("maildrop", id);
      for (;;) {
        const file = await this.#directory.openForWriting(temporary);
        if (file !== undefined) return this.#entry(id, { place: "maildrop", temporary, file });
        // What a crash has left of an earlier attempt.
        await this.#options.disk.unlink(temporary.path);
      }
    });
  }

  #entry(id: QueueId, opened: OpenedFile): SpoolEntry {
    return createEntry(id, opened, {
      disk: this.#options.disk,
      directory: this.#directory,
      committed: (entry, place) => this.#committed(entry, place),
      abandoned: () => this.#reserved.delete(id),
    });
  }

  async *scan(): AsyncIterable<QueuedMessage> {
    if (this.#role === "visitor") this.#known.clear();
    for (const place of this.#role === "visitor" ? heldPlaces : ["maildrop"] as const) {
      await withSpoolFailures(() => this.#load(place));
    }
    for (const queue of queueNames) {
      const ids = Array.from(this.#known).filter(([, known]) => queueOf(known) === queue).map(([id]) => id);
      for (const id of ids) {
        const message = await this.#read(id, { keep: false });
        if (message !== undefined) yield message;
      }
    }
  }

  find(id: QueueId): Promise<QueuedMessage | undefined> {
    const recent = this.#recent.get(id);
    const known = this.#known.get(id);
    if (recent === undefined || known === undefined) return this.#read(id, { keep: true });
    return Promise.resolve(freshMessage(id, known, recent));
  }

  async *content(id: QueueId): AsyncIterable<Bytes> {
    const recent = this.#recent.get(id);
    if (recent !== undefined) {
      if (recent.content.length > 0) yield recent.content;
      return;
    }
    const { contentOctets } = await this.#shape(id);
    const file = await withSpoolFailures(() => this.#open(id, { read: true }));
    try {
      yield* readContent(file, contentOctets);
    } finally {
      await file.close();
    }
  }

  async activate(id: QueueId): Promise<void> {
    (await this.#locate(id)).active = true;
  }

  record(id: QueueId, outcomes: ReadonlyMap<number, DeliveryOutcome>): Promise<void> {
    if (outcomes.size === 0) return Promise.resolve();
    return withSpoolFailures(async () => {
      const shape = await this.#shape(id);
      this.#recent.drop(id);
      const line = formatJournalLine(outcomes, this.#options.clock.now());
      const file = await this.#open(id, { write: true });
      try {
        if (shape.torn) await file.truncate(shape.end);
        shape.torn = true;
        await file.write(line, shape.end);
        await file.sync();
        shape.end += line.length;
        shape.torn = false;
      } finally {
        await file.close();
      }
    });
  }

  defer(id: QueueId, nextAttemptMs: number): Promise<void> {
    return withSpoolFailures(async () => {
      await this.#move(id, "deferred");
      await this.#options.disk.touch(this.#directory.path("deferred", id), nextAttemptMs);
    });
  }

  hold(id: QueueId): Promise<void> {
    return this.#move(id, "hold", { durable: true });
  }

  async release(id: QueueId): Promise<void> {
    await this.defer(id, this.#options.clock.now());
    await withSpoolFailures(() => this.#directory.sync("deferred"));
  }

  remove(id: QueueId): Promise<void> {
    return withSpoolFailures(async () => {
      const { place } = await this.#locate(id);
      await this.#options.disk.unlink(this.#directory.path(place, id));
      this.#forget(id);
      await this.#directory.sync(place);
    });
  }

  finish(id: QueueId): Promise<void> {
    return withSpoolFailures(async () => {
      const { place, shape } = await this.#locate(id);
      await this.#finished.retire({ id, place, octets: shape?.torn === false ? shape.end : undefined });
      this.#forget(id);
    });
  }

  /** For the stop: whatever is finished is so durably, and nothing is kept for messages to come. */
  settle(): Promise<void> {
    return withSpoolFailures(() => this.#finished.clear());
  }

  /** What other processes left in `maildrop`. */
  dropped(): Promise<readonly QueueId[]> {
    return withSpoolFailures(async () => {
      const dropped: QueueId[] = [];
      for (const name of await this.#directory.list("maildrop")) {
        const known = this.#known.get(name);
        const taken = this.#reserved.has(name) || (known !== undefined && known.place !== "maildrop");
        const id = taken ? this.#unusedId() : name;
        if (taken) await this.#directory.move(name, "maildrop", { place: "maildrop", id });
        if (known === undefined || taken) this.#known.set(id, { place: "maildrop", active: false });
        dropped.push(id);
      }
      return dropped;
    });
  }

  /** Takes a message of `maildrop` into the queue. */
  take(id: QueueId): Promise<void> {
    return this.#move(id, "incoming");
  }

  /** Takes in what other processes left in `maildrop`: the ids, now in `incoming`. */
  async collect(): Promise<readonly QueueId[]> {
    const dropped = await this.dropped();
    for (const id of dropped) await this.take(id);
    return dropped;
  }

  async #recover(): Promise<void> {
    for (const place of [...heldPlaces, "spare"] as const) await this.#directory.tidy(place);
    for (const place of ["incoming", "deferred", "hold"] as const) {
      for (const name of await this.#directory.list(place)) await this.#adopt(place, name);
    }
  }

  /** Books a file found at a start. Two files of one id can only come from outside; both are kept. */
  async #adopt(place: HeldPlace, name: QueueId): Promise<void> {
    const id = this.#known.has(name) ? this.#unusedId() : name;
    if (id !== name) await this.#directory.move(name, place, { place, id });
    this.#known.set(id, { place, active: false });
  }

  #unusedId(): QueueId {
    for (;;) {
      const id = this.#ids.next();
      if (!this.#known.has(id) && !this.#reserved.has(id)) return id;
    }
  }

  /** Books the files of a queue that others write to. */
  async #load(place: HeldPlace): Promise<void> {
    for (const id of await this.#directory.list(place)) {
      if (!this.#known.has(id)) this.#known.set(id, { place, active: false });
    }
  }

  #committed(entry: WrittenEntry, place: HeldPlace): void {
    const { id, contentOctets, octets: end, content, envelope } = entry;
    this.#reserved.delete(id);
    this.#known.set(id, { place, active: false, shape: { contentOctets, end, torn: false } });
    if (content !== undefined) this.#recent.put(id, { envelope, content });
  }

  async #locate(id: QueueId): Promise<KnownMessage> {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    if (this.#role === "visitor" && isQueueId(id)) {
      const place = await this.#directory.find(id);
      const found: KnownMessage | undefined = place && { place, active: false };
      if (found !== undefined) {
        this.#known.set(id, found);
        return found;
      }
    }
    throw new TempFailure("4.3.0", `${id} is not in the queue`);
  }

  async #shape(id: QueueId): Promise<Shape> {
    const known = await this.#locate(id);
    if (known.shape === undefined) await this.#read(id, { keep: false });
    if (known.shape === undefined) throw new TempFailure("4.3.0", `${id} is not in the queue`);
    return known.shape;
  }

  /** Opens a message's file, wherever a rename may just have taken it. */
  async #open(id: QueueId, options: { readonly read: true } | { readonly write: true }): Promise<DiskFile> {
    for (;;) {
      const { place } = await this.#locate(id);
      try {
        return await this.#options.disk.open(this.#directory.path(place, id), options);
      } catch (thrown) {
        if (this.#known.get(id)?.place === place) throw thrown;
      }
    }
  }

  /** Reads all but the content; with `keep`, also the content of a small message, for `content` to give. */
  async #read(id: QueueId, options: { readonly keep: boolean }): Promise<QueuedMessage | undefined> {
    let known: KnownMessage;
    try {
      known = await this.#locate(id);
    } catch (thrown) {
      if (thrown instanceof TempFailure) return undefined;
      throw thrown;
    }
    try {
      const file = await this.#open(id, { read: true });
      try {
        const { envelope, journal, contentOctets, end, torn, modifiedMs, content } = await readQueueFile(
          file,
        );
        known.shape ??= { contentOctets, end, torn };
        if (options.keep && content !== undefined && journal.octets === 0) {
          this.#recent.put(id, { envelope, content });
        }
        return {
          id,
          queue: queueOf(known),
          envelope,
          octets: contentOctets,
          outcomes: journal.outcomes,
          nextAttemptMs: known.place === "deferred" ? modifiedMs : 0,
          attempts: journal.attempts,
          deferredMs: journal.deferredMs,
        };
      } finally {
        await file.close();
      }
    } catch (thrown) {
      if (thrown instanceof CorruptQueueFile) {
        await this.#setAsideAsCorrupt(id, known.place, thrown);
        return undefined;
      }
      if (thrown instanceof DiskError && thrown.code === "notFound") return undefined;
      return await withSpoolFailures(() => Promise.reject(thrown));
    }
  }

  async #setAsideAsCorrupt(id: QueueId, place: HeldPlace, reason: CorruptQueueFile): Promise<void> {
    const { log } = this.#options;
    const path = this.#directory.path(place, id);
    if (this.#role === "visitor") return log.write("warning", `${path}: ${reason.message}`);
    const { kept, failure } = await this.#directory.quarantine(id, place, () => this.#unusedId());
    if (failure === undefined) this.#forget(id);
    const saved = failure === undefined ? `saved as ${kept}` : `cannot save it as ${kept}: ${failure}`;
    log.write("warning", `${path}: ${reason.message}; ${saved}`);
  }

  #move(id: QueueId, to: HeldPlace, options = { durable: false }): Promise<void> {
    return withSpoolFailures(async () => {
      const known = await this.#locate(id);
      if (known.place !== to) {
        await this.#directory.move(id, known.place, { place: to });
        known.place = to;
      }
      known.active = false;
      this.#recent.drop(id);
      if (options.durable) await this.#directory.sync(to);
    });
  }

  #forget(id: QueueId): void {
    this.#known.delete(id);
    this.#recent.drop(id);
  }
}
