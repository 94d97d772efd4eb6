/** Judges what a server has shown by the policy for it. */

import {
  type CertificateFacts,
  parseCertificateDer,
  readCertificateDer,
} from "../../tools/kit/net/certificate_reader.ts";

import type { CertificateTools, CertificateVerdict, PeerFacts } from "./certificate.ts";
import { matchesDane } from "./match_dane.ts";
import { certificateNames, matchesName } from "./match_name.ts";
import type { TlsPolicy } from "./policy.ts";

export interface CheckOptions {
  readonly nowMs: number;
  readonly tools: CertificateTools;
}

const notTrusted = "Server certificate not trusted";
const notVerified = "Server certificate not verified";

/** Opportunistic TLS takes any certificate, and none (RFC 7435 §3); an MTA-STS policy that is only tested too. */
export function checkCertificate(
  facts: PeerFacts,
  policy: Pick<TlsPolicy, "level" | "match" | "fingerprints" | "digest" | "tlsa" | "isTesting">,
  options: CheckOptions,
): CertificateVerdict {
  const leaf = facts.chain[0];
  const read = leaf === undefined ? undefined : readQuietly(leaf);
  switch (policy.level) {
    case "none":
    case "may":
    case "encrypt": {
      const trust = leaf === undefined ? "Anonymous" : facts.isTrusted ? "Trusted" : "Untrusted";
      if (!policy.isTesting) return { trust };
      const refusal = checkNames(facts, read, policy.match).refusal;
      return refusal === undefined ? { trust } : { trust, note: `MTA-STS (testing): ${refusal}` };
    }
    case "fingerprint":
      return leaf !== undefined && hasFingerprint(leaf, policy, options)
        ? { trust: "Verified" }
        : { ...refused(facts), refusal: notVerified };
    case "verify":
    case "secure":
      return checkNames(facts, read, policy.match);
    case "dane":
      return matchesDane(facts.chain, policy, options)
        ? { trust: "Verified" }
        : { ...refused(facts), refusal: notTrusted, note: "no TLSA record matches" };
  }
}

/** An authority vouches for one of the names. */
function checkNames(
  facts: PeerFacts,
  read: CertificateFacts | undefined,
  match: readonly string[],
): CertificateVerdict {
  if (!facts.isTrusted || read === undefined) {
    return {
      ...refused(facts),
      refusal: notTrusted,
      ...(facts.fault === undefined ? {} : { note: facts.fault }),
    };
  }
  const names = certificateNames(read);
  if (names.some((name) => match.some((pattern) => matchesName(name, pattern)))) return { trust: "Verified" };
  return {
    trust: "Trusted",
    refusal: notVerified,
    note: `it is for ${names.slice(0, 5).join(", ") || "nobody"}, not for ${match.join(", ")}`,
  };
}

function refused({ chain, isTrusted }: PeerFacts): Pick<CertificateVerdict, "trust"> {
  return { trust: chain.length === 0 ? "Anonymous" : isTrusted ? "Trusted" : "Untrusted" };
}

/** Of the certificate, or of its public key (postconf(5) smtp_tls_fingerprint_cert_match). */
function hasFingerprint(
  leaf: Uint8Array,
  { fingerprints, digest: algorithm }: Pick<TlsPolicy, "fingerprints" | "digest">,
  { tools }: CheckOptions,
): boolean {
  const known = new Set(fingerprints.map((text) => text.replaceAll(":", "").toLowerCase()));
  const parts = [leaf, publicKeyOf(leaf)].filter((part) => part !== undefined);
  return parts.some((part) => {
    const digest = tools.digest(algorithm, part);
    return digest !== undefined && known.has(hexOf(digest));
  });
}

/** SubjectPublicKeyInfo (RFC 5280 §4.1.2.7). */
function publicKeyOf(certificate: Uint8Array): Uint8Array | undefined {
  try {
    return parseCertificateDer(certificate).spki.whole;
  } catch {
    return undefined;
  }
}

function readQuietly(certificate: Uint8Array): CertificateFacts | undefined {
  try {
    return readCertificateDer(certificate);
  } catch {
    return undefined;
  }
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (octet) => octet.toString(16).padStart(2, "0")).join("");
}
