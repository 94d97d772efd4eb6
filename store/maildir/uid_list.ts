/**
 * `dovecot-uidlist`: which file has which UID, in Dovecot's format.
 *
 * | line | |
 * |---|---|
 * | `3 V<UIDVALIDITY> N<UIDNEXT> G<GUID>` | first; more fields may follow and are kept |
 * | `<UID> [<key><value> ...] :<base name>` | in order of UID; `W` is the size with CRLF line ends |
 * | `1 <UIDVALIDITY> <UIDNEXT>`, then `<UID> <base name>` | the older form (Courier's); read, never written |
 *
 * Lines may be added at the end without a new header: the next UID is the greater of `N` and the last UID plus one. A
 * last line that is not ended was torn by a crash: nobody was told of its UID, and it counts for nothing.
 */

import type { Uid, UidValidity } from "../account.ts";
import { baseOf } from "./file_name.ts";

export interface UidListEntry {
  readonly uid: Uid;
  /** Extension fields as they stand, blanks between. */
  readonly fields: string;
}

export interface UidList {
  readonly uidValidity: UidValidity;
  readonly uidNext: Uid;
  readonly guid: string | undefined;
  /** By base name. */
  readonly entries: Map<string, UidListEntry>;
  /** Lines, with those that a later one replaced. */
  readonly lines: number;
  /** Ends in a torn or unreadable line, or is of the old form: it must be written anew, not added to. */
  readonly damaged: boolean;
}

const maxUid = 2 ** 32 - 1;

/** `undefined` when the header cannot be read: the mailbox then gets a new UIDVALIDITY. */
export function parseUidList(text: string): UidList | undefined {
  const headerEnd = text.indexOf("\n");
  if (headerEnd < 0) return undefined;
  const header = parseHeader(text.slice(0, headerEnd));
  if (header === undefined) return undefined;
  const entries = new Map<string, UidListEntry>();
  let uidNext = header.uidNext;
  let lines = 0;
  let damaged = header.version !== 3;
  for (let start = headerEnd + 1; start < text.length;) {
    const end = text.indexOf("\n", start);
    if (end < 0) {
      damaged = true;
      break;
    }
    const parsed = parseLine(text.slice(start, end), header.version);
    start = end + 1;
    if (parsed === undefined) {
      damaged = true;
      continue;
    }
    lines++;
    entries.set(parsed.base, parsed.entry);
    if (parsed.entry.uid >= uidNext) uidNext = parsed.entry.uid + 1;
  }
  return { uidValidity: header.uidValidity, uidNext, guid: header.guid, entries, lines, damaged };
}

export function formatUidListHeader(
  list: { readonly uidValidity: UidValidity; readonly uidNext: Uid; readonly guid: string },
): string {
  return `3 V${list.uidValidity} N${list.uidNext} G${list.guid}\n`;
}

export function formatUidListLine(base: string, entry: UidListEntry): string {
  return entry.fields === "" ? `${entry.uid} :${base}\n` : `${entry.uid} ${entry.fields} :${base}\n`;
}

/** The value of a `W` field. */
export function crlfOctetsOfFields(fields: string): number | undefined {
  const found = /(?:^| )W(\d{1,15})(?= |$)/.exec(fields);
  return found === null ? undefined : Number(found[1]);
}

export function withCrlfOctets(fields: string, octets: number): string {
  return [`W${octets}`, ...fields.split(" ").filter((field) => field !== "" && !field.startsWith("W"))].join(
    " ",
  );
}

interface Header {
  readonly version: 1 | 3;
  readonly uidValidity: UidValidity;
  readonly uidNext: Uid;
  readonly guid: string | undefined;
}

function parseHeader(line: string): Header | undefined {
  const [version, ...fields] = line.split(" ");
  if (version === "1") return validHeader(1, Number(fields[0]), Number(fields[1]), undefined);
  if (version !== "3") return undefined;
  const valueOf = (key: string) => fields.find((field) => field.startsWith(key))?.slice(1);
  return validHeader(3, Number(valueOf("V")), Number(valueOf("N")), valueOf("G"));
}

function validHeader(
  version: 1 | 3,
  uidValidity: number,
  uidNext: number,
  guid: string | undefined,
): Header | undefined {
  return isUid(uidValidity) && isUid(uidNext) ? { version, uidValidity, uidNext, guid } : undefined;
}

function parseLine(
  line: string,
  version: 1 | 3,
): { readonly base: string; readonly entry: UidListEntry } | undefined {
  const blank = line.indexOf(" ");
  const uid = Number(line.slice(0, blank));
  if (blank < 1 || !isUid(uid)) return undefined;
  if (version === 1) return named(line.slice(blank + 1), uid, "");
  const colon = line.indexOf(" :", blank);
  if (colon < 0) return undefined;
  return named(line.slice(colon + 2), uid, line.slice(blank + 1, colon));
}

function named(fileName: string, uid: Uid, fields: string) {
  const base = baseOf(fileName);
  return base === "" || base.includes("\0") || base.includes("/")
    ? undefined
    : { base, entry: { uid, fields } };
}

function isUid(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= maxUid;
}
