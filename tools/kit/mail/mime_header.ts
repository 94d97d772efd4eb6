/**
 * What the header of a MIME part says of the part (RFC 2045 §3 to §8): its type with the defaults of its place, and
 * the Content-* fields that BODYSTRUCTURE shows. Of a field that comes twice the first counts.
 */

import { type Bytes, latin1Bytes } from "../base/bytes.ts";
import { withoutNul } from "./envelope.ts";
import { type Header, unfoldedValue } from "./header.ts";
import {
  type ContentDisposition,
  type MimeParameters,
  parseContentDisposition,
  parseContentType,
  parseLanguages,
  parseMimeToken,
  rawParameter,
} from "./parameter.ts";

/** The part of `MimePart` that stands in its header. */
export interface Described {
  type: string;
  subtype: string;
  parameters: MimeParameters;
  encoding: string;
  id?: string;
  description?: string;
  disposition?: ContentDisposition;
  language?: readonly string[];
  location?: string;
  md5?: string;
}

/** Where the part stands. */
export interface Surroundings {
  /** Below a multipart: Content-* fields count without MIME-Version. */
  readonly isMimePart: boolean;
  /** Below multipart/digest: without Content-Type it is a message (RFC 2046 §5.1.5). */
  readonly isInDigest: boolean;
}

export type Description =
  & { readonly fields: Described }
  & (
    | { readonly kind: "leaf" }
    | { readonly kind: "message" }
    | { readonly kind: "multipart"; readonly boundary: Bytes | undefined; readonly isDigest: boolean }
  );

export function describePart(header: Header, surroundings: Surroundings): Description {
  const values = contentValues(header);
  // Without a sign of MIME all that is said of the content is somebody else's convention (RFC 2045 §4).
  const isMime = surroundings.isMimePart || values.has("mime-version") || values.has("content-type");
  const value = (name: string) => isMime ? values.get(name) : undefined;
  const type = value("content-type");
  const content = type === undefined ? undefined : parseContentType(type);
  const asMessage = type === undefined && surroundings.isInDigest;
  const fields: Described = {
    type: withoutNul(content?.type ?? (asMessage ? "message" : "text")),
    subtype: withoutNul(content?.subtype ?? (asMessage ? "rfc822" : "plain")),
    parameters: shownParameters(content?.parameters ?? []),
    encoding: withoutNul(parseMimeToken(value("content-transfer-encoding") ?? "") ?? "7bit"),
  };
  const id = value("content-id");
  if (id !== undefined) fields.id = withoutNul(id);
  const description = value("content-description");
  if (description !== undefined) fields.description = withoutNul(description);
  const location = value("content-location");
  if (location !== undefined) fields.location = withoutNul(location);
  const md5 = value("content-md5");
  if (md5 !== undefined) fields.md5 = withoutNul(md5);
  const language = parseLanguages(value("content-language") ?? "");
  if (language.length > 0) fields.language = language.map(withoutNul);
  const disposition = parseContentDisposition(value("content-disposition") ?? "");
  if (disposition !== undefined) {
    fields.disposition = {
      type: withoutNul(disposition.type),
      parameters: shownParameters(disposition.parameters),
    };
  }
  return { fields, ...kindOf(fields, content?.parameters ?? []) };
}

function kindOf(fields: Described, parameters: MimeParameters) {
  const type = fields.type.toLowerCase();
  const subtype = fields.subtype.toLowerCase();
  if (type === "message" && subtype === "rfc822") return { kind: "message" } as const;
  if (type !== "multipart") return { kind: "leaf" } as const;
  const boundary = rawParameter(parameters, "boundary");
  return {
    kind: "multipart",
    boundary: boundary === undefined ? undefined : latin1Bytes(boundary),
    isDigest: subtype === "digest",
  } as const;
}

/** Of each Content-* field and MIME-Version the first one's value. */
function contentValues(header: Header): Map<string, string> {
  const values = new Map<string, string>();
  for (const field of header.fields) {
    const name = field.name.toLowerCase();
    if (!name.startsWith("content-") && name !== "mime-version") continue;
    if (!values.has(name)) values.set(name, unfoldedValue(header, field));
  }
  return values;
}

function shownParameters(parameters: MimeParameters): MimeParameters {
  return parameters.map(([name, value]) => [withoutNul(name), withoutNul(value)]);
}
