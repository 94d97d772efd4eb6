/** A chain of certificates against TLSA records (RFC 6698 §2.1, RFC 7671 §5, RFC 7672 §3). */

import { equalBytes } from "../../tools/kit/base/bytes.ts";
import { parseCertificateDer, readCertificateDer } from "../../tools/kit/net/certificate_reader.ts";

import type { CertificateTools } from "./certificate.ts";
import { certificateNames, matchesName } from "./match_name.ts";
import type { TlsaRecord, TlsPolicy } from "./policy.ts";

interface DaneOptions {
  readonly nowMs: number;
  readonly tools: CertificateTools;
}

/** Longer chains are nobody's. */
const maxChain = 16;

/** One record is enough (RFC 7672 §3.1). What cannot be read matches nothing. */
export function matchesDane(
  given: readonly Uint8Array[],
  { tlsa, match }: Pick<TlsPolicy, "tlsa" | "match">,
  options: DaneOptions,
): boolean {
  const chain = given.slice(0, maxChain);
  const [leaf] = chain;
  if (leaf === undefined) return false;
  try {
    return tlsa.some((record) =>
      record.usage === 3
        ? matchesRecord(leaf, record, options.tools)
        : record.usage === 2 && isUnderAnchor(chain, record, options) && isNamedAndValid(leaf, match, options)
    );
  } catch {
    return false;
  }
}

/** DANE-EE (3): neither names nor dates matter (RFC 7672 §3.1.1). */
function matchesRecord(certificate: Uint8Array, record: TlsaRecord, tools: CertificateTools): boolean {
  const selected = record.selector === 0 ? certificate : parseCertificateDer(certificate).spki.whole;
  const value = record.matching === 0
    ? selected
    : tools.digest(record.matching === 1 ? "sha256" : "sha512", selected);
  return value !== undefined && equalBytes(value, record.data);
}

/** DANE-TA (2): an authority in the chain matches, and each certificate up to it was issued by the next one. */
function isUnderAnchor(chain: readonly Uint8Array[], record: TlsaRecord, options: DaneOptions): boolean {
  for (let depth = 1; depth < chain.length; depth++) {
    const [below, issuer] = [chain[depth - 1]!, chain[depth]!];
    if (!isAuthorityNow(issuer, options) || !options.tools.isIssuedBy(below, issuer)) break;
    if (matchesRecord(issuer, record, options.tools)) return true;
  }
  // A whole certificate in the DNS need not be sent (RFC 7671 §5.2.2).
  return record.selector === 0 && record.matching === 0 && endsUnder(chain, record.data, options);
}

function endsUnder(chain: readonly Uint8Array[], anchor: Uint8Array, options: DaneOptions): boolean {
  if (!isAuthorityNow(anchor, options)) return false;
  for (const [depth, certificate] of chain.entries()) {
    if (options.tools.isIssuedBy(certificate, anchor)) return true;
    const issuer = chain[depth + 1];
    if (issuer === undefined || !isAuthorityNow(issuer, options)) return false;
    if (!options.tools.isIssuedBy(certificate, issuer)) return false;
  }
  return false;
}

function isAuthorityNow(certificate: Uint8Array, { nowMs }: DaneOptions): boolean {
  const { isAuthority, notBeforeMs, notAfterMs } = readCertificateDer(certificate);
  return isAuthority && notBeforeMs <= nowMs && nowMs <= notAfterMs;
}

function isNamedAndValid(leaf: Uint8Array, match: readonly string[], { nowMs }: DaneOptions): boolean {
  const facts = readCertificateDer(leaf);
  if (nowMs < facts.notBeforeMs || nowMs > facts.notAfterMs) return false;
  return certificateNames(facts).some((name) => match.some((wanted) => matchesName(name, wanted)));
}
