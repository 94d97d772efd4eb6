/**
 * Addresses that become another address: canonical_maps, sender_ and recipient_canonical_maps (canonical(5)), and
 * smtp_generic_maps (generic(5)). What comes out is looked up again, until it stays what it is.
 */

import type { Evaluation, LookupFailure } from "./lookup.ts";
import { isFailure } from "./lookup.ts";
import { mapAddress, type MapSettings } from "./map_address.ts";
import type { Found } from "./match_list.ts";
import type { AddressSettings, Maps } from "./settings.ts";

/** One line that was used. */
export interface RewriteStep {
  readonly parameter: string;
  readonly from: string;
  readonly to: string;
  readonly found: Found;
}

export interface Rewritten {
  readonly address: string;
  readonly steps: readonly RewriteStep[];
  /** For the log. */
  readonly warnings: readonly string[];
}

/** Where an address stands; which tables change it is for the _classes parameters to say. */
export type AddressPlace = "envelope_sender" | "envelope_recipient" | "header_sender" | "header_recipient";

/** Lookups for one address, after which it stays as it is. */
const maxRounds = 10;

export type CanonicalSettings =
  & MapSettings
  & Pick<
    AddressSettings,
    | "canonicalMaps"
    | "senderCanonicalMaps"
    | "recipientCanonicalMaps"
    | "canonicalClasses"
    | "senderCanonicalClasses"
    | "recipientCanonicalClasses"
    | "propagateUnmatchedExtensions"
  >;

/** sender_canonical_maps or recipient_canonical_maps, then canonical_maps. The null address stays. */
export function* canonicalize(
  address: string,
  place: AddressPlace,
  settings: CanonicalSettings,
): Evaluation<Rewritten | LookupFailure> {
  const isSender = place === "envelope_sender" || place === "header_sender";
  const own = isSender
    ? {
      parameter: "sender_canonical_maps",
      maps: settings.senderCanonicalMaps,
      classes: settings.senderCanonicalClasses,
    }
    : {
      parameter: "recipient_canonical_maps",
      maps: settings.recipientCanonicalMaps,
      classes: settings.recipientCanonicalClasses,
    };
  const all = [own, {
    parameter: "canonical_maps",
    maps: settings.canonicalMaps,
    classes: settings.canonicalClasses,
  }];
  const propagate = settings.propagateUnmatchedExtensions.includes("canonical");
  let result: Rewritten = { address, steps: [], warnings: [] };
  for (const { parameter, maps, classes } of all) {
    if (maps.length === 0 || result.address === "" || !classes.includes(place)) continue;
    const next = yield* rewriteByMaps(maps, result.address, settings, { parameter, propagate });
    if (isFailure(next)) return next;
    result = {
      address: next.address,
      steps: [...result.steps, ...next.steps],
      warnings: [...result.warnings, ...next.warnings],
    };
  }
  return result;
}

/** smtp_generic_maps: for addresses that leave this host by SMTP. */
export function* makeGeneric(
  address: string,
  settings: MapSettings & Pick<AddressSettings, "genericMaps" | "propagateUnmatchedExtensions">,
): Evaluation<Rewritten | LookupFailure> {
  if (address === "") return { address, steps: [], warnings: [] };
  const propagate = settings.propagateUnmatchedExtensions.includes("generic");
  return yield* rewriteByMaps(settings.genericMaps, address, settings, {
    parameter: "smtp_generic_maps",
    propagate,
  });
}

export function* rewriteByMaps(
  maps: Maps,
  address: string,
  settings: MapSettings,
  { parameter, propagate }: { readonly parameter: string; readonly propagate: boolean },
): Evaluation<Rewritten | LookupFailure> {
  const steps: RewriteStep[] = [];
  const warnings: string[] = [];
  let current = address;
  for (let round = 0; round < maxRounds; round++) {
    const mapped = yield* mapAddress(maps, current, settings, propagate);
    if (isFailure(mapped)) {
      return { failure: `${parameter} map lookup problem for ${current}: ${mapped.failure}` };
    }
    const [to] = mapped?.addresses ?? [];
    if (mapped === undefined || to === undefined) return { address: current, steps, warnings };
    if (mapped.addresses.length > 1) warnings.push(`multi-valued ${parameter} entry for ${current}`);
    const { table, key, line, value } = mapped.hit;
    steps.push({ parameter, from: current, to, found: { table, key, line, value } });
    const isSame = to.toLowerCase() === current.toLowerCase();
    current = to;
    if (isSame) return { address: current, steps, warnings };
  }
  // Postfix says "message not accepted" here, and accepts it with the address that it came to.
  warnings.push(`unreasonable ${parameter} map nesting for ${address}`);
  return { address: current, steps, warnings };
}
