/** BODY and BODYSTRUCTURE as FETCH gives them (RFC 3501 §7.4.2). */

import type { MimeParameters, MimePart } from "../../../tools/kit/mail/mime.ts";

import { formatNstring, formatString } from "../protocol/writer.ts";
import { emptyEnvelope, formatEnvelope } from "./envelope.ts";

interface Form {
  /** BODYSTRUCTURE; BODY leaves out what RFC 3501 calls extension data. */
  readonly extended: boolean;
}

/** A multipart must hold something (RFC 3501 §9 body-type-mpart): where it holds nothing, an empty text. */
const emptyText = '("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0';

export function formatBodyStructure(part: MimePart, form: Form): string {
  return isMultipart(part) ? formatMultipart(part, form) : formatLeaf(part, form);
}

function isMultipart(part: MimePart): boolean {
  return part.type.toLowerCase() === "multipart";
}

function formatMultipart(part: MimePart, form: Form): string {
  const children = part.parts.length === 0
    ? formatEmptyText(form)
    : part.parts.map((child) => formatBodyStructure(child, form)).join("");
  const extension = form.extended ? ` ${formatParameters(part.parameters)} ${formatDisposition(part)}` : "";
  return `(${children} ${formatString(part.subtype)}${extension})`;
}

function formatEmptyText(form: Form): string {
  return form.extended ? `${emptyText} NIL NIL NIL NIL)` : `${emptyText})`;
}

function formatLeaf(part: MimePart, form: Form): string {
  const type = part.type.toLowerCase();
  const items = [
    formatString(part.type),
    formatString(part.subtype),
    formatParameters(type === "text" ? withCharset(part.parameters) : part.parameters),
    formatNstring(part.id),
    formatNstring(part.description),
    formatString(part.encoding),
    String(part.bodyEnd - part.bodyStart),
  ];
  if (part.message !== undefined) {
    const { envelope, root } = part.message;
    items.push(formatEnvelope(envelope), formatBodyStructure(root, form), String(part.lines));
  } else if (type === "message" && part.subtype.toLowerCase() === "rfc822") {
    // Nested deeper than is looked: the grammar wants a message here all the same.
    items.push(emptyEnvelope, formatEmptyText(form), String(part.lines));
  } else if (type === "text") items.push(String(part.lines));
  if (form.extended) items.push(formatNstring(part.md5), formatDisposition(part));
  return `(${items.join(" ")})`;
}

/** Text without a charset is US-ASCII (RFC 2045 §5.2), and readers are told so, as Dovecot does. */
function withCharset(parameters: MimeParameters): MimeParameters {
  const named = parameters.some(([name]) => name.toLowerCase() === "charset");
  return named ? parameters : [...parameters, ["charset", "us-ascii"]];
}

function formatParameters(parameters: MimeParameters): string {
  if (parameters.length === 0) return "NIL";
  return `(${parameters.map(([name, value]) => `${formatString(name)} ${formatString(value)}`).join(" ")})`;
}

/** Disposition, language, location: the end of both kinds of extension data. */
function formatDisposition({ disposition, language, location }: MimePart): string {
  const shown = disposition === undefined
    ? "NIL"
    : `(${formatString(disposition.type)} ${formatParameters(disposition.parameters)})`;
  return `${shown} ${formatLanguage(language)} ${formatNstring(location)}`;
}

function formatLanguage(language: readonly string[] | undefined): string {
  if (language === undefined || language.length === 0) return "NIL";
  return language.length === 1 ? formatString(language[0]!) : `(${language.map(formatString).join(" ")})`;
}
