/**
 * Names of message files in a Maildir (cr.yp.to/proto/maildir.html): `UNIQUE[,S=OCTETS][,W=OCTETS][:2,LETTERS]`.
 *
 * | letter | flag |
 * |---|---|
 * | D F R S T | \Draft \Flagged \Answered \Seen \Deleted |
 * | P | $Forwarded |
 * | a to z | keywords, named by `dovecot-keywords` |
 *
 * Letters stand in ASCII order, each once; those that mean nothing here are kept. `S` is the size of the file, `W` that
 * of the message with CRLF line ends.
 */

import type { Flag } from "../account.ts";
import { canonicalFlags } from "../mailbox/flags.ts";

const flagByLetter = new Map<string, Flag>([
  ["D", "\\Draft"],
  ["F", "\\Flagged"],
  ["P", "$Forwarded"],
  ["R", "\\Answered"],
  ["S", "\\Seen"],
  ["T", "\\Deleted"],
]);

const letterByFlag = new Map(Array.from(flagByLetter, ([letter, flag]) => [flag.toLowerCase(), letter]));

/** Keywords by letter and the reverse, without regard to case. */
export interface KeywordLetters {
  nameOf(letter: string): Flag | undefined;
  letterOf(keyword: Flag): string | undefined;
}

/** What stays the same when flags change. */
export function baseOf(fileName: string): string {
  const colon = fileName.indexOf(":");
  return colon < 0 ? fileName : fileName.slice(0, colon);
}

/** The letters after `:2,`. */
export function lettersOf(fileName: string): string {
  const colon = fileName.indexOf(":");
  return colon >= 0 && fileName.startsWith(":2,", colon) ? fileName.slice(colon + 3) : "";
}

export function formatFileName(base: string, letters: string): string {
  return `${base}:2,${letters}`;
}

export function flagsOfLetters(letters: string, keywords: KeywordLetters): readonly Flag[] {
  const flags: Flag[] = [];
  for (const letter of letters) {
    const flag = flagByLetter.get(letter) ?? keywords.nameOf(letter);
    if (flag !== undefined) flags.push(flag);
  }
  return canonicalFlags(flags);
}

/** Letters for `flags`, and those of `before` that stand for no flag. Keywords without a letter are left out. */
export function lettersOfFlags(flags: readonly Flag[], keywords: KeywordLetters, before = ""): string {
  const letters = new Set<string>();
  for (const letter of before) {
    if (!flagByLetter.has(letter) && keywords.nameOf(letter) === undefined) letters.add(letter);
  }
  for (const flag of flags) {
    const letter = letterByFlag.get(flag.toLowerCase()) ?? keywords.letterOf(flag);
    if (letter !== undefined) letters.add(letter);
  }
  return Array.from(letters).sort().join("");
}

/** Keywords among `flags` that need a letter of their own. */
export function keywordsOf(flags: readonly Flag[]): readonly Flag[] {
  return flags.filter((flag) => !flag.startsWith("\\") && !letterByFlag.has(flag.toLowerCase()));
}

/** `,W=`: octets with CRLF line ends. */
export function crlfOctetsOf(base: string): number | undefined {
  return sizeOf(base, ",W=");
}

/** `,S=`: octets of the file. */
export function fileOctetsOf(base: string): number | undefined {
  return sizeOf(base, ",S=");
}

function sizeOf(base: string, key: string): number | undefined {
  const start = base.indexOf(key);
  if (start < 0) return undefined;
  const digits = /^\d{1,15}(?=,|$)/.exec(base.slice(start + key.length));
  return digits === null ? undefined : Number(digits[0]);
}

/** Order of arrival as names tell it: seconds, then microseconds where the name has them (`M123456`), then by name. */
export function compareArrival(left: string, right: string): number {
  return parseInt(left) - parseInt(right) || microsecondsOf(left) - microsecondsOf(right) ||
    (left < right ? -1 : 1);
}

function microsecondsOf(base: string): number {
  const found = /^\d+\.(?:[^.]*?)M(\d{1,6})/.exec(base);
  return found === null ? 0 : Number(found[1]);
}

/** A name that no other file has: time, random digits, a counter, the host (`/` and `:` escaped). */
export function uniqueName(
  parts: {
    readonly nowMs: number;
    readonly randomHex: string;
    readonly count: number;
    readonly host: string;
  },
): string {
  const seconds = Math.floor(parts.nowMs / 1000);
  const microseconds = Math.floor((parts.nowMs % 1000) * 1000);
  const host = parts.host.replaceAll("/", "\\057").replaceAll(":", "\\072");
  return `${seconds}.M${microseconds}R${parts.randomHex}Q${parts.count}.${host}`;
}
