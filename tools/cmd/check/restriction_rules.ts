/** Lists of restrictions: what is wrong with them, and whether any of them keeps strangers from relaying. Pure. */

import type { RestrictionCall } from "../../../mta/policy/restriction_call.ts";
import { warnIfReject } from "../../../mta/policy/restriction_names.ts";

import { parsedClasses, parsedLists, restrictionSetting } from "../../config/mta/policy_settings.ts";
import type { SettingsView } from "../../config/mta/view.ts";

import type { NamedFinding } from "./names.ts";

/** One of these must stand in the relay or the recipient list, or smtpd does not start. */
const relayRules: readonly string[] = [
  ...["reject_unauth_destination", "defer_unauth_destination", "reject", "defer", "defer_if_permit"],
  "check_relay_domains",
];

export function checkRestrictions(view: SettingsView): readonly NamedFinding[] {
  const findings: NamedFinding[] = [];
  for (const [list, { problems, warnings }] of parsedLists(view)) {
    const name = restrictionSetting(list);
    for (const text of problems) findings.push({ level: "error", name, text: `${name}: ${text}` });
    for (const text of warnings) findings.push({ level: "warning", name, text: `${name}: ${text}` });
  }
  for (const [name, { problems, warnings }] of parsedClasses(view)) {
    const at = { name: "smtpd_restriction_classes" } as const;
    for (const text of problems) findings.push({ level: "error", ...at, text: `${name}: ${text}` });
    for (const text of warnings) findings.push({ level: "warning", ...at, text: `${name}: ${text}` });
  }
  const missing = missingRelayRule(view);
  return missing === undefined ? findings : [...findings, missing];
}

/** Postfix's words when nothing keeps strangers from relaying. */
export function missingRelayRule(view: SettingsView): NamedFinding | undefined {
  const lists = parsedLists(view);
  const classes = new Map(Array.from(parsedClasses(view), ([name, { calls }]) => [name, calls] as const));
  const isSafe = (["relay", "recipient"] as const).some((list) =>
    hasRelayRule(lists.get(list)!.calls, { classes, within: [] })
  );
  if (isSafe) return undefined;
  return {
    level: "error",
    name: "smtpd_relay_restrictions",
    text:
      "in parameter smtpd_relay_restrictions or smtpd_recipient_restrictions, specify at least one working " +
      `instance of: ${relayRules.slice(0, -1).join(", ")} or ${relayRules.at(-1)}`,
  };
}

interface Search {
  readonly classes: ReadonlyMap<string, readonly RestrictionCall[]>;
  /** Classes that are being searched: one may name itself. */
  readonly within: readonly string[];
}

function hasRelayRule(calls: readonly RestrictionCall[], { classes, within }: Search): boolean {
  for (const [index, { name }] of calls.entries()) {
    const isOnlyLogged = calls[index - 1]?.name === warnIfReject;
    if (isOnlyLogged) continue;
    if (relayRules.includes(name)) return true;
    // What follows is never come to.
    if (name === "permit") return false;
    const inner = classes.get(name);
    if (inner === undefined || within.includes(name)) continue;
    if (hasRelayRule(inner, { classes, within: [...within, name] })) return true;
  }
  return false;
}
