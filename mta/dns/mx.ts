/**
 * From a next hop to the hosts to try (RFC 5321 §5.1): MX records, else the domain's own address; never this host itself
 * nor any that is worse than it.
 */

import type { Random } from "../../tools/kit/base/random.ts";
import { canonicalIp } from "../../tools/kit/mail/ip.ts";

import { orderHosts, type Placed, shuffled } from "./address_order.ts";
import type { Hop } from "./hop.ts";
import type { HopSettings } from "./hop_settings.ts";
import { askHosts, askName, type NameEvaluation } from "./question.ts";
import type { DnsAnswer } from "./record.ts";

export interface MailHost extends Placed {
  readonly name: string;
  /** Canonical. */
  readonly address: string;
  /** The DNS has vouched for the address (AD). */
  readonly isAddressSecure: boolean;
}

export interface SiteFound {
  readonly kind: "found";
  /** At least one, in the order to try. */
  readonly hosts: readonly MailHost[];
  /** By MX records; the DNS has vouched for them, or not. */
  readonly mx: "secure" | "insecure" | "none";
  /** This host is one of the domain's: fall-back relays might send the mail back. */
  readonly isOwn: boolean;
  readonly notes: readonly string[];
}

export interface SiteFailed {
  readonly kind: "failed";
  readonly status: string;
  readonly text: string;
  readonly isOwn: boolean;
  readonly notes: readonly string[];
}

export interface SiteOptions {
  readonly settings: HopSettings;
  readonly random: Pick<Random, "below">;
}

/** Of a domain with more MX records than that the best count. */
export const maxMxRecords = 100;
/** And as many of one host's addresses. */
const maxAddresses = 100;
const smtpPort = 25;

export function* findSite(hop: Hop, options: SiteOptions): NameEvaluation<SiteFound | SiteFailed> {
  const { settings } = options;
  switch (hop.target) {
    case "address":
      return placeSite(hop, options, { addresses: [hop.host], isSecure: true });
    case "host":
      return yield* findHost(hop, options);
    case "domain":
      return settings.dnsSupport === "disabled"
        ? yield* findHost(hop, options)
        : yield* findDomain(hop, options);
  }
}

function* findDomain(hop: Hop, options: SiteOptions): NameEvaluation<SiteFound | SiteFailed> {
  const { settings } = options;
  const answer = yield* askName(hop.host, "MX");
  switch (answer.kind) {
    case "found": {
      const records = answer.records.flatMap((record) => record.type === "MX" ? [record] : []);
      // Beside others it must not be (RFC 7505 §3); Postfix believes it there too.
      if (records.some(({ exchange }) => exchange === ".")) {
        return failed("5.1.0", `Domain ${hop.host} does not accept mail (nullMX)`);
      }
      return yield* findExchanges(hop, { ...options, records, isSecure: answer.authenticated });
    }
    case "failed":
      return settings.ignoresMxLookupError ? yield* findHost(hop, options) : failed("4.4.3", answer.text);
    case "notFound":
    case "noData":
      return yield* findHost(hop, options);
  }
}

interface MxRecord {
  readonly preference: number;
  readonly exchange: string;
}

interface Exchanges extends SiteOptions {
  readonly records: readonly MxRecord[];
  readonly isSecure: boolean;
}

function* findExchanges(hop: Hop, given: Exchanges): NameEvaluation<SiteFound | SiteFailed> {
  const { settings, random, isSecure } = given;
  const records = shuffled(given.records, random)
    .toSorted((one, other) => one.preference - other.preference)
    .slice(0, maxMxRecords);
  const enough = settings.addressLimit === 0 ? Infinity : settings.addressLimit;
  const hosts: MailHost[] = [];
  const faults: Fault[] = [];
  /** The preference of this host among them. */
  let ownPreference = Infinity;
  let bestFound = Infinity;
  let preference = records[0]!.preference;
  /** Why they have no address, of those that have none. */
  const seen = new Map<string, Fault | undefined>();
  for (const record of records) {
    // What is worse than this host, or than enough others, is not tried: so it need not be looked up.
    if (record.preference > preference && (ownPreference < Infinity || hosts.length >= enough)) break;
    preference = record.preference;
    if (seen.has(record.exchange)) {
      const fault = seen.get(record.exchange);
      if (fault !== undefined) faults.push(fault);
      continue;
    }
    if (detectsLoops(hop) && record.exchange === settings.myhostname.toLowerCase()) {
      ownPreference = Math.min(ownPreference, preference);
      bestFound = Math.min(bestFound, preference);
      seen.set(record.exchange, undefined);
      continue;
    }
    const found = yield* findAddresses(record.exchange, settings);
    seen.set(record.exchange, found.kind === "fault" ? found : undefined);
    if (found.kind === "fault") {
      faults.push(found);
      continue;
    }
    bestFound = Math.min(bestFound, preference);
    for (const address of found.addresses) {
      if (detectsLoops(hop) && isOwn(address, settings)) ownPreference = Math.min(ownPreference, preference);
      hosts.push({ name: record.exchange, address, preference, isAddressSecure: found.isSecure });
    }
  }
  if (bestFound === Infinity) return nobodyFound(hop, settings, faults);
  const kept = hosts.filter((host) => host.preference < ownPreference);
  const isOwnSite = ownPreference < Infinity;
  if (kept.length === 0) {
    // A better one without an address might have it tomorrow.
    return records[0]!.preference < bestFound
      ? failed("4.4.4", `unable to find primary relay for ${hop.host}`, { isOwn: true })
      : loops(hop);
  }
  return {
    kind: "found",
    hosts: orderHosts(kept, settings, random),
    mx: isSecure ? "secure" : "insecure",
    isOwn: isOwnSite,
    notes: [],
  };
}

/** The last fault tells why; one that may pass lets mail wait, whatever the others are. */
function nobodyFound(hop: Hop, settings: HopSettings, faults: readonly Fault[]): SiteFailed {
  const notes = [`no MX host for ${hop.host} has a valid address record`];
  const { text, isTemporary } = faults.at(-1)!;
  if (isTemporary) return failed("4.4.3", text, { notes });
  const waits = settings.defersWithoutMxAddress || faults.some((fault) => fault.isTemporary);
  return failed(waits ? "4.4.4" : "5.4.4", text, { notes });
}

/** The addresses of the name itself (RFC 5321 §5.1: an implicit MX of preference 0). */
function* findHost(hop: Hop, options: SiteOptions): NameEvaluation<SiteFound | SiteFailed> {
  const found = yield* findAddresses(hop.host, options.settings);
  if (found.kind === "fault") return failed(found.isTemporary ? "4.4.3" : "5.4.4", found.text);
  return placeSite(hop, options, found);
}

function placeSite(
  hop: Hop,
  { settings, random }: SiteOptions,
  { addresses, isSecure }: { readonly addresses: readonly string[]; readonly isSecure: boolean },
): SiteFound | SiteFailed {
  const isLoop = hop.target === "address"
    ? addresses.some((address) => isOwnInterface(address, settings))
    : addresses.some((address) => isOwn(address, settings));
  if (detectsLoops(hop) && isLoop) return loops(hop);
  const hosts = addresses.map((address): MailHost => ({
    name: hop.host,
    address,
    preference: 0,
    isAddressSecure: isSecure,
  }));
  return {
    kind: "found",
    hosts: orderHosts(hosts, settings, random),
    mx: "none",
    isOwn: false,
    notes: [],
  };
}

/** On another port another server may listen here. */
function detectsLoops(hop: Hop): boolean {
  return hop.port === smtpPort;
}

function loops(hop: Hop): SiteFailed {
  return failed("5.4.6", `mail for ${hop.host} loops back to myself`, { isOwn: true });
}

/** What the DNS of others says may also be an address that always is this host, whatever interfaces it listens on. */
function isOwn(address: string, settings: HopSettings): boolean {
  return isOwnInterface(address, settings) ||
    /^(?:127\.|0\.|::1$|::$|::ffff:(?:127|0)\.)/.test(address);
}

function isOwnInterface(address: string, { ownAddresses }: HopSettings): boolean {
  return ownAddresses.some((own) => canonicalIp(own) === address);
}

interface Fault {
  readonly kind: "fault";
  readonly isTemporary: boolean;
  readonly text: string;
}

interface Addresses {
  readonly kind: "addresses";
  /** At least one. */
  readonly addresses: readonly string[];
  readonly isSecure: boolean;
}

function* findAddresses(name: string, settings: HopSettings): NameEvaluation<Addresses | Fault> {
  const { families, hostLookup, dnsSupport } = settings;
  if (hostLookup.includes("native") || dnsSupport === "disabled") {
    const known = (yield* askHosts(name)).filter((address) =>
      families.includes(address.includes(":") ? "ipv6" : "ipv4")
    );
    if (known.length > 0) return { kind: "addresses", addresses: known, isSecure: false };
  }
  const answers: DnsAnswer[] = [];
  for (const family of families) answers.push(yield* askName(name, family === "ipv4" ? "A" : "AAAA"));
  const addresses = new Set<string>();
  let isSecure = true;
  for (const answer of answers) {
    if (answer.kind !== "found") continue;
    isSecure &&= answer.authenticated;
    for (const record of answer.records) {
      if (record.type !== "A" && record.type !== "AAAA") continue;
      addresses.add(canonicalIp(record.address) ?? record.address);
    }
  }
  if (addresses.size > 0) {
    return { kind: "addresses", addresses: [...addresses].slice(0, maxAddresses), isSecure };
  }
  const faults = answers.flatMap((answer) => answer.kind === "found" ? [] : [answer]);
  // Of both families the last one's words, as Postfix has them.
  const soft = faults.findLast((answer) => answer.kind === "failed");
  const text = (soft ?? faults.at(-1))?.text ?? `no address family is in use for ${name} (inet_protocols)`;
  return { kind: "fault", isTemporary: soft !== undefined || faults.length === 0, text };
}

function failed(
  status: string,
  text: string,
  { isOwn = false, notes = [] }: { readonly isOwn?: boolean; readonly notes?: readonly string[] } = {},
): SiteFailed {
  return { kind: "failed", status, text, isOwn, notes };
}
