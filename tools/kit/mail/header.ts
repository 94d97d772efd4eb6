/**
 * The header of a message or of a MIME part as it came: fields with their places in the octets (RFC 5322 §2.2), tolerant
 * of what real mail brings: bare LF, no empty line, 8-bit octets, an mbox `From ` line on top, lines without a colon.
 *
 * Names and values are octet strings (`latin1Text`). Lines may end in LF or CRLF.
 */

import { CR, latin1Text, LF, SPACE } from "../base/bytes.ts";

export interface HeaderField {
  /** As written, without blanks before the colon; of a line without a colon the whole line, at most 1,000 octets. */
  readonly name: string;
  /** The field is `start` to `end` with its last line end, its value begins at `valueStart`, after the colon. */
  readonly start: number;
  readonly valueStart: number;
  readonly end: number;
}

export interface Header {
  readonly octets: Uint8Array;
  readonly fields: readonly HeaderField[];
  /** Where the fields end: at the empty line, if there is one. */
  readonly end: number;
  /** After the empty line. */
  readonly bodyStart: number;
}

export interface HeaderOptions {
  readonly start?: number;
  readonly end?: number;
  /**
   * A line that is neither a field nor folded: `keep` takes it as a field of that name (Dovecot: what readers see),
   * `end` ends the header before it (Postfix: what is received). An mbox `From ` or `>From ` line on top is kept.
   */
  readonly badLine?: "keep" | "end";
}

const TAB = 9;
const COLON = 58;

/** Longer names are cut: they are somebody's body without an empty line before it, and nobody asks for them. */
const maxNameOctets = 1000;

export function parseHeader(octets: Uint8Array, options: HeaderOptions = {}): Header {
  const end = options.end ?? octets.length;
  const fields: HeaderField[] = [];
  let at = options.start ?? 0;
  while (at < end) {
    const lineEnd = endOfLine(octets, at, end);
    if (isEmptyLine(octets, at, lineEnd)) return { octets, fields, end: at, bodyStart: lineEnd };
    const colon = fields.length === 0 && isMboxLine(octets, at, lineEnd)
      ? -1
      : findColon(octets, at, lineEnd);
    if (colon < 0 && options.badLine === "end" && !(fields.length === 0 && isMboxLine(octets, at, lineEnd))) {
      break;
    }
    if (colon >= 0 && options.badLine === "end" && !isFieldName(octets, at, colon)) break;
    const fieldEnd = endOfFolded(octets, lineEnd, end);
    fields.push({
      name: colon < 0
        ? textOfLine(octets, at, lineEnd)
        : trimEnd(latin1Text(octets.subarray(at, Math.min(colon, at + maxNameOctets)))),
      start: at,
      valueStart: colon < 0 ? fieldEnd : colon + 1,
      end: fieldEnd,
    });
    at = fieldEnd;
  }
  return { octets, fields, end: at, bodyStart: at };
}

/**
 * The value with its lines joined: line ends go, the blanks that began a folded line stay (RFC 5322 §2.2.3). Blanks
 * after the colon are skipped.
 */
export function unfoldedValue(header: Header, field: HeaderField): string {
  return unfold(latin1Text(header.octets.subarray(field.valueStart, field.end)));
}

/** `text` as it stands after the colon, in one line. */
function unfold(text: string): string {
  const value = text.replace(/\r?\n$/, "").replace(/^[ \t]+/, "");
  // A bare CR that no blank follows would glue words together.
  return /[\r\n]/.test(value) ? value.replace(/[\r\n](?=[^ \t\r\n])/g, " ").replace(/[\r\n]/g, "") : value;
}

/** Unfolded values, without blanks around, of all fields of that name, in order; the name without regard to case. */
export function fieldValues(header: Header, name: string): string[] {
  const wanted = name.toLowerCase();
  return header.fields.filter((field) => field.name.toLowerCase() === wanted)
    .map((field) => unfoldedValue(header, field).trim());
}

/** The first of `fieldValues`. */
export function firstValue(header: Header, name: string): string | undefined {
  const wanted = name.toLowerCase();
  const field = header.fields.find((candidate) => candidate.name.toLowerCase() === wanted);
  return field === undefined ? undefined : unfoldedValue(header, field).trim();
}

/** After the LF that ends the line at `start`, or `end`. */
function endOfLine(octets: Uint8Array, start: number, end: number): number {
  const lineFeed = octets.indexOf(LF, start);
  return lineFeed < 0 || lineFeed >= end ? end : lineFeed + 1;
}

/** Is the line `start` to `lineEnd` nothing but its end? */
export function isEmptyLine(octets: Uint8Array, start: number, lineEnd: number): boolean {
  if (octets[lineEnd - 1] !== LF) return false;
  return lineEnd - start === 1 || (lineEnd - start === 2 && octets[start] === CR);
}

function endOfFolded(octets: Uint8Array, lineEnd: number, end: number): number {
  let fieldEnd = lineEnd;
  while (fieldEnd < end && (octets[fieldEnd] === SPACE || octets[fieldEnd] === TAB)) {
    fieldEnd = endOfLine(octets, fieldEnd, end);
  }
  return fieldEnd;
}

function findColon(octets: Uint8Array, start: number, lineEnd: number): number {
  for (let at = start; at < lineEnd; at++) if (octets[at] === COLON) return at;
  return -1;
}

/** Printable ASCII without blanks, then perhaps blanks (RFC 5322 §2.2; blanks before the colon are obsolete). */
function isFieldName(octets: Uint8Array, start: number, colon: number): boolean {
  return colon - start <= maxNameOctets &&
    /^[!-9;-~]+[ \t]*$/.test(latin1Text(octets.subarray(start, colon)));
}

function isMboxLine(octets: Uint8Array, start: number, lineEnd: number): boolean {
  return /^>?From /.test(latin1Text(octets.subarray(start, Math.min(start + 6, lineEnd))));
}

function textOfLine(octets: Uint8Array, start: number, lineEnd: number): string {
  return latin1Text(octets.subarray(start, Math.min(lineEnd, start + maxNameOctets))).replace(/\r?\n$/, "");
}

function trimEnd(text: string): string {
  return text.replace(/[ \t]+$/, "");
}
