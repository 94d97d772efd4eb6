/** Restrictions about the client (postconf(5) smtpd_client_restrictions) that need no access table and no DNS list. */

import { canonicalIp } from "../../tools/kit/mail/ip.ts";

import { isFailure } from "../address/lookup.ts";
import { matchNetwork } from "../address/network_list.ts";
import { askMaps } from "../address/find_address.ts";
import type { ClientName } from "./facts.ts";
import type { PolicyEvaluation } from "./question.ts";
import { lookupFault, nothing, permit, plainRule, refuse, type Rule, type Said, type Scope } from "./rule.ts";
import { refusal } from "./verdict.ts";

export const clientRules: readonly Rule[] = [
  plainRule("permit_inet_interfaces", ({ facts, settings }) => {
    const rule = "permit_inet_interfaces";
    const own = settings.addresses.ownAddresses.find((own) => canonicalIp(own) === facts.client.address);
    return own === undefined ? nothing({ rule }) : permit({ rule, table: "inet_interfaces", key: own });
  }),
  { name: "permit_mynetworks", evaluate: permitMynetworks },
  plainRule("permit_sasl_authenticated", ({ facts, settings }) => {
    const rule = "permit_sasl_authenticated";
    if (facts.login === undefined || !settings.saslEnabled) return nothing({ rule });
    return permit({ rule, key: facts.login.user });
  }),
  { name: "permit_tls_clientcerts", evaluate: permitCertificate },
  plainRule("permit_tls_all_clientcerts", ({ facts }) => {
    const rule = "permit_tls_all_clientcerts";
    const { certificate } = facts;
    if (certificate?.trusted !== true) return nothing({ rule });
    return permit({ rule, key: certificate.fingerprint });
  }),
  plainRule(
    "reject_unknown_client_hostname",
    (scope) =>
      unknownName(scope, scope.facts.client.nameStatus, {
        rule: "reject_unknown_client_hostname",
        status: "4.7.25",
        what: "hostname",
      }),
  ),
  plainRule(
    "reject_unknown_reverse_client_hostname",
    (scope) =>
      unknownName(scope, scope.facts.client.reverseStatus, {
        rule: "reject_unknown_reverse_client_hostname",
        status: "4.7.1",
        what: "reverse hostname",
      }),
  ),
];

function* permitMynetworks({ facts, settings, subject }: Scope): PolicyEvaluation<Said> {
  const rule = "permit_mynetworks";
  const found = yield* matchNetwork(settings.mynetworks, facts.client);
  switch (found.kind) {
    case "none":
      return nothing({ rule });
    case "failure":
      return lookupFault({ rule, table: "mynetworks" }, subject.name, found.failure);
    case "match":
    case "excluded": {
      const { table, key, line, note } = found;
      const reason = { rule, table, key, line, note };
      return found.kind === "match" ? permit(reason) : nothing(reason);
    }
  }
}

function* permitCertificate({ facts, settings, subject }: Scope): PolicyEvaluation<Said> {
  const rule = "permit_tls_clientcerts";
  const { certificate } = facts;
  if (certificate === undefined) return nothing({ rule });
  for (const print of [certificate.fingerprint, certificate.publicKeyFingerprint]) {
    const hit = yield* askMaps(settings.relayClientcerts, print, { partial: false });
    if (isFailure(hit)) {
      return lookupFault({ rule, table: "relay_clientcerts" }, subject.name, hit.failure);
    }
    if (hit !== undefined) return permit({ rule, table: hit.table, key: hit.key, line: hit.line });
  }
  return nothing({ rule });
}

function unknownName(
  { facts, settings }: Scope,
  found: ClientName["nameStatus"],
  { rule, status, what }: { readonly rule: string; readonly status: string; readonly what: string },
): Said {
  if (found === "ok") return nothing({ rule, key: facts.client.name });
  const code = found === "permanent" ? settings.codes.unknownClient : 450;
  const text = `Client host rejected: cannot find your ${what}, [${facts.client.address}]`;
  return refuse(refusal(code, status, text), { rule, key: facts.client.address, note: `${found} failure` });
}
