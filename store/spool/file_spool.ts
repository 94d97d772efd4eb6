/**
 * The queue in files: one file a message, below the queue directory. A message's state is the name of its file.
 *
 * | file | state | what is promised | after a crash |
 * |---|---|---|---|
 * | `incoming/ID.tmp` | being received | nothing; 250 was not said | removed at the next start |
 * | `incoming/ID` | accepted | contents and name were synced before 250; it will be delivered | delivered |
 * | `active/ID` | being delivered | as above; recipients with an outcome in the journal are done | goes back to `incoming` |
 * | `deferred/ID` | to be tried again | as above; its time of modification is when | tried again then, or at once |
 * | `hold/ID` | set aside by an administrator | stays until released | as it was |
 * | `maildrop/ID.tmp` | being written by `send` | nothing | removed when an hour old |
 * | `maildrop/ID` | handed over while no server ran | as `incoming` | collected |
 * | `corrupt/ID` | not readable as a queue file | kept for a person to look at | as it was |
 * | none | delivered, failed and reported, or removed | the last outcome is as durable as the removal | - |
 *
 * A file exists under exactly one name: every step from one state to the next is one rename(2), and a rename is done or
 * not. So after a crash a message is in the state before the step or in the one after it, wholly:
 *
 * - `incoming/ID.tmp` to `incoming/ID`: the one moment of acceptance. The contents are synced before it, the directory
 *   after it, and `commit` returns when both are done. A crash between rename and sync leaves a message whose sender
 *   was not told: the sender sends again (RFC 5321 §6.1 asks for no more).
 * - `incoming/ID` to `active/ID` to `deferred/ID`, and `collect`: not synced, since either state is right.
 * - to and from `hold`: synced, since an administrator was told.
 * - to none: synced.
 *
 * Outcomes are lines appended to the file and synced before anything that depends on them. So a recipient gets a message
 * twice only if the crash falls between its delivery and the sync of its outcome (of the removal, when it was the last
 * one). No order of events loses a message or leaves half of one in the queue.
 *
 * DIAGNOSTICS: `TempFailure` 4.3.1 on a full disk, 4.3.0 on other trouble. BUGS: one server a queue directory; whoever
 * opens it as the server sees to that (the control socket does).
 */

import type { Bytes } from "../../tools/kit/base/bytes.ts";
import { failureText, TempFailure } from "../../tools/kit/base/failure.ts";

import type { DiskFile } from "../file/disk.ts";
import { DiskError } from "../file/disk.ts";
import { formatJournalLine, headerOctets } from "./queue_file.ts";
import { isQueueId, QueueIdSource } from "./queue_id.ts";
import { CorruptQueueFile, readChunkOctets, readQueueFile } from "./queue_file_reader.ts";
import { RecentContents } from "./recent_contents.ts";
import type { DeliveryOutcome, QueuedMessage, QueueId, QueueName, Spool, SpoolEntry } from "./spool.ts";
import type { SpoolDirectoryOptions } from "./spool_directory.ts";
import { queueNames, SpoolDirectory } from "./spool_directory.ts";
import { FileSpoolEntry } from "./spool_entry.ts";
import type { WrittenEntry } from "./spool_entry.ts";
import { withSpoolFailures } from "./spool_failure.ts";

export type FileSpoolOptions = SpoolDirectoryOptions;

/** Where a message's parts are, once its file has been read or written. */
interface Shape {
  readonly contentOctets: number;
  /** End of the journal: the next line goes here. */
  end: number;
  /** Something that does not count stands behind `end`. */
  torn: boolean;
}

interface Known {
  queue: QueueName;
  shape?: Shape;
}

/** Octets of small messages kept in memory between their commit and their delivery. */
const recentOctets = 16 << 20;

export class FileSpool implements Spool {
  readonly #options: FileSpoolOptions;
  readonly #directory: SpoolDirectory;
  readonly #ids: QueueIdSource;
  readonly #known = new Map<QueueId, Known>();
  /** Ids of messages that are being received. */
  readonly #reserved = new Set<QueueId>();
  readonly #recent = new RecentContents(recentOctets);
  readonly #role: "server" | "visitor";

  private constructor(options: FileSpoolOptions, role: "server" | "visitor") {
    this.#options = options;
    this.#role = role;
    this.#directory = new SpoolDirectory(options);
    this.#ids = new QueueIdSource(options.clock);
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
    const queue: QueueName = this.#role === "server" ? "incoming" : "maildrop";
    return withSpoolFailures(async () => {
      for (;;) {
        const id = this.#unusedId();
        const temporaryPath = this.#directory.temporaryPath(queue, id);
        const file = await this.#create(temporaryPath);
        if (file === undefined) continue;
        this.#reserved.add(id);
        return new FileSpoolEntry(id, file, {
          disk: this.#options.disk,
          temporaryPath,
          finalPath: this.#directory.path(queue, id),
          syncNames: () => this.#directory.sync(queue),
          committed: (entry) => this.#committed(entry, queue),
          abandoned: () => this.#reserved.delete(id),
        });
      }
    });
  }

  async *scan(): AsyncIterable<QueuedMessage> {
    if (this.#role === "visitor") this.#known.clear();
    for (const queue of this.#role === "visitor" ? queueNames : ["maildrop"] as const) {
      await withSpoolFailures(() => this.#load(queue));
    }
    for (const queue of queueNames) {
      const ids = Array.from(this.#known).filter(([, known]) => known.queue === queue).map(([id]) => id);
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
    return Promise.resolve({
      id,
      queue: known.queue,
      envelope: recent.envelope,
      octets: recent.content.length,
      outcomes: new Array(recent.envelope.recipients.length).fill(undefined),
      nextAttemptMs: 0,
      attempts: 0,
    });
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
      for (let offset = 0; offset < contentOctets;) {
        const chunk = new Uint8Array(Math.min(readChunkOctets, contentOctets - offset));
        const count = await withSpoolFailures(() => file.read(chunk, headerOctets + offset));
        if (count === 0) throw new TempFailure("4.3.0", "Error: queue file read error");
        offset += count;
        yield count < chunk.length ? chunk.slice(0, count) : chunk;
      }
    } finally {
      await file.close();
    }
  }

  activate(id: QueueId): Promise<void> {
    return this.#move(id, "active");
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
      const { queue } = await this.#locate(id);
      await this.#options.disk.unlink(this.#directory.path(queue, id));
      this.#forget(id);
      await this.#directory.sync(queue);
    });
  }

  /** Takes in what other processes left in `maildrop`: the ids, now in `incoming`. */
  collect(): Promise<readonly QueueId[]> {
    return withSpoolFailures(async () => {
      const collected: QueueId[] = [];
      for (const name of await this.#directory.list("maildrop")) {
        const known = this.#known.get(name);
        const taken = this.#reserved.has(name) || (known !== undefined && known.queue !== "maildrop");
        const id = taken ? this.#unusedId() : name;
        await this.#directory.move(name, "maildrop", { queue: "incoming", id });
        this.#known.set(id, { queue: "incoming" });
        collected.push(id);
      }
      return collected;
    });
  }

  async #recover(): Promise<void> {
    for (const queue of queueNames) await this.#directory.tidy(queue);
    for (const queue of ["incoming", "deferred", "hold"] as const) {
      for (const name of await this.#directory.list(queue)) await this.#adopt(queue, name, queue);
    }
    for (const name of await this.#directory.list("active")) await this.#adopt("active", name, "incoming");
  }

  /** Books a file found at a start. Two files of one id can only come from outside; both are kept. */
  async #adopt(from: QueueName, name: QueueId, to: QueueName): Promise<void> {
    const id = this.#known.has(name) ? this.#unusedId() : name;
    if (from !== to || id !== name) await this.#directory.move(name, from, { queue: to, id });
    this.#known.set(id, { queue: to });
  }

  /** Creates a file exclusively; `undefined` when there is one. */
  async #create(path: string): Promise<DiskFile | undefined> {
    try {
      return await this.#options.disk.open(path, { write: true, create: "always" });
    } catch (thrown) {
      if (thrown instanceof DiskError && thrown.code === "exists") return undefined;
      throw thrown;
    }
  }

  #unusedId(): QueueId {
    for (;;) {
      const id = this.#ids.next();
      if (!this.#known.has(id) && !this.#reserved.has(id)) return id;
    }
  }

  /** Books the files of a queue that others write to. */
  async #load(queue: QueueName): Promise<void> {
    for (const id of await this.#directory.list(queue)) {
      if (!this.#known.has(id)) this.#known.set(id, { queue });
    }
  }

  #committed(entry: WrittenEntry, queue: QueueName): void {
    const { id, contentOctets, envelopeOctets, content, envelope } = entry;
    const end = headerOctets + contentOctets + envelopeOctets;
    this.#reserved.delete(id);
    this.#known.set(id, { queue, shape: { contentOctets, end, torn: false } });
    if (content !== undefined) this.#recent.put(id, { envelope, content });
  }

  async #locate(id: QueueId): Promise<Known> {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    if (this.#role === "visitor" && isQueueId(id)) {
      for (const queue of queueNames) {
        if (await this.#options.disk.lstat(this.#directory.path(queue, id)) === undefined) continue;
        const found: Known = { queue };
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
      const { queue } = await this.#locate(id);
      try {
        return await this.#options.disk.open(this.#directory.path(queue, id), options);
      } catch (thrown) {
        if (this.#known.get(id)?.queue === queue) throw thrown;
      }
    }
  }

  /** Reads all but the content; with `keep`, also the content of a small message, for `content` to give. */
  async #read(id: QueueId, options: { readonly keep: boolean }): Promise<QueuedMessage | undefined> {
    let known: Known;
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
          queue: known.queue,
          envelope,
          octets: contentOctets,
          outcomes: journal.outcomes,
          nextAttemptMs: known.queue === "deferred" ? modifiedMs : 0,
          attempts: journal.attempts,
        };
      } finally {
        await file.close();
      }
    } catch (thrown) {
      if (thrown instanceof CorruptQueueFile) {
        await this.#setAsideAsCorrupt(id, known.queue, thrown);
        return undefined;
      }
      if (thrown instanceof DiskError && thrown.code === "notFound") return undefined;
      return await withSpoolFailures(() => Promise.reject(thrown));
    }
  }

  async #setAsideAsCorrupt(id: QueueId, queue: QueueName, reason: CorruptQueueFile): Promise<void> {
    const path = this.#directory.path(queue, id);
    if (this.#role === "visitor") return this.#warn(`${path}: ${reason.message}`);
    const { disk } = this.#options;
    const free = await disk.lstat(this.#directory.path("corrupt", id)) === undefined;
    const keptId = free ? id : this.#unusedId();
    const kept = this.#directory.path("corrupt", keptId);
    try {
      await this.#directory.move(id, queue, { queue: "corrupt", id: keptId });
      this.#forget(id);
      this.#warn(`${path}: ${reason.message}; saved as ${kept}`);
    } catch (thrown) {
      this.#warn(`${path}: ${reason.message}; cannot save it as ${kept}: ${failureText(thrown)}`);
    }
  }

  #move(id: QueueId, to: QueueName, options = { durable: false }): Promise<void> {
    return withSpoolFailures(async () => {
      const known = await this.#locate(id);
      if (known.queue !== to) {
        await this.#directory.move(id, known.queue, { queue: to });
        known.queue = to;
      }
      if (to !== "active") this.#recent.drop(id);
      if (options.durable) await this.#directory.sync(to);
    });
  }

  #forget(id: QueueId): void {
    this.#known.delete(id);
    this.#recent.drop(id);
  }

  #warn(text: string): void {
    this.#options.log.write("warning", text);
  }
}
