/**
 * How pure code asks tables: a decision is a generator that yields what it must know and is given the answer, so that
 * whoever may wait does the waiting, and `explain` sees each question that was asked.
 */

import type { TableHit } from "../../store/table/table.ts";

/** Why something could not be looked up, for the log. */
export interface LookupFailure {
  readonly failure: string;
}

/** One key of one table, exactly this one. `table` is written as in the settings: `hash:/etc/postfix/access`. */
export interface TableQuestion {
  readonly kind: "table";
  readonly table: string;
  readonly key: string;
}

/** Is there a mail user of that name (the user database; a name in lower case, without extension)? */
export interface UserQuestion {
  readonly kind: "user";
  readonly name: string;
}

export type AddressQuestion = TableQuestion | UserQuestion;

export interface AddressAnswers {
  readonly table: TableHit | undefined | LookupFailure;
  readonly user: boolean | LookupFailure;
}

/** Yields questions, is given their answers, comes to a `T`. Never throws for what the world does. */
export type Evaluation<T, Question = AddressQuestion> = Generator<Question, T, unknown>;

export function* askTable(table: string, key: string): Evaluation<AddressAnswers["table"], TableQuestion> {
  return (yield { kind: "table", table, key }) as AddressAnswers["table"];
}

export function* askUser(name: string): Evaluation<AddressAnswers["user"], UserQuestion> {
  return (yield { kind: "user", name }) as AddressAnswers["user"];
}

export function isFailure(answer: unknown): answer is LookupFailure {
  return typeof answer === "object" && answer !== null && "failure" in answer;
}
