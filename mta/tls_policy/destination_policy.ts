/** The level for a destination, before its hosts are known: the policy table, else smtp_tls_security_level. */

import { askMaps } from "../address/find_address.ts";
import type { Evaluation, LookupFailure } from "../address/lookup.ts";
import { isFailure } from "../address/lookup.ts";
import { dottedParents } from "../address/parents.ts";
import type { Hop } from "../dns/hop.ts";
import type { TlsLevel, TlsSettings } from "./policy.ts";
import { parsePolicyLine, type PolicyAttributes } from "./policy_line.ts";

export interface DestinationTls {
  readonly kind: "tls";
  readonly level: TlsLevel;
  readonly attributes: PolicyAttributes;
  /** `smtp_tls_security_level`, or the table with its line. */
  readonly source: string;
  /** The administrator has said it of this destination: neither MTA-STS nor a sender is asked. */
  readonly isOwnChoice: boolean;
}

/**
 * The key is the next hop verbatim; of a domain alone also `.parent`, as in transport tables.
 *
 * A failure is the administrator's to mend: `client TLS configuration problem`.
 */
export function* destinationTls(
  hop: Pick<Hop, "destination" | "host">,
  settings: Pick<TlsSettings, "prefix" | "policyMaps" | "securityLevel">,
): Evaluation<DestinationTls | LookupFailure> {
  const { prefix, policyMaps, securityLevel } = settings;
  const destination = hop.destination.toLowerCase();
  const isPlain = !/[[\]:]/.test(destination);
  const keys = isPlain ? [hop.host, ...dottedParents(hop.host)] : [destination];
  for (const [index, key] of keys.entries()) {
    const hit = yield* askMaps(policyMaps, key, { partial: index > 0 });
    if (hit === undefined) continue;
    if (isFailure(hit)) return hit;
    const source = `${prefix}_tls_policy_maps: ${hit.table}${hit.line === undefined ? "" : `:${hit.line}`}`;
    const line = parsePolicyLine(hit.value);
    if (typeof line === "string") return { failure: `${source}, key ${key}: ${line}` };
    return { kind: "tls", ...line, source: `${source}, key ${key}`, isOwnChoice: true };
  }
  const source = `${prefix}_tls_security_level`;
  return { kind: "tls", level: securityLevel, attributes: {}, source, isOwnChoice: false };
}
