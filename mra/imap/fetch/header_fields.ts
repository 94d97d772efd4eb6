/** A subset of a header's fields (RFC 3501 §6.4.5 HEADER.FIELDS, HEADER.FIELDS.NOT). */

import { type Bytes, concatBytes, utf8Bytes } from "../../../tools/kit/base/bytes.ts";
import { parseHeader } from "../../../tools/kit/mail/header.ts";

import type { Section } from "./section.ts";

const emptyLine = utf8Bytes("\r\n");

/**
 * The fields whose names are (or are not) among the section's, as they are and in their order, and an empty line: it is
 * always there, whether the message has one or not.
 */
export function selectFields(header: Uint8Array, section: Section): Bytes {
  const names = new Set(section.fields.map((name) => name.toLowerCase()));
  const wanted = section.of === "fields";
  const chosen = parseHeader(header).fields.filter((field) => names.has(field.name.toLowerCase()) === wanted);
  return concatBytes([...chosen.map((field) => header.subarray(field.start, field.end)), emptyLine]);
}
