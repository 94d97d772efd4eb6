/** Names in certificates against those that a policy wants (RFC 6125 §6.4, postconf(5) smtp_tls_verify_cert_match). */

import { normalizeDomain } from "../../tools/kit/mail/domain.ts";
import { type CertificateFacts } from "../../tools/kit/net/certificate_reader.ts";

/** The common name counts only where there are no others (RFC 6125 §6.4.4). */
export function certificateNames(
  { names, subject }: Pick<CertificateFacts, "names" | "subject">,
): readonly string[] {
  return names.length > 0 ? names : subject === "" ? [] : [subject];
}

/**
 * `pattern` as in settings: a name, or `.parent` for any below it. `*.` in a certificate stands for one label.
 *
 *     matchesName("*.example.test", "mx.example.test")  ->  true
 *     matchesName("mx.example.test", ".example.test")   ->  true
 */
export function matchesName(name: string, pattern: string): boolean {
  // A NUL would end the name for others (CVE-2009-2408).
  if (/[^\x21-\x7e]/.test(name)) return false;
  const own = normalizeDomain(name);
  if (pattern.startsWith(".")) {
    const parent = normalizeDomain(pattern.slice(1));
    return own.endsWith(`.${parent}`) && own.length > parent.length + 1;
  }
  const wanted = normalizeDomain(pattern);
  if (wanted === "") return false;
  if (!own.startsWith("*.")) return own === wanted;
  const dot = wanted.indexOf(".");
  // `*.test` would be for all of a top-level domain.
  return dot > 0 && own.slice(2).includes(".") && wanted.slice(dot + 1) === own.slice(2);
}
