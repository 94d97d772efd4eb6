/**
 * Format of a queue file: one file holds a message, its envelope and what became of it.
 *
 * | part | octets | form |
 * |---|---|---|
 * | header | 43 | `mailsrv-queue 1 `, content octets (15 digits), space, envelope octets (10 digits), LF |
 * | content | as the header says | the message, lines ended by LF alone |
 * | envelope | as the header says | `QueueEnvelope` as JSON, perhaps spaces, ended by LF |
 * | journal | the rest | one JSON object a line: `{"at": ms, "outcomes": {"INDEX": [KIND, STATUS, TEXT, MORE]}}` |
 *
 * The envelope stands behind the content because it is complete only when the content is; the header, whose length is
 * fixed, is written last into the place kept for it. KIND is `delivered`, `deferred` or `failed`; MORE, if it is there, has the
 * outcome's `how`, `remote` and `diagnostic`. The journal is read up
 * to the first line that is incomplete or makes no sense: what a torn write left is as if it had never been written,
 * and is cut off before the next line is written.
 */

import type { Bytes } from "../../tools/kit/base/bytes.ts";
import { LF, SPACE, utf8Bytes, utf8Text } from "../../tools/kit/base/bytes.ts";

import type {
  DeliveredHow,
  DeliveryOutcome,
  OutcomeText,
  QueuedRecipient,
  QueueEnvelope,
  QueueMark,
} from "./spool.ts";
import { queueMarks } from "./spool.ts";

export const headerOctets = 43;
const magic = "mailsrv-queue 1 ";
/** What file systems give out at a time. */
const blockOctets = 4096;

/** Longest envelope that is read back, octets: far above a thousand recipients of 320 octets. */
const maxEnvelopeOctets = 64 << 20;

export interface QueueFileHeader {
  readonly contentOctets: number;
  readonly envelopeOctets: number;
}

export function formatHeader(header: QueueFileHeader): Bytes {
  const content = String(header.contentOctets).padStart(15, "0");
  const envelope = String(header.envelopeOctets).padStart(10, "0");
  return utf8Bytes(`${magic}${content} ${envelope}\n`);
}

/** The header, or `undefined` when this is no queue file or one that was never finished. */
export function parseHeader(bytes: Uint8Array): QueueFileHeader | undefined {
  const match = /^mailsrv-queue 1 (\d{15}) (\d{10})\n$/.exec(utf8Text(bytes.subarray(0, headerOctets)));
  if (match === null) return undefined;
  const header = { contentOctets: Number(match[1]), envelopeOctets: Number(match[2]) };
  return header.envelopeOctets === 0 || header.envelopeOctets > maxEnvelopeOctets ? undefined : header;
}

export function formatEnvelope(envelope: QueueEnvelope): Bytes {
  return utf8Bytes(`${JSON.stringify(envelope)}\n`);
}

/** The envelope, or `undefined` when it is none. */
export function parseEnvelope(bytes: Uint8Array): QueueEnvelope | undefined {
  const value = parseJson(utf8Text(bytes));
  return isEnvelope(value) ? value : undefined;
}

function isEnvelope(value: unknown): value is QueueEnvelope {
  return isRecord(value) && typeof value.sender === "string" && Array.isArray(value.recipients) &&
    value.recipients.every(isRecipient) && typeof value.arrivedMs === "number" &&
    isRecord(value.attributes) &&
    typeof value.smtpUtf8 === "boolean" && (value.body === "7BIT" || value.body === "8BITMIME");
}

/**
 * A small message's file but for its journal, filled up with spaces to whole blocks: so files of messages of much the same
 * size are of one size, and one that is written over another changes no length. A sync of contents alone is then all.
 */
export function formatWhole(contents: readonly Uint8Array[], envelopeBytes: Uint8Array): WholeFile {
  const contentOctets = contents.reduce((sum, { length }) => sum + length, 0);
  const start = headerOctets + contentOctets;
  const octets = Math.ceil((start + envelopeBytes.length) / blockOctets) * blockOctets;
  const bytes = new Uint8Array(octets).fill(SPACE, start + envelopeBytes.length - 1);
  bytes.set(formatHeader({ contentOctets, envelopeOctets: octets - start }));
  let end = headerOctets;
  for (const part of [...contents, envelopeBytes]) {
    bytes.set(part, end);
    end += part.length;
  }
  bytes[end - 1] = SPACE;
  bytes[octets - 1] = LF;
  return { bytes, content: bytes.subarray(headerOctets, start) };
}

export interface WholeFile {
  readonly bytes: Bytes;
  /** The message, a part of `bytes`. */
  readonly content: Bytes;
}

export interface Journal {
  /** By index of recipient. */
  readonly outcomes: readonly (DeliveryOutcome | undefined)[];
  /** Lines that defer a recipient: an attempt leaves at most one. */
  readonly attempts: number;
  /** Time of the last such line. */
  readonly deferredMs: number | undefined;
  readonly marks: readonly QueueMark[];
  /** Octets that count; what follows was torn. */
  readonly octets: number;
}

const kinds = ["delivered", "deferred", "failed"] as const;
const hows: readonly DeliveredHow[] = ["delivered", "relayed", "expanded", "passed on"];

export function formatJournalLine(outcomes: ReadonlyMap<number, DeliveryOutcome>, atMs: number): Bytes {
  const rows = Array.from(outcomes, ([index, outcome]) => [index, formatOutcome(outcome)]);
  return utf8Bytes(`${JSON.stringify({ at: Math.floor(atMs), outcomes: Object.fromEntries(rows) })}\n`);
}

function formatOutcome({ kind, status, text, ...more }: DeliveryOutcome): readonly unknown[] {
  const row = [kind, status, text];
  return Object.values(more).some((value) => value !== undefined) ? [...row, more] : row;
}

export function formatMark(mark: QueueMark, atMs: number): Bytes {
  return utf8Bytes(`${JSON.stringify({ at: Math.floor(atMs), mark })}\n`);
}

export function parseJournal(bytes: Uint8Array, recipients: number): Journal {
  const outcomes: (DeliveryOutcome | undefined)[] = new Array(recipients).fill(undefined);
  let attempts = 0;
  let deferredMs: number | undefined;
  const marks = new Set<QueueMark>();
  let octets = 0;
  for (let end = bytes.indexOf(LF); end >= 0; end = bytes.indexOf(LF, octets)) {
    const line = parseJournalLine(utf8Text(bytes.subarray(octets, end)), recipients);
    if (line === undefined) break;
    if (line.mark !== undefined) marks.add(line.mark);
    for (const [index, outcome] of line.outcomes) outcomes[index] = outcome;
    if (line.outcomes.values().some(({ kind }) => kind === "deferred")) {
      attempts++;
      deferredMs = line.atMs;
    }
    octets = end + 1;
  }
  return { outcomes, attempts, deferredMs, marks: Array.from(marks), octets };
}

interface JournalLine {
  readonly atMs: number | undefined;
  readonly outcomes: ReadonlyMap<number, DeliveryOutcome>;
  readonly mark?: QueueMark;
}

function parseJournalLine(text: string, recipients: number): JournalLine | undefined {
  const value = parseJson(text);
  if (!isRecord(value)) return undefined;
  const atMs = typeof value.at === "number" ? value.at : undefined;
  const outcomes = new Map<number, DeliveryOutcome>();
  const mark = queueMarks.find((known) => known === value.mark);
  if (mark !== undefined) return { atMs, outcomes, mark };
  if (!isRecord(value.outcomes)) return undefined;
  for (const [key, row] of Object.entries(value.outcomes)) {
    const index = Number(key);
    if (!Number.isInteger(index) || index < 0 || index >= recipients || !Array.isArray(row)) return undefined;
    const [name, status, detail, more] = row;
    const kind = kinds.find((known) => known === name);
    if (kind === undefined || typeof status !== "string" || typeof detail !== "string") return undefined;
    outcomes.set(index, parseOutcome({ kind, status, text: detail }, more));
  }
  return { atMs, outcomes };
}

/** What is not understood of MORE is left out. */
function parseOutcome({ kind, ...common }: Pick<DeliveryOutcome, "kind" | "status" | "text">, more: unknown) {
  if (!isRecord(more)) return { kind, ...common };
  const { remote, diagnostic, how: name } = more;
  const how = hows.find((known) => known === name);
  const outcome: OutcomeText = {
    ...common,
    ...isRecord(remote) && typeof remote.host === "string" ? { remote: { host: remote.host } } : {},
    ...isRecord(diagnostic) && typeof diagnostic.type === "string" && typeof diagnostic.text === "string"
      ? { diagnostic: { type: diagnostic.type, text: diagnostic.text } }
      : {},
  };
  if (kind !== "delivered" || how === undefined) return { kind, ...outcome };
  return { kind, ...outcome, how };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isRecipient(value: unknown): value is QueuedRecipient {
  return isRecord(value) && typeof value.address === "string" && typeof value.original === "string";
}
