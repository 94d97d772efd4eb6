/**
 * A queue file being written: buffered while it is small, so that most messages cost one write and one sync.
 *
 * It has a temporary name until `commit`; see the table of states in `file_spool.ts`.
 */

import type { Bytes } from "../../tools/kit/base/bytes.ts";
import { concatBytes } from "../../tools/kit/base/bytes.ts";

import type { Disk, DiskFile } from "../file/disk.ts";
import { formatEnvelope, formatHeader, headerOctets } from "./queue_file.ts";
import type { QueueEnvelope, QueueId, SpoolEntry } from "./spool.ts";
import { spoolFailure } from "./spool_failure.ts";

/** Octets held back before the file is written to. */
const bufferOctets = 1 << 16;

/** What became of the file, for the spool's own books. */
export interface WrittenEntry {
  readonly id: QueueId;
  readonly envelope: QueueEnvelope;
  readonly contentOctets: number;
  readonly envelopeOctets: number;
  /** The content, when it was small enough never to leave memory. */
  readonly content: Bytes | undefined;
}

export interface EntryOptions {
  readonly disk: Disk;
  readonly temporaryPath: string;
  readonly finalPath: string;
  /** Makes the final name durable. */
  readonly syncNames: () => Promise<void>;
  /** Called when the message is durable. */
  readonly committed: (entry: WrittenEntry) => void;
  /** Called when it was given up. */
  readonly abandoned: () => void;
}

export class FileSpoolEntry implements SpoolEntry {
  readonly id: QueueId;
  readonly #file: DiskFile;
  readonly #options: EntryOptions;
  #buffer: Uint8Array[] = [];
  #bufferedOctets = 0;
  /** Octets of the content that are in the file. */
  #flushedOctets = 0;
  #open = true;

  constructor(id: QueueId, file: DiskFile, options: EntryOptions) {
    this.id = id;
    this.#file = file;
    this.#options = options;
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#expectOpen();
    // The caller may use its array again.
    this.#buffer.push(bytes.slice());
    this.#bufferedOctets += bytes.length;
    if (this.#bufferedOctets < bufferOctets) return;
    try {
      await this.#flush([]);
    } catch (thrown) {
      await this.#giveUp();
      throw spoolFailure(thrown);
    }
  }

  async commit(envelope: QueueEnvelope): Promise<void> {
    this.#expectOpen();
    const { disk, temporaryPath, finalPath } = this.#options;
    const contentOctets = this.#flushedOctets + this.#bufferedOctets;
    const envelopeBytes = formatEnvelope(envelope);
    const header = formatHeader({ contentOctets, envelopeOctets: envelopeBytes.length });
    const content = this.#flushedOctets === 0 ? concatBytes(this.#buffer) : undefined;
    let renamed = false;
    try {
      if (content !== undefined) {
        await this.#file.write(concatBytes([header, content, envelopeBytes]), 0);
      } else {
        await this.#flush([envelopeBytes]);
        await this.#file.write(header, 0);
      }
      await this.#file.sync();
      await disk.rename(temporaryPath, finalPath);
      renamed = true;
      await this.#options.syncNames();
    } catch (thrown) {
      await this.#giveUp(renamed ? finalPath : temporaryPath);
      throw spoolFailure(thrown);
    }
    this.#open = false;
    await this.#file.close();
    this.#options.committed({
      id: this.id,
      envelope,
      contentOctets,
      envelopeOctets: envelopeBytes.length,
      content,
    });
  }

  async abort(): Promise<void> {
    if (this.#open) await this.#giveUp();
  }

  /** Writes what is buffered, and `trailer` behind it. */
  async #flush(trailer: readonly Uint8Array[]): Promise<void> {
    await this.#file.write(concatBytes([...this.#buffer, ...trailer]), headerOctets + this.#flushedOctets);
    this.#flushedOctets += this.#bufferedOctets;
    this.#bufferedOctets = 0;
    this.#buffer = [];
  }

  /** Nothing is to remain. A file that cannot be removed has a temporary name, and goes at the next start. */
  async #giveUp(path = this.#options.temporaryPath): Promise<void> {
    this.#open = false;
    this.#buffer = [];
    await this.#file.close().catch(() => {});
    await this.#options.disk.unlink(path).catch(() => {});
    this.#options.abandoned();
  }

  #expectOpen(): void {
    if (!this.#open) throw new Error(`queue file ${this.id} is written to after its end`);
  }
}
