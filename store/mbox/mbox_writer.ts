/**
 * Changes of an mbox, made while it is locked: every method leaves the file, durably, and the ledger in the new state.
 */

import { utf8Bytes } from "../../tools/kit/base/bytes.ts";

import type { Flag, Uid } from "../account.ts";
import type { DiskFile } from "../file/disk.ts";
import { readRange } from "../mailbox/content.ts";
import type { StoreContext } from "../mailbox/context.ts";
import { sameFlags } from "../mailbox/flags.ts";
import { formatFromLine } from "./from_line.ts";
import { fieldPatch, flagPatches } from "./in_place.ts";
import type { Patch } from "./in_place.ts";
import type { MboxContents } from "./mbox_contents.ts";
import type { LockedFile, MboxFile } from "./mbox_file.ts";
import type { MboxRow } from "./mbox_row.ts";
import type { MboxBase, Metadata } from "./metadata.ts";
import { flagsOfFields, formatBase, formatPlaceholder, parseBase } from "./metadata.ts";
import type { Write } from "./redo.ts";
import { replaceEnd } from "./redo.ts";
import { copyMessage, copyMessageWith, writeNewMessage } from "./rewrite.ts";
import type { ScannedMessage } from "./scan.ts";
import type { StagedMessage } from "./staged.ts";

export interface MboxWriterOptions {
  readonly file: MboxFile;
  readonly user: string;
  readonly contents: MboxContents;
  readonly locked: LockedFile;
}

/** A message of the new end: as it is, or with new hidden fields. */
interface Kept {
  readonly message: ScannedMessage;
  readonly metadata: Omit<Metadata, "bodyOctets"> | undefined;
  readonly row: MboxRow | undefined;
}

export class MboxWriter {
  readonly #context: StoreContext;
  readonly #options: MboxWriterOptions;

  constructor(context: StoreContext, options: MboxWriterOptions) {
    this.#context = context;
    this.#options = options;
  }

  get #contents(): MboxContents {
    return this.#options.contents;
  }

  get #file(): DiskFile {
    return this.#options.locked.file;
  }

  /** Gives UIDs to messages that have none in the file. */
  async numberNew(options: { readonly old: boolean }): Promise<void> {
    const contents = this.#contents;
    const { ledger } = contents;
    if (contents.unnumbered.length === 0) return;
    const before = contents.lastUid;
    let uid = before;
    contents.lastUid += contents.unnumbered.length;
    for (const message of contents.unnumbered) {
      contents.noteKeywords(flagsOfFields(new Map(message.hidden.map(({ name, value }) => [name, value]))));
    }
    // In a file that may not be changed, the numbers last as long as this process.
    const { writable } = this.#options.locked;
    if (writable && contents.isPartlyRead && !this.#baseFits()) {
      contents.lastUid = before;
      await contents.readWhole(this.#file);
      return await this.numberNew(options);
    }
    const base = writable ? await this.#raiseBase() : undefined;
    const modSeq = ledger.nextModSeq();
    const rows = contents.unnumbered.map((message): MboxRow => {
      const values = new Map(message.hidden.map(({ name, value }) => [name, value]));
      const old = values.get("status")?.includes("O") === true;
      const { octets, receivedMs } = message;
      const flags = flagsOfFields(values);
      return { uid: ++uid, flags, modSeq, fresh: !old, octets, receivedMs, message, old: options.old || old };
    });
    if (writable) {
      const kept = rows.map((row, index) => ({
        message: row.message,
        row,
        metadata: metadataOf(row, index === 0 ? base : undefined),
      }));
      await this.#replace(rows[0]!.message.from, kept);
    }
    contents.unnumbered = [];
    for (const row of rows) ledger.add(row);
  }

  /** Their \Recent has been told. */
  async markOld(): Promise<void> {
    const rows = this.#contents.ledger.rows.filter((row) => !row.old);
    if (rows.length === 0 || !this.#options.locked.writable) return;
    for (const row of rows) row.old = true;
    await this.#writeFlags(rows);
  }

  async setFlags(uids: readonly Uid[], flagsOf: (row: MboxRow) => readonly Flag[]): Promise<void> {
    const contents = this.#contents;
    const { ledger } = contents;
    const modSeq = ledger.nextModSeq();
    const changed: MboxRow[] = [];
    for (const row of this.#rowsOf(uids)) {
      const flags = flagsOf(row);
      if (sameFlags(row.flags, flags)) continue;
      changed.push({ ...row, flags });
      contents.noteKeywords(flags);
    }
    if (contents.newKeywords.length > 0 && await this.#raiseBase() !== undefined) {
      throw new Error("numbered messages without X-IMAPbase");
    }
    // Their messages may have moved meanwhile.
    for (const row of changed) row.message = ledger.get(row.uid)!.message;
    await this.#writeFlags(changed);
    for (const { uid, flags, message } of changed) {
      const row = ledger.get(uid)!;
      row.message = message;
      ledger.setFlags(row, flags, modSeq);
    }
  }

  async remove(uids: readonly Uid[]): Promise<readonly Uid[]> {
    const contents = this.#contents;
    const { ledger } = contents;
    const removed = new Set(this.#rowsOf(uids).map((row) => row.uid));
    const { rows } = ledger;
    const first = rows.findIndex((row) => removed.has(row.uid));
    if (first < 0) return [];
    const base = first === 0 && contents.placeholder === undefined ? this.#currentBase() : undefined;
    const kept = rows.slice(first).filter((row) => !removed.has(row.uid)).map((row, index) => ({
      message: row.message,
      row,
      metadata: base !== undefined && index === 0 ? metadataOf(row, base) : undefined,
    }));
    const offset = rows[first]!.message.from;
    if (base !== undefined && kept.length === 0) await this.#writePlaceholder(offset, base);
    else await this.#replace(offset, kept);
    ledger.nextModSeq();
    ledger.remove(removed);
    return Array.from(removed).sort((left, right) => left - right);
  }

  async add(messages: readonly StagedMessage[]): Promise<readonly Uid[]> {
    if (messages.length === 0) return [];
    const contents = this.#contents;
    const { ledger } = contents;
    const modSeq = ledger.nextModSeq();
    const uids = messages.map(() => ++contents.lastUid);
    for (const { flags } of messages) contents.noteKeywords(flags);
    const base = await this.#raiseBase();
    const { octets: end } = await this.#file.stat();
    const gap = await this.#gapAtEnd(end);
    await replaceEnd(this.#context, this.#file, {
      redo: this.#options.file.redo,
      offset: end,
      oldEnd: end,
      produce: async (write) => {
        await write(gap);
        for (const [index, { path, flags, receivedMs }] of messages.entries()) {
          const source = await this.#context.disk.open(path, { read: true });
          try {
            await writeNewMessage(source, {
              fromLine: this.#fromLine(receivedMs),
              metadata: { uid: uids[index]!, flags, old: false, base: index === 0 ? base : undefined },
              write,
            });
          } finally {
            await source.close();
          }
        }
      },
    });
    const written = await contents.reread(this.#file, end + gap.length);
    if (written.length !== messages.length) throw new Error("messages are not in the mailbox as written");
    if (base !== undefined) this.#findBase(written[0]!);
    for (const [index, message] of written.entries()) {
      const { octets, receivedMs } = message;
      const { flags } = messages[index]!;
      ledger.add({ uid: uids[index]!, flags, modSeq, fresh: true, octets, receivedMs, message, old: false });
    }
    return uids;
  }

  /** An empty file gets a placeholder. */
  async settle(): Promise<void> {
    if (this.#contents.base !== undefined || this.#contents.ledger.size > 0) return;
    await this.#writePlaceholder((await this.#file.stat()).octets, this.#currentBase());
  }

  #rowsOf(uids: readonly Uid[]): MboxRow[] {
    const { ledger } = this.#contents;
    return Array.from(new Set(uids), (uid) => ledger.get(uid)).filter((row) => row !== undefined);
  }

  #currentBase(): MboxBase {
    const { uidValidity, lastUid, base, newKeywords } = this.#contents;
    return { uidValidity, lastUid, keywords: [...base?.keywords ?? [], ...newKeywords] };
  }

  #baseFits(): boolean {
    const { base } = this.#contents;
    return base !== undefined && fieldPatch(base.field, formatBase(this.#currentBase())) !== undefined;
  }

  /** The last UID is durable before any message carries it. Gives the base when the next message must carry it itself. */
  async #raiseBase(): Promise<MboxBase | undefined> {
    const contents = this.#contents;
    const { base } = contents;
    if (base === undefined) {
      if (contents.ledger.size > 0) throw new Error("numbered messages without X-IMAPbase");
      return this.#currentBase();
    }
    const current = this.#currentBase();
    const patch = fieldPatch(base.field, formatBase(current));
    if (patch !== undefined) {
      await this.#patch([patch]);
      contents.setBase({ ...current, field: base.field });
      return undefined;
    }
    // No room: what carries it is written anew, and all that follows.
    if (contents.placeholder !== undefined) {
      await this.#replace(
        0,
        this.#keptFrom(0, () => undefined),
        current,
      );
    } else {await this.#replace(
        0,
        this.#keptFrom(0, (row, i) => i === 0 ? metadataOf(row, current) : undefined),
      );}
    return undefined;
  }

  async #writeFlags(rows: readonly MboxRow[]): Promise<void> {
    const patches: Patch[] = [];
    const homeless = new Set<Uid>();
    for (const row of rows) {
      const fitting = flagPatches(row.message, row.flags, { old: row.old });
      if (fitting === undefined) homeless.add(row.uid);
      else patches.push(...fitting);
    }
    if (patches.length > 0) await this.#patch(patches);
    const byUid = new Map(rows.map((row) => [row.uid, row]));
    if (homeless.size > 0) {
      const all = this.#contents.ledger.rows;
      const first = all.findIndex((row) => homeless.has(row.uid));
      const holdsBase = first === 0 && this.#contents.placeholder === undefined;
      const kept = this.#keptFrom(first, (row, index) => {
        const base = index === 0 && holdsBase ? this.#currentBase() : undefined;
        return homeless.has(row.uid) ? metadataOf(byUid.get(row.uid)!, base) : undefined;
      });
      await this.#replace(all[first]!.message.from, kept);
    }
    this.#refreshFields(rows);
  }

  /** Hidden fields are read again, so that the next change knows their values. */
  #refreshFields(rows: readonly MboxRow[]): void {
    const { ledger } = this.#contents;
    for (const row of rows) {
      const { message } = ledger.get(row.uid)!;
      const values = flagPatches(message, row.flags, { old: row.old }) ?? [];
      const hidden = message.hidden.map((field) => {
        const value = values.findLast(({ start }) => start === field.start)?.value;
        return value === undefined ? field : { ...field, value };
      });
      row.message = { ...message, hidden };
      ledger.get(row.uid)!.message = row.message;
    }
  }

  async #patch(patches: readonly Patch[]): Promise<void> {
    for (const { start, bytes } of patches) await this.#file.write(bytes, start);
    await this.#file.sync();
    await this.#contents.noteChange(this.#file);
  }

  /** All messages from the `first` row on, those without a number too. */
  #keptFrom(first: number, metadata: (row: MboxRow, index: number) => Kept["metadata"]): readonly Kept[] {
    const { ledger, unnumbered } = this.#contents;
    return [
      ...ledger.rows.slice(first).map((row, index) => ({
        message: row.message,
        row,
        metadata: metadata(row, first + index),
      })),
      ...unnumbered.map((message) => ({ message, row: undefined, metadata: undefined })),
    ];
  }

  /** What follows `offset` becomes `kept`, after a placeholder that holds `placeholder` if that is given. */
  async #replace(offset: number, kept: readonly Kept[], placeholder?: MboxBase): Promise<void> {
    const { octets: oldEnd } = await this.#file.stat();
    const produce = async (write: Write) => {
      if (placeholder !== undefined) await write(this.#placeholderBytes(placeholder));
      for (const { message, metadata } of kept) {
        if (metadata === undefined) await copyMessage(this.#file, message, write);
        else await copyMessageWith(this.#file, message, { metadata, write });
      }
    };
    await replaceEnd(this.#context, this.#file, { redo: this.#options.file.redo, offset, oldEnd, produce });
    const written = Array.from(await this.#contents.reread(this.#file, offset));
    if (placeholder !== undefined) {
      const first = written.shift();
      if (first === undefined) throw new Error("placeholder is not in the mailbox as written");
      this.#contents.placeholder = first;
      this.#findBase(first);
    }
    if (written.length !== kept.length) throw new Error("messages are not in the mailbox as written");
    const unnumbered: ScannedMessage[] = [];
    for (const [index, { row, metadata }] of kept.entries()) {
      const message = written[index]!;
      if (row === undefined) unnumbered.push(message);
      else row.message = message;
      if (metadata?.base !== undefined) this.#findBase(message);
    }
    this.#contents.unnumbered = unnumbered;
  }

  #writePlaceholder(offset: number, base: MboxBase): Promise<void> {
    return this.#replace(offset, [], base);
  }

  #placeholderBytes(base: MboxBase): Uint8Array {
    const fromLine = formatFromLine("MAILER-DAEMON", this.#context.clock.now());
    return utf8Bytes(formatPlaceholder(base, fromLine));
  }

  #findBase(carrier: ScannedMessage): void {
    const field = carrier.hidden.find(({ name }) => name === "x-imap" || name === "x-imapbase");
    const base = parseBase(field?.value ?? "");
    if (field === undefined || base === undefined) throw new Error("X-IMAPbase is not as written");
    this.#contents.setBase({ ...base, field });
  }

  async #gapAtEnd(end: number): Promise<Uint8Array> {
    if (end === 0) return new Uint8Array(0);
    const tail = await readRange(this.#file, Math.max(0, end - 2), Math.min(2, end));
    return utf8Bytes(tail[tail.length - 1] !== 10 ? "\n\n" : tail[0] !== 10 || tail.length < 2 ? "\n" : "");
  }

  #fromLine(receivedMs: number): string {
    const sender = this.#options.user.replace(/\s/g, "_");
    return formatFromLine(sender.includes("@") ? sender : `${sender}@${this.#context.host}`, receivedMs);
  }
}

function metadataOf(row: MboxRow, base: MboxBase | undefined): Omit<Metadata, "bodyOctets"> {
  return { uid: row.uid, flags: row.flags, old: row.old, base };
}
