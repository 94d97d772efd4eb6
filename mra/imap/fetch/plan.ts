/** What a FETCH needs of the store, seen from its attributes. */

import type { FetchWant } from "../../../store/account.ts";

import type { Attribute, PlainAttribute, SectionAttribute } from "./attribute.ts";
import type { Section } from "./section.ts";

export interface FetchPlan {
  readonly attributes: readonly Attribute[];
  readonly sections: readonly SectionAttribute[];
  /** What `fetch` is to bring, or `undefined` when the view and the octets themselves are enough. */
  readonly want: FetchWant | undefined;
  /** \Seen is to be set. */
  readonly marksSeen: boolean;
  readonly showsFlags: boolean;
}

export function planFetch(attributes: readonly Attribute[]): FetchPlan {
  const sections = attributes.filter((attribute) => attribute.kind === "section");
  const shows = (...names: readonly PlainAttribute[]) =>
    attributes.some((attribute) => attribute.kind === "plain" && names.includes(attribute.name));
  const want = {
    envelope: shows("ENVELOPE"),
    structure: shows("BODY", "BODYSTRUCTURE") || sections.some(({ section }) => needsStructure(section)),
    header: sections.some(({ section }) => isTopHeader(section)),
  };
  const asks = want.envelope || want.structure || want.header || shows("INTERNALDATE", "RFC822.SIZE");
  return {
    attributes,
    sections,
    want: asks ? want : undefined,
    marksSeen: sections.some(({ peek }) => !peek),
    showsFlags: shows("FLAGS"),
  };
}

/** The message's own header: `fetch` brings it without reading the rest. */
export function isTopHeader({ path, of }: Section): boolean {
  return path.length === 0 && of !== "all" && of !== "text";
}

function needsStructure(section: Section): boolean {
  return !isTopHeader(section) && !(section.path.length === 0 && section.of === "all");
}
