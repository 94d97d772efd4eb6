/**
 * How mail to one host is protected, once all that matters is known: the destination's level, what the DNS vouches for,
 * MTA-STS (RFC 8461), and what the message asks for (RFC 8689).
 */

import type { Hop } from "../dns/hop.ts";
import type { MailHost } from "../dns/mx.ts";
import type { NameEvaluation } from "../dns/question.ts";
import { findDaneRecords } from "./dane.ts";
import type { DestinationTls } from "./destination_policy.ts";
import type { TlsaRecord, TlsPolicy, TlsSettings } from "./policy.ts";
import type { StsPolicy } from "./sts_policy.ts";
import { stsAllows } from "./sts_policy.ts";

export interface HostFacts {
  readonly hop: Pick<Hop, "host" | "target" | "port">;
  readonly host: Pick<MailHost, "name" | "isAddressSecure">;
  /** How it was found. */
  readonly mx: "secure" | "insecure" | "none";
  readonly destination: DestinationTls;
  readonly settings: TlsSettings;
  /** `dnssec`: only then the AD bit means anything here. */
  readonly dnsSupport: "disabled" | "enabled" | "dnssec";
  /** That of the domain, when it was asked for. */
  readonly sts?: StsPolicy | undefined;
  /** RFC 8689: `yes` by REQUIRETLS (§2), `no` by the field TLS-Required (§5). */
  readonly requireTls?: "yes" | "no" | undefined;
}

/** The host gets no mail: why, for all recipients. */
export interface NoTls {
  readonly kind: "unusable";
  readonly status: string;
  readonly text: string;
  /** More about it, for the log. */
  readonly note?: string | undefined;
}

/** What a level comes to by the facts. */
interface Settled {
  readonly level: TlsPolicy["level"];
  readonly notes: readonly string[];
  readonly tlsa?: readonly TlsaRecord[];
  readonly match?: readonly string[];
  readonly serverName?: string;
  readonly isTesting?: boolean;
  /** By DANE or MTA-STS: no one but the domain's owner has said which host it is. */
  readonly isProven?: boolean;
}

export function* hostTls(facts: HostFacts): NameEvaluation<TlsPolicy | NoTls> {
  const byDane = yield* settleDane(facts);
  if ("kind" in byDane) return byDane;
  const settled = settleSts(facts, byDane);
  if ("kind" in settled) return settled;
  const required = settleRequireTls(facts, settled);
  return "kind" in required ? required : compose(facts, required);
}

export function isUnusable(policy: TlsPolicy | NoTls): policy is NoTls {
  return "kind" in policy;
}

/** It is the administrator's to mend. */
export const misconfigured = "client TLS configuration problem";

function unusable(text: string, status = "4.7.5"): NoTls {
  return { kind: "unusable", status, text };
}

function* settleDane(facts: HostFacts): NameEvaluation<Settled | NoTls> {
  const { destination, settings, mx, host, hop, dnsSupport, requireTls } = facts;
  const { level } = destination;
  if (level !== "dane" && level !== "dane-only") return { level, notes: [] };
  if (requireTls === "no" && !destination.isOwnChoice) return { level: "may", notes: ["TLS-Required: no"] };
  const isOnly = level === "dane-only";
  const without = (why: string, instead: "may" | "encrypt" = "may"): Settled | NoTls =>
    isOnly ? unusable(`${why}, and the level is dane-only`) : { level: instead, notes: [why] };
  if (dnsSupport !== "dnssec") {
    const note = `${level} policy configured with dnssec lookups disabled (smtp_dns_support_level)`;
    return { ...unusable(misconfigured), note };
  }
  const insecurePolicy = settings.daneInsecureMxPolicy;
  if (mx === "insecure" && (isOnly || insecurePolicy === "may" || insecurePolicy === "none")) {
    return without("non DNSSEC destination");
  }
  if (hop.target === "address" || !host.isAddressSecure) return without("non DNSSEC destination");
  const records = yield* findDaneRecords(host.name, hop.port);
  if (records.kind === "failed") return unusable(records.text);
  if (records.kind === "none") return without("no TLSA records found");
  if (records.usable.length === 0) return without("TLSA records unusable", "encrypt");
  if (mx === "insecure" && insecurePolicy === "encrypt") {
    return { level: "encrypt", notes: ["TLSA records found, MX records not signed"] };
  }
  return {
    level: "dane",
    notes: [
      `${records.usable.length} TLSA record${records.usable.length === 1 ? "" : "s"} of ${records.base}`,
    ],
    tlsa: records.usable,
    // RFC 7672 §3.2.3: the base domain; the original next hop's names too.
    match: [...new Set([records.base, host.name, hop.host])],
    serverName: records.base,
    isProven: mx !== "insecure",
  };
}

/** Where a table says nothing, and DANE does not already protect the host (RFC 8461 §2). */
function settleSts(facts: HostFacts, settled: Settled): Settled | NoTls {
  const { sts, host, destination, requireTls } = facts;
  if (sts === undefined || sts.mode === "none" || settled.level === "dane" || destination.isOwnChoice) {
    return settled;
  }
  if (requireTls === "no") return { ...settled, notes: [...settled.notes, "TLS-Required: no"] };
  const isNamed = stsAllows(sts, host.name);
  if (sts.mode === "testing") {
    const level = settled.level === "none" ? "may" : settled.level;
    const note = isNamed ? "MTA-STS policy: testing" : `MTA-STS policy (testing) does not name ${host.name}`;
    return {
      ...settled,
      level,
      notes: [...settled.notes, note],
      match: [host.name],
      serverName: host.name,
      isTesting: true,
    };
  }
  if (!isNamed) return unusable(`MTA-STS policy does not name ${host.name}`);
  return {
    level: "secure",
    notes: [...settled.notes, "MTA-STS policy: enforce"],
    match: [host.name],
    serverName: host.name,
    isProven: true,
  };
}

/** Who asks for TLS on the whole way gets it, or a failure (RFC 8689 §4.2.1). */
function settleRequireTls(facts: HostFacts, settled: Settled): Settled | NoTls {
  const { requireTls, mx, host, destination, dnsSupport } = facts;
  if (requireTls !== "yes" || settled.isProven === true) return settled;
  const isChecked = ["fingerprint", "verify", "secure", "dane"].includes(settled.level);
  if (isChecked && destination.isOwnChoice) return settled;
  if (mx === "insecure" || (mx === "secure" && dnsSupport !== "dnssec")) {
    return unusable("REQUIRETLS support required: nobody vouches for the MX records", "5.7.30");
  }
  if (isChecked) return settled;
  return {
    level: "verify",
    notes: [...settled.notes, "REQUIRETLS"],
    match: [host.name],
    serverName: host.name,
  };
}

function compose(facts: HostFacts, settled: Settled): TlsPolicy {
  const { destination: { attributes, source }, settings, hop, host, requireTls } = facts;
  const { level } = settled;
  const isMandatory = level !== "none" && level !== "may";
  const names = { hostname: host.name, nexthop: hop.host, "dot-nexthop": `.${hop.host}` };
  return {
    level,
    reason: { source, notes: settled.notes },
    match: settled.match ?? expandNames(matchWords(facts, level), names),
    fingerprints: level === "fingerprint"
      ? (attributes.match ?? settings.fingerprintCertMatch).flatMap((text) =>
        text.split("|").filter((part) => part !== "")
      )
      : [],
    digest: settings.fingerprintDigest,
    tlsa: settled.tlsa ?? [],
    serverName: settled.serverName ??
      (expandNames([attributes.serverName ?? settings.serverName], names)[0] ?? ""),
    protocols: attributes.protocols ?? (isMandatory ? settings.mandatoryProtocols : settings.protocols),
    ciphers: attributes.ciphers ?? (isMandatory ? settings.mandatoryCiphers : settings.ciphers),
    excludeCiphers: attributes.excludeCiphers ??
      [settings.excludeCiphers, ...(isMandatory ? [settings.mandatoryExcludeCiphers] : [])]
        .filter((text) => text !== "").join(" "),
    needsRequireTls: requireTls === "yes",
    isTesting: settled.isTesting === true,
  };
}

function matchWords({ destination, settings }: HostFacts, level: TlsPolicy["level"]): readonly string[] {
  switch (level) {
    case "verify":
      return destination.attributes.match ?? settings.verifyCertMatch;
    case "secure":
      return destination.attributes.match ?? settings.secureCertMatch;
    default:
      return [];
  }
}

function expandNames(
  words: readonly string[],
  names: Readonly<Record<"hostname" | "nexthop" | "dot-nexthop", string>>,
): readonly string[] {
  return words.filter((word) => word !== "").map((word) => {
    const name = word.toLowerCase();
    return name === "hostname" || name === "nexthop" || name === "dot-nexthop" ? names[name] : name;
  });
}
