/**
 * Whether a service is no open relay by its rules' very form, so that a server need not search before it starts: a list of
 * restrictions that refuses what is not for this host, and before that lets in nobody but who has logged in and who is in
 * networks that the administrator has named.
 */

import { type Cidr, matchesCidr, parseCidr } from "../../kit/mail/ip.ts";

import type { DomainList, NetworkList } from "../../../mta/address/match_list.ts";
import type { RestrictionCall } from "../../../mta/policy/restriction_call.ts";

import type { GuardedService } from "./open_relay.ts";
import { isWide } from "./strangers.ts";

/** Refusals that nobody from elsewhere gets past. */
const ends: readonly string[] = ["reject_unauth_destination", "defer_unauth_destination", "reject", "defer"];

export function isPlainlyClosed(
  { policy, xclientHosts }: Pick<GuardedService, "policy" | "xclientHosts">,
): boolean {
  const { lists, mynetworks, addresses } = policy;
  return !addresses.allowUntrustedRouting && namesFewHosts(xclientHosts) &&
    namesDomains(addresses.relayDomains) &&
    [lists.relay, lists.recipient].some((list) => isClosed(list, mynetworks));
}

/** Neither a top-level domain nor a table. */
function namesDomains({ entries }: DomainList): boolean {
  return entries.every(({ what, negated }) => negated || (what.kind === "name" && /[^.]\./.test(what.name)));
}

function isClosed(list: readonly RestrictionCall[], mynetworks: NetworkList): boolean {
  for (const { name } of list) {
    if (ends.includes(name)) return true;
    if (name === "permit_mynetworks" && !namesFewHosts(mynetworks)) return false;
    if (name !== "permit_mynetworks" && name !== "permit_sasl_authenticated") return false;
  }
  return false;
}

/** Networks alone, near ones or of a size that one owner has. */
function namesFewHosts({ entries }: NetworkList): boolean {
  return entries.every(({ what, negated }) => {
    if (negated) return true;
    if (what.kind !== "network") return false;
    const { octets, bits } = what.cidr;
    return !isWide(octets.length * 8, bits) || isInside(what.cidr, nearNetworks);
  });
}

/** RFC 1918, 1122, 3927, 6598; 4193, 4291. */
const nearNetworks: readonly Cidr[] = [
  ...["10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"],
  ...["[fc00::]/7", "[fe80::]/10", "[::1]/128"],
].flatMap((text) => {
  const parsed = parseCidr(text);
  return parsed.kind === "ok" ? [parsed.cidr] : [];
});

function isInside(inner: Cidr, outers: readonly Cidr[]): boolean {
  return outers.some((outer) => inner.bits >= outer.bits && matchesCidr(outer, inner.octets));
}
