/**
 * Which reports an attempt to deliver calls for, to whom, and about which recipients (bounce(8), RFC 3461 §5.2, §6.2): pure.
 *
 * | what happened | kind | the sender hears of those | postmaster hears with notify_classes |
 * |---|---|---|---|
 * | given up | `failure` | who have FAILURE, or no NOTIFY | `bounce`; of mail from <> `2bounce` or `bounce` |
 * | still waits after delay_warning_time | `delay` | who have DELAY, or no NOTIFY | `delay` |
 * | delivered, relayed, expanded | `success` | who have SUCCESS; with confirm_delay_cleared those that a warning was about | - |
 * | `sendmail -bv`, and the first attempt of `sendmail -v` | `verify` | all | - |
 *
 * The null sender is told of nothing (RFC 5321 §6.1), and neither is $double_bounce_sender: so reports about reports end.
 */

import { equalAddresses } from "../../tools/kit/mail/address.ts";

import type { DeliveryOutcome, QueuedMessage, QueuedRecipient } from "../../store/spool/spool.ts";

import type { ReportKind } from "./report_template.ts";
import { verpSender } from "./verp.ts";

/** RFC 3464 §2.3.3; the last two are of reports that were asked for with `sendmail -bv`. */
export type ReportAction =
  | "failed"
  | "delayed"
  | "delivered"
  | "relayed"
  | "expanded"
  | "deliverable"
  | "undeliverable";

export interface ReportedRecipient {
  readonly recipient: QueuedRecipient;
  readonly action: ReportAction;
  readonly outcome: DeliveryOutcome;
}

export interface PlannedReport {
  readonly kind: ReportKind;
  readonly audience: "sender" | "postmaster";
  readonly from: string;
  readonly to: string;
  readonly recipients: readonly ReportedRecipient[];
  /** Is the header of the message returned alone? */
  readonly headerOnly: boolean;
}

export interface ReportPolicy {
  /** postconf(5) notify_classes. */
  readonly notifyClasses: readonly string[];
  readonly bounceNoticeRecipient: string;
  readonly doubleBounceNoticeRecipient: string;
  readonly delayNoticeRecipient: string;
  /** Whole: `double-bounce@ref.test`. */
  readonly doubleBounceSender: string;
  readonly confirmDelayCleared: boolean;
  /** postconf(5) bounce_size_limit: longer messages are returned by their header. */
  readonly bounceMaxOctets: number;
  readonly disableVerpBounces: boolean;
}

/** What an attempt came to. */
export interface AttemptResult {
  /** By index of recipient; those that are given up now are `failed`. */
  readonly outcomes: readonly (DeliveryOutcome | undefined)[];
  /** delay_warning_time is over, and the sender was not told yet. */
  readonly warns: boolean;
  /** The sender was told earlier that the message waits. */
  readonly wasWarned: boolean;
}

export interface ReportPlan {
  readonly reports: readonly PlannedReport[];
  /** For the log: what is told to nobody. */
  readonly discarded?: string | undefined;
}

/** `message` as the spool knew it before the attempt. */
export function planReports(message: QueuedMessage, result: AttemptResult, policy: ReportPolicy): ReportPlan {
  const { trace, sender } = message.envelope;
  const isFirst = message.attempts === 0;
  if (trace === "verify") return { reports: verifyReport(message, result) };
  const reports: PlannedReport[] = [];
  const isTraced = trace === "record" && isFirst;
  if (isTraced) reports.push(...verifyReport(message, result));
  const failure = failureReports(message, decided(message, result, "failed"), policy);
  reports.push(...failure.reports, ...delayReports(message, result, policy));
  if (!isTraced && !isSilent(sender, policy)) reports.push(...successReport(message, result, policy));
  return { reports, discarded: failure.discarded };
}

function isSilent(sender: string, { doubleBounceSender }: ReportPolicy): boolean {
  return sender === "" || equalAddresses(sender, doubleBounceSender);
}

/** Recipients whose fate is new. */
function decided(
  message: QueuedMessage,
  { outcomes }: AttemptResult,
  kind: DeliveryOutcome["kind"],
): readonly ReportedRecipient[] {
  return message.envelope.recipients.flatMap((recipient, index) => {
    const outcome = outcomes[index];
    if (outcome?.kind !== kind || message.outcomes[index]?.kind === kind) return [];
    const action = actionOf(outcome);
    return [{ recipient, outcome: action === "expanded" ? aliasExpanded : outcome, action }];
  });
}

function actionOf(outcome: DeliveryOutcome): ReportAction {
  if (outcome.kind === "failed") return "failed";
  if (outcome.kind === "deferred") return "delayed";
  return outcome.how === undefined || outcome.how === "passed on" ? "delivered" : outcome.how;
}

/** RFC 3461 §4.1: with no NOTIFY, failures and delays are told. */
function wants({ notify }: QueuedRecipient, word: "SUCCESS" | "FAILURE" | "DELAY"): boolean {
  if (notify === undefined || notify.length === 0) return word !== "SUCCESS";
  return notify.some((one) => one.toUpperCase() === word);
}

function failureReports(
  message: QueuedMessage,
  failed: readonly ReportedRecipient[],
  policy: ReportPolicy,
): ReportPlan {
  if (failed.length === 0) return { reports: [] };
  const { envelope, octets } = message;
  const { notifyClasses, doubleBounceSender, bounceMaxOctets } = policy;
  const isLong = octets > bounceMaxOctets;
  const isTold = notifyClasses.includes("bounce");
  const common = { kind: "failure", recipients: failed } as const;
  const postmaster = { ...common, audience: "postmaster", from: doubleBounceSender } as const;
  if (envelope.sender === "") {
    if (!isTold && !notifyClasses.includes("2bounce")) {
      return { reports: [], discarded: "undeliverable report discarded: its sender is <>" };
    }
    return { reports: [{ ...postmaster, to: policy.doubleBounceNoticeRecipient, headerOnly: isLong }] };
  }
  if (equalAddresses(envelope.sender, doubleBounceSender)) {
    return { reports: [], discarded: "undeliverable postmaster notification discarded" };
  }
  const told = failed.filter(({ recipient }) => wants(recipient, "FAILURE"));
  // What is to go by TLS only does not go back by whatever way there is (RFC 8689 §5).
  const headerOnly = envelope.ret === "HDRS" || envelope.requireTls === true || isLong;
  const reports: PlannedReport[] = senderGroups(envelope.sender, told, { verp: envelope.verp, policy }).map(
    ({ to, recipients }) => ({ ...common, audience: "sender", from: "", to, recipients, headerOnly }),
  );
  if (isTold) reports.push({ ...postmaster, to: policy.bounceNoticeRecipient, headerOnly: true });
  return { reports };
}

/** One report, or with VERP one a recipient, to the address that the recipient's message came from. */
function senderGroups(
  sender: string,
  recipients: readonly ReportedRecipient[],
  { verp, policy }: { readonly verp: string | undefined; readonly policy: ReportPolicy },
): readonly { readonly to: string; readonly recipients: readonly ReportedRecipient[] }[] {
  if (recipients.length === 0) return [];
  if (verp === undefined || policy.disableVerpBounces) return [{ to: sender, recipients }];
  return recipients.map((one) => ({
    to: verpSender(sender, one.recipient.address, verp),
    recipients: [one],
  }));
}

function delayReports(
  message: QueuedMessage,
  { outcomes, warns }: AttemptResult,
  policy: ReportPolicy,
): readonly PlannedReport[] {
  if (!warns) return [];
  const { sender, recipients } = message.envelope;
  const waiting = recipients.flatMap((recipient, index): ReportedRecipient[] => {
    const outcome = outcomes[index];
    return outcome?.kind === "deferred" ? [{ recipient, outcome, action: "delayed" }] : [];
  });
  const common = { kind: "delay", headerOnly: true } as const;
  const told = isSilent(sender, policy) ? [] : waiting.filter(({ recipient }) => wants(recipient, "DELAY"));
  const reports: PlannedReport[] = told.length === 0
    ? []
    : [{ ...common, audience: "sender", from: "", to: sender, recipients: told }];
  if (policy.notifyClasses.includes("delay")) {
    const { doubleBounceSender: from, delayNoticeRecipient: to } = policy;
    reports.push({ ...common, audience: "postmaster", from, to, recipients: waiting });
  }
  return reports;
}

function successReport(
  message: QueuedMessage,
  result: AttemptResult,
  policy: ReportPolicy,
): readonly PlannedReport[] {
  const { sender } = message.envelope;
  const isCleared = policy.confirmDelayCleared && result.wasWarned;
  const arrived = decided(message, result, "delivered").filter(({ recipient, outcome }) => {
    const isOurs = outcome.kind === "delivered" && outcome.how !== "passed on";
    return isOurs && wants(recipient, "SUCCESS") || isCleared && wants(recipient, "DELAY");
  });
  const recipients = [...expandedAliases(message), ...arrived];
  if (recipients.length === 0) return [];
  return [{ kind: "success", audience: "sender", from: "", to: sender, recipients, headerOnly: true }];
}

const aliasExpanded: DeliveryOutcome = {
  kind: "delivered",
  status: "2.0.0",
  text: "alias expanded",
  how: "expanded",
};

/** Aliases that virtual_alias_maps replaced; told once, with the first attempt. */
function expandedAliases({ envelope, attempts, outcomes }: QueuedMessage): readonly ReportedRecipient[] {
  if (attempts > 0 || outcomes.some((outcome) => outcome !== undefined)) return [];
  return (envelope.expanded ?? []).map((recipient) => ({
    recipient,
    action: "expanded",
    outcome: aliasExpanded,
  }));
}

function verifyReport(message: QueuedMessage, { outcomes }: AttemptResult): readonly PlannedReport[] {
  const { sender, recipients: all, trace } = message.envelope;
  if (sender === "") return [];
  const recipients = all.flatMap((recipient, index): ReportedRecipient[] => {
    const outcome = outcomes[index];
    if (outcome === undefined) return [];
    const action = trace === "record"
      ? actionOf(outcome)
      : outcome.kind === "delivered"
      ? "deliverable"
      : "undeliverable";
    return [{ recipient, outcome, action }];
  });
  return [{ kind: "verify", audience: "sender", from: "", to: sender, recipients, headerOnly: true }];
}
