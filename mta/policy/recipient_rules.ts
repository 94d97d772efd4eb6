/** Restrictions about where mail goes, and whether there is anybody (postconf(5) smtpd_recipient_restrictions). */

import type { LookupFailure } from "../address/lookup.ts";
import { isFailure } from "../address/lookup.ts";
import { findListed } from "../address/listed.ts";
import { resolveAddress } from "../address/resolve.ts";
import type { Resolved } from "../address/resolved.ts";
import type { PolicyEvaluation } from "./question.ts";
import {
  lookupFault,
  nothing,
  recipientSubject,
  refuse,
  rejected,
  type Rule,
  type Said,
  type Scope,
  senderSubject,
  shownAddress,
} from "./rule.ts";
import { type Reason, refusal } from "./verdict.ts";

export const recipientRules: readonly Rule[] = [
  { name: "permit_auth_destination", evaluate: permitAuthDestination },
  {
    name: "reject_unauth_destination",
    evaluate: (scope) =>
      refuseRelaying(scope, {
        rule: "reject_unauth_destination",
        code: scope.settings.codes.relayDomains,
        status: "5.7.1",
      }),
  },
  {
    name: "defer_unauth_destination",
    evaluate: (scope) =>
      refuseRelaying(scope, {
        rule: "defer_unauth_destination",
        code: scope.settings.codes.relayDomains - 100,
        status: "4.7.1",
      }),
  },
  { name: "reject_unlisted_recipient", evaluate: (scope) => rejectUnlisted(scope, "recipient") },
  { name: "reject_unlisted_sender", evaluate: (scope) => rejectUnlisted(scope, "sender") },
];

export interface Authorized {
  readonly isAuthorized: boolean;
  readonly resolved: Resolved;
  /** List and item that say so, or why it is not. */
  readonly reason: Omit<Reason, "rule">;
}

/** Is mail to the address for this host, or for a site that it relays for (postfix-semantics of the relay decision)? */
export function* findAuthorized(
  recipient: string,
  { settings, facts }: Pick<Scope, "settings" | "facts">,
): PolicyEvaluation<Authorized | LookupFailure> {
  const resolved = yield* resolveAddress(recipient, settings.addresses, facts.sender);
  if (isFailure(resolved)) return resolved;
  if (resolved.routed) {
    const note = "the local part names a further host (allow_untrusted_routing = no)";
    return { isAuthorized: false, resolved, reason: { key: resolved.recipient, note } };
  }
  if (resolved.class === "default") {
    const note = resolved.problem ?? "no destination of ours, none of relay_domains";
    return { isAuthorized: false, resolved, reason: { key: resolved.recipient, note } };
  }
  const { found } = resolved;
  return {
    isAuthorized: true,
    resolved,
    reason: {
      table: found?.table,
      key: found?.key ?? resolved.recipient,
      line: found?.line,
      note: found?.note,
    },
  };
}

function* permitAuthDestination(scope: Scope): PolicyEvaluation<Said> {
  const rule = "permit_auth_destination";
  const { recipient } = scope.facts;
  if (recipient === undefined) return nothing({ rule });
  const found = yield* findAuthorized(recipient, scope);
  if (isFailure(found)) return lookupFault({ rule }, recipient, found.failure);
  const reason = { rule, ...found.reason };
  return { kind: found.isAuthorized ? "permit" : "nothing", reason, warnings: found.resolved.warnings };
}

function* refuseRelaying(
  scope: Scope,
  { rule, code, status }: { readonly rule: string; readonly code: number; readonly status: string },
): PolicyEvaluation<Said> {
  const { recipient } = scope.facts;
  if (recipient === undefined) return nothing({ rule });
  const found = yield* findAuthorized(recipient, scope);
  if (isFailure(found)) return lookupFault({ rule }, recipient, found.failure);
  const reason = { rule, ...found.reason };
  const { warnings } = found.resolved;
  if (found.isAuthorized) return { kind: "nothing", reason, warnings };
  const refused = refusal(code, status, `<${shownAddress(recipient)}>: Relay access denied`);
  return { kind: "refuse", refusal: refused, reason, warnings };
}

function* rejectUnlisted({ facts, settings }: Scope, role: "sender" | "recipient"): PolicyEvaluation<Said> {
  const rule = `reject_unlisted_${role}`;
  const address = facts[role];
  if (address === undefined || address === "") return nothing({ rule });
  const listing = yield* findListed(address, role, settings.addresses);
  switch (listing.kind) {
    case "failure":
      return lookupFault({ rule }, address, listing.failure);
    case "listed": {
      const { found } = listing;
      return nothing({
        rule,
        table: found?.table,
        key: found?.key,
        line: found?.line,
        note: listing.note ?? found?.note,
      });
    }
    case "unlisted": {
      const subject = role === "sender" ? senderSubject(address) : recipientSubject(address);
      const { code, status, text, table, found } = listing;
      return refuse(refusal(code, status, rejected(subject, text)), {
        rule,
        table: found?.table ?? table,
        key: found?.key ?? address,
        line: found?.line,
        note: found?.note,
      });
    }
  }
}
