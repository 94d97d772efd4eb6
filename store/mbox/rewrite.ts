/** How messages are written into an mbox: unchanged, with new hidden fields, or new. */

import type { Bytes } from "../../tools/kit/base/bytes.ts";
import { LF, utf8Bytes } from "../../tools/kit/base/bytes.ts";

import type { DiskFile } from "../file/disk.ts";
import type { FileRange } from "../mailbox/content.ts";
import { readRange } from "../mailbox/content.ts";
import type { Metadata } from "./metadata.ts";
import { formatMetadata } from "./metadata.ts";
import { emptyLineOctets, measureMessage } from "./new_message.ts";
import type { Write } from "./redo.ts";
import type { ScannedMessage } from "./scan.ts";

const chunkOctets = 256 * 1024;

const emptyLine = new Uint8Array([LF]);

/** What clients see of a message: its header without hidden fields, and its body. */
export function visibleRanges(message: ScannedMessage): readonly FileRange[] {
  return [...visibleHeader(message), { start: message.bodyStart, end: message.end }]
    .filter(({ start, end }) => end > start);
}

export function visibleOctets(message: ScannedMessage): number {
  return visibleRanges(message).reduce((sum, { start, end }) => sum + end - start, 0);
}

function visibleHeader(message: ScannedMessage): FileRange[] {
  const ranges: FileRange[] = [];
  let start = message.start;
  for (const field of message.hidden) {
    ranges.push({ start, end: field.start });
    start = field.end;
  }
  ranges.push({ start, end: message.bodyStart });
  return ranges;
}

/** As it is, and an empty line. */
export async function copyMessage(file: DiskFile, message: ScannedMessage, write: Write): Promise<void> {
  await copyRange(file, { start: message.from, end: message.end }, write);
  await endMessage(file, message, write);
}

/** With these hidden fields instead of those it has. */
export async function copyMessageWith(
  file: DiskFile,
  message: ScannedMessage,
  options: { readonly metadata: Omit<Metadata, "bodyOctets">; readonly write: Write },
): Promise<void> {
  const { write } = options;
  await copyRange(file, { start: message.from, end: message.start }, write);
  const headerEnd = message.bodyStart - emptyLineOctets(await readRange(file, message.bodyStart - 3, 3));
  for (const { start, end } of visibleHeader(message)) {
    await copyRange(file, { start, end: Math.min(end, headerEnd) }, write);
  }
  const bodyOctets = message.end - message.bodyStart;
  await write(utf8Bytes(formatMetadata({ ...options.metadata, bodyOctets })));
  await write(emptyLine);
  await copyRange(file, { start: message.bodyStart, end: message.end }, write);
  await endMessage(file, message, write);
}

/** A message from a file of its own, in LF form. */
export async function writeNewMessage(
  source: DiskFile,
  options: {
    readonly fromLine: string;
    readonly metadata: Omit<Metadata, "bodyOctets">;
    readonly write: Write;
  },
): Promise<void> {
  const { fromLine, metadata, write } = options;
  const { octets } = await source.stat();
  const message = await measureMessage({
    fromLine,
    fields: (bodyOctets) => formatMetadata({ ...metadata, bodyOctets }),
    quotesSeparators: false,
    content: () => chunksOf(source, { start: 0, end: octets }),
  });
  for await (const chunk of message.chunks()) await write(chunk);
}

async function copyRange(file: DiskFile, range: FileRange, write: Write): Promise<void> {
  for await (const chunk of chunksOf(file, range)) await write(chunk);
}

async function* chunksOf(file: DiskFile, range: FileRange): AsyncGenerator<Bytes> {
  for (let position = range.start; position < range.end;) {
    const bytes = await readRange(file, position, Math.min(chunkOctets, range.end - position));
    if (bytes.length === 0) throw new Error("mailbox is shorter than it was");
    yield bytes;
    position += bytes.length;
  }
}

/** The empty line after a message; its last line is ended first. */
async function endMessage(file: DiskFile, message: ScannedMessage, write: Write): Promise<void> {
  if (!await endsWithLf(file, message.end)) await write(emptyLine);
  await write(emptyLine);
}

async function endsWithLf(file: DiskFile, end: number): Promise<boolean> {
  return end > 0 && (await readRange(file, end - 1, 1))[0] === LF;
}
