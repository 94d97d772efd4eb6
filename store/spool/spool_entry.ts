/**
 * A queue file being written: buffered while it is small, so that most messages cost one write and one sync.
 *
 * It has a temporary name until `commit`; see the table of states in `file_spool.ts`. It may have held another message,
 * of which nothing is left after `commit`.
 */

import type { Bytes } from "../../tools/kit/base/bytes.ts";
import { concatBytes } from "../../tools/kit/base/bytes.ts";

import type { Disk, DiskFile } from "../file/disk.ts";
import { formatEnvelope, formatHeader, formatWhole, headerOctets } from "./queue_file.ts";
import type { CommitOptions, QueueEnvelope, QueueId, SpoolEntry } from "./spool.ts";
import type { HeldPlace, SpoolDirectory, TemporaryFile } from "./spool_directory.ts";
import { spoolFailure } from "./spool_failure.ts";

/** Octets held back before the file is written to. */
const bufferOctets = 1 << 16;

/** What became of the file, for the spool's own books. */
export interface WrittenEntry {
  readonly id: QueueId;
  readonly envelope: QueueEnvelope;
  readonly contentOctets: number;
  /** Length of the file. */
  readonly octets: number;
  /** The content, when it was small enough never to leave memory. */
  readonly content: Bytes | undefined;
}

type Written = Pick<WrittenEntry, "octets" | "content">;

export interface EntryOptions {
  readonly disk: Disk;
  /** The file as it was opened. */
  readonly temporary: TemporaryFile;
  /** Where the message is to be, and where if it is set aside from the start. */
  readonly accepted: FinalPlace;
  readonly hold: FinalPlace;
  /** Called when it was given up. */
  readonly abandoned: () => void;
}

export interface FinalPlace {
  readonly path: string;
  /** Makes the final name durable. */
  readonly syncNames: () => Promise<void>;
  /** Called when the message is durable. */
  readonly committed: (entry: WrittenEntry) => void;
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

  async commit(envelope: QueueEnvelope, { hold = false }: CommitOptions = {}): Promise<void> {
    this.#expectOpen();
    const { disk, temporary } = this.#options;
    const { path: finalPath, syncNames, committed } = hold ? this.#options.hold : this.#options.accepted;
    const contentOctets = this.#flushedOctets + this.#bufferedOctets;
    let written: Written;
    let renamed = false;
    try {
      written = await this.#writeAll(contentOctets, formatEnvelope(envelope));
      if (written.octets < temporary.octets) await this.#file.truncate(written.octets);
      await this.#file.sync();
      await disk.rename(temporary.path, finalPath);
      renamed = true;
      await syncNames();
    } catch (thrown) {
      await this.#giveUp(renamed ? finalPath : temporary.path);
      throw spoolFailure(thrown);
    }
    this.#open = false;
    await this.#file.close();
    committed({
      id: this.id,
      envelope,
      contentOctets,
      octets: written.octets,
      content: written.content,
    });
  }

  async abort(): Promise<void> {
    if (this.#open) await this.#giveUp();
  }

  /** Writes what is not yet in the file; the header comes last, or with everything else. */
  async #writeAll(contentOctets: number, envelopeBytes: Bytes): Promise<Written> {
    if (this.#flushedOctets === 0) {
      const { bytes, content } = formatWhole(this.#buffer, envelopeBytes);
      await this.#file.write(bytes, 0);
      return { octets: bytes.length, content };
    }
    await this.#flush([envelopeBytes]);
    await this.#file.write(formatHeader({ contentOctets, envelopeOctets: envelopeBytes.length }), 0);
    return { octets: headerOctets + contentOctets + envelopeBytes.length, content: undefined };
  }

  /** Writes what is buffered, and `trailer` behind it. */
  async #flush(trailer: readonly Uint8Array[]): Promise<void> {
    await this.#file.write(concatBytes([...this.#buffer, ...trailer]), headerOctets + this.#flushedOctets);
    this.#flushedOctets += this.#bufferedOctets;
    this.#bufferedOctets = 0;
    this.#buffer = [];
  }

  /** Nothing is to remain. A file that cannot be removed has a temporary name, and goes at the next start. */
  async #giveUp(path = this.#options.temporary.path): Promise<void> {
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

/** A file that a message can be written to. */
export interface OpenedFile {
  readonly place: HeldPlace;
  readonly temporary: TemporaryFile;
  readonly file: DiskFile;
}

export interface EntryWorld {
  readonly disk: Disk;
  readonly directory: SpoolDirectory;
  readonly committed: (entry: WrittenEntry, place: HeldPlace) => void;
  readonly abandoned: () => void;
}

/** An entry that comes to be where its file was opened for, or in `hold`. */
export function createEntry(id: QueueId, opened: OpenedFile, world: EntryWorld): SpoolEntry {
  const { disk, directory, committed, abandoned } = world;
  const { place, temporary, file } = opened;
  const final = (place: HeldPlace): FinalPlace => ({
    path: directory.path(place, id),
    syncNames: () => directory.sync(place),
    committed: (entry) => committed(entry, place),
  });
  return new FileSpoolEntry(id, file, {
    disk,
    temporary,
    accepted: final(place),
    hold: final("hold"),
    abandoned,
  });
}
