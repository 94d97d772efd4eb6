/** reject_unknown_sender_domain, reject_unknown_recipient_domain: can mail be sent to the domain at all? */

import { splitAddress } from "../../tools/kit/mail/address.ts";

import { isFailure } from "../address/lookup.ts";
import { resolveAddress } from "../address/resolve.ts";
import type { DnsAnswer } from "../dns/record.ts";
import { askDns, type PolicyEvaluation } from "./question.ts";
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
  type Subject,
} from "./rule.ts";
import { refusal } from "./verdict.ts";

interface Replies {
  readonly rule: string;
  readonly status: string;
  readonly nullMxCode: number;
  readonly nullMxStatus: string;
}

const ofSender: Replies = {
  rule: "reject_unknown_sender_domain",
  status: "4.1.8",
  nullMxCode: 550,
  nullMxStatus: "5.7.27",
};
const ofRecipient: Replies = {
  rule: "reject_unknown_recipient_domain",
  status: "4.1.2",
  nullMxCode: 556,
  nullMxStatus: "5.1.10",
};

export const domainRules: readonly Rule[] = [
  {
    name: ofSender.rule,
    evaluate: (scope) => rejectUnknown(senderSubject(scope.facts.sender ?? ""), ofSender, scope),
  },
  {
    name: ofRecipient.rule,
    evaluate: (scope) => rejectUnknown(recipientSubject(scope.facts.recipient ?? ""), ofRecipient, scope),
  },
];

function* rejectUnknown(subject: Subject, replies: Replies, { settings }: Scope): PolicyEvaluation<Said> {
  const { rule } = replies;
  const { address = "" } = subject;
  if (address === "") return nothing({ rule });
  const resolved = yield* resolveAddress(address, settings.addresses);
  if (isFailure(resolved)) return lookupFault({ rule }, address, resolved.failure);
  if (resolved.class === "local" || resolved.class === "alias" || resolved.class === "virtual") {
    return nothing({ rule, table: resolved.found?.table, key: resolved.found?.key });
  }
  const { domain } = splitAddress(resolved.recipient);
  if (domain === "" || domain.startsWith("[")) return nothing({ rule, key: domain });
  return yield* lookUpDomain(domain, subject, replies, settings);
}

function* lookUpDomain(
  domain: string,
  subject: Subject,
  { rule, status, nullMxCode, nullMxStatus }: Replies,
  { codes, tempfailActions }: Pick<Scope["settings"], "codes" | "tempfailActions">,
): PolicyEvaluation<Said> {
  let failure: string | undefined;
  for (const type of ["MX", "A", "AAAA"] as const) {
    const answer = yield* askDns(domain, type);
    if (isNullMx(answer)) {
      const text = rejected(subject, `Domain ${domain} does not accept mail (nullMX)`);
      return refuse(refusal(nullMxCode, nullMxStatus, text), { rule, key: domain });
    }
    if (answer.kind === "found") return nothing({ rule, key: domain });
    if (answer.kind === "failed") failure ??= answer.text;
  }
  const text = rejected(subject, "Domain not found");
  if (failure === undefined) {
    return refuse(refusal(codes.unknownAddress, status, text), { rule, key: domain });
  }
  return {
    kind: tempfailActions.unknownAddress === "defer" ? "refuse" : "deferIfPermit",
    refusal: refusal(450, status, text),
    reason: { rule, key: domain, note: failure },
  };
}

/** RFC 7505: `MX 0 .` */
export function isNullMx(answer: DnsAnswer): boolean {
  return answer.kind === "found" && answer.records.length > 0 &&
    answer.records.every((record) =>
      record.type === "MX" && (record.exchange === "." || record.exchange === "")
    );
}
