/** Sections of a message: `BODY[1.2.HEADER.FIELDS (From To)]` (RFC 3501 §6.4.5). */

import type { MimePart } from "../../../tools/kit/mail/mime.ts";
import { findSection, type SectionText } from "../../../tools/kit/mail/section.ts";

import { BadSyntax } from "../protocol/bad_syntax.ts";
import type { Cursor } from "../protocol/cursor.ts";
import { formatAstring } from "../protocol/writer.ts";

export interface Section {
  /** Part numbers; empty for the message itself. */
  readonly path: readonly number[];
  readonly of: "all" | "header" | "text" | "mime" | "fields" | "otherFields";
  /** Names of header fields, as given. */
  readonly fields: readonly string[];
}

export const wholeMessage: Section = { path: [], of: "all", fields: [] };
export const messageHeader: Section = { path: [], of: "header", fields: [] };
export const messageText: Section = { path: [], of: "text", fields: [] };

/** Parts within parts, and names in one list of fields; more is nobody's mail. */
const maxPathLength = 100;
const maxFields = 1000;

const keywords: Readonly<Record<string, Section["of"]>> = {
  "": "all",
  "HEADER": "header",
  "TEXT": "text",
  "MIME": "mime",
  "HEADER.FIELDS": "fields",
  "HEADER.FIELDS.NOT": "otherFields",
};

/**
 * What stands between the brackets; the opening one is taken.
 *
 * @throws BadSyntax
 */
export function readSection(cursor: Cursor): Section {
  const text = cursor.peek() === "]" ? "" : cursor.name();
  const match = /^((?:[1-9]\d{0,8}(?:\.|$))*)(.*)$/.exec(text)!;
  const path = match[1]!.split(".").filter((number) => number !== "").map(Number);
  const of = Object.hasOwn(keywords, match[2]!) ? keywords[match[2]!] : undefined;
  const endsInDot = match[2] === "" && match[1]!.endsWith(".");
  if (of === undefined || endsInDot || path.length > maxPathLength || (of === "mime" && path.length === 0)) {
    throw new BadSyntax("Invalid BODY[..] section");
  }
  let fields: readonly string[] = [];
  if (of === "fields" || of === "otherFields") {
    cursor.space();
    fields = cursor.list(() => cursor.astring());
    if (fields.length > maxFields) throw new BadSyntax("Too many header fields");
  }
  cursor.expect("]");
  return { path, of, fields };
}

/** As it stands in the response: keywords in upper case, names of fields as the client gave them. */
export function formatSection({ path, of, fields }: Section): string {
  const keyword = Object.keys(keywords).find((key) => keywords[key] === of)!;
  const text = [...path, ...(keyword === "" ? [] : [keyword])].join(".");
  return fields.length === 0 ? text : `${text} (${fields.map(formatAstring).join(" ")})`;
}

/** Octets of the CRLF form. */
export interface OctetRange {
  readonly offset: number;
  readonly length: number;
}

/** Where a section is in the message (of a list of fields: where the header is), or `undefined` when there is none. */
export function locateSection(root: MimePart, { path, of }: Section): OctetRange | undefined {
  const range = findSection(root, path, sectionTexts[of]);
  return range === undefined ? undefined : { offset: range.start, length: range.end - range.start };
}

const sectionTexts: Readonly<Record<Section["of"], SectionText | undefined>> = {
  all: undefined,
  header: "HEADER",
  text: "TEXT",
  mime: "MIME",
  fields: "HEADER",
  otherFields: "HEADER",
};
