/** Items of one message's FETCH response: from what is known of it to text, octets and ranges still to be read. */

import { type Bytes, noBytes } from "../../../tools/kit/base/bytes.ts";
import { selectHeaderFields } from "../../../tools/kit/mail/section.ts";

import type { MessageData } from "../../../store/account.ts";

import { formatDateTime } from "../protocol/date.ts";
import { formatFlags } from "../protocol/writer.ts";
import type { ViewMessage } from "../view.ts";
import type { PlainAttribute, SectionAttribute } from "./attribute.ts";
import { formatBodyStructure } from "./body_structure.ts";
import { formatEnvelope } from "./envelope.ts";
import { isTopHeader } from "./plan.ts";
import { locateSection, type Section } from "./section.ts";

/** Of a header inside a message, so much is read to choose fields from. */
const maxNestedHeaderOctets = 262_144;

export type SectionContent =
  | { readonly kind: "octets"; readonly octets: Uint8Array }
  /** To be read; `length` where it is known. Otherwise to the message's end, wherever that is, at most `most` octets. */
  | {
    readonly kind: "range";
    readonly offset: number;
    readonly length: number | undefined;
    readonly most: number;
  }
  /** To be read, and fields chosen from it. */
  | { readonly kind: "fields"; readonly offset: number; readonly length: number };

/** @throws Error when the store left out what it was asked for. */
export function formatPlain(
  name: PlainAttribute,
  message: ViewMessage,
  data: MessageData | undefined,
): string {
  switch (name) {
    case "UID":
      return `UID ${message.uid}`;
    case "FLAGS":
      return `FLAGS ${formatFlags(message.flags, message.recent)}`;
    case "INTERNALDATE":
      return `INTERNALDATE ${formatDateTime(known(data?.summary).receivedMs)}`;
    case "RFC822.SIZE":
      return `RFC822.SIZE ${known(data?.summary).octets}`;
    case "ENVELOPE":
      return `ENVELOPE ${formatEnvelope(known(data?.envelope))}`;
    case "BODY":
      return `BODY ${formatBodyStructure(known(data?.structure), { extended: false })}`;
    case "BODYSTRUCTURE":
      return `BODYSTRUCTURE ${formatBodyStructure(known(data?.structure), { extended: true })}`;
  }
}

/** What a section holds, its partial range applied where that can be done now. */
export function contentOf(attribute: SectionAttribute, data: MessageData | undefined): SectionContent {
  const { section } = attribute;
  if (isTopHeader(section)) {
    const header = known(data?.header);
    return { kind: "octets", octets: cut(choose(header, section), attribute) };
  }
  if (section.path.length === 0 && section.of === "all") {
    return restrict(0, data?.summary.octets, attribute);
  }
  const place = locateSection(known(data?.structure), section);
  // RFC 3501 does not say what a section is that is not there; Dovecot's clients know it as empty.
  if (place === undefined) return { kind: "octets", octets: noBytes };
  if (section.of === "fields" || section.of === "otherFields") {
    return { kind: "fields", offset: place.offset, length: Math.min(place.length, maxNestedHeaderOctets) };
  }
  return restrict(place.offset, place.length, attribute);
}

/** The chosen fields of a header that was read, its partial range applied. */
export function fieldsOf(header: Bytes, attribute: SectionAttribute): Uint8Array {
  return cut(choose(header, attribute.section), attribute);
}

function choose(header: Uint8Array, section: Section): Uint8Array {
  if (section.of === "header") return header;
  return selectHeaderFields(header, section.fields, { not: section.of === "otherFields" });
}

function cut(octets: Uint8Array, { partial }: SectionAttribute): Uint8Array {
  return partial === undefined ? octets : octets.subarray(partial.offset, partial.offset + partial.length);
}

function restrict(offset: number, length: number | undefined, { partial }: SectionAttribute): SectionContent {
  const from = offset + (partial?.offset ?? 0);
  const most = partial?.length ?? Infinity;
  if (length === undefined) return { kind: "range", offset: from, length, most };
  const left = Math.max(0, length - (partial?.offset ?? 0));
  return { kind: "range", offset: from, length: Math.min(most, left), most };
}

function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("the store left out what FETCH asked for");
  return value;
}
