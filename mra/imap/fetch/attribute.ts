/** What FETCH is asked for (RFC 3501 §6.4.5). */

import { BadSyntax } from "../protocol/bad_syntax.ts";
import type { Cursor } from "../protocol/cursor.ts";
import {
  formatSection,
  messageHeader,
  messageText,
  readSection,
  type Section,
  wholeMessage,
} from "./section.ts";

export type PlainAttribute =
  | "UID"
  | "FLAGS"
  | "INTERNALDATE"
  | "RFC822.SIZE"
  | "ENVELOPE"
  | "BODY"
  | "BODYSTRUCTURE";

export interface SectionAttribute {
  readonly kind: "section";
  /** As the response names it: `BODY[TEXT]<0>`. */
  readonly label: string;
  readonly section: Section;
  /** `<offset.length>` */
  readonly partial?: { readonly offset: number; readonly length: number } | undefined;
  /** Reading it does not set \Seen. */
  readonly peek: boolean;
}

export type Attribute = { readonly kind: "plain"; readonly name: PlainAttribute } | SectionAttribute;

const plainNames: readonly PlainAttribute[] = [
  "UID",
  "FLAGS",
  "INTERNALDATE",
  "RFC822.SIZE",
  "ENVELOPE",
  "BODY",
  "BODYSTRUCTURE",
];

const macros: Readonly<Record<string, readonly PlainAttribute[]>> = {
  FAST: ["FLAGS", "INTERNALDATE", "RFC822.SIZE"],
  ALL: ["FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE"],
  FULL: ["FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY"],
};

/** Items without brackets that are sections of the message. */
const oldNames: Readonly<Record<string, Omit<SectionAttribute, "kind" | "label">>> = {
  "RFC822": { section: wholeMessage, peek: false },
  "RFC822.HEADER": { section: messageHeader, peek: true },
  "RFC822.TEXT": { section: messageText, peek: false },
};

/** Items of one command: each may be a message's octets. */
const maxAttributes = 100;

/**
 * A macro, one item, or a list of items; an item that stands twice is given once.
 *
 * @throws BadSyntax
 */
export function readAttributes(cursor: Cursor): readonly Attribute[] {
  if (cursor.peek() === "(") return unique(cursor.list(() => readAttribute(cursor, cursor.name())));
  const name = cursor.name();
  if (Object.hasOwn(macros, name)) return macros[name]!.map((item) => ({ kind: "plain", name: item }));
  return [readAttribute(cursor, name)];
}

function readAttribute(cursor: Cursor, name: string): Attribute {
  if ((name === "BODY" || name === "BODY.PEEK") && cursor.take("[")) {
    const section = readSection(cursor);
    const partial = readPartial(cursor);
    const label = `BODY[${formatSection(section)}]${partial === undefined ? "" : `<${partial.offset}>`}`;
    return { kind: "section", label, section, partial, peek: name === "BODY.PEEK" };
  }
  if (Object.hasOwn(oldNames, name)) return { kind: "section", label: name, ...oldNames[name]! };
  const plain = plainNames.find((known) => known === name);
  if (plain === undefined) throw new BadSyntax(`Unknown parameter: ${name}`);
  return { kind: "plain", name: plain };
}

function readPartial(cursor: Cursor): SectionAttribute["partial"] {
  if (!cursor.take("<")) return undefined;
  const offset = cursor.number();
  cursor.expect(".");
  const length = cursor.number();
  cursor.expect(">");
  if (length === 0) throw new BadSyntax("Invalid BODY[..] partial");
  return { offset, length };
}

function unique(attributes: readonly Attribute[]): readonly Attribute[] {
  if (attributes.length > maxAttributes) throw new BadSyntax("Too many fetch items");
  const key = (attribute: Attribute) =>
    attribute.kind === "plain" ? attribute.name : `${attribute.label}.${attribute.partial?.length}`;
  return [...new Map(attributes.map((attribute) => [key(attribute), attribute])).values()];
}
