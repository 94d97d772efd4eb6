/** One decision of policy: facts are put together, policy is run, and its verdict becomes what the session does. */

import type { Log } from "../../tools/kit/base/log.ts";

import { decide } from "../policy/decide.ts";
import type { PolicyFacts, Stage } from "../policy/facts.ts";
import { formatPolicyLine } from "../policy/policy_line.ts";
import type { PolicySettings } from "../policy/settings.ts";
import type { Decision } from "../policy/verdict.ts";
import type { SessionFacts, SmtpAnswer } from "../smtp/question.ts";
import { reply } from "../smtp/reply.ts";
import type { KeptSession } from "./kept_session.ts";
import { type PolicyWorld, runEvaluation } from "./run_evaluation.ts";

/** What is asked, beside the session. */
export type Asked = Partial<
  Pick<
    PolicyFacts,
    "sender" | "recipient" | "recipientCount" | "size" | "queueId" | "etrnDomain" | "pending"
  >
>;

export interface Judgement {
  readonly facts: PolicyFacts;
  readonly decision: Decision;
  readonly answer: SmtpAnswer;
}

export interface JudgeOptions {
  readonly settings: PolicySettings;
  readonly world: PolicyWorld;
  readonly log: Log;
}

export async function judge(
  stage: Stage,
  facts: PolicyFacts,
  { settings, world, log }: JudgeOptions,
): Promise<Judgement> {
  const decision = await runEvaluation(decide(stage, facts, settings), world);
  for (const warning of decision.warnings) log.write("warning", warning);
  return { facts, decision, answer: answerOf(stage, facts, decision) };
}

function answerOf(stage: Stage, facts: PolicyFacts, { verdict, lines }: Decision): SmtpAnswer {
  const shown = lines.map((line) => formatPolicyLine(stage, facts, line));
  switch (verdict.kind) {
    case "permit":
      return shown.length === 0 ? { kind: "proceed" } : { kind: "proceed", lines: shown };
    case "reject":
    case "defer": {
      const { code, status, text } = verdict.refusal;
      return {
        kind: "reply",
        reply: reply(code, status, text),
        close: code === 421 || code === 521,
        lines: shown,
      };
    }
    case "hangup":
      return { kind: "hangup", lines: shown };
  }
}

/** `session` says who it is, `facts` what it has said by now. */
export function policyFacts(session: KeptSession, facts: SessionFacts, asked: Asked): PolicyFacts {
  const { client, server, login, transaction } = session;
  const start = transaction?.start;
  return {
    role: facts.role,
    client,
    server,
    helo: facts.helo,
    protocol: facts.protocol,
    tls: facts.tls,
    login: login === undefined ? undefined : { ...login, sender: start?.parameters.auth },
    sender: start?.sender,
    recipient: undefined,
    recipientCount: transaction?.accepted.length ?? 0,
    size: start?.parameters.size,
    queueId: undefined,
    instance: transaction?.instance ?? "",
    pipelined: facts.pipelined === true,
    etrnDomain: undefined,
    pending: transaction?.pending ?? session.pending,
    discarded: transaction?.actions.discard,
    ...asked,
  };
}
