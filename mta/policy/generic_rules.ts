/** Restrictions that any list may hold (postconf(5) smtpd_recipient_restrictions, "Generic restrictions"). */

import { askService } from "./delegated_rule.ts";
import {
  nothing,
  permit,
  plainRule,
  refuse,
  rejected,
  type Rule,
  type Said,
  type Scope,
  serverFault,
} from "./rule.ts";
import { removedRestrictions } from "./restriction_names.ts";
import { refusal } from "./verdict.ts";

export const genericRules: readonly Rule[] = [
  plainRule("permit", () => permit({ rule: "permit" })),
  plainRule(
    "reject",
    ({ subject, settings }) =>
      refuse(refusal(settings.codes.reject, "5.7.1", rejected(subject, "Access denied")), { rule: "reject" }),
  ),
  plainRule(
    "defer",
    ({ subject, settings }) =>
      refuse(refusal(settings.codes.defer, "4.3.2", rejected(subject, "Try again later")), { rule: "defer" }),
  ),
  plainRule("defer_if_permit", (scope) => putOff("deferIfPermit", "defer_if_permit", scope)),
  plainRule("defer_if_reject", (scope) => putOff("deferIfReject", "defer_if_reject", scope)),
  {
    name: "sleep",
    *evaluate(_scope, seconds) {
      const reason = { rule: `sleep ${seconds}` };
      if (!/^[0-9]{1,5}$/.test(seconds)) {
        return serverFault(reason, "restriction sleep must be followed by number");
      }
      yield { kind: "sleep", ms: Number(seconds) * 1000 };
      return nothing(reason);
    },
  },
  plainRule("reject_plaintext_session", ({ facts, settings }) => {
    const reason = { rule: "reject_plaintext_session" };
    if (facts.tls !== undefined) return nothing({ ...reason, key: facts.tls.protocol });
    return refuse(refusal(settings.codes.plaintext, "4.7.1", "Session encryption is required"), reason);
  }),
  plainRule("reject_unauth_pipelining", ({ facts, subject }) => {
    const reason = { rule: "reject_unauth_pipelining" };
    if (!facts.pipelined) return nothing(reason);
    const text = rejected(subject, "Improper use of SMTP command pipelining");
    return refuse(refusal(503, "5.5.0", text), reason);
  }),
  plainRule("reject_multi_recipient_bounce", ({ facts, subject, settings, stage }) => {
    const reason = { rule: "reject_multi_recipient_bounce", key: `${facts.recipientCount}` };
    // At RCPT the one at hand is not counted yet.
    const least = stage === "DATA" || stage === "END-OF-MESSAGE" ? 2 : 1;
    if (facts.sender !== "" || facts.recipientCount < least) return nothing(reason);
    const text = rejected(subject, "Multi-recipient bounce");
    return refuse(refusal(settings.codes.multiRecipientBounce, "5.5.3", text), reason);
  }),
  { name: "check_policy_service", evaluate: askService },
  ...[...removedRestrictions].map(([name, instead]) =>
    plainRule(name, () =>
      serverFault(
        { rule: name, note: `Postfix has it no more: write ${instead}` },
        `support for restriction "${name}" has been removed; use "${instead}" instead`,
      ))
  ),
];

function putOff(
  kind: "deferIfPermit" | "deferIfReject",
  rule: string,
  { subject }: Scope,
): Said {
  return { kind, refusal: refusal(450, "4.7.0", rejected(subject, `${rule} requested`)), reason: { rule } };
}
