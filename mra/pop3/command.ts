/**
 * POP3 commands: a line of octets to a keyword and its argument, and the numbers in arguments
 * (RFC 1939 §3: keywords without regard to case, one space before each argument).
 *
 * Texts of errors are those that Dovecot's users and scripts know.
 */

import { SPACE, utf8TextStrict } from "../../tools/kit/base/bytes.ts";

export interface Command {
  /** Upper case; empty for an empty line. */
  readonly keyword: string;
  /** All after the first space, as it is: passwords may hold spaces (RFC 1939 §7 PASS). */
  readonly argument: string;
}

/** Longest command line, octets without CRLF (RFC 2449 §4 has 255 with CRLF; two more do no harm). */
export const maxCommandOctets = 255;

/** Longest line of a SASL exchange, octets without CRLF (RFC 4954 §4 has this bound; RFC 5034 none). */
export const maxSaslOctets = 12288;

const TAB = 9;

/** The command on a line, or `undefined` when it is not UTF-8 or holds control characters other than TAB. */
export function parseCommand(line: Uint8Array): Command | undefined {
  for (const octet of line) if ((octet < SPACE && octet !== TAB) || octet === 127) return undefined;
  const text = utf8TextStrict(line);
  if (text === undefined) return undefined;
  const space = text.indexOf(" ");
  if (space < 0) return { keyword: text.toUpperCase(), argument: "" };
  return { keyword: text.slice(0, space).toUpperCase(), argument: text.slice(space + 1) };
}

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly text: string };

const digits = /^[0-9]+/;

/**
 * A message number that stands alone.
 *
 * ```ts
 * parseMessageNumber("2"); // { ok: true, value: 2 }
 * parseMessageNumber("2 x"); // { ok: false, text: "Noise after message number:  x" }
 * ```
 */
export function parseMessageNumber(argument: string): Parsed<number> {
  const parsed = parseNumber(argument.trimEnd(), messageNumber);
  if (!parsed.ok) return parsed;
  const { value, rest } = parsed.value;
  return rest === "" ? { ok: true, value } : noise(messageNumber, rest);
}

/** The arguments of TOP: a message number and a count of body lines (RFC 1939 §7). */
export function parseTop(argument: string): Parsed<{ readonly number: number; readonly lines: number }> {
  const first = parseNumber(argument, messageNumber);
  if (!first.ok) return first;
  if (!first.value.rest.startsWith(" ")) return noise(messageNumber, first.value.rest);
  const second = parseNumber(first.value.rest.slice(1).trimEnd(), lineCount);
  if (!second.ok) return second;
  if (second.value.rest !== "") return noise(lineCount, second.value.rest);
  return { ok: true, value: { number: first.value.value, lines: second.value.value } };
}

interface NumberKind {
  readonly invalid: string;
  readonly tooLarge: string;
  readonly noise: string;
  readonly most: number;
}

const messageNumber: NumberKind = {
  invalid: "Invalid message number",
  tooLarge: "Message number too large",
  noise: "Noise after message number",
  most: 2 ** 32 - 1,
};

const lineCount: NumberKind = {
  invalid: "Invalid size",
  tooLarge: "Size too large",
  noise: "Noise after size",
  most: Number.MAX_SAFE_INTEGER,
};

function parseNumber(
  text: string,
  kind: NumberKind,
): Parsed<{ readonly value: number; readonly rest: string }> {
  const found = digits.exec(text)?.[0];
  if (found === undefined) return { ok: false, text: `${kind.invalid}: ${text}` };
  const value = Number(found);
  if (value > kind.most) return { ok: false, text: `${kind.tooLarge}: ${text}` };
  return { ok: true, value: { value, rest: text.slice(found.length) } };
}

function noise(kind: NumberKind, rest: string): { readonly ok: false; readonly text: string } {
  return { ok: false, text: `${kind.noise}: ${rest}` };
}
