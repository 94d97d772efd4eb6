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
 * - to and from `hold`, to `maildrop` to be made ready anew (after a mark in the journal says so, since what came from
 *   there once was made ready before), and an administrator's removal: synced, since a person was told.
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

import { FinishedFiles } from "./finished_files.ts";
import type { KnownMessage } from "./known_messages.ts";
import { KnownMessages } from "./known_messages.ts";
import { MessageFiles } from "./message_files.ts";
import { formatJournalLine, formatMark } from "./queue_file.ts";
import { QueueIdSource, queueIdTime } from "./queue_id.ts";
import { RecentContents } from "./recent_contents.ts";
import type {
  DeliveryOutcome,
  QueuedMessage,
  QueueId,
  QueueMark,
  QueueName,
  Spool,
  SpoolEntry,
} from "./spool.ts";
import type { HeldPlace, SpoolDirectoryOptions } from "./spool_directory.ts";
import { heldPlaces, SpoolDirectory } from "./spool_directory.ts";
import { createEntry } from "./spool_entry.ts";
import type { OpenedFile, WrittenEntry } from "./spool_entry.ts";
import { withSpoolFailures } from "./spool_failure.ts";

export type FileSpoolOptions = SpoolDirectoryOptions;

/** Octets of small messages kept in memory between their commit and their delivery. */
const recentOctets = 16 << 20;

/** The order of postqueue(1). */
const queueNames: readonly QueueName[] = ["maildrop", "active", "incoming", "deferred", "hold"];

/** A message that is queued, by its name alone. */
export interface QueuedName {
  readonly id: QueueId;
  readonly place: HeldPlace;
  /** When a deferred one is to be tried again. */
  readonly nextAttemptMs: number;
}

export class FileSpool implements Spool {
  readonly #options: FileSpoolOptions;
  readonly #directory: SpoolDirectory;
  readonly #ids: QueueIdSource;
  readonly #known = new KnownMessages();
  /** Ids of messages that are being received. */
  readonly #reserved = new Set<QueueId>();
  /** Ids of messages on their way back to `maildrop`: not yet booked there. */
  readonly #returning = new Set<QueueId>();
  readonly #recent = new RecentContents(recentOctets);
  readonly #finished: FinishedFiles;
  readonly #files: MessageFiles;
  readonly #role: "server" | "visitor";

  private constructor(options: FileSpoolOptions, role: "server" | "visitor") {
    this.#options = options;
    this.#role = role;
    this.#directory = new SpoolDirectory(options);
    this.#ids = new QueueIdSource(options.clock);
    this.#finished = new FinishedFiles({ ...options, directory: this.#directory });
    this.#files = new MessageFiles({
      ...options,
      directory: this.#directory,
      known: this.#known,
      recent: this.#recent,
      role,
      unusedId: () => this.#unusedId(),
    });
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

  draw(): QueueId {
    const id = this.#unusedId();
    this.#reserved.add(id);
    return id;
  }

  giveBack(id: QueueId): void {
    this.#reserved.delete(id);
  }

  begin(drawn?: QueueId): Promise<SpoolEntry> {
    const place = this.#role === "server" ? "incoming" : "maildrop";
    return withSpoolFailures(async () => {
      for (;;) {
        const id = drawn ?? this.#unusedId();
        const temporary = this.#finished.take() ?? this.#directory.newFile(place, id);
        const file = await this.#directory.openForWriting(temporary);
        if (file === undefined && id === drawn) throw new TempFailure("4.3.0", `the queue has a file ${id}`);
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

  /** All messages, queue by queue, and within each roughly as they came. */
  async *scan(): AsyncIterable<QueuedMessage> {
    if (this.#role === "visitor") this.#known.clear();
    for (const place of this.#role === "visitor" ? heldPlaces : ["maildrop"] as const) {
      await withSpoolFailures(() => this.#load(place));
    }
    const queues = new Map<QueueName, QueueId[]>(queueNames.map((queue) => [queue, []]));
    for (const id of this.#known.ids()) queues.get(this.#known.queueOf(id)!)?.push(id);
    for (const ids of queues.values()) {
      ids.sort((one, other) => queueIdTime(one) - queueIdTime(other));
      for (const id of ids) {
        const message = await this.#files.peek(id);
        if (message !== undefined) yield message;
      }
    }
  }

  /** All that is queued but for `maildrop`, without a look into the files. */
  async *names(): AsyncIterable<QueuedName> {
    if (this.#role === "visitor") {
      this.#known.clear();
      for (const place of heldPlaces) await withSpoolFailures(() => this.#load(place));
    }
    for (const id of Array.from(this.#known.ids())) {
      const place = this.#known.placeOf(id);
      if (place === undefined || place === "maildrop") continue;
      const path = this.#directory.path(place, id);
      const info = place === "deferred"
        ? await withSpoolFailures(() => this.#options.disk.lstat(path))
        : undefined;
      yield { id, place, nextAttemptMs: info?.modifiedMs ?? 0 };
    }
  }

  /** How many messages are in each queue. */
  counts(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const id of this.#known.ids()) {
      const queue = this.#known.queueOf(id)!;
      counts[queue] = (counts[queue] ?? 0) + 1;
    }
    return counts;
  }

  /** Where a message is, as far as this process knows. */
  queueOf(id: QueueId): QueueName | undefined {
    return this.#known.queueOf(id);
  }

  find(id: QueueId): Promise<QueuedMessage | undefined> {
    return this.#files.find(id);
  }

  content(id: QueueId): AsyncIterable<Bytes> {
    return this.#files.content(id);
  }

  async activate(id: QueueId): Promise<void> {
    (await this.#files.locate(id)).active = true;
  }

  async record(id: QueueId, outcomes: ReadonlyMap<number, DeliveryOutcome>): Promise<void> {
    if (outcomes.size === 0) return;
    await this.#files.append(id, formatJournalLine(outcomes, this.#options.clock.now()));
  }

  mark(id: QueueId, mark: QueueMark): Promise<void> {
    return this.#files.append(id, formatMark(mark, this.#options.clock.now()));
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

  async requeue(id: QueueId): Promise<void> {
    await this.mark(id, "requeued");
    this.#returning.add(id);
    try {
      await this.#move(id, "maildrop", { durable: true });
    } finally {
      this.#returning.delete(id);
    }
  }

  remove(id: QueueId): Promise<void> {
    return withSpoolFailures(async () => {
      const { place } = await this.#files.locate(id);
      await this.#options.disk.unlink(this.#directory.path(place, id));
      this.#forget(id);
      await this.#directory.sync(place);
    });
  }

  finish(id: QueueId): Promise<void> {
    return withSpoolFailures(async () => {
      const { place, shape } = await this.#files.locate(id);
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
        if (this.#returning.has(name)) continue;
        const known = this.#known.placeOf(name);
        const taken = this.#reserved.has(name) || (known !== undefined && known !== "maildrop");
        const id = taken ? this.#unusedId() : name;
        if (taken) await this.#directory.move(name, "maildrop", { place: "maildrop", id });
        if (known === undefined || taken) this.#known.rest(id, "maildrop");
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
    for (const place of [...heldPlaces, "spare"] as const) {
      const names = await this.#directory.tidy(place);
      if (place === "maildrop" || place === "spare") continue;
      for (const name of names) await this.#adopt(place, name);
    }
  }

  /** Books a file found at a start. Two files of one id can only come from outside; both are kept. */
  async #adopt(place: HeldPlace, name: QueueId): Promise<void> {
    const id = this.#known.has(name) ? this.#unusedId() : name;
    if (id !== name) await this.#directory.move(name, place, { place, id });
    this.#known.rest(id, place);
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
      if (!this.#known.has(id)) this.#known.rest(id, place);
    }
  }

  #committed(entry: WrittenEntry, place: HeldPlace): void {
    const { id, contentOctets, octets: end, content, envelope } = entry;
    this.#reserved.delete(id);
    const known: KnownMessage = { place, active: false, shape: { contentOctets, end, torn: false } };
    this.#known.put(id, known);
    if (content !== undefined) this.#recent.put(id, { envelope, content });
  }

  #move(id: QueueId, to: HeldPlace, options = { durable: false }): Promise<void> {
    return withSpoolFailures(async () => {
      const known = await this.#files.locate(id);
      if (known.place !== to) {
        await this.#directory.move(id, known.place, { place: to });
        known.place = to;
      }
      known.active = false;
      this.#recent.drop(id);
      if (to !== "incoming") this.#known.rest(id, to);
      if (options.durable) await this.#directory.sync(to);
    });
  }

  #forget(id: QueueId): void {
    this.#known.forget(id);
    this.#recent.drop(id);
  }
}
