/**
 * Writes constant databases (`cdb_format.ts`): records stream to a temporary file; of each, 12 octets stay in memory
 * until `finish` writes the hash tables, syncs, and renames over the old file. A reader or a crash finds the old
 * database or the new one, whole.
 */

import { latin1Bytes } from "../../tools/kit/base/bytes.ts";
import { PermFailure } from "../../tools/kit/base/failure.ts";

import type { Disk, DiskFile, FileInfo } from "../file/disk.ts";

import {
  cdbHash,
  headerOctets,
  lineTrailerMark,
  maxCdbOctets,
  slotOctets,
  tableCount,
} from "./cdb_format.ts";

export interface CdbWriterOptions {
  /** A name in the same directory that nothing else uses. */
  readonly temporary: string;
  readonly mode?: number;
}

const bufferOctets = 262_144;

export class CdbWriter {
  readonly #disk: Disk;
  readonly #path: string;
  readonly #temporary: string;
  readonly #file: DiskFile;
  readonly #buffer = new Uint8Array(bufferOctets);
  readonly #view = new DataView(this.#buffer.buffer);
  #buffered = 0;
  /** Where the buffer will be written. */
  #written = headerOctets;
  readonly #hashes = new NumberList();
  readonly #positions = new NumberList();
  readonly #lines = new NumberList();

  private constructor(disk: Disk, path: string, temporary: string, file: DiskFile) {
    this.#disk = disk;
    this.#path = path;
    this.#temporary = temporary;
    this.#file = file;
  }

  /** Begins a database that will be at `path`. */
  static async create(disk: Disk, path: string, options: CdbWriterOptions): Promise<CdbWriter> {
    const file = await disk.open(options.temporary, {
      write: true,
      create: "always",
      mode: options.mode ?? 0o644,
    });
    return new CdbWriter(disk, path, options.temporary, file);
  }

  get entries(): number {
    return this.#hashes.length;
  }

  stat(): Promise<FileInfo> {
    return this.#file.stat();
  }

  /** Adds a record; `line` is that of the source file, 0 for none. @throws PermFailure over 4 GB */
  async add(key: Uint8Array, value: Uint8Array, line: number): Promise<void> {
    const position = this.#written + this.#buffered;
    const slots = (this.entries + 1) * 2 * (slotOctets + 4) + lineTrailerMark.length;
    if (position + 8 + key.length + value.length + slots > maxCdbOctets) {
      throw new PermFailure("5.3.5", `${this.#path}: a constant database has at most 4 GB`);
    }
    this.#hashes.push(cdbHash(key));
    this.#positions.push(position);
    this.#lines.push(line);
    if (this.#buffered + 8 > bufferOctets) await this.#flush();
    this.#view.setUint32(this.#buffered, key.length, true);
    this.#view.setUint32(this.#buffered + 4, value.length, true);
    this.#buffered += 8;
    for (const part of [key, value]) {
      if (this.#buffered + part.length > bufferOctets) await this.#append(part);
      else this.#keep(part);
    }
  }

  /** Makes the database take the place of the old one, durably. */
  async finish(): Promise<void> {
    const { header, slots, lines } = this.#hashTables(this.#written + this.#buffered);
    for (const part of [slots, lines, latin1Bytes(lineTrailerMark)]) await this.#append(part);
    await this.#flush();
    await this.#file.write(header, 0);
    await this.#file.sync();
    await this.#file.close();
    await this.#disk.rename(this.#temporary, this.#path);
    await this.#disk.syncDir(directoryOf(this.#path));
  }

  /** Gives up; the old database stays. */
  async abandon(): Promise<void> {
    await this.#file.close().catch(() => {});
    await this.#disk.unlink(this.#temporary).catch(() => {});
  }

  async #append(bytes: Uint8Array): Promise<void> {
    if (this.#buffered + bytes.length > bufferOctets) await this.#flush();
    if (bytes.length > bufferOctets) {
      await this.#file.write(bytes, this.#written);
      this.#written += bytes.length;
      return;
    }
    this.#keep(bytes);
  }

  #keep(bytes: Uint8Array): void {
    this.#buffer.set(bytes, this.#buffered);
    this.#buffered += bytes.length;
  }

  async #flush(): Promise<void> {
    if (this.#buffered === 0) return;
    await this.#file.write(this.#buffer.subarray(0, this.#buffered), this.#written);
    this.#written += this.#buffered;
    this.#buffered = 0;
  }

  #hashTables(
    start: number,
  ): { readonly header: Uint8Array; readonly slots: Uint8Array; readonly lines: Uint8Array } {
    const counts = new Uint32Array(tableCount);
    for (let entry = 0; entry < this.entries; entry++) counts[this.#hashes.at(entry) & 255]!++;
    const header = new DataView(new ArrayBuffer(headerOctets));
    const slots = new DataView(new ArrayBuffer(this.entries * 2 * slotOctets));
    const lines = new DataView(new ArrayBuffer(this.entries * 2 * 4));
    const firstSlots = new Uint32Array(tableCount);
    let first = 0;
    for (let table = 0; table < tableCount; table++) {
      firstSlots[table] = first;
      header.setUint32(table * slotOctets, start + first * slotOctets, true);
      header.setUint32(table * slotOctets + 4, counts[table]! * 2, true);
      first += counts[table]! * 2;
    }
    for (let entry = 0; entry < this.entries; entry++) {
      const hash = this.#hashes.at(entry);
      const size = counts[hash & 255]! * 2;
      let slot = (hash >>> 8) % size;
      const base = firstSlots[hash & 255]!;
      while (slots.getUint32((base + slot) * slotOctets + 4, true) !== 0) slot = (slot + 1) % size;
      slots.setUint32((base + slot) * slotOctets, hash, true);
      slots.setUint32((base + slot) * slotOctets + 4, this.#positions.at(entry), true);
      lines.setUint32((base + slot) * 4, this.#lines.at(entry), true);
    }
    return { header: bytesOf(header), slots: bytesOf(slots), lines: bytesOf(lines) };
  }
}

function directoryOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "." : path.slice(0, slash) || "/";
}

function bytesOf(view: DataView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/** Numbers of 32 bits in an array that grows. */
class NumberList {
  #numbers = new Uint32Array(1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  at(index: number): number {
    return this.#numbers[index]!;
  }

  push(value: number): void {
    if (this.#length === this.#numbers.length) {
      const larger = new Uint32Array(this.#length * 2);
      larger.set(this.#numbers);
      this.#numbers = larger;
    }
    this.#numbers[this.#length++] = value;
  }
}
