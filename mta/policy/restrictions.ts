/** The restrictions, one row each (postconf(5) smtpd_recipient_restrictions); replies are Postfix's. */

import { splitAddress } from "../../tools/kit/mail/address.ts";
import { isValidDomain, parseAddressLiteral } from "../../tools/kit/mail/domain.ts";

import { findDestination } from "./destination.ts";
import { findNetwork } from "./network_list.ts";
import type { PolicyFacts, PolicySettings, Restriction } from "./restriction.ts";
import { permit, refuse } from "./refuse.ts";
import type { Verdict } from "./verdict.ts";

/** A row that needs nothing looked up. */
function plain(
  name: string,
  decide: (facts: PolicyFacts, settings: PolicySettings, name: string) => Verdict | undefined,
): Restriction {
  return {
    name,
    // deno-lint-ignore require-yield
    *evaluate(facts, settings) {
      return decide(facts, settings, name);
    },
  };
}

/** Local parts that are never unknown: somebody must be there (RFC 5321 §4.5.1, local(8)). */
const alwaysKnown: readonly string[] = ["postmaster", "mailer-daemon", "double-bounce"];

const rows: readonly Restriction[] = [
  plain("permit", (_facts, _settings, rule) => permit({ rule })),
  plain(
    "reject",
    ({ recipient }, _, rule) =>
      refuse({ rule }, 554, "5.7.1", `<${recipient}>: Recipient address rejected: Access denied`),
  ),
  plain(
    "defer",
    ({ recipient }, _, rule) =>
      refuse({ rule }, 450, "4.3.2", `<${recipient}>: Recipient address rejected: Try again later`),
  ),
  plain("permit_mynetworks", (facts, { mynetworks }, rule) => {
    const key = findNetwork(mynetworks, { name: facts.clientName, address: facts.clientAddress });
    return key === undefined ? undefined : permit({ rule, table: "mynetworks", key });
  }),
  plain(
    "permit_sasl_authenticated",
    ({ login }, _, rule) => login === undefined ? undefined : permit({ rule, key: login }),
  ),
  plain(
    "permit_inet_interfaces",
    ({ clientAddress }, { ownAddresses }, rule) =>
      ownAddresses.includes(clientAddress)
        ? permit({ rule, table: "inet_interfaces", key: clientAddress })
        : undefined,
  ),
  plain("permit_auth_destination", (facts, settings, rule) => {
    const { class: kind, table, key, routed } = findDestination(facts.recipient, settings);
    return kind === "default" || routed ? undefined : permit({ rule, table, key });
  }),
  plain(
    "reject_unauth_destination",
    (facts, settings, rule) => refuseRelaying(facts, settings, rule, 554),
  ),
  plain(
    "defer_unauth_destination",
    (facts, settings, rule) => refuseRelaying(facts, settings, rule, 454),
  ),
  plain(
    "reject_plaintext_session",
    ({ tls }, _, rule) => tls ? undefined : refuse({ rule }, 450, "4.7.1", "Session encryption is required"),
  ),
  plain("reject_invalid_helo_hostname", ({ helo }, _, rule) => {
    if (helo === undefined || isValidDomain(helo) || parseAddressLiteral(helo) !== undefined) {
      return undefined;
    }
    return refuse({ rule }, 501, "5.5.2", `<${helo}>: Helo command rejected: Invalid name`);
  }),
  plain("reject_non_fqdn_helo_hostname", ({ helo }, _, rule) => {
    if (helo === undefined || (isValidDomain(helo) && helo.includes(".")) || helo.startsWith("[")) {
      return undefined;
    }
    return refuse({ rule }, 504, "5.5.2", `<${helo}>: Helo command rejected: need fully-qualified hostname`);
  }),
  plain(
    "reject_non_fqdn_sender",
    ({ sender }, _, rule) =>
      sender === undefined || sender === "" || isFullyQualified(sender) ? undefined : refuse(
        { rule },
        504,
        "5.5.2",
        `<${sender}>: Sender address rejected: need fully-qualified address`,
      ),
  ),
  plain(
    "reject_non_fqdn_recipient",
    ({ recipient }, _, rule) =>
      isFullyQualified(recipient) ? undefined : refuse(
        { rule },
        504,
        "5.5.2",
        `<${recipient}>: Recipient address rejected: need fully-qualified address`,
      ),
  ),
  plain(
    "reject_multi_recipient_bounce",
    ({ sender, accepted, recipient }, _, rule) =>
      sender === "" && accepted > 0
        ? refuse({ rule }, 550, "5.5.3", `<${recipient}>: Recipient address rejected: Multi-recipient bounce`)
        : undefined,
  ),
  {
    name: "reject_unlisted_recipient",
    *evaluate({ recipient }, settings) {
      const { class: kind } = findDestination(recipient, settings);
      const local = splitAddress(recipient).localPart.toLowerCase();
      if (kind !== "local" || alwaysKnown.includes(local)) return undefined;
      if (yield { kind: "recipientKnown", address: recipient }) return undefined;
      return refuse(
        { rule: "reject_unlisted_recipient", table: "local_recipient_maps", key: recipient },
        550,
        "5.1.1",
        `<${recipient}>: Recipient address rejected: User unknown in local recipient table`,
      );
    },
  },
];

const byName: ReadonlyMap<string, Restriction> = new Map(rows.map((row) => [row.name, row]));

export function findRestriction(name: string): Restriction | undefined {
  return byName.get(name);
}

function refuseRelaying(
  { recipient }: PolicyFacts,
  settings: PolicySettings,
  rule: string,
  code: number,
): Verdict | undefined {
  const { class: kind, routed, table, key } = findDestination(recipient, settings);
  if (kind !== "default" && !routed) return undefined;
  return refuse({ rule, table, key }, code, "5.7.1", `<${recipient}>: Relay access denied`);
}

function isFullyQualified(address: string): boolean {
  const { domain } = splitAddress(address);
  return domain.startsWith("[") || (domain.includes(".") && isValidDomain(domain));
}
