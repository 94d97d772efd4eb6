/**
 * The files of messages that are in the queue: reads them, and adds lines to their journals. Where each is and what
 * moves it is `file_spool.ts`'s matter; a rename may come between finding a file and opening it.
 */

import type { Bytes } from "../../tools/kit/base/bytes.ts";
import { TempFailure } from "../../tools/kit/base/failure.ts";

import type { DiskFile } from "../file/disk.ts";
import { DiskError } from "../file/disk.ts";
import { freshMessage } from "./fresh_message.ts";
import type { KnownMessage, KnownMessages, Shape } from "./known_messages.ts";
import { CorruptQueueFile, readContent, readQueueFile } from "./queue_file_reader.ts";
import { isQueueId } from "./queue_id.ts";
import type { RecentContents } from "./recent_contents.ts";
import type { QueuedMessage, QueueId } from "./spool.ts";
import type { HeldPlace, SpoolDirectory, SpoolDirectoryOptions } from "./spool_directory.ts";
import { withSpoolFailures } from "./spool_failure.ts";

export interface MessageFilesOptions extends Pick<SpoolDirectoryOptions, "disk" | "log"> {
  readonly directory: SpoolDirectory;
  readonly known: KnownMessages;
  readonly recent: RecentContents;
  /** A visitor looks for files that it does not know, and leaves corrupt ones where they are. */
  readonly role: "server" | "visitor";
  readonly unusedId: () => QueueId;
}

export class MessageFiles {
  readonly #options: MessageFilesOptions;

  constructor(options: MessageFilesOptions) {
    this.#options = options;
  }

  /** The record of a message, to be changed. @throws TempFailure when there is none of that id */
  async locate(id: QueueId): Promise<KnownMessage> {
    const { known, directory, role } = this.#options;
    const message = known.touch(id);
    if (message !== undefined) return message;
    if (role === "visitor" && isQueueId(id)) {
      const place = await directory.find(id);
      if (place !== undefined) {
        const found: KnownMessage = { place, active: false };
        known.put(id, found);
        return found;
      }
    }
    throw new TempFailure("4.3.0", `${id} is not in the queue`);
  }

  /** A message, from memory when it was just received; its content is kept for `content` to give. */
  find(id: QueueId): Promise<QueuedMessage | undefined> {
    const { recent, known } = this.#options;
    const content = recent.get(id);
    const queue = known.queueOf(id);
    if (content === undefined || queue === undefined) return this.#read(id, { keep: true });
    return Promise.resolve(freshMessage(id, queue, content));
  }

  /** A message that is only looked at: nothing of it stays in memory. */
  peek(id: QueueId): Promise<QueuedMessage | undefined> {
    return this.#read(id, { keep: false });
  }

  async *content(id: QueueId): AsyncIterable<Bytes> {
    const recent = this.#options.recent.get(id);
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

  /** Adds a line to the journal, durably. */
  append(id: QueueId, line: Bytes): Promise<void> {
    return withSpoolFailures(async () => {
      const shape = await this.#shape(id);
      this.#options.recent.drop(id);
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

  async #shape(id: QueueId): Promise<Shape> {
    const known = await this.locate(id);
    if (known.shape === undefined) await this.#read(id, { keep: true });
    const { shape } = await this.locate(id);
    if (shape === undefined) throw new TempFailure("4.3.0", `${id} is not in the queue`);
    return shape;
  }

  /** Opens a message's file, wherever a rename may just have taken it. */
  async #open(id: QueueId, options: { readonly read: true } | { readonly write: true }): Promise<DiskFile> {
    const { known, directory, disk } = this.#options;
    for (;;) {
      const place = known.placeOf(id) ?? (await this.locate(id)).place;
      try {
        return await disk.open(directory.path(place, id), options);
      } catch (thrown) {
        if (known.placeOf(id) === place) throw thrown;
      }
    }
  }

  /** Reads all but the content; with `keep`, also the content of a small message, for `content` to give. */
  async #read(id: QueueId, options: { readonly keep: boolean }): Promise<QueuedMessage | undefined> {
    const { known, recent } = this.#options;
    try {
      const file = await this.#open(id, { read: true });
      try {
        const { envelope, journal, contentOctets, end, torn, modifiedMs, content } = await readQueueFile(
          file,
        );
        const message = options.keep ? known.touch(id) : undefined;
        if (message !== undefined) message.shape ??= { contentOctets, end, torn };
        if (options.keep && content !== undefined && journal.octets === 0) {
          recent.put(id, { envelope, content });
        }
        return {
          id,
          queue: known.queueOf(id) ?? "incoming",
          envelope,
          octets: contentOctets,
          outcomes: journal.outcomes,
          nextAttemptMs: known.placeOf(id) === "deferred" ? modifiedMs : 0,
          attempts: journal.attempts,
          deferredMs: journal.deferredMs,
          marks: journal.marks.length === 0 ? undefined : journal.marks,
        };
      } finally {
        await file.close();
      }
    } catch (thrown) {
      if (thrown instanceof CorruptQueueFile) {
        await this.#setAsideAsCorrupt(id, known.placeOf(id), thrown);
        return undefined;
      }
      if (thrown instanceof TempFailure) return undefined;
      if (thrown instanceof DiskError && thrown.code === "notFound") return undefined;
      return await withSpoolFailures(() => Promise.reject(thrown));
    }
  }

  async #setAsideAsCorrupt(
    id: QueueId,
    place: HeldPlace | undefined,
    reason: CorruptQueueFile,
  ): Promise<void> {
    if (place === undefined) return;
    const { log, directory, role, known, recent, unusedId } = this.#options;
    const path = directory.path(place, id);
    if (role === "visitor") return log.write("warning", `${path}: ${reason.message}`);
    const { kept, failure } = await directory.quarantine(id, place, unusedId);
    if (failure === undefined) {
      known.forget(id);
      recent.drop(id);
    }
    const saved = failure === undefined ? `saved as ${kept}` : `cannot save it as ${kept}: ${failure}`;
    log.write("warning", `${path}: ${reason.message}; ${saved}`);
  }
}
