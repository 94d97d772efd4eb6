/** Whose address is it? reject_sender_login_mismatch and its parts (postconf(5) smtpd_sender_login_maps). */

import { findAddress } from "../address/find_address.ts";
import { isFailure } from "../address/lookup.ts";
import { resolveAddress } from "../address/resolve.ts";
import type { PolicyEvaluation } from "./question.ts";
import {
  lookupFault,
  nothing,
  refuse,
  rejected,
  type Rule,
  type Said,
  type Scope,
  senderSubject,
} from "./rule.ts";
import { refusal } from "./verdict.ts";

interface Check {
  readonly rule: string;
  /** Who logged in must own the address; `known`: only if somebody does. */
  readonly authenticated: "no" | "known" | "always";
  /** Who did not must not use an address that somebody owns. */
  readonly unauthenticated: boolean;
}

const checks: readonly Check[] = [
  { rule: "reject_sender_login_mismatch", authenticated: "always", unauthenticated: true },
  { rule: "reject_authenticated_sender_login_mismatch", authenticated: "always", unauthenticated: false },
  { rule: "reject_unauthenticated_sender_login_mismatch", authenticated: "no", unauthenticated: true },
  { rule: "reject_known_sender_login_mismatch", authenticated: "known", unauthenticated: true },
];

export const loginRules: readonly Rule[] = checks.map((check) => ({
  name: check.rule,
  evaluate: (scope) => checkOwner(scope, check),
}));

function* checkOwner({ facts, settings }: Scope, check: Check): PolicyEvaluation<Said> {
  const { rule } = check;
  const { sender, login } = facts;
  if (sender === undefined || sender === "" || !settings.saslEnabled) return nothing({ rule });
  if (login === undefined ? !check.unauthenticated : check.authenticated === "no") return nothing({ rule });
  const resolved = yield* resolveAddress(sender, settings.addresses);
  if (isFailure(resolved)) return lookupFault({ rule }, sender, resolved.failure);
  const hit = yield* findAddress(settings.senderLoginMaps, resolved.recipient, settings.addresses);
  if (isFailure(hit)) return lookupFault({ rule, table: "smtpd_sender_login_maps" }, sender, hit.failure);
  const reason = {
    rule,
    table: hit?.table ?? "smtpd_sender_login_maps",
    key: hit?.key ?? resolved.recipient,
    line: hit?.line,
  };
  const subject = senderSubject(sender);
  if (login === undefined) {
    if (hit === undefined) return nothing(reason);
    return refuse(refusal(553, "5.7.1", rejected(subject, "not logged in")), reason);
  }
  const owners = (hit?.value ?? "").toLowerCase().split(/[\s,]+/);
  if (owners.includes(login.user.toLowerCase())) return nothing(reason);
  if (hit === undefined && check.authenticated === "known") return nothing(reason);
  return refuse(refusal(553, "5.7.1", rejected(subject, `not owned by user ${login.user}`)), reason);
}
