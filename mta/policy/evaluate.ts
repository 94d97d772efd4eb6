/**
 * Evaluates lists of restrictions: the algebra of smtpd(8).
 *
 * | said | becomes |
 * |---|---|
 * | permit | ends the list |
 * | refusal | ends everything; 5xx becomes the stored answer when defer_if_reject was said before |
 * | refusal behind warn_if_reject | a `reject_warning` line, goes on; not so for faults of the settings |
 * | deferIfPermit | the first one is stored; behind warn_if_reject it is a line |
 * | deferIfReject | the first one is stored; with both stored the list ends |
 * | DISCARD | ends the list and all later ones |
 */

import { matchString } from "../address/string_list.ts";
import type { PolicyFacts } from "./facts.ts";
import { describeLookup } from "./looked.ts";
import type { PolicyEvaluation } from "./question.ts";
import { settleRefusal } from "./reply_text.ts";
import type { RestrictionCall } from "./restriction_call.ts";
import { argumentKindOf, warnIfReject } from "./restriction_names.ts";
import { bareTable } from "./restriction_list.ts";
import { findRule } from "./rules.ts";
import { forbiddenPermit, nothing, type Permits, type Said, type Scope, serverFault } from "./rule.ts";
import {
  type Looked,
  type MessageActions,
  type Outcome,
  type PolicyLine,
  type Reason,
  type Refusal,
  refusing,
  type Step,
  type Verdict,
} from "./verdict.ts";

/** Access tables and classes that name each other end here. */
export const maxDepth = 100;

/** What Postfix has no bound for: rules looked at in one decision, however tables multiply them. */
const maxSteps = 10_000;

export interface Stored {
  readonly refusal: Refusal;
  readonly reason: Reason;
}

/** What a decision has come to so far. */
export interface Course {
  actions: MessageActions;
  readonly lines: PolicyLine[];
  readonly warnings: string[];
  readonly trail: Step[];
  deferIfPermit: Stored | undefined;
  deferIfReject: Stored | undefined;
  /** Rules that need not be applied at the end any more. */
  readonly done: Set<string>;
}

export function newCourse({ pending, discarded }: Pick<PolicyFacts, "pending" | "discarded">): Course {
  return {
    actions: discarded === true ? { discard: true } : {},
    lines: [],
    warnings: [],
    trail: [],
    deferIfPermit: pending === undefined
      ? undefined
      : { refusal: pending, reason: { rule: "defer_if_permit", note: "said at an earlier command" } },
    deferIfReject: undefined,
    done: new Set(),
  };
}

interface Place {
  readonly depth: number;
  readonly warned: boolean;
  readonly permits: Permits;
  /** Name of the list in the trail. */
  readonly label: string;
}

export interface ListOptions {
  /** Name in the trail. */
  readonly label?: string;
  /** It belongs to the list before: what that one has put off still counts. */
  readonly keepsDeferIfReject?: boolean;
}

/** The verdict that ends the list; `undefined` when nothing did. */
export function* evaluateList(
  calls: readonly RestrictionCall[],
  scope: Scope,
  course: Course,
  { label = scope.list, keepsDeferIfReject = false }: ListOptions = {},
): PolicyEvaluation<Verdict | undefined> {
  if (!keepsDeferIfReject) course.deferIfReject = undefined;
  return yield* walk(calls, scope, course, { depth: 0, warned: false, permits: "count", label });
}

function* walk(
  calls: readonly RestrictionCall[],
  scope: Scope,
  course: Course,
  place: Place,
): PolicyEvaluation<Verdict | undefined> {
  let isNextWarned = false;
  for (const call of calls) {
    if (course.actions.discard === true) return undefined;
    if (call.name === warnIfReject) {
      isNextWarned = true;
      continue;
    }
    const warned = place.warned || isNextWarned;
    isNextWarned = false;
    const verdict = yield* weighCall(call, scope, course, { ...place, warned });
    if (verdict !== undefined) return verdict;
    if (course.deferIfPermit !== undefined && course.deferIfReject !== undefined) return undefined;
  }
  return undefined;
}

function* weighCall(
  call: RestrictionCall,
  scope: Scope,
  course: Course,
  place: Place,
): PolicyEvaluation<Verdict | undefined> {
  const looked: Looked[] = [];
  const said = yield* watched(say(call, scope, { depth: place.depth, steps: course.trail.length }), looked);
  if (!place.warned) course.done.add(call.name);
  course.warnings.push(...said.warnings ?? []);
  const index = course.trail.length;
  const step: Step = {
    list: place.label,
    rule: call.text,
    depth: place.depth,
    outcome: undefined,
    reason: said.reason,
    looked,
  };
  course.trail.push(step);
  const outcome = said.kind === "list"
    ? yield* walk(said.calls, { ...scope, subject: said.subject }, course, {
      ...place,
      depth: place.depth + 1,
      permits: stricter(place.permits, said.permits),
    })
    : yield* weigh(said, scope, course, place);
  const isWarned = place.warned && (outcome?.kind === "reject" || outcome?.kind === "defer") &&
    !(said.kind === "refuse" && said.fault === true) && said.kind !== "list";
  course.trail[index] = isWarned ? { ...step, outcome, warned: true } : { ...step, outcome };
  if (outcome === undefined || isWarned) return undefined;
  // Who only puts off has no reason of its own and lets the list go on.
  return "reason" in outcome ? outcome : undefined;
}

function stricter(outer: Permits, inner: Permits): Permits {
  if (outer === "forbidden" || inner === "forbidden") return "forbidden";
  return outer === "ignored" || inner === "ignored" ? "ignored" : "count";
}

/** What the restriction itself says. */
function* say(
  call: RestrictionCall,
  scope: Scope,
  { depth, steps }: { readonly depth: number; readonly steps: number },
): PolicyEvaluation<Said> {
  const reason: Reason = { rule: call.text };
  if (depth > maxDepth || steps > maxSteps) {
    return serverFault(reason, `${call.text}: causes unreasonable recursion`);
  }
  const name = call.name === bareTable ? tableRule(scope) : call.name;
  if (name === undefined) {
    return serverFault(
      reason,
      "specify one of (check_client_access, check_helo_access, check_sender_access, check_recipient_access, " +
        `check_etrn_access) before ${scope.list} restriction "${call.text}"`,
    );
  }
  const rule = findRule(name);
  if (rule !== undefined) {
    const kind = argumentKindOf(name);
    // Postfix passes over a list without a name.
    if (kind === "domain" && call.argument === undefined) {
      return { ...nothing(reason), warnings: [`restriction ${call.text} requires domain name argument`] };
    }
    if (kind !== "none" && call.argument === undefined) {
      return serverFault(reason, `restriction ${call.text} needs an argument`);
    }
    return yield* rule.evaluate(scope, call.argument ?? "");
  }
  const calls = scope.settings.classes.get(call.name);
  if (calls !== undefined) {
    return { kind: "list", calls, subject: scope.subject, permits: "count", reason };
  }
  return serverFault(reason, `unknown smtpd restriction: "${call.text}"`);
}

/** What a bare `type:table` means in this list. */
function tableRule({ list }: Scope): string | undefined {
  switch (list) {
    case "client":
    case "helo":
    case "sender":
    case "recipient":
    case "etrn":
      return `check_${list}_access`;
    case "relay":
      return "check_recipient_access";
    case "data":
    case "end_of_data":
      return undefined;
  }
}

/** What follows from it. */
function* weigh(
  said: Exclude<Said, { readonly kind: "list" }>,
  { subject, settings }: Scope,
  course: Course,
  { warned, permits }: Place,
): PolicyEvaluation<Outcome | undefined> {
  const { reason } = said;
  switch (said.kind) {
    case "nothing":
      return undefined;
    case "permit":
      return yield* weighPermit(said, { subject, settings }, course, permits);
    case "refuse":
      return refuseNow(said, settings, course, { warned: warned && said.fault !== true });
    case "deferIfPermit":
      if (warned) return refuseNow(said, settings, course, { warned });
      course.deferIfPermit ??= { refusal: said.refusal, reason };
      return { kind: said.kind, refusal: said.refusal };
    case "deferIfReject":
      course.deferIfReject ??= { refusal: said.refusal, reason };
      return { kind: said.kind, refusal: said.refusal };
    case "hangup":
      course.lines.push({ action: "hangup", text: said.text });
      return { kind: "hangup", reason };
    case "act":
      if (said.actions !== undefined) course.actions = addActions(course.actions, said.actions);
      if (said.line !== undefined) course.lines.push(said.line);
      return undefined;
  }
}

function* weighPermit(
  { reason, logged }: Extract<Said, { readonly kind: "permit" }>,
  { subject, settings }: Pick<Scope, "subject" | "settings">,
  course: Course,
  permits: Permits,
): PolicyEvaluation<Outcome | undefined> {
  if (permits === "forbidden") {
    const fault = forbiddenPermit(reason, subject.name);
    course.warnings.push(...fault.warnings ?? []);
    return fault.kind === "refuse" ? refuseNow(fault, settings, course, { warned: false }) : undefined;
  }
  if (permits === "ignored") return undefined;
  const action = logged?.action ?? reason.rule.split(" ", 1)[0]!;
  const listed = yield* matchString(settings.logAccessPermitActions, action);
  if (listed.kind === "match") {
    const { name, class: of } = logged?.subject ?? subject;
    const from = logged === undefined ? "" : ` from ${logged.table}`;
    course.lines.push({ action: "permit", text: `action=${action} for ${of}=${name}${from}` });
  }
  return { kind: "permit", reason };
}

/** Answers, or only logs that it would have been answered. */
export function refuseNow(
  { refusal, reason }: Stored,
  settings: { readonly softBounce: boolean },
  course: Course,
  { warned }: { readonly warned: boolean },
): Verdict {
  const stored = course.deferIfReject;
  const isPutOff = !warned && stored !== undefined && refusal.code >= 500;
  const said = isPutOff ? stored : { refusal, reason };
  const settled = settleRefusal(said.refusal, settings);
  if (settled.warning !== undefined) course.warnings.push(settled.warning);
  const { code, status, text } = settled.refusal;
  course.lines.push({
    action: warned ? "reject_warning" : "reject",
    text: `${code} ${status} ${text}`,
  });
  return refusing(
    settled.refusal,
    isPutOff ? { ...said.reason, note: `else refused by ${reason.rule} for good` } : said.reason,
  );
}

function addActions(before: MessageActions, more: MessageActions): MessageActions {
  return {
    ...before,
    ...more,
    ...(more.bcc === undefined ? {} : { bcc: [...before.bcc ?? [], ...more.bcc] }),
    ...(more.prepend === undefined ? {} : { prepend: [...before.prepend ?? [], ...more.prepend] }),
  };
}

/** Notes each question and its answer. */
function* watched<T>(steps: PolicyEvaluation<T>, looked: Looked[]): PolicyEvaluation<T> {
  let step = steps.next();
  while (step.done !== true) {
    const answer: unknown = yield step.value;
    looked.push(describeLookup(step.value, answer));
    step = steps.next(answer);
  }
  return step.value;
}
