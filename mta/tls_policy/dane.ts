/** DANE for SMTP (RFC 7672): the TLSA records that a host's certificate must match. */

import { askName, type NameEvaluation } from "../dns/question.ts";
import type { DnsRecord } from "../dns/record.ts";
import type { TlsaRecord } from "./policy.ts";

export type DaneRecords =
  | {
    readonly kind: "found";
    /** Of usages, selectors and matchings that are known (§3.1); none: TLS without looking at the certificate (§2.2). */
    readonly usable: readonly TlsaRecord[];
    /** The host's name, aliases followed: the server is asked for it, and its certificate may have it (§2.2.2, §3.2.3). */
    readonly base: string;
  }
  /** There are none, or nobody vouches for what the DNS says. */
  | { readonly kind: "none" }
  /** Whoever stands between could have kept them back (§2.1.2): nothing may be sent. */
  | { readonly kind: "failed"; readonly text: string };

const maxAliases = 8;

/** Of a host whose addresses the DNS has vouched for. */
export function* findDaneRecords(host: string, port: number): NameEvaluation<DaneRecords> {
  const aliased = yield* followSecureAliases(host);
  if (aliased.kind === "failed") return aliased;
  for (const base of new Set([aliased.name, host])) {
    const answer = yield* askName(`_${port}._tcp.${base}`, "TLSA");
    if (answer.kind === "failed") return { kind: "failed", text: `TLSA lookup error for ${base}:${port}` };
    if (answer.kind !== "found" || !answer.authenticated) continue;
    return { kind: "found", usable: answer.records.filter(isUsable), base };
  }
  return { kind: "none" };
}

/** The name that the host is an alias of, as far as the DNS vouches for it. */
function* followSecureAliases(
  host: string,
): NameEvaluation<
  { readonly kind: "name"; readonly name: string } | { readonly kind: "failed"; readonly text: string }
> {
  let name = host;
  for (let hop = 0; hop < maxAliases; hop++) {
    const answer = yield* askName(name, "CNAME");
    if (answer.kind === "failed") return { kind: "failed", text: answer.text };
    const [record] = answer.kind === "found" && answer.authenticated ? answer.records : [];
    if (record?.type !== "CNAME") return { kind: "name", name };
    name = record.name;
  }
  return { kind: "name", name: host };
}

/** PKIX-TA and PKIX-EE (0, 1) are of no use here (§3.1.3). */
function isUsable(record: DnsRecord): record is TlsaRecord {
  if (record.type !== "TLSA" || record.data.length === 0) return false;
  const { usage, selector, matching, data } = record;
  if ((usage !== 2 && usage !== 3) || selector > 1) return false;
  switch (matching) {
    case 0:
      return true;
    case 1:
      return data.length === 32;
    case 2:
      return data.length === 64;
    default:
      return false;
  }
}
