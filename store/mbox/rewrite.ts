/** How messages are written into an mbox: unchanged, with new hidden fields, or new. */

import { concatBytes, CR, LF, utf8Bytes } from "../../tools/kit/base/bytes.ts";

import type { DiskFile } from "../file/disk.ts";
import type { FileRange } from "../mailbox/content.ts";
import { readRange } from "../mailbox/content.ts";
import type { Metadata } from "./metadata.ts";
import { formatMetadata } from "./metadata.ts";
import type { Write } from "./redo.ts";
import type { ScannedMessage } from "./scan.ts";
import { scanHeader } from "./scan.ts";

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
  const last = await readRange(file, message.bodyStart - 2, 2);
  const emptyLineOctets = last[1] !== LF ? 0 : last[0] === LF ? 1 : last[0] === CR ? 2 : 0;
  for (const { start, end } of visibleHeader(message)) {
    await copyRange(file, { start, end: Math.min(end, message.bodyStart - emptyLineOctets) }, write);
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
  const head = await newHeader(source, octets);
  await write(utf8Bytes(`${fromLine}\n`));
  await write(head.visible);
  await write(utf8Bytes(formatMetadata({ ...metadata, bodyOctets: octets - head.octets })));
  await write(emptyLine);
  await copyRange(source, { start: head.octets, end: octets }, write);
  await write(
    await endsWithLf(source, octets) || octets === head.octets ? emptyLine : new Uint8Array([LF, LF]),
  );
}

async function copyRange(file: DiskFile, range: FileRange, write: Write): Promise<void> {
  for (let position = range.start; position < range.end;) {
    const bytes = await readRange(file, position, Math.min(chunkOctets, range.end - position));
    if (bytes.length === 0) throw new Error("mailbox is shorter than it was");
    await write(bytes);
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

/** Headers are held whole; a longer one is cut, and what follows is body. */
const maxHeaderOctets = 1 << 20;

/** The header of a new message without fields that would be taken for ours, and where its body begins. */
async function newHeader(
  source: DiskFile,
  octets: number,
): Promise<{ readonly octets: number; readonly visible: Uint8Array }> {
  const bytes = await readRange(source, 0, Math.min(octets, maxHeaderOctets));
  // The scanner skips the `From ` line, which a new message lacks.
  const { bodyStart, hidden } = scanHeader(concatBytes([emptyLine, bytes]), -1, true)!;
  const endsEmpty = bytes[bodyStart - 1] === LF && (bodyStart === 1 || bytes[bodyStart - 2] === LF);
  const parts: Uint8Array[] = [];
  let start = 0;
  for (const field of hidden) {
    parts.push(bytes.subarray(start, field.start));
    start = field.end;
  }
  parts.push(bytes.subarray(start, endsEmpty ? bodyStart - 1 : bodyStart));
  const visible = concatBytes(parts);
  const isEnded = visible.length === 0 || visible[visible.length - 1] === LF;
  return { octets: bodyStart, visible: isEnded ? visible : concatBytes([visible, emptyLine]) };
}
