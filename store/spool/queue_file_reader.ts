/** Reads a queue file: everything but the content of a large message, in one or two reads. */

import type { Bytes } from "../../tools/kit/base/bytes.ts";
import { TempFailure } from "../../tools/kit/base/failure.ts";

import type { DiskFile } from "../file/disk.ts";
import type { Journal } from "./queue_file.ts";
import { headerOctets, parseEnvelope, parseHeader, parseJournal } from "./queue_file.ts";
import type { QueueEnvelope } from "./spool.ts";
import { withSpoolFailures } from "./spool_failure.ts";

/** Octets a read asks for; a file that fits is read at once. */
const readChunkOctets = 1 << 16;

/** The file is not what a queue file must be; the message says why. */
export class CorruptQueueFile extends Error {
  override readonly name = "CorruptQueueFile";
}

export interface QueueFile {
  readonly envelope: QueueEnvelope;
  readonly journal: Journal;
  readonly contentOctets: number;
  /** End of the journal. */
  readonly end: number;
  readonly torn: boolean;
  readonly modifiedMs: number;
  /** The content, when the whole file fitted into one read. */
  readonly content: Bytes | undefined;
}

/** @throws CorruptQueueFile; DiskError */
export async function readQueueFile(file: DiskFile): Promise<QueueFile> {
  const info = await file.stat();
  if (info.kind !== "file") throw new CorruptQueueFile("not a regular file");
  const head = await readOctets(file, 0, Math.min(info.octets, readChunkOctets));
  const header = parseHeader(head);
  if (header === undefined) throw new CorruptQueueFile("not a queue file, or never finished");
  const envelopeStart = headerOctets + header.contentOctets;
  const journalStart = envelopeStart + header.envelopeOctets;
  if (journalStart > info.octets) throw new CorruptQueueFile("shorter than its header says");
  const whole = head.length === info.octets;
  const tail = whole
    ? head.subarray(envelopeStart)
    : await readOctets(file, envelopeStart, info.octets - envelopeStart);
  const envelope = parseEnvelope(tail.subarray(0, header.envelopeOctets));
  if (envelope === undefined) throw new CorruptQueueFile("its envelope is not readable");
  const journal = parseJournal(tail.subarray(header.envelopeOctets), envelope.recipients.length);
  const end = journalStart + journal.octets;
  return {
    envelope,
    journal,
    contentOctets: header.contentOctets,
    end,
    torn: end < info.octets,
    modifiedMs: info.modifiedMs,
    content: whole ? head.slice(headerOctets, envelopeStart) : undefined,
  };
}

/** The content, in chunks. @throws TempFailure */
export async function* readContent(file: DiskFile, contentOctets: number): AsyncIterable<Bytes> {
  for (let offset = 0; offset < contentOctets;) {
    const chunk = new Uint8Array(Math.min(readChunkOctets, contentOctets - offset));
    const count = await withSpoolFailures(() => file.read(chunk, headerOctets + offset));
    if (count === 0) throw new TempFailure("4.3.0", "Error: queue file read error");
    offset += count;
    yield count < chunk.length ? chunk.slice(0, count) : chunk;
  }
}

async function readOctets(file: DiskFile, start: number, octets: number): Promise<Bytes> {
  const bytes = new Uint8Array(octets);
  for (let length = 0; length < octets;) {
    const count = await file.read(bytes.subarray(length), start + length);
    if (count === 0) return bytes.slice(0, length);
    length += count;
  }
  return bytes;
}
