/** reject_unverified_sender, reject_unverified_recipient (ADDRESS_VERIFICATION_README): does a probe get through? */

import type { PolicyEvaluation, VerifyAnswer } from "./question.ts";
import {
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
import { type Refusal, refusal } from "./verdict.ts";

interface Replies {
  readonly rule: string;
  readonly status: string;
  readonly rejectCode: number;
  readonly deferCode: number;
  /** Instead of what the probe was told; empty: what it was told. */
  readonly words: string;
  readonly action: "defer" | "defer_if_permit";
}

export const verifiedRules: readonly Rule[] = [
  {
    name: "reject_unverified_sender",
    evaluate: ({ facts, settings }) =>
      checkProbe(senderSubject(facts.sender ?? ""), {
        rule: "reject_unverified_sender",
        status: "4.1.7",
        rejectCode: settings.codes.unverifiedSender,
        deferCode: settings.codes.unverifiedSenderDefer,
        words: settings.unverifiedSenderReason,
        action: settings.tempfailActions.unverifiedSender,
      }),
  },
  {
    name: "reject_unverified_recipient",
    evaluate: ({ facts, settings }: Scope) =>
      checkProbe(recipientSubject(facts.recipient ?? ""), {
        rule: "reject_unverified_recipient",
        status: "4.1.1",
        rejectCode: settings.codes.unverifiedRecipient,
        deferCode: settings.codes.unverifiedRecipientDefer,
        words: settings.unverifiedRecipientReason,
        action: settings.tempfailActions.unverifiedRecipient,
      }),
  },
];

/** What the probe was told is cut as smtpd cuts it. */
const maxWords = 250;

function* checkProbe(subject: Subject, replies: Replies): PolicyEvaluation<Said> {
  const { rule, status, rejectCode, deferCode, words } = replies;
  const { address = "" } = subject;
  if (address === "") return nothing({ rule });
  const answer = (yield { kind: "verify", address }) as VerifyAnswer;
  const reason = { rule, key: address, note: `${answer.status} ${answer.text}`.trim() };
  const told = answer.text.slice(0, maxWords);
  switch (answer.status) {
    case "deliverable":
      return nothing(reason);
    case "undeliverable": {
      const why = words === "" ? told : words;
      return refuse(refusal(rejectCode, status, rejected(subject, `undeliverable address: ${why}`)), reason);
    }
    case "deferred":
    case "pending": {
      // A code 2xx takes the mail all the same.
      if (deferCode >= 200 && deferCode < 300) return nothing(reason);
      const why = answer.status === "pending" && told === "" ? "Address verification in progress" : told;
      return defer(
        refusal(deferCode, status, rejected(subject, `unverified address: ${why}`)),
        replies,
        reason,
      );
    }
    case "unavailable":
      return defer(refusal(450, status, rejected(subject, "address verification problem")), replies, reason);
  }
}

function defer(refusal: Refusal, { action }: Replies, reason: Said["reason"]): Said {
  return { kind: action === "defer" ? "refuse" : "deferIfPermit", refusal, reason };
}
