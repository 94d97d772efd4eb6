/** For tests: answers the questions of address code from records, at once. */

import type { AddressAnswers, AddressQuestion, Evaluation } from "./lookup.ts";

export interface TestWorld {
  /** By `type:name`; lines count from 1 in the order of the keys. A string instead: the failure of that table. */
  readonly tables?: Readonly<Record<string, Readonly<Record<string, string>> | string>>;
  readonly users?: readonly string[];
}

/** What `evaluation` comes to. `asked` is told each question: `hash:/x key`, `user joe`. */
export function run<T>(evaluation: Evaluation<T>, world: TestWorld, asked: string[] = []): T {
  let step = evaluation.next();
  while (step.done !== true) {
    asked.push(
      step.value.kind === "user" ? `user ${step.value.name}` : `${step.value.table} ${step.value.key}`,
    );
    step = evaluation.next(answer(step.value, world));
  }
  return step.value;
}

function answer(
  question: AddressQuestion,
  { tables = {}, users = [] }: TestWorld,
): AddressAnswers["table" | "user"] {
  if (question.kind === "user") return users.includes(question.name);
  const table = tables[question.table];
  if (table === undefined) return { failure: `there is no table "${question.table}"` };
  if (typeof table === "string") return { failure: table };
  const keys = Object.keys(table);
  const index = keys.indexOf(question.key.toLowerCase());
  return index < 0 ? undefined : { value: table[keys[index]!]!, line: index + 1 };
}
