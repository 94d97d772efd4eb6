/** Which domains are delivered to here: mydestination, and own addresses in brackets. */

import { normalizeDomain, parseAddressLiteral } from "../../tools/kit/mail/domain.ts";
import { canonicalIp } from "../../tools/kit/mail/ip.ts";

import type { Evaluation } from "./lookup.ts";
import type { ListResult } from "./match_list.ts";
import type { AddressSettings } from "./settings.ts";
import { matchString } from "./string_list.ts";

type LocalSettings = Pick<AddressSettings, "mydestination" | "ownAddresses">;

export function* isLocalDomain(domain: string, settings: LocalSettings): Evaluation<ListResult> {
  const listed = yield* matchString(settings.mydestination, domain);
  if (listed.kind !== "none") return listed;
  const literal = parseAddressLiteral(normalizeDomain(domain))?.address;
  const own = literal === undefined
    ? undefined
    : settings.ownAddresses.find((address) => canonicalIp(address) === literal);
  if (own === undefined) return { kind: "none" };
  return { kind: "match", list: "inet_interfaces", table: "inet_interfaces", key: own };
}
