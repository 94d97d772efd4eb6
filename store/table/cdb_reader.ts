/**
 * Reads constant databases (`cdb_format.ts`): a small file at once, a large one by positioned reads, so that memory
 * does not grow with the table. A lookup in a large file takes three reads: slots, record, line.
 */

import { equalBytes, latin1Text } from "../../tools/kit/base/bytes.ts";
import { TempFailure } from "../../tools/kit/base/failure.ts";

import type { Disk, DiskFile } from "../file/disk.ts";

import { cdbHash, headerOctets, lineTrailerMark, slotOctets, tableCount } from "./cdb_format.ts";

export interface CdbRecord {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  /** Line of the source file, in a database that we built. */
  readonly line?: number | undefined;
}

/** Files up to this are kept in memory. */
const maxResidentOctets = 4_194_304;
/** Slots read at a time: enough for nearly all probes, since tables are half empty. */
const slotsPerRead = 16;
/** What of a record is read with its lengths; a longer one takes a second read. */
const recordGuessOctets = 512;

export class CdbReader {
  readonly #path: string;
  readonly #octets: number;
  readonly #file: DiskFile | undefined;
  readonly #resident: Uint8Array | undefined;
  readonly #header: DataView;
  /** Where the hash tables begin, which is where the records end. */
  readonly #slotsStart: number;
  readonly #slotsEnd: number;
  readonly #hasLines: boolean;

  private constructor(parts: {
    readonly path: string;
    readonly octets: number;
    readonly file: DiskFile | undefined;
    readonly resident: Uint8Array | undefined;
    readonly header: Uint8Array;
    readonly slotsStart: number;
    readonly slotsEnd: number;
    readonly hasLines: boolean;
  }) {
    this.#path = parts.path;
    this.#octets = parts.octets;
    this.#file = parts.file;
    this.#resident = parts.resident;
    this.#header = viewOf(parts.header);
    this.#slotsStart = parts.slotsStart;
    this.#slotsEnd = parts.slotsEnd;
    this.#hasLines = parts.hasLines;
  }

  /** @throws DiskError when the file cannot be read, TempFailure when it is no whole constant database */
  static async open(disk: Pick<Disk, "open">, path: string): Promise<CdbReader> {
    const file = await disk.open(path, { read: true });
    try {
      const { octets } = await file.stat();
      const start = await readUpTo(file, 0, octets <= maxResidentOctets ? octets : headerOctets);
      const tables = checkHeader(start, octets, path);
      const trailer = (tables.end - tables.start) / 2 + lineTrailerMark.length;
      const hasLines = octets - tables.end === trailer &&
        latin1Text(await readUpTo(file, octets - lineTrailerMark.length, lineTrailerMark.length)) ===
          lineTrailerMark;
      const resident = octets <= maxResidentOctets ? start : undefined;
      if (resident !== undefined) await file.close();
      return new CdbReader({
        path,
        octets,
        file: resident === undefined ? file : undefined,
        resident,
        header: start.subarray(0, headerOctets),
        slotsStart: tables.start,
        slotsEnd: tables.end,
        hasLines,
      });
    } catch (thrown) {
      await file.close().catch(() => {});
      throw thrown;
    }
  }

  /** The first record of that key. @throws TempFailure when the file is damaged */
  async find(key: Uint8Array): Promise<CdbRecord | undefined> {
    const hash = cdbHash(key);
    const table = (hash & 255) * slotOctets;
    const [start, slots] = [this.#header.getUint32(table, true), this.#header.getUint32(table + 4, true)];
    if (slots === 0) return undefined;
    let slot = (hash >>> 8) % slots;
    for (let probed = 0; probed < slots;) {
      const count = Math.min(slotsPerRead, slots - slot, slots - probed);
      const at = start + slot * slotOctets;
      const view = viewOf(await this.#read(at, count * slotOctets));
      for (let index = 0; index < count; index++) {
        const position = view.getUint32(index * slotOctets + 4, true);
        if (position === 0) return undefined;
        if (view.getUint32(index * slotOctets, true) !== hash) continue;
        const record = await this.#record(position);
        if (!equalBytes(record.key, key)) continue;
        return { ...record, line: await this.#line(at + index * slotOctets) };
      }
      probed += count;
      slot = (slot + count) % slots;
    }
    return undefined;
  }

  /** All records in the order of the file. */
  async *records(): AsyncGenerator<CdbRecord> {
    const lines = await this.#linesByPosition();
    for (let position = headerOctets; position < this.#slotsStart;) {
      const record = await this.#record(position);
      yield { ...record, line: lines.get(position) };
      position += 8 + record.key.length + record.value.length;
    }
  }

  async #linesByPosition(): Promise<ReadonlyMap<number, number>> {
    const lines = new Map<number, number>();
    if (!this.#hasLines) return lines;
    const slots = viewOf(await this.#read(this.#slotsStart, this.#slotsEnd - this.#slotsStart));
    const numbers = viewOf(await this.#read(this.#slotsEnd, slots.byteLength / 2));
    for (let at = 0; at < slots.byteLength; at += slotOctets) {
      const [position, line] = [slots.getUint32(at + 4, true), numbers.getUint32(at / 2, true)];
      if (position !== 0 && line !== 0) lines.set(position, line);
    }
    return lines;
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }

  async #record(position: number): Promise<CdbRecord> {
    if (position < headerOctets || position + 8 > this.#slotsStart) throw damaged(this.#path);
    let bytes = await this.#read(position, Math.min(recordGuessOctets, this.#slotsStart - position));
    const view = viewOf(bytes);
    const [keyOctets, valueOctets] = [view.getUint32(0, true), view.getUint32(4, true)];
    const octets = 8 + keyOctets + valueOctets;
    if (position + octets > this.#slotsStart) throw damaged(this.#path);
    if (octets > bytes.length) bytes = await this.#read(position, octets);
    return { key: bytes.subarray(8, 8 + keyOctets), value: bytes.subarray(8 + keyOctets, octets) };
  }

  async #line(slotPosition: number): Promise<number | undefined> {
    if (!this.#hasLines) return undefined;
    const bytes = await this.#read(this.#slotsEnd + (slotPosition - this.#slotsStart) / 2, 4);
    return viewOf(bytes).getUint32(0, true) || undefined;
  }

  async #read(position: number, octets: number): Promise<Uint8Array> {
    if (position + octets > this.#octets) throw damaged(this.#path);
    if (this.#resident !== undefined) return this.#resident.subarray(position, position + octets);
    const bytes = await readUpTo(this.#file!, position, octets);
    if (bytes.length < octets) throw damaged(this.#path);
    return bytes;
  }
}

/** Where the hash tables lie. A file that is not whole (a copy broken off, zeros after a crash) is found here. */
function checkHeader(
  bytes: Uint8Array,
  octets: number,
  path: string,
): { readonly start: number; readonly end: number } {
  if (bytes.length < headerOctets) throw damaged(path);
  const view = viewOf(bytes);
  let [start, end] = [octets, headerOctets];
  for (let table = 0; table < tableCount; table++) {
    const position = view.getUint32(table * slotOctets, true);
    const tableEnd = position + view.getUint32(table * slotOctets + 4, true) * slotOctets;
    if (position < headerOctets || tableEnd > octets) throw damaged(path);
    start = Math.min(start, position);
    end = Math.max(end, tableEnd);
  }
  return { start, end };
}

function damaged(path: string): TempFailure {
  return new TempFailure("4.3.0", "Temporary lookup failure", {
    cause: new Error(`${path} is not a whole constant database; build it again`),
  });
}

async function readUpTo(file: DiskFile, position: number, octets: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(octets);
  let length = 0;
  while (length < octets) {
    const count = await file.read(bytes.subarray(length), position + length);
    if (count === 0) break;
    length += count;
  }
  return bytes.subarray(0, length);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
