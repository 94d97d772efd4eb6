/**
 * How the queues lie on the disk: names, moves between them, and what is found in them at a start. `file_spool.ts` says
 * what each name means.
 */

import type { Clock } from "../../tools/kit/base/clock.ts";
import { failureText } from "../../tools/kit/base/failure.ts";
import type { Log } from "../../tools/kit/base/log.ts";

import { DirSync } from "../file/dir_sync.ts";
import type { Disk, DiskFile } from "../file/disk.ts";
import { DiskError } from "../file/disk.ts";
import { isQueueId } from "./queue_id.ts";
import type { QueueId, QueueName } from "./spool.ts";

export interface SpoolDirectoryOptions {
  readonly disk: Disk;
  /** The queue directory, absolute. */
  readonly directory: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** A directory: a queue has one each, but for `active`, which is known in memory only. */
export type SpoolPlace = Exclude<QueueName, "active"> | "spare";

/** A file that no message has yet. */
export interface TemporaryFile {
  readonly path: string;
  /** To be made; else one that held another message. */
  readonly isNew: boolean;
  /** Its length. */
  readonly octets: number;
}

/** Those that hold mail. */
export type HeldPlace = (typeof heldPlaces)[number];
export const heldPlaces = ["maildrop", "incoming", "deferred", "hold"] as const;

const temporarySuffix = ".tmp";
const maildropTemporaryMaxAgeMs = 3_600_000;

export class SpoolDirectory {
  readonly #options: SpoolDirectoryOptions;
  readonly #dirSync: DirSync;

  constructor(options: SpoolDirectoryOptions) {
    this.#options = options;
    this.#dirSync = new DirSync(options.disk);
  }

  /** The one place that knows where a queue keeps a message. */
  path(place: SpoolPlace, id: QueueId): string {
    return `${this.#directory(place)}/${id}`;
  }

  newFile(place: SpoolPlace, id: QueueId): TemporaryFile {
    return { path: `${this.path(place, id)}${temporarySuffix}`, isNew: true, octets: 0 };
  }

  /** `undefined` when a new file is there already, or another is no longer. */
  async openForWriting({ path, isNew }: TemporaryFile): Promise<DiskFile | undefined> {
    try {
      return await this.#options.disk.open(path, { write: true, ...isNew ? { create: "always" } : {} });
    } catch (thrown) {
      if (thrown instanceof DiskError && thrown.code === (isNew ? "exists" : "notFound")) return undefined;
      throw thrown;
    }
  }

  /** Where a message is. */
  async find(id: QueueId): Promise<HeldPlace | undefined> {
    for (const place of heldPlaces) {
      if (await this.#options.disk.lstat(this.path(place, id)) !== undefined) return place;
    }
    return undefined;
  }

  /** Makes names in `place` durable, with all others who ask for it at this time. */
  sync(place: SpoolPlace): Promise<void> {
    return this.#dirSync.sync(this.#directory(place));
  }

  move(
    id: QueueId,
    from: SpoolPlace,
    to: { readonly place: SpoolPlace; readonly id?: QueueId },
  ): Promise<void> {
    return this.#options.disk.rename(this.path(from, id), this.path(to.place, to.id ?? id));
  }

  /** Makes what is missing, 0700, durably. */
  async make(): Promise<void> {
    const { disk, directory } = this.#options;
    let made = false;
    for (const place of [...heldPlaces, "corrupt", "spare"] as const) {
      if (await disk.stat(this.#directory(place)) !== undefined) continue;
      await disk.mkdir(this.#directory(place), { mode: 0o700, parents: true });
      made = true;
    }
    if (!made) return;
    await disk.syncDir(directory);
    await disk.syncDir(directory.slice(0, directory.lastIndexOf("/")) || "/");
  }

  /** The messages in a queue. */
  async list(place: SpoolPlace): Promise<readonly QueueId[]> {
    const ids: QueueId[] = [];
    for (const entry of await this.#options.disk.list(this.#directory(place))) {
      if (entry.kind === "file" && isQueueId(entry.name)) ids.push(entry.name);
    }
    return ids;
  }

  /** Keeps what is no queue file for a person to look at; under another name if there is such a one already. */
  async quarantine(
    id: QueueId,
    place: HeldPlace,
    otherId: () => QueueId,
  ): Promise<{ readonly kept: string; readonly failure?: string }> {
    const isFree = await this.#options.disk.lstat(this.path("corrupt", id)) === undefined;
    const keptId = isFree ? id : otherId();
    const kept = this.path("corrupt", keptId);
    try {
      await this.move(id, place, { place: "corrupt", id: keptId });
      return { kept };
    } catch (thrown) {
      return { kept, failure: failureText(thrown) };
    }
  }

  /** At a start: removes what was never finished, and says what does not belong here; the messages that are left. */
  async tidy(place: SpoolPlace): Promise<readonly QueueId[]> {
    const { disk, log } = this.#options;
    const ids: QueueId[] = [];
    for (const entry of await disk.list(this.#directory(place))) {
      const path = this.path(place, entry.name);
      if (place === "spare" && entry.kind === "file") await disk.unlink(path);
      else if (entry.kind === "file" && entry.name.endsWith(temporarySuffix)) {
        if (place !== "maildrop" || await this.#isOld(path)) await disk.unlink(path);
      } else if (entry.kind !== "file" || !isQueueId(entry.name)) {
        log.write("warning", `${path} is not a queue file; it is left as it is`);
      } else ids.push(entry.name);
    }
    return ids;
  }

  /** In `maildrop`, somebody may be writing the file right now. */
  async #isOld(path: string): Promise<boolean> {
    const info = await this.#options.disk.lstat(path);
    return info !== undefined && this.#options.clock.now() - info.modifiedMs >= maildropTemporaryMaxAgeMs;
  }

  #directory(place: SpoolPlace): string {
    return `${this.#options.directory}/${place}`;
  }
}
