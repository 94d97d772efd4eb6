/**
 * May this client send this to that address? Lists of restrictions, evaluated as smtpd does with smtpd_delay_reject: at each
 * RCPT the client, helo and sender lists, then relay, then recipient, each from its start; the first refusal ends all, a
 * permit ends only its own list.
 */

import type { Lookup, PolicyFacts, PolicySettings } from "./restriction.ts";
import { findRestriction } from "./restrictions.ts";
import { permit, refuse } from "./refuse.ts";
import type { Decision, Step, Verdict } from "./verdict.ts";

/** Names of restrictions, as in the parameters smtpd_*_restrictions. */
export interface RestrictionLists {
  readonly client: readonly string[];
  readonly helo: readonly string[];
  readonly sender: readonly string[];
  readonly relay: readonly string[];
  readonly recipient: readonly string[];
  /** `smtpd_reject_unlisted_recipient` */
  readonly rejectUnlistedRecipient: boolean;
}

const order = ["client", "helo", "sender", "relay", "recipient"] as const;

const none: RestrictionLists = {
  client: [],
  helo: [],
  sender: [],
  relay: [],
  recipient: [],
  rejectUnlistedRecipient: true,
};

/** What holds where nothing else is set, by listener. */
export const defaultRestrictions: Readonly<Record<"smtp" | "submission" | "lmtp", RestrictionLists>> = {
  smtp: {
    ...none,
    relay: ["permit_mynetworks", "permit_sasl_authenticated", "defer_unauth_destination"],
  },
  // Nobody submits without a login, wherever he is.
  submission: { ...none, relay: ["permit_sasl_authenticated", "reject"] },
  // Whoever may speak LMTP hands over what is for this host, nothing else.
  lmtp: { ...none, relay: ["reject_unauth_destination"] },
};

const quiet = { actions: {}, lines: [], warnings: [] };

export type DecisionSteps = Generator<Lookup, Decision, boolean>;

/** RCPT, and VRFY when there is no sender. Yields what must be looked up. */
export function* decideRcpt(
  facts: PolicyFacts,
  lists: RestrictionLists,
  settings: PolicySettings,
): DecisionSteps {
  const trail: Step[] = [];
  // RFC 5321 §4.5.1: postmaster without a domain is always there.
  if (facts.recipient.toLowerCase() === "postmaster") {
    const verdict = permit({ rule: "postmaster" });
    return {
      ...quiet,
      verdict,
      trail: [{ list: "implicit", rule: "postmaster", depth: 0, outcome: verdict, looked: [] }],
    };
  }
  for (const list of order) {
    const verdict = yield* evaluateList(list, lists[list], { facts, settings, trail });
    if (verdict !== undefined && verdict.kind !== "permit") return { ...quiet, verdict, trail };
  }
  if (lists.rejectUnlistedRecipient && !trail.some(({ rule }) => rule === "reject_unlisted_recipient")) {
    const names = ["reject_unlisted_recipient"];
    const verdict = yield* evaluateList("implicit", names, { facts, settings, trail });
    if (verdict !== undefined && verdict.kind !== "permit") return { ...quiet, verdict, trail };
  }
  return { ...quiet, verdict: permit({ rule: "end of lists" }), trail };
}

interface Scope {
  readonly facts: PolicyFacts;
  readonly settings: PolicySettings;
  readonly trail: Step[];
}

function* evaluateList(
  list: string,
  names: readonly string[],
  { facts, settings, trail }: Scope,
): Generator<Lookup, Verdict | undefined, boolean> {
  for (const rule of names) {
    const restriction = findRestriction(rule);
    const verdict = restriction === undefined
      ? refuse(
        { rule, table: `unknown smtpd restriction: "${rule}"` },
        451,
        "4.3.5",
        "Server configuration error",
      )
      : yield* restriction.evaluate(facts, settings);
    trail.push({ list, rule, depth: 0, outcome: verdict, looked: [] });
    if (verdict !== undefined) return verdict;
  }
  return undefined;
}
