/** check_policy_service: another program decides (SMTPD_POLICY_README); its answer is an access(5) action. */

import { isFailure, type LookupFailure } from "../address/lookup.ts";
import { sayAction } from "./access_action.ts";
import { whereOf } from "./policy_line.ts";
import type { PolicyEvaluation } from "./question.ts";
import { splitWords } from "./restriction_list.ts";
import type { Said, Scope } from "./rule.ts";

export function* askService(scope: Scope, server: string): PolicyEvaluation<Said> {
  const { subject, settings } = scope;
  const context = serviceOption(server, "policy_context") ?? settings.policyServiceContext;
  const attributes = serviceAttributes(scope).map(([name, value]) =>
    [name, name === "policy_context" ? context : value] as const
  );
  const answer = (yield { kind: "service", server, attributes }) as
    | string
    | LookupFailure;
  const byDefault = serviceOption(server, "default_action") ?? settings.policyServiceDefaultAction;
  const action = isFailure(answer) ? byDefault : answer;
  const said = sayAction(action, {
    scope,
    subject,
    table: server,
    permits: "count",
    reason: {
      rule: `check_policy_service ${server}`,
      table: server,
      key: action,
      note: isFailure(answer) ? `${answer.failure}: the default action` : undefined,
    },
  });
  if (!isFailure(answer)) return said;
  return { ...said, warnings: [...said.warnings ?? [], `policy service ${server}: ${answer.failure}`] };
}

/**
 *     serviceOption("{ inet:127.0.0.1:9, default_action = DUNNO }", "default_action")  ->  "DUNNO"
 */
function serviceOption(server: string, name: string): string | undefined {
  if (!server.startsWith("{") || !server.endsWith("}")) return undefined;
  const inner = server.slice(1, -1).trim().replace(/\s*=\s*/g, "=");
  for (const word of splitWords(inner)) {
    const [, key, value] = /^\{?\s*(\w+)=(.*?)\s*\}?$/s.exec(word) ?? [];
    if (key === name) return value;
  }
  return undefined;
}

/** What the service is told, in Postfix's order. */
export function serviceAttributes(
  { stage, facts, settings }: Scope,
): readonly (readonly [name: string, value: string])[] {
  const { client, server, login, tls, certificate } = facts;
  const isCounted = stage === "DATA" || stage === "END-OF-MESSAGE";
  return [
    ["request", "smtpd_access_policy"],
    ["protocol_state", whereOf(stage, facts)],
    ["protocol_name", facts.protocol],
    ["client_address", client.address],
    ["client_name", client.name],
    ["client_port", `${client.port}`],
    ["reverse_client_name", client.reverseName],
    ["server_address", server.address],
    ["server_port", `${server.port}`],
    ["helo_name", facts.helo ?? ""],
    ["sender", facts.sender ?? ""],
    ["recipient", facts.recipient ?? ""],
    ["recipient_count", `${isCounted ? facts.recipientCount : 0}`],
    ["queue_id", facts.queueId ?? ""],
    ["instance", facts.instance],
    ["size", `${facts.size ?? 0}`],
    ["etrn_domain", facts.etrnDomain ?? ""],
    ["stress", ""],
    ["sasl_method", login?.mechanism ?? ""],
    ["sasl_username", login?.user ?? ""],
    ["sasl_sender", login?.sender ?? ""],
    ["ccert_subject", certificate?.subject ?? ""],
    ["ccert_issuer", certificate?.issuer ?? ""],
    ["ccert_fingerprint", certificate?.fingerprint ?? ""],
    ["ccert_pubkey_fingerprint", certificate?.publicKeyFingerprint ?? ""],
    ["encryption_protocol", tls?.protocol ?? ""],
    ["encryption_cipher", tls?.cipher ?? ""],
    ["encryption_keysize", `${tls?.bits ?? 0}`],
    ["policy_context", settings.policyServiceContext],
    ["compatibility_level", settings.compatibilityLevel],
    ["mail_version", settings.mailVersion],
  ];
}
