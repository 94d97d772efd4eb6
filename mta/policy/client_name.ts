/**
 * The name of a client from its address, as smtpd finds it: the PTR name, believed only when an address record of it
 * leads back to the client (postconf(5) reject_unknown_client_hostname). A name that is no host name, or an address
 * in the place of one, is none.
 */

import { isValidDomain } from "../../tools/kit/mail/domain.ts";
import { canonicalIp, formatIp, isLoopback, parseIp } from "../../tools/kit/mail/ip.ts";

import { isFailure, type LookupFailure } from "../address/lookup.ts";
import { type Hosts, noHosts } from "../dns/hosts.ts";
import type { DnsAnswer } from "../dns/record.ts";

import type { ClientName } from "./facts.ts";
import { askDns, type PolicyEvaluation } from "./question.ts";

export interface ClientNameOptions {
  /** `smtpd_peername_lookup` */
  readonly isLookedUp: boolean;
  /** What this machine knows without the DNS. */
  readonly hosts?: Hosts;
}

export interface FoundClientName extends ClientName {
  /** A line for the log of the server: a name that does not lead back. */
  readonly warning?: string | undefined;
}

const unknownForGood: ClientName = {
  name: "unknown",
  nameStatus: "permanent",
  reverseName: "unknown",
  reverseStatus: "permanent",
};

/** `address` as the socket gives it: IPv4, IPv6, or IPv4 in IPv6 (`::ffff:192.0.2.1`). */
export function* findClientName(
  address: string,
  { isLookedUp, hosts = noHosts }: ClientNameOptions,
): PolicyEvaluation<FoundClientName> {
  const client = plainIp(address);
  if (!isLookedUp || client === undefined) return unknownForGood;
  const reverse = yield* findReverseName(client, hosts);
  if (isFailure(reverse)) {
    return { ...unknownForGood, nameStatus: "temporary", reverseStatus: "temporary" };
  }
  if (reverse === undefined) return unknownForGood;
  if (isLoopback(client) && reverse === "localhost") return verified(reverse);
  const forward = yield* findAddresses(reverse, { isIpv6: client.includes(":"), hosts });
  const addresses = forward.kind === "found" ? forward.records : [];
  const leadsBack = addresses.some((record) =>
    (record.type === "A" || record.type === "AAAA") && canonicalIp(record.address) === client
  );
  if (leadsBack) return verified(reverse);
  const why = forward.kind === "found" ? "" : `: ${forward.text}`;
  return {
    name: "unknown",
    nameStatus: forward.kind === "failed" ? "temporary" : "permanent",
    reverseName: reverse,
    reverseStatus: "ok",
    warning: `hostname ${reverse} does not resolve to address ${client}${why}`,
  };
}

function* findReverseName(
  client: string,
  hosts: Hosts,
): PolicyEvaluation<string | LookupFailure | undefined> {
  const own = hosts.nameOf(client) ?? (isLoopback(client) ? "localhost" : undefined);
  if (own !== undefined) return own;
  const answer = yield* askDns(reverseName(client)!, "PTR");
  if (answer.kind === "failed") return { failure: answer.text };
  return answer.kind === "found" ? firstHostName(answer) : undefined;
}

/** Those of the client's own family; where this machine knows some, the DNS is not asked. */
function* findAddresses(
  name: string,
  { isIpv6, hosts }: { readonly isIpv6: boolean; readonly hosts: Hosts },
): PolicyEvaluation<DnsAnswer> {
  const type = isIpv6 ? "AAAA" : "A";
  const [first, ...others] = hosts.addressesOf(name).filter((address) => address.includes(":") === isIpv6)
    .map((address) => ({ type, address }) as const);
  if (first === undefined) return yield* askDns(name, type);
  return { kind: "found", records: [first, ...others], ttlSeconds: 0, authenticated: false };
}

/**
 * The name that PTR records of an address stand at (RFC 1035 §3.5, RFC 3596 §2.5); `undefined` when `address` is none.
 * With another `zone`, where a list of addresses has it (RFC 5782 §2.1, §2.4).
 *
 * ```ts
 * reverseName("192.0.2.1"); // "1.2.0.192.in-addr.arpa"
 * reverseName("192.0.2.1", "list.test"); // "1.2.0.192.list.test"
 * ```
 */
export function reverseName(address: string, zone?: string): string | undefined {
  const plain = plainIp(address);
  if (plain === undefined) return undefined;
  const octets = parseIp(plain)!;
  if (octets.length === 4) return `${octets.toReversed().join(".")}.${zone ?? "in-addr.arpa"}`;
  const digits = Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join("");
  return `${Array.from(digits).reverse().join(".")}.${zone ?? "ip6.arpa"}`;
}

/** Canonical; IPv4 in IPv6 is IPv4 (RFC 4291 §2.5.5.2). Brackets are left out. */
export function plainIp(address: string): string | undefined {
  const octets = parseIp(address.replace(/^\[(?:IPv6:)?(.*)\]$/i, "$1").replace(/%.*$/, ""));
  if (octets === undefined) return undefined;
  const isMapped = octets.length === 16 && octets.subarray(0, 10).every((octet) => octet === 0) &&
    octets[10] === 255 && octets[11] === 255;
  return formatIp(isMapped ? octets.subarray(12) : octets);
}

function verified(name: string): ClientName {
  return { name, nameStatus: "ok", reverseName: name, reverseStatus: "ok" };
}

/** Of several names the first counts, as with getnameinfo(3). */
function firstHostName({ records }: DnsAnswer & { readonly kind: "found" }): string | undefined {
  const [record] = records;
  if (record?.type !== "PTR") return undefined;
  return isValidDomain(record.name) && parseIp(record.name) === undefined ? record.name : undefined;
}
