/** What policy may ask of the world, beside tables. */

import type { DnsAnswer, RecordType } from "../dns/record.ts";
import type { AddressAnswers, AddressQuestion, Evaluation, LookupFailure } from "../address/lookup.ts";

/** The result of a probe (Postfix ADDRESS_VERIFICATION_README). */
export interface VerifyAnswer {
  readonly status: "deliverable" | "undeliverable" | "deferred" | "pending" | "unavailable";
  /** What the probe was told. */
  readonly text: string;
}

export type PolicyQuestion =
  | AddressQuestion
  | { readonly kind: "dns"; readonly name: string; readonly type: RecordType }
  /** SMTPD_POLICY_README: `server` as written behind check_policy_service; answered with the action's text. */
  | {
    readonly kind: "service";
    readonly server: string;
    readonly attributes: readonly (readonly [name: string, value: string])[];
  }
  | { readonly kind: "verify"; readonly address: string }
  | { readonly kind: "sleep"; readonly ms: number };

export interface PolicyAnswers extends AddressAnswers {
  readonly dns: DnsAnswer;
  readonly service: string | LookupFailure;
  readonly verify: VerifyAnswer;
  readonly sleep: null;
}

export type PolicyEvaluation<T> = Evaluation<T, PolicyQuestion>;

export function* askDns(name: string, type: RecordType): PolicyEvaluation<DnsAnswer> {
  return (yield { kind: "dns", name, type }) as DnsAnswer;
}
