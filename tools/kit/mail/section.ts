/**
 * Sections of a message: what `BODY[1.2.MIME]` and the like name (RFC 3501 §6.4.5), as ranges of its CRLF form.
 */

import { type Bytes, concatBytes, LF, utf8Bytes } from "../base/bytes.ts";
import { CrlfConverter } from "../wire/dot_stuffing.ts";
import { parseHeader } from "./header.ts";
import type { MimePart } from "./mime.ts";

export type SectionText = "HEADER" | "TEXT" | "MIME";

/** From `start` to `end`, exclusive. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * Where a section lies; `undefined` when the message has none such, which is answered like an empty one.
 *
 * - Without text, `[]` is the whole message and `[1.2]` a part's body without its header.
 * - `HEADER` and `TEXT` are those of the message, or of the one that the part holds (message/rfc822 only).
 * - `MIME` is the part's own header, its empty line included.
 *
 * A message that is no multipart has a part 1: its body.
 */
export function findSection(root: MimePart, path: readonly number[], text?: SectionText): Range | undefined {
  if (path.length === 0) {
    if (text === undefined) return { start: root.headerStart, end: root.bodyEnd };
    return text === "MIME" ? undefined : rangeOf(root, text);
  }
  const part = findPart(root, path);
  if (part === undefined) return undefined;
  if (text === undefined) return rangeOf(part, "TEXT");
  if (text === "MIME") return rangeOf(part, "HEADER");
  return part.message === undefined ? undefined : rangeOf(part.message.root, text);
}

/** The part that `path` names; numbers count from 1, and go on inside a message/rfc822. */
function findPart(root: MimePart, path: readonly number[]): MimePart | undefined {
  let part = root;
  for (const [depth, number] of path.entries()) {
    if (depth > 0 && part.message !== undefined) part = part.message.root;
    else if (depth > 0 && !isMultipart(part)) return undefined;
    if (isMultipart(part)) {
      const child = part.parts[number - 1];
      if (child === undefined) return undefined;
      part = child;
    } else if (number !== 1) return undefined;
  }
  return part;
}

/**
 * The fields of `names` (or all others, with `not`), in their order, and an empty line, in CRLF form: HEADER.FIELDS and
 * HEADER.FIELDS.NOT. `header` begins with the header; what follows that is not looked at.
 */
export function selectHeaderFields(
  header: Uint8Array,
  names: readonly string[],
  options: { readonly not: boolean },
): Bytes {
  const wanted = new Set(names.map((name) => name.toLowerCase()));
  const chunks: Uint8Array[] = [];
  for (const field of parseHeader(header).fields) {
    if (wanted.has(field.name.toLowerCase()) === options.not) continue;
    chunks.push(new CrlfConverter().push(header.subarray(field.start, field.end)));
    if (header[field.end - 1] !== LF) chunks.push(lineEnd);
  }
  chunks.push(lineEnd);
  return concatBytes(chunks);
}

function rangeOf(part: MimePart, text: "HEADER" | "TEXT"): Range {
  return text === "HEADER"
    ? { start: part.headerStart, end: part.bodyStart }
    : { start: part.bodyStart, end: part.bodyEnd };
}

function isMultipart(part: MimePart): boolean {
  return part.type.toLowerCase() === "multipart";
}

const lineEnd = utf8Bytes("\r\n");
