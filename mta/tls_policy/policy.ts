/** How mail to one host is to be protected: a value that can be cloned, with the reason why. */

import type { DnsRecord } from "../dns/record.ts";

/** smtp_tls_security_level. */
export type TlsLevel =
  | "none"
  | "may"
  | "encrypt"
  | "dane"
  | "dane-only"
  | "fingerprint"
  | "verify"
  | "secure";

export type TlsaRecord = Extract<DnsRecord, { type: "TLSA" }>;

/** Where the policy was found, for `explain` and the log: `smtp_tls_policy_maps: hash:/etc/postfix/tls_policy:3`. */
export interface TlsReason {
  readonly source: string;
  /** What followed from it: `no TLSA records: may`. */
  readonly notes: readonly string[];
}

/** For one host: what it was told by DNS is settled (`dane` with records that must match, or another level). */
export interface TlsPolicy {
  /** Never `dane-only`. Above `may`, no mail without TLS. */
  readonly level: Exclude<TlsLevel, "dane-only">;
  readonly reason: TlsReason;
  /** Names the certificate must have one of: `mx.example.test`, `.example.test` for any below it (verify, secure, dane). */
  readonly match: readonly string[];
  /** `fingerprint`: hexadecimal digits with colons, of certificate or public key. */
  readonly fingerprints: readonly string[];
  /** smtp_tls_fingerprint_digest */
  readonly digest: string;
  /** `dane`: at least one; all can be used. */
  readonly tlsa: readonly TlsaRecord[];
  /** Server name to ask for (RFC 6066 §3); empty: none. */
  readonly serverName: string;
  /** As the settings write them: `>=TLSv1.2`, `medium`, `aNULL`. */
  readonly protocols: string;
  readonly ciphers: string;
  readonly excludeCiphers: string;
  /** The server must offer REQUIRETLS, and MAIL FROM asks for it (RFC 8689 §4.2.1). */
  readonly needsRequireTls: boolean;
  /** A verdict that refuses is only to be told of: MTA-STS testing (RFC 8461 §5). */
  readonly isTesting: boolean;
}

export interface TlsSettings {
  /** What the names of these settings begin with. */
  readonly prefix: "smtp" | "lmtp";
  readonly securityLevel: TlsLevel;
  /** smtp_tls_policy_maps */
  readonly policyMaps: readonly string[];
  readonly protocols: string;
  readonly mandatoryProtocols: string;
  readonly ciphers: string;
  readonly mandatoryCiphers: string;
  readonly excludeCiphers: string;
  readonly mandatoryExcludeCiphers: string;
  /** `hostname`, `nexthop`, `dot-nexthop`, names. */
  readonly verifyCertMatch: readonly string[];
  readonly secureCertMatch: readonly string[];
  readonly fingerprintCertMatch: readonly string[];
  readonly fingerprintDigest: string;
  /** smtp_tls_servername: a name, `hostname`, `nexthop`; empty: none is asked for, but with DANE. */
  readonly serverName: string;
  /** smtp_tls_dane_insecure_mx_policy: of a domain whose MX records are not signed, where the host's own are. */
  readonly daneInsecureMxPolicy: "dane" | "encrypt" | "may" | "none";
  /** Ask for and keep to MTA-STS policies (RFC 8461) where no table says otherwise. */
  readonly mtaSts: boolean;
}

export const defaultTlsSettings: TlsSettings = {
  prefix: "smtp",
  securityLevel: "none",
  policyMaps: [],
  protocols: ">=TLSv1",
  mandatoryProtocols: ">=TLSv1",
  ciphers: "medium",
  mandatoryCiphers: "medium",
  excludeCiphers: "",
  mandatoryExcludeCiphers: "",
  verifyCertMatch: ["hostname"],
  secureCertMatch: ["nexthop", "dot-nexthop"],
  fingerprintCertMatch: [],
  fingerprintDigest: "sha256",
  serverName: "",
  daneInsecureMxPolicy: "dane",
  mtaSts: false,
};
