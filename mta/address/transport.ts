/** Values of the form `transport:nexthop` (transport(5)), and the search for them. */

import { normalizeDomain } from "../../tools/kit/mail/domain.ts";

import { askMaps, findAddress, type FindSettings, type Strategy } from "./find_address.ts";
import type { Evaluation, LookupFailure } from "./lookup.ts";
import { isFailure } from "./lookup.ts";
import type { Found } from "./match_list.ts";
import { cutDomain } from "./rewrite.ts";
import type { AddressSettings } from "./settings.ts";

export interface Way {
  readonly transport: string;
  readonly nexthop: string;
}

/**
 * What a parameter's value makes of the way that a domain gives: a next hop of its own wins.
 *
 *     overrideWay("lmtp:unix:private/lmtp", "example.test")  ->  lmtp, "unix:private/lmtp"
 *     overrideWay("smtp", "example.test")                    ->  smtp, "example.test"
 */
export function overrideWay(value: string, nexthop: string): Way {
  const { transport, rest } = cutWay(value);
  return { transport, nexthop: rest === "" ? nexthop : rest };
}

/**
 * What a line of a transport table makes of a way.
 *
 * | line         | transport | next hop                                                         |
 * |--------------|-----------|------------------------------------------------------------------|
 * | `:`          | as it was | as it was                                                        |
 * | `:host`      | as it was | `host`                                                           |
 * | `name:`      | `name`    | the recipient's domain; for error, retry "Address is undeliverable" |
 * | `name:host`  | `name`    | `host`                                                           |
 */
export function applyTransportLine(value: string, way: Way, domain: string): Way {
  const { transport, rest } = cutWay(value);
  if (transport === "") return rest === "" ? way : { transport: way.transport, nexthop: rest };
  if (rest !== "") return { transport, nexthop: rest };
  const isVerdict = transport === "error" || transport === "retry";
  return { transport, nexthop: isVerdict ? "Address is undeliverable" : domain };
}

function cutWay(value: string): { readonly transport: string; readonly rest: string } {
  const text = value.trim();
  const colon = text.indexOf(":");
  return colon < 0
    ? { transport: text, rest: "" }
    : { transport: text.slice(0, colon).trim(), rest: text.slice(colon + 1).trim() };
}

export type TransportSettings =
  & FindSettings
  & Pick<AddressSettings, "transportMaps" | "parentDomainMatches">;

/** The line of transport_maps for a recipient: address, domain, its parents, `*`. */
export function* findTransport(
  recipient: string,
  settings: TransportSettings,
): Evaluation<(Found & { readonly value: string }) | undefined | LookupFailure> {
  const { transportMaps, parentDomainMatches } = settings;
  const strategies: readonly Strategy[] = [
    "full",
    "noExtension",
    "domain",
    parentDomainMatches.transportMaps ? "parents" : "dotParents",
  ];
  const hit = yield* findAddress(transportMaps, recipient, settings, strategies);
  if (hit !== undefined) return isFailure(hit) ? hit : found(hit);
  return yield* askMaps(transportMaps, "*", { partial: true });
}

function found({ table, key, line, value }: Found & { readonly value: string }) {
  return { table, key, line, value };
}

/** The domain of a resolved recipient. */
export function domainOf(recipient: string): string {
  return normalizeDomain(cutDomain(recipient).domain ?? "");
}
