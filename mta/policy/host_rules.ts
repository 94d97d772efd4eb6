/** Restrictions about HELO and about the form of addresses (postconf(5) smtpd_helo_restrictions and its like). */

import { splitAddress } from "../../tools/kit/mail/address.ts";
import { isValidDomain, parseAddressLiteral } from "../../tools/kit/mail/domain.ts";
import { parseIp } from "../../tools/kit/mail/ip.ts";

import { askDns, type PolicyEvaluation } from "./question.ts";
import {
  nothing,
  plainRule,
  recipientSubject,
  refuse,
  rejected,
  type Rule,
  type Said,
  type Scope,
  senderSubject,
  type Subject,
} from "./rule.ts";
import { refusal } from "./verdict.ts";

export const hostRules: readonly Rule[] = [
  plainRule(
    "reject_invalid_helo_hostname",
    (scope) =>
      checkHelo(
        scope,
        "reject_invalid_helo_hostname",
        (helo) =>
          isValidDomain(helo) || parseIp(helo) !== undefined
            ? undefined
            : { code: scope.settings.codes.invalidHostname, text: "Invalid name" },
      ),
  ),
  plainRule(
    "reject_non_fqdn_helo_hostname",
    (scope) =>
      checkHelo(
        scope,
        "reject_non_fqdn_helo_hostname",
        (helo) =>
          isFullyQualified(helo)
            ? undefined
            : { code: scope.settings.codes.nonFqdn, text: "need fully-qualified hostname" },
      ),
  ),
  { name: "reject_unknown_helo_hostname", evaluate: rejectUnknownHelo },
  plainRule("reject_non_fqdn_sender", ({ facts, settings }) => {
    const rule = "reject_non_fqdn_sender";
    if (facts.sender === undefined || facts.sender === "") return nothing({ rule });
    return checkAddress(senderSubject(facts.sender), { rule, code: settings.codes.nonFqdn });
  }),
  plainRule("reject_non_fqdn_recipient", ({ facts, settings }) => {
    const rule = "reject_non_fqdn_recipient";
    if (facts.recipient === undefined || facts.recipient === "") return nothing({ rule });
    return checkAddress(recipientSubject(facts.recipient), { rule, code: settings.codes.nonFqdn });
  }),
];

function heloSubject(helo: string): Subject {
  return { name: helo, class: "Helo command" };
}

/** Literals are looked at as such; names by `judge`. */
function checkHelo(
  { facts, settings }: Scope,
  rule: string,
  judge: (helo: string) => { readonly code: number; readonly text: string } | undefined,
): Said {
  const { helo } = facts;
  if (helo === undefined) return nothing({ rule });
  if (helo.startsWith("[")) return checkLiteral(helo, rule, settings.codes.invalidHostname);
  const found = judge(helo);
  if (found === undefined) return nothing({ rule, key: helo });
  const text = rejected(heloSubject(helo), found.text);
  return refuse(refusal(found.code, "5.5.2", text), { rule, key: helo });
}

function checkLiteral(helo: string, rule: string, code: number): Said {
  if (parseAddressLiteral(helo) !== undefined) return nothing({ rule, key: helo });
  return refuse(refusal(code, "5.5.2", rejected(heloSubject(helo), "invalid ip address")), {
    rule,
    key: helo,
  });
}

function isFullyQualified(name: string): boolean {
  return isValidDomain(name) && name.replace(/\.$/, "").includes(".");
}

function checkAddress(
  subject: Subject,
  { rule, code }: { readonly rule: string; readonly code: number },
): Said {
  const { domain } = splitAddress(subject.address ?? subject.name);
  if (domain.startsWith("[") || isFullyQualified(domain)) return nothing({ rule, key: domain });
  return refuse(refusal(code, "5.5.2", rejected(subject, "need fully-qualified address")), {
    rule,
    key: domain,
  });
}

/** No address and no MX record; a null MX (RFC 7505) is one. */
function* rejectUnknownHelo({ facts, settings }: Scope): PolicyEvaluation<Said> {
  const rule = "reject_unknown_helo_hostname";
  const { helo } = facts;
  if (helo === undefined) return nothing({ rule });
  if (helo.startsWith("[")) return checkLiteral(helo, rule, settings.codes.invalidHostname);
  const name = helo.replace(/(?<=[^.])\.$/, "");
  let failure: string | undefined;
  if (isValidDomain(name)) {
    for (const type of ["A", "AAAA", "MX"] as const) {
      const answer = yield* askDns(name, type);
      if (answer.kind === "found") return nothing({ rule, key: name });
      if (answer.kind === "failed") failure ??= answer.text;
    }
  }
  const text = rejected(heloSubject(helo), "Host not found");
  if (failure === undefined) {
    return refuse(refusal(settings.codes.unknownHostname, "4.7.1", text), { rule, key: name });
  }
  return {
    kind: settings.tempfailActions.unknownHeloHostname === "defer" ? "refuse" : "deferIfPermit",
    refusal: refusal(450, "4.7.1", text),
    reason: { rule, key: name, note: failure },
  };
}
