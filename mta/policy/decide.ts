/**
 * The decision of each stage of a session, as smtpd(8) makes it.
 *
 * With smtpd_delay_reject = yes nothing is decided before RCPT; there the client, helo and sender lists are evaluated, each
 * from its start, then the relay and the recipient list, then the implicit rules. A refusal ends all, a permit ends only its
 * own list. With `no`, each list is evaluated at its own command, and what was put off goes on to the next as `pending`.
 *
 * VRFY is decided as RCPT is, without a sender.
 */

import { refuseSyntax } from "./address_syntax.ts";
import { type Course, evaluateList, type ListOptions, newCourse, refuseNow } from "./evaluate.ts";
import type { PolicyFacts, Stage } from "./facts.ts";
import type { PolicyEvaluation } from "./question.ts";
import type { ListName, RestrictionCall } from "./restriction_call.ts";
import { subjectOf } from "./rule.ts";
import type { PolicySettings } from "./settings.ts";
import type { Decision, Reason, Verdict } from "./verdict.ts";

/** What the server says at `stage`. Yields what must be looked up; never throws for what the world does. */
export function* decide(
  stage: Stage,
  facts: PolicyFacts,
  settings: PolicySettings,
): PolicyEvaluation<Decision> {
  if (isPostmaster(stage, facts)) return permitPostmaster();
  const malformed = yield* refuseSyntax(stage, facts, settings.addresses);
  if (malformed !== undefined) return malformed;
  const course = newCourse({ ...facts, pending: isPendingFor(stage, facts) ? facts.pending : undefined });
  const judgement = new Judgement(course, { stage, facts, settings });
  const verdict = yield* judgement.run();
  const { actions, lines, warnings, trail } = course;
  return {
    verdict: verdict ?? { kind: "permit", reason: permitReason(course) },
    actions,
    lines,
    warnings,
    trail,
    ...(verdict === undefined && course.deferIfPermit !== undefined
      ? { pending: course.deferIfPermit.refusal }
      : {}),
  };
}

/** What was put off at an earlier command goes from MAIL to RCPT, and is not of the data (Postfix 3.7). */
function isPendingFor(stage: Stage, { sender }: PolicyFacts): boolean {
  if (stage === "DATA" || stage === "END-OF-MESSAGE") return false;
  return stage !== "VRFY" || sender !== undefined;
}

/** RFC 5321 §4.5.1: postmaster without a domain is always there. */
function isPostmaster(stage: Stage, { recipient }: PolicyFacts): boolean {
  return (stage === "RCPT" || stage === "VRFY") && recipient?.toLowerCase() === "postmaster";
}

function permitPostmaster(): Decision {
  const verdict: Verdict = {
    kind: "permit",
    reason: { rule: "postmaster", note: "postmaster without a domain is always accepted (RFC 5321 §4.5.1)" },
  };
  const trail = [{ list: "implicit", rule: "postmaster", depth: 0, outcome: verdict, looked: [] }];
  return { verdict, actions: {}, lines: [], warnings: [], trail };
}

function permitReason({ trail, actions }: Course): Reason {
  if (actions.discard === true) return { rule: "DISCARD" };
  const last = trail.findLast(({ depth, outcome }) => depth === 0 && outcome?.kind === "permit");
  return last?.outcome?.kind === "permit" ? last.outcome.reason : { rule: "end of lists" };
}

interface Situation {
  readonly stage: Stage;
  readonly facts: PolicyFacts;
  readonly settings: PolicySettings;
}

class Judgement {
  readonly #course: Course;
  readonly #situation: Situation;

  constructor(course: Course, situation: Situation) {
    this.#course = course;
    this.#situation = situation;
  }

  /** `undefined`: nothing refuses. */
  *run(): PolicyEvaluation<Verdict | undefined> {
    let before: ListName | undefined;
    for (const list of this.#lists()) {
      // The two lists about a recipient are one in this: what the first has put off holds in the second.
      const keepsDeferIfReject = isAboutRecipient(before) && isAboutRecipient(list);
      const verdict = yield* this.#evaluate(list, { keepsDeferIfReject });
      before = list;
      if (verdict !== undefined && verdict.kind !== "permit") return verdict;
      if (list !== "sender") continue;
      const unlisted = yield* this.#implicit("reject_unlisted_sender");
      if (unlisted !== undefined) return unlisted;
    }
    if (!this.#isLast()) return undefined;
    const { deferIfPermit } = this.#course;
    // DISCARD does not undo it (Postfix 3.7).
    if (deferIfPermit !== undefined) {
      return refuseNow(deferIfPermit, this.#situation.settings, this.#course, { warned: false });
    }
    if (this.#course.actions.discard === true) return undefined;
    const { stage } = this.#situation;
    if (stage !== "RCPT" && stage !== "VRFY") return undefined;
    return yield* this.#implicit("reject_unlisted_recipient");
  }

  #lists(): readonly ListName[] {
    const { stage, settings, facts } = this.#situation;
    const delayed = settings.delayReject;
    const early: readonly ListName[] = delayed
      ? (["client", "helo", "sender"] as const).filter((list) =>
        (list !== "helo" || facts.helo !== undefined) && (list !== "sender" || facts.sender !== undefined)
      )
      : [];
    switch (stage) {
      case "CONNECT":
        return delayed ? [] : ["client"];
      case "HELO":
        return delayed ? [] : ["helo"];
      case "MAIL":
        return delayed ? [] : ["sender"];
      case "RCPT":
      case "VRFY":
        return [...early, ...(settings.relayBeforeRecipient ? relayFirst : recipientFirst)];
      case "DATA":
        return ["data"];
      case "END-OF-MESSAGE":
        return ["end_of_data"];
      case "ETRN":
        return [...early.filter((list) => list !== "sender"), "etrn"];
    }
  }

  /** Does a later command still come to lists of this message? Then what was put off waits for it. */
  #isLast(): boolean {
    const { stage } = this.#situation;
    return stage !== "CONNECT" && stage !== "HELO" && stage !== "MAIL";
  }

  *#evaluate(list: ListName, options: ListOptions): PolicyEvaluation<Verdict | undefined> {
    const { stage, facts, settings } = this.#situation;
    const scope = { stage, list, facts, settings, subject: subjectOf(list, facts) };
    return yield* evaluateList(settings.lists[list], scope, this.#course, options);
  }

  /** A rule that holds though no list names it; unless one of the lists did. */
  *#implicit(
    name: "reject_unlisted_recipient" | "reject_unlisted_sender",
  ): PolicyEvaluation<Verdict | undefined> {
    const { stage, facts, settings } = this.#situation;
    const isOn = name === "reject_unlisted_sender"
      ? settings.rejectUnlistedSender
      : settings.rejectUnlistedRecipient;
    if (!isOn || this.#course.done.has(name) || this.#course.actions.discard === true) return undefined;
    const list = name === "reject_unlisted_sender" ? "sender" : "recipient";
    const calls: readonly RestrictionCall[] = [{ name, text: name }];
    const scope = { stage, list, facts, settings, subject: subjectOf(list, facts) } as const;
    const verdict = yield* evaluateList(calls, scope, this.#course, {
      label: "implicit",
      keepsDeferIfReject: true,
    });
    return verdict?.kind === "permit" ? undefined : verdict;
  }
}

function isAboutRecipient(list: ListName | undefined): boolean {
  return list === "relay" || list === "recipient";
}

const relayFirst: readonly ListName[] = ["relay", "recipient"];
const recipientFirst: readonly ListName[] = ["recipient", "relay"];
