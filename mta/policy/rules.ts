/** All restrictions, by today's names. */

import { accessRules } from "./access_rules.ts";
import { clientRules } from "./client_rules.ts";
import { dnsListRules } from "./dns_list_rules.ts";
import { domainRules } from "./domain_rules.ts";
import { genericRules } from "./generic_rules.ts";
import { hostRules } from "./host_rules.ts";
import { loginRules } from "./login_rules.ts";
import { mxBackupRule } from "./mx_backup_rule.ts";
import { recipientRules } from "./recipient_rules.ts";
import type { Rule } from "./rule.ts";
import { serverAccessRules } from "./server_access_rules.ts";
import { verifiedRules } from "./verified_rules.ts";

const rules: ReadonlyMap<string, Rule> = new Map(
  [
    ...genericRules,
    ...clientRules,
    ...hostRules,
    ...domainRules,
    ...loginRules,
    ...verifiedRules,
    ...recipientRules,
    mxBackupRule,
    ...accessRules,
    ...serverAccessRules,
    ...dnsListRules,
  ].map((rule) => [rule.name, rule]),
);

export function findRule(name: string): Rule | undefined {
  return rules.get(name);
}

export function ruleNames(): readonly string[] {
  return [...rules.keys()];
}
