/** Who answers what the expansion of local recipients asks; local delivery and `explain` both ask here. */

import type { LocalAnswers, LocalEvaluation, LocalQuestion } from "../address/forward.ts";
import type { AddressWorld, Watch } from "../reception/run_evaluation.ts";
import { answerAddressQuestion, runSteps } from "../reception/run_evaluation.ts";
import type { ListFiles } from "./list_files.ts";

export interface LocalWorld extends AddressWorld {
  readonly lists: Pick<ListFiles, "forward" | "include">;
}

export function runLocalEvaluation<T>(
  steps: LocalEvaluation<T>,
  world: LocalWorld,
  watch?: Watch<LocalQuestion>,
): Promise<T> {
  return runSteps(steps, (question) => answerLocalQuestion(question, world), watch);
}

export async function answerLocalQuestion(
  question: LocalQuestion,
  world: LocalWorld,
): Promise<LocalAnswers[LocalQuestion["kind"]]> {
  switch (question.kind) {
    case "table":
    case "user":
      return await answerAddressQuestion(question, world);
    case "forward":
      return await world.lists.forward(question);
    case "include":
      return await world.lists.include(question);
  }
}
