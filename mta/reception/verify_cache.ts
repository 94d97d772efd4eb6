/**
 * What is known of addresses by probes: in memory, and in a file, so that a restart does not probe all of them again.
 *
 * | file | |
 * |---|---|
 * | one line | JSON: `[address, status, probedMs, updatedMs, text]`; the last one of an address counts |
 * | begun anew | when it has twice as many lines as there are addresses |
 *
 * The file is never synced, and what cannot be read of it is passed over: to lose it costs a few probes.
 */

import { utf8Bytes, utf8Text } from "../../tools/kit/base/bytes.ts";
import { failureText } from "../../tools/kit/base/failure.ts";
import type { Log } from "../../tools/kit/base/log.ts";

import { type Disk, DiskError } from "../../store/file/disk.ts";

export type VerifiedStatus = "deliverable" | "undeliverable" | "deferred";

export interface VerifyEntry {
  readonly status: VerifiedStatus;
  /** When the last probe was sent, and when the outcome came that `status` tells; milliseconds since 1970. */
  readonly probedMs: number;
  readonly updatedMs: number;
  /** What the probe was told. */
  readonly text: string;
}

export interface VerifyCacheOptions {
  readonly disk: Disk;
  /** `address_verify_map`; empty: nothing is kept over a restart. */
  readonly path: string;
  readonly log: Log;
  readonly maxEntries?: number;
}

const usualMaxEntries = 50_000;
const maxFileOctets = 64 << 20;
const maxTextOctets = 500;
/** Fewer lines are not worth a new file. */
const fewLines = 1000;

export class VerifyCache {
  readonly #options: VerifyCacheOptions;
  /** In the order of their last change. */
  readonly #entries = new Map<string, VerifyEntry>();
  #lines = 0;
  #pending: string[] = [];
  #writing: Promise<void> | undefined;
  #isBroken = false;

  private constructor(options: VerifyCacheOptions) {
    this.#options = options;
  }

  /** Never fails: without its file it begins empty. */
  static async open(options: VerifyCacheOptions): Promise<VerifyCache> {
    const cache = new VerifyCache(options);
    await cache.#load();
    return cache;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(address: string): VerifyEntry | undefined {
    return this.#entries.get(address);
  }

  put(address: string, entry: VerifyEntry): void {
    const kept = { ...entry, text: entry.text.slice(0, maxTextOctets) };
    this.#remember(address, kept);
    this.#pending.push(formatLine(address, kept));
    this.#writing ??= this.#write().finally(() => this.#writing = undefined);
  }

  delete(address: string): void {
    // On the file it is too old, too.
    this.#entries.delete(address);
  }

  /** All that was put is written (not synced). */
  async flush(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
  }

  #remember(address: string, entry: VerifyEntry): void {
    this.#entries.delete(address);
    this.#entries.set(address, entry);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= (this.#options.maxEntries ?? usualMaxEntries)) break;
      this.#entries.delete(oldest);
    }
  }

  async #load(): Promise<void> {
    const { disk, path } = this.#options;
    if (path === "") return;
    try {
      for (const line of utf8Text(await disk.readFile(path, maxFileOctets)).split("\n")) {
        if (line === "") continue;
        this.#lines++;
        const read = parseLine(line);
        if (read !== undefined) this.#remember(...read);
      }
      // Its last line may lack its end.
      this.#lines = Math.max(this.#lines, 1);
      this.#pending.push("\n");
    } catch (thrown) {
      if (!(thrown instanceof DiskError)) throw thrown;
      if (thrown.code !== "notFound") this.#complain(thrown);
    }
  }

  async #write(): Promise<void> {
    const { path } = this.#options;
    while (this.#pending.length > 0) {
      const lines = this.#pending;
      this.#pending = [];
      if (path === "") continue;
      try {
        if (this.#lines + lines.length > Math.max(2 * this.#entries.size, fewLines)) await this.#rewrite();
        else await this.#append(lines);
        this.#isBroken = false;
      } catch (thrown) {
        this.#complain(thrown);
      }
    }
  }

  async #append(lines: readonly string[]): Promise<void> {
    const { disk, path } = this.#options;
    const file = await disk.open(path, { append: true, write: true, create: "ifMissing" });
    try {
      await file.write(utf8Bytes(lines.join("")));
      this.#lines += lines.length;
    } finally {
      await file.close();
    }
  }

  async #rewrite(): Promise<void> {
    const { disk, path } = this.#options;
    const lines = Array.from(this.#entries, ([address, entry]) => formatLine(address, entry));
    const file = await disk.open(`${path}.new`, { write: true, truncate: true, create: "ifMissing" });
    try {
      await file.write(utf8Bytes(lines.join("")), 0);
    } finally {
      await file.close();
    }
    await disk.rename(`${path}.new`, path);
    this.#lines = lines.length;
  }

  /** Once, until it can be written again. */
  #complain(thrown: unknown): void {
    if (!this.#isBroken) this.#options.log.write("warning", `address verify cache: ${failureText(thrown)}`);
    this.#isBroken = true;
  }
}

function formatLine(address: string, { status, probedMs, updatedMs, text }: VerifyEntry): string {
  return `${JSON.stringify([address, status, Math.round(probedMs), Math.round(updatedMs), text])}\n`;
}

const statuses: readonly VerifiedStatus[] = ["deliverable", "undeliverable", "deferred"];

function parseLine(line: string): [address: string, entry: VerifyEntry] | undefined {
  let values: unknown;
  try {
    values = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (!Array.isArray(values)) return undefined;
  const [address, word, probedMs, updatedMs, text]: unknown[] = values;
  const status = statuses.find((known) => known === word);
  if (status === undefined || typeof address !== "string" || typeof text !== "string") return undefined;
  if (typeof probedMs !== "number" || typeof updatedMs !== "number") return undefined;
  return [address, { status, probedMs, updatedMs, text }];
}
