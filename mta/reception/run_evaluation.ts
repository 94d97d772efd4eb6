/**
 * Runs what pure code decides, and asks the world what it yields: the server and `explain` both do it here. Whatever goes
 * wrong on the way becomes an answer, so that the decision says what follows from it.
 */

import { ConfigError, failureText, PermFailure, TempFailure } from "../../tools/kit/base/failure.ts";

import { DiskError } from "../../store/file/disk.ts";
import type { Tables } from "../../store/table/table.ts";
import type { Users } from "../../store/users/users.ts";

import type { AddressAnswers, AddressQuestion, Evaluation, LookupFailure } from "../address/lookup.ts";
import type { Dns } from "../dns/record.ts";
import type { PolicyAnswers, PolicyQuestion, VerifyAnswer } from "../policy/question.ts";

/** Who answers questions about addresses. */
export interface AddressWorld {
  readonly tables: Tables;
  readonly users: Pick<Users, "find">;
}

/** Who answers all that policy asks. */
export interface PolicyWorld extends AddressWorld {
  readonly dns: Dns;
  /** Asks a policy server (SMTPD_POLICY_README). Never throws. */
  service(
    server: string,
    attributes: readonly (readonly [name: string, value: string])[],
  ): Promise<string | LookupFailure>;
  /** Never throws. */
  verify(address: string): Promise<VerifyAnswer>;
  sleep(ms: number): Promise<void>;
}

/** Sees each question that was asked, with what came back. */
export type Watch<Question> = (question: Question, answer: unknown) => void;

/** Asks questions one after another until the evaluation has come to its end. */
export function runEvaluation<T>(
  steps: Evaluation<T, PolicyQuestion>,
  world: PolicyWorld,
  watch?: Watch<PolicyQuestion>,
): Promise<T> {
  return runSteps(steps, (question) => answerPolicyQuestion(question, world), watch);
}

/** Likewise for what asks tables and users only. */
export function runAddressEvaluation<T>(
  steps: Evaluation<T, AddressQuestion>,
  world: AddressWorld,
  watch?: Watch<AddressQuestion>,
): Promise<T> {
  return runSteps(steps, (question) => answerAddressQuestion(question, world), watch);
}

/** Likewise for any questions; `answer` never throws for what the world does. */
export async function runSteps<T, Question>(
  steps: Evaluation<T, Question>,
  answer: (question: Question) => Promise<unknown>,
  watch: Watch<Question> = () => {},
): Promise<T> {
  let step = steps.next();
  while (step.done !== true) {
    const given = await answer(step.value);
    watch(step.value, given);
    step = steps.next(given);
  }
  return step.value;
}

export async function answerPolicyQuestion(
  question: PolicyQuestion,
  world: PolicyWorld,
): Promise<PolicyAnswers[PolicyQuestion["kind"]]> {
  switch (question.kind) {
    case "table":
    case "user":
      return await answerAddressQuestion(question, world);
    case "dns":
      return await world.dns.query(question.name, question.type);
    case "service":
      return await world.service(question.server, question.attributes);
    case "verify":
      return await world.verify(question.address);
    case "sleep":
      await world.sleep(question.ms);
      return null;
  }
}

export async function answerAddressQuestion(
  question: AddressQuestion,
  world: AddressWorld,
): Promise<AddressAnswers[AddressQuestion["kind"]]> {
  try {
    switch (question.kind) {
      case "table":
        return await world.tables.open(question.table).lookup(question.key);
      case "user":
        return await world.users.find(question.name) !== undefined;
    }
  } catch (thrown) {
    if (!isWorldFailure(thrown)) throw thrown;
    return { failure: failureText(thrown) };
  }
}

/** Not a mistake in this program. */
function isWorldFailure(thrown: unknown): boolean {
  return [TempFailure, PermFailure, ConfigError, DiskError].some((kind) => thrown instanceof kind);
}
