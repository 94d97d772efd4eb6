/** All restrictions by name (postconf(5) smtpd_recipient_restrictions): what stands behind each, and old spellings. */

/** What a restriction needs behind its name. */
export type ArgumentKind = "none" | "table" | "domain" | "server" | "seconds";

const named: Readonly<Record<ArgumentKind, readonly string[]>> = {
  none: [
    ...["permit", "reject", "defer", "defer_if_permit", "defer_if_reject"],
    ...["reject_plaintext_session", "reject_unauth_pipelining", "reject_multi_recipient_bounce"],
    ...["permit_inet_interfaces", "permit_mynetworks", "permit_sasl_authenticated"],
    ...["permit_tls_clientcerts", "permit_tls_all_clientcerts"],
    ...["reject_unknown_client_hostname", "reject_unknown_reverse_client_hostname"],
    ...["reject_invalid_helo_hostname", "reject_non_fqdn_helo_hostname", "reject_unknown_helo_hostname"],
    ...["reject_non_fqdn_sender", "reject_unknown_sender_domain", "reject_unlisted_sender"],
    ...["reject_unverified_sender", "reject_sender_login_mismatch"],
    ...["reject_authenticated_sender_login_mismatch", "reject_unauthenticated_sender_login_mismatch"],
    "reject_known_sender_login_mismatch",
    ...["permit_auth_destination", "reject_unauth_destination", "defer_unauth_destination"],
    ...["permit_mx_backup", "reject_non_fqdn_recipient", "reject_unknown_recipient_domain"],
    ...["reject_unlisted_recipient", "reject_unverified_recipient"],
  ],
  table: [
    ...["client", "reverse_client_hostname", "helo", "sender", "recipient"].flatMap((what) => [
      `check_${what}_access`,
      ...["a", "mx", "ns"].map((type) => `check_${what}_${type}_access`),
    ]),
    ...["check_etrn_access", "check_sasl_access", "check_ccert_access"],
  ],
  domain: [
    ...["reject_rbl_client", "permit_dnswl_client", "permit_rhswl_client"],
    ...["client", "reverse_client", "helo", "sender", "recipient"].map((what) => `reject_rhsbl_${what}`),
  ],
  server: ["check_policy_service"],
  seconds: ["sleep"],
};

const argumentKinds: ReadonlyMap<string, ArgumentKind> = new Map(
  (["none", "table", "domain", "server", "seconds"] as const)
    .flatMap((kind) => named[kind].map((name) => [name, kind] as const)),
);

const oldSpellings: ReadonlyMap<string, string> = new Map([
  ["reject_unknown_client", "reject_unknown_client_hostname"],
  ["reject_unknown_hostname", "reject_unknown_helo_hostname"],
  ["reject_invalid_hostname", "reject_invalid_helo_hostname"],
  ["reject_non_fqdn_hostname", "reject_non_fqdn_helo_hostname"],
  ["reject_unknown_address", "reject_unknown_sender_domain"],
  ["reject_rbl", "reject_rbl_client"],
  ["check_recipient_maps", "reject_unlisted_recipient"],
]);

/** Postfix 3.9 has taken them away; each is a server configuration error, and this is what to write. */
export const removedRestrictions: ReadonlyMap<string, string> = new Map([
  ["check_relay_domains", "permit_mynetworks, reject_unauth_destination"],
  ["reject_maps_rbl", "reject_rbl_client DOMAIN"],
  ["permit_naked_ip_address", "permit_mynetworks or permit_sasl_authenticated"],
]);

/** Not a restriction by itself: the next one is only logged. */
export const warnIfReject = "warn_if_reject";

/** All names that can be written today, without old ones. */
export const restrictionNames: readonly string[] = [...argumentKinds.keys(), warnIfReject];

/** `undefined`: there is no such restriction. `name` in lower case, by today's spelling. */
export function argumentKindOf(name: string): ArgumentKind | undefined {
  return argumentKinds.get(name);
}

/** Today's name, in lower case. */
export function currentName(name: string): string {
  const lower = name.toLowerCase();
  return oldSpellings.get(lower) ?? lower;
}
