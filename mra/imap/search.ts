/**
 * SEARCH keys: from the command's text to the tree that the store searches by (RFC 3501 §6.4.4).
 *
 * Sequence numbers become UIDs by the session's view, since only it knows them; `*` is what the client was told.
 */

import { latin1Bytes, utf8TextStrict } from "../../tools/kit/base/bytes.ts";

import type { SearchKey } from "../../store/search/search_key.ts";

import { BadSyntax } from "./protocol/bad_syntax.ts";
import type { Cursor } from "./protocol/cursor.ts";
import { parseDate } from "./protocol/date.ts";
import { maxNesting } from "./protocol/limits.ts";
import { resolveSequenceSet } from "./protocol/sequence_set.ts";
import type { View } from "./view.ts";

/** The command names a character set that is not known here: `NO [BADCHARSET ...]`. */
export class BadCharset extends Error {
  override readonly name = "BadCharset";
}

const charsets: ReadonlySet<string> = new Set(["UTF-8", "US-ASCII", "ASCII"]);

/** Keys of one command; each may be tried on every message. */
const maxKeys = 1000;

interface Reading {
  readonly cursor: Cursor;
  readonly view: View;
  keys: number;
}

type ReadKey = (reading: Reading, depth: number) => SearchKey;

/**
 * Everything after `SEARCH ` (and its RETURN list), to the command's end.
 *
 * @throws BadSyntax, BadCharset
 */
export function readSearch(cursor: Cursor, view: View): SearchKey {
  if (cursor.take("CHARSET ")) {
    if (!charsets.has(cursor.astring().toUpperCase())) throw new BadCharset();
    cursor.space();
  }
  const key = readKeys({ cursor, view, keys: 0 }, 0);
  cursor.end();
  return key;
}

function readKeys(reading: Reading, depth: number): SearchKey {
  const keys = [readKey(reading, depth)];
  while (reading.cursor.take(" ")) {
    // A space before the end is forgiven, as everywhere.
    if (reading.cursor.peek() === "" && keys.length > 0) break;
    keys.push(readKey(reading, depth));
  }
  return keys.length === 1 ? keys[0]! : { kind: "and", keys };
}

function readKey(reading: Reading, depth: number): SearchKey {
  const { cursor } = reading;
  if (depth > maxNesting) throw new BadSyntax("Search is nested too deep");
  if (++reading.keys > maxKeys) throw new BadSyntax("Too many search keys");
  if (cursor.take("(")) {
    const key = readKeys(reading, depth + 1);
    cursor.expect(")");
    return key;
  }
  if (/[\d*]/.test(cursor.peek())) {
    return { kind: "uids", ranges: reading.view.uidRanges(cursor.sequenceSet()) };
  }
  const name = cursor.keyword();
  const read = keys.get(name);
  if (read === undefined) throw new BadSyntax(`Unknown argument ${name}`);
  return read(reading, depth);
}

function flag(name: string): ReadKey {
  return () => ({ kind: "flag", flag: name });
}

function noFlag(name: string): ReadKey {
  return () => ({ kind: "not", key: { kind: "flag", flag: name } });
}

function keyword(): ReadKey {
  return ({ cursor }) => {
    cursor.space();
    return { kind: "flag", flag: cursor.atom() };
  };
}

function not(read: ReadKey): ReadKey {
  return (reading, depth) => ({ kind: "not", key: read(reading, depth) });
}

function size(kind: "larger" | "smaller"): ReadKey {
  return ({ cursor }) => {
    cursor.space();
    return { kind, octets: cursor.number() };
  };
}

function date(field: "received" | "sent", relation: "before" | "on" | "since"): ReadKey {
  return ({ cursor }) => {
    cursor.space();
    const dayMs = parseDate(cursor.astring());
    if (dayMs === undefined) throw new BadSyntax("Invalid search date parameter");
    return { kind: "date", field, relation, dayMs };
  };
}

function header(field: string): ReadKey {
  return (reading) => ({ kind: "header", field, text: readText(reading) });
}

/** Text of any of the character sets known: US-ASCII is UTF-8, and clients that name none send either. */
function readText({ cursor }: Reading): string {
  cursor.space();
  const text = utf8TextStrict(latin1Bytes(cursor.astring()));
  if (text === undefined) throw new BadSyntax("Search text is not in its charset");
  return text;
}

const recent: SearchKey = { kind: "recent" };
const unseen: SearchKey = { kind: "not", key: { kind: "flag", flag: "\\Seen" } };

/** RFC 3501 §6.4.4, in its order. */
const keys: ReadonlyMap<string, ReadKey> = new Map<string, ReadKey>([
  ["ALL", () => ({ kind: "all" })],
  ["ANSWERED", flag("\\Answered")],
  ["BCC", header("Bcc")],
  ["BEFORE", date("received", "before")],
  ["BODY", (reading) => ({ kind: "body", text: readText(reading) })],
  ["CC", header("Cc")],
  ["DELETED", flag("\\Deleted")],
  ["DRAFT", flag("\\Draft")],
  ["FLAGGED", flag("\\Flagged")],
  ["FROM", header("From")],
  ["HEADER", (reading) => {
    reading.cursor.space();
    const field = reading.cursor.astring();
    return { kind: "header", field, text: readText(reading) };
  }],
  ["KEYWORD", keyword()],
  ["LARGER", size("larger")],
  ["NEW", () => ({ kind: "and", keys: [recent, unseen] })],
  ["NOT", (reading, depth) => {
    reading.cursor.space();
    return { kind: "not", key: readKey(reading, depth + 1) };
  }],
  ["OLD", () => ({ kind: "not", key: recent })],
  ["ON", date("received", "on")],
  ["OR", (reading, depth) => {
    reading.cursor.space();
    const left = readKey(reading, depth + 1);
    reading.cursor.space();
    return { kind: "or", left, right: readKey(reading, depth + 1) };
  }],
  ["RECENT", () => recent],
  ["SEEN", flag("\\Seen")],
  ["SENTBEFORE", date("sent", "before")],
  ["SENTON", date("sent", "on")],
  ["SENTSINCE", date("sent", "since")],
  ["SINCE", date("received", "since")],
  ["SMALLER", size("smaller")],
  ["SUBJECT", header("Subject")],
  ["TEXT", (reading) => ({ kind: "text", text: readText(reading) })],
  ["TO", header("To")],
  ["UID", ({ cursor, view }) => {
    cursor.space();
    return { kind: "uids", ranges: resolveSequenceSet(cursor.sequenceSet(), view.largestUid) };
  }],
  ["UNANSWERED", noFlag("\\Answered")],
  ["UNDELETED", noFlag("\\Deleted")],
  ["UNDRAFT", noFlag("\\Draft")],
  ["UNFLAGGED", noFlag("\\Flagged")],
  ["UNKEYWORD", not(keyword())],
  ["UNSEEN", () => unseen],
]);
