/** Runs evaluations and keeps what each of them has asked, in words. */

import type { LocalEvaluation } from "../../../mta/address/forward.ts";
import type { Evaluation } from "../../../mta/address/lookup.ts";
import { type LocalWorld, runLocalEvaluation } from "../../../mta/delivery/local_world.ts";
import { describeLookup } from "../../../mta/policy/looked.ts";
import type { Looked } from "../../../mta/policy/verdict.ts";
import { runAddressEvaluation } from "../../../mta/reception/run_evaluation.ts";

export interface Answered<T> {
  readonly result: T;
  readonly looked: readonly Looked[];
}

export class Watched {
  readonly #world: LocalWorld;

  constructor(world: LocalWorld) {
    this.#world = world;
  }

  async addresses<T>(steps: Evaluation<T>): Promise<Answered<T>> {
    const looked: Looked[] = [];
    const result = await runAddressEvaluation(
      steps,
      this.#world,
      (question, answer) => looked.push(describeLookup(question, answer)),
    );
    return { result, looked };
  }

  /** Files are not among what was looked up: they stand in the tree. */
  async local<T>(steps: LocalEvaluation<T>): Promise<Answered<T>> {
    const looked: Looked[] = [];
    const result = await runLocalEvaluation(watch(steps, looked), this.#world);
    return { result, looked };
  }
}

/** The same questions and answers, with a witness. */
function* watch<T>(steps: LocalEvaluation<T>, looked: Looked[]): LocalEvaluation<T> {
  let step = steps.next();
  while (step.done !== true) {
    const question = step.value;
    const answer: unknown = yield question;
    if (question.kind === "table" || question.kind === "user") looked.push(describeLookup(question, answer));
    step = steps.next(answer);
  }
  return step.value;
}
