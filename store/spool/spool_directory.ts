/**
 * How the queues lie on the disk: names, moves between them, and what is found in them at a start. `file_spool.ts` says
 * what each name means.
 */

import type { Clock } from "../../tools/kit/base/clock.ts";
import type { Log } from "../../tools/kit/base/log.ts";

import { DirSync } from "../file/dir_sync.ts";
import type { Disk } from "../file/disk.ts";
import { isQueueId } from "./queue_id.ts";
import type { QueueId, QueueName } from "./spool.ts";

export interface SpoolDirectoryOptions {
  readonly disk: Disk;
  /** The queue directory, absolute. */
  readonly directory: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** Those that hold mail, in the order of postqueue(1). */
export const queueNames: readonly QueueName[] = ["maildrop", "active", "incoming", "deferred", "hold"];

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
  path(queue: QueueName, id: QueueId): string {
    return `${this.#directory(queue)}/${id}`;
  }

  temporaryPath(queue: QueueName, id: QueueId): string {
    return `${this.path(queue, id)}${temporarySuffix}`;
  }

  /** Makes names in `queue` durable, with all others who ask for it at this time. */
  sync(queue: QueueName): Promise<void> {
    return this.#dirSync.sync(this.#directory(queue));
  }

  move(
    id: QueueId,
    from: QueueName,
    to: { readonly queue: QueueName; readonly id?: QueueId },
  ): Promise<void> {
    return this.#options.disk.rename(this.path(from, id), this.path(to.queue, to.id ?? id));
  }

  /** Makes what is missing, 0700, durably. */
  async make(): Promise<void> {
    const { disk, directory } = this.#options;
    let made = false;
    for (const queue of [...queueNames, "corrupt"] as const) {
      if (await disk.stat(this.#directory(queue)) !== undefined) continue;
      await disk.mkdir(this.#directory(queue), { mode: 0o700, parents: true });
      made = true;
    }
    if (!made) return;
    await disk.syncDir(directory);
    await disk.syncDir(directory.slice(0, directory.lastIndexOf("/")) || "/");
  }

  /** The messages in a queue. */
  async list(queue: QueueName): Promise<readonly QueueId[]> {
    const ids: QueueId[] = [];
    for (const entry of await this.#options.disk.list(this.#directory(queue))) {
      if (entry.kind === "file" && isQueueId(entry.name)) ids.push(entry.name);
    }
    return ids;
  }

  /** At a start: removes what was never finished, and says what does not belong here. */
  async tidy(queue: QueueName): Promise<void> {
    const { disk, log } = this.#options;
    for (const entry of await disk.list(this.#directory(queue))) {
      const path = this.path(queue, entry.name);
      if (entry.kind === "file" && entry.name.endsWith(temporarySuffix)) {
        if (queue !== "maildrop" || await this.#isOld(path)) await disk.unlink(path);
      } else if (entry.kind !== "file" || !isQueueId(entry.name)) {
        log.write("warning", `${path} is not a queue file; it is left as it is`);
      }
    }
  }

  /** In `maildrop`, somebody may be writing the file right now. */
  async #isOld(path: string): Promise<boolean> {
    const info = await this.#options.disk.lstat(path);
    return info !== undefined && this.#options.clock.now() - info.modifiedMs >= maildropTemporaryMaxAgeMs;
  }

  #directory(queue: QueueName): string {
    return `${this.#options.directory}/${queue}`;
  }
}
