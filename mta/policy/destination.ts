/** Where a recipient belongs (trivial-rewrite(8), address classes): to this host, to a site that we relay for, or elsewhere. */

import { splitAddress, unquoteLocalPart } from "../../tools/kit/mail/address.ts";
import { parseAddressLiteral } from "../../tools/kit/mail/domain.ts";
import { canonicalIp } from "../../tools/kit/mail/ip.ts";

import { type DomainList, findDomain } from "./domain_list.ts";

export interface DestinationSettings {
  /** `myorigin`: the domain of an address without one. */
  readonly myorigin: string;
  readonly mydestination: DomainList;
  readonly relayDomains: DomainList;
  /** Own addresses, `inet_interfaces` and `proxy_interfaces`: mail to `user@[address]` is local. */
  readonly ownAddresses: readonly string[];
}

export interface Destination {
  readonly class: "local" | "relay" | "default";
  /** List and item that say so. */
  readonly table?: string | undefined;
  readonly key?: string | undefined;
  /**
   * The local part names a further host (`user%other`, `other!user`, `"user@other"`): whoever is not trusted must not have
   * mail sent on that way, not even through our own domains (postconf(5) allow_untrusted_routing).
   */
  readonly routed: boolean;
}

export function findDestination(address: string, settings: DestinationSettings): Destination {
  const { localPart, domain: given } = splitAddress(address);
  const domain = given === "" ? settings.myorigin : given;
  const routed = /[@%!]/.test(unquoteLocalPart(localPart));
  if (domain.startsWith("[")) {
    const literal = parseAddressLiteral(domain)?.address;
    const own = settings.ownAddresses.find((address) => canonicalIp(address) === literal);
    return literal === undefined || own === undefined
      ? { class: "default", routed }
      : { class: "local", table: "inet_interfaces", key: own, routed };
  }
  const local = findDomain(settings.mydestination, domain);
  if (local !== undefined) return { class: "local", table: "mydestination", key: local, routed };
  const relay = findDomain(settings.relayDomains, domain);
  if (relay !== undefined) return { class: "relay", table: "relay_domains", key: relay, routed };
  return { class: "default", routed };
}
