/**
 * Reading an mbox: where its messages are, and what their hidden header fields say.
 *
 * A message begins with a `From ` line (`from_line.ts`) that stands at the start of the file or after an empty line. It
 * ends before the empty line in front of the next one. `Content-Length` is believed only when what follows at that
 * distance is the end of the file or, after empty lines, another `From ` line.
 */

import { CR, latin1Text, LF, utf8Text } from "../../tools/kit/base/bytes.ts";

import type { DiskFile } from "../file/disk.ts";
import type { FileRange } from "../mailbox/content.ts";
import { countBareLf } from "../mailbox/line_form.ts";
import { FileWindow } from "./file_window.ts";
import { maxFromLineOctets, separatorAt } from "./from_line.ts";
import { hiddenFields } from "./metadata.ts";

/** A hidden header field; the range takes in its line end. */
export interface HiddenField extends FileRange {
  /** In lower case. */
  readonly name: string;
  readonly value: string;
}

/** A message as it lies in the file; all positions count from the file's start. */
export interface ScannedMessage {
  /** Of the `From ` line. */
  readonly from: number;
  /** Of the header. */
  readonly start: number;
  /** After the empty line. */
  readonly bodyStart: number;
  readonly end: number;
  /** Of the next `From ` line, or the end of the file. */
  readonly next: number;
  readonly receivedMs: number;
  readonly hidden: readonly HiddenField[];
  /** Of what clients see, with CRLF line ends. */
  readonly octets: number;
}

/**
 * A header that clients see more of is cut before the field that is too much; what follows counts as body. Hidden fields do
 * not count, so that a header stays within the limit when they are written into it.
 */
const maxVisibleOctets = 1 << 20;

/** No more of a message is looked at for the end of its header. */
export const maxHeaderOctets = 2 * maxVisibleOctets;

/** Empty lines that may stand between messages where Content-Length says that one has ended. */
const maxGapOctets = 4096;

/** All messages from position `start` (a message's beginning) to `end`. Octets before the first `From ` line are skipped. */
export async function scanMbox(file: DiskFile, start: number, end: number): Promise<ScannedMessage[]> {
  const window = new FileWindow(file, end);
  const messages: ScannedMessage[] = [];
  let position = await isFromLine(window, start) === undefined ? (await findNext(window, start)).next : start;
  while (position < end) {
    const message = await scanMessage(window, position);
    messages.push(message);
    position = message.next;
  }
  return messages;
}

async function scanMessage(window: FileWindow, from: number): Promise<ScannedMessage> {
  const receivedMs = await isFromLine(window, from) ?? 0;
  const header = await readHeader(window, from);
  const length = Number(header.hidden.find(({ name }) => name === "content-length")?.value ?? NaN);
  const told = Number.isInteger(length) && length >= 0
    ? await nextAfter(window, header.bodyStart + length)
    : undefined;
  const body = told === undefined ? await findNext(window, header.bodyStart) : {
    end: header.bodyStart + length,
    next: told,
    bareLf: await countLf(window, header.bodyStart, header.bodyStart + length),
  };
  const { start, bodyStart, hidden, visibleOctets } = header;
  const octets = visibleOctets + body.end - bodyStart + body.bareLf;
  return { from, start, bodyStart, end: body.end, next: body.next, receivedMs, hidden, octets };
}

/** When the message that begins here came; `undefined` when none begins here. */
async function isFromLine(window: FileWindow, position: number): Promise<number | undefined> {
  return separatorAt(await window.at(position, maxFromLineOctets), 0);
}

export interface ScannedHeader {
  readonly start: number;
  readonly bodyStart: number;
  readonly hidden: readonly HiddenField[];
  /** Octets of the header without hidden fields, with CRLF line ends. */
  readonly visibleOctets: number;
}

async function readHeader(window: FileWindow, from: number): Promise<ScannedHeader> {
  let bytes = await window.at(from, 16_384);
  let parsed = scanHeader(bytes, from, from + bytes.length >= window.end);
  for (let octets = 65_536; parsed === undefined; octets *= 4) {
    bytes = await window.at(from, Math.min(octets, maxHeaderOctets));
    parsed = scanHeader(bytes, from, octets >= maxHeaderOctets || from + bytes.length >= window.end);
  }
  return parsed;
}

/**
 * The header after the first line of `bytes`, which lie at position `from`; `undefined` when it does not end in them and
 * more may come.
 */
export function scanHeader(bytes: Uint8Array, from: number, last: boolean): ScannedHeader | undefined {
  const start = bytes.indexOf(LF) + 1;
  const hidden: HiddenField[] = [];
  let visible = 0;
  let field: { name: string; start: number; end: number } | undefined;
  /** False when the field is more than the header may hold. */
  const closeField = (): boolean => {
    if (field === undefined) return true;
    const line = bytes.subarray(field.start, field.end);
    if (hiddenFields.has(field.name)) {
      const value = utf8Text(line.subarray(line.indexOf(58) + 1)).trim();
      hidden.push({ name: field.name, start: from + field.start, end: from + field.end, value });
    } else {
      const octets = line.length + countBareLf(line, false);
      if (visible + octets > maxVisibleOctets) return false;
      visible += octets;
    }
    field = undefined;
    return true;
  };
  const cutBefore = (position: number): ScannedHeader => (
    { start: from + start, bodyStart: from + position, hidden, visibleOctets: visible }
  );
  for (let at = start; at < bytes.length;) {
    const lineEnd = bytes.indexOf(LF, at);
    if (lineEnd < 0) {
      if (!last) return undefined;
      break;
    }
    const next = lineEnd + 1;
    const empty = lineEnd === at || (lineEnd === at + 1 && bytes[at] === CR);
    if (empty) {
      if (!closeField()) return cutBefore(field!.start);
      return { start: from + start, bodyStart: from + next, hidden, visibleOctets: visible + 2 };
    }
    const folded = bytes[at] === 32 || bytes[at] === 9;
    if (folded && field !== undefined) field.end = next;
    else {
      if (!closeField()) return cutBefore(field!.start);
      field = { name: fieldName(bytes, at, lineEnd), start: at, end: next };
    }
    at = next;
  }
  if (!last) return undefined;
  // The header never ends: what could be read of it is the header, the rest (nothing, mostly) the body.
  const end = field?.end ?? start;
  return cutBefore(closeField() ? end : field!.start);
}

/** In lower case; hidden fields are the only ones whose names matter, and they are short. */
function fieldName(bytes: Uint8Array, start: number, lineEnd: number): string {
  const colon = bytes.subarray(start, Math.min(lineEnd, start + 32)).indexOf(58);
  return colon < 0 ? "" : latin1Text(bytes.subarray(start, start + colon)).trimEnd().toLowerCase();
}

/** Where the next message begins if one ends at `position`, else `undefined`. */
async function nextAfter(window: FileWindow, position: number): Promise<number | undefined> {
  if (position > window.end) return undefined;
  const bytes = await window.at(position, maxGapOctets);
  let at = 0;
  while (at < bytes.length && (bytes[at] === LF || (bytes[at] === CR && bytes[at + 1] === LF))) at++;
  if (position + at >= window.end) return window.end;
  if (at === 0) return undefined;
  return await isFromLine(window, position + at) === undefined ? undefined : position + at;
}

interface BodyEnd {
  readonly end: number;
  readonly next: number;
  readonly bareLf: number;
}

/** The first `From ` line after an empty line, `start` being the beginning of a body. */
async function findNext(window: FileWindow, start: number): Promise<BodyEnd> {
  let bareLf = 0;
  let position = start;
  /** The line before was empty; the one before a body is the header's end. */
  let afterEmpty = true;
  /** Begins a line at `position`. */
  let atLineStart = true;
  while (position < window.end) {
    const bytes = await window.at(position, 65_536);
    let at = 0;
    while (at < bytes.length) {
      if (atLineStart && afterEmpty && bytes[at] === 70) {
        // Near the window's end the line may be cut: have it whole.
        if (bytes.length - at < maxFromLineOctets && position + bytes.length < window.end) break;
        if (separatorAt(bytes, at) !== undefined) {
          return bodyEndBefore(window, { start, next: position + at, bareLf });
        }
      }
      const lineEnd = bytes.indexOf(LF, at);
      if (lineEnd < 0) {
        // A line longer than the window; a CR at its end waits for what follows.
        const held = bytes[bytes.length - 1] === CR && bytes.length - at > 1 ? 1 : 0;
        at = bytes.length - held;
        atLineStart = false;
        break;
      }
      const hasCr = lineEnd > at && bytes[lineEnd - 1] === CR;
      afterEmpty = atLineStart && lineEnd - at === (hasCr ? 1 : 0);
      if (!hasCr) bareLf++;
      atLineStart = true;
      at = lineEnd + 1;
    }
    position += at;
    if (at === 0 && bytes.length === 0) break;
  }
  return bodyEndBefore(window, { start, next: window.end, bareLf });
}

/** Takes off the empty line in front of `next`; it is no part of the message. */
async function bodyEndBefore(
  window: FileWindow,
  found: { readonly start: number; readonly next: number; readonly bareLf: number },
): Promise<BodyEnd> {
  const { start, next, bareLf } = found;
  const tail = (await window.at(Math.max(start, next - 4), 4)).subarray(0, Math.min(4, next - start));
  const text = latin1Text(tail);
  if (text.endsWith("\r\n\r\n") || (text.endsWith("\r\n") && next - start === 2)) {
    return { end: next - 2, next, bareLf };
  }
  if (text.endsWith("\n\n") || (text === "\n" && next - start === 1)) {
    return { end: next - 1, next, bareLf: bareLf - 1 };
  }
  return { end: next, next, bareLf };
}

async function countLf(window: FileWindow, start: number, end: number): Promise<number> {
  let count = 0;
  let afterCr = false;
  for (let position = start; position < end;) {
    const bytes = (await window.at(position, 65_536)).subarray(0, end - position);
    if (bytes.length === 0) break;
    count += countBareLf(bytes, afterCr);
    afterCr = bytes[bytes.length - 1] === CR;
    position += bytes.length;
  }
  return count;
}
