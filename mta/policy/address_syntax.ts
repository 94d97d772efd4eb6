/** Addresses that no mail can go to, whatever the rules say: smtpd(8) refuses them when it hears of them. */

import { isFailure } from "../address/lookup.ts";
import { resolveAddress } from "../address/resolve.ts";
import type { AddressSettings } from "../address/settings.ts";
import type { PolicyFacts, Stage } from "./facts.ts";
import type { PolicyEvaluation } from "./question.ts";
import { clientLabel } from "./rule.ts";
import { type Decision, refusal, refusing } from "./verdict.ts";

/** 501 for a sender at MAIL, for a recipient at RCPT and VRFY; `undefined`: there is nothing against it. */
export function* refuseSyntax(
  stage: Stage,
  facts: PolicyFacts,
  addresses: AddressSettings,
): PolicyEvaluation<Decision | undefined> {
  const role = roles[stage];
  const address = role === undefined ? undefined : facts[role];
  if (role === undefined || address === undefined || address === "") return undefined;
  const resolved = yield* resolveAddress(address, { ...addresses, ...noRoutes });
  if (isFailure(resolved) || resolved.problem === undefined) return undefined;
  const rule = "address syntax";
  const verdict = refusing(
    refusal(501, role === "sender" ? "5.1.7" : "5.1.3", `Bad ${role} address syntax`),
    { rule, key: resolved.recipient, note: resolved.problem },
  );
  return {
    verdict,
    actions: {},
    lines: [],
    warnings: [`Illegal address syntax from ${clientLabel(facts)} in ${stage} command: <${address}>`],
    trail: [{ list: "implicit", rule, depth: 0, outcome: verdict, looked: [] }],
  };
}

const roles: Readonly<Partial<Record<Stage, "sender" | "recipient">>> = {
  MAIL: "sender",
  RCPT: "recipient",
  VRFY: "recipient",
};

/** Where it would go does not matter here. */
const noRoutes = {
  transportMaps: [],
  relocatedMaps: [],
  senderDependentRelayhostMaps: [],
  senderDependentDefaultTransportMaps: [],
};
