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

/**
 * For what names files, commands and who may use them: a value that whoever chooses the key has a say in counts for
 * nothing (postconf(5) alias_maps, mailbox_command_maps, virtual_mailbox_maps).
 */
export function* askOwnTable(
  table: string,
  key: string,
): Evaluation<AddressAnswers["table"], TableQuestion> {
  const hit = yield* askTable(table, key);
  if (hit === undefined || isFailure(hit) || hit.substituted !== true) return hit;
  return { failure: substitutionRefused(table, hit.line) };
}

export function substitutionRefused(table: string, line: number | undefined): string {
  const place = line === undefined ? table : `${table}, line ${line}`;
  return `${place}: regular expression substitution is not allowed for security reasons`;
}

export function* askUser(name: string): Evaluation<AddressAnswers["user"], UserQuestion> {
  return (yield { kind: "user", name }) as AddressAnswers["user"];
}

export function isFailure(answer: unknown): answer is LookupFailure {
  return typeof answer === "object" && answer !== null && "failure" in answer;
}
