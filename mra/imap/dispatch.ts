/** From a command's pieces to what is to be done: a row of the table, its arguments checked, or the answer that says why not. */

import { operations } from "./op/table.ts";
import {
  bad,
  type Completion,
  type Operation,
  printable,
  type Proceed,
  type SessionContext,
} from "./op/operation.ts";
import { AwaitsLiteral, BadSyntax } from "./protocol/bad_syntax.ts";
import { Cursor } from "./protocol/cursor.ts";
import type { PendingLiteral, Piece } from "./protocol/reader.ts";

export type Dispatched =
  | { readonly kind: "run"; readonly tag: string; readonly operation: Operation; readonly proceed: Proceed }
  /** The command is at its end already; `tag` is `*` when it had none. */
  | { readonly kind: "answer"; readonly tag: string; readonly completion: Completion }
  /** The pending literal is an argument like others. */
  | { readonly kind: "more"; readonly tag: string };

/** With `pending`, the command is not whole: only what can be said by now is. */
export function dispatch(
  pieces: readonly Piece[],
  session: SessionContext,
  pending?: PendingLiteral,
): Dispatched {
  const cursor = new Cursor(pieces, pending);
  let tag = "*";
  let name = "";
  try {
    tag = cursor.tag();
    cursor.space();
    name = readName(cursor);
    const operation = operations.get(name);
    if (operation === undefined) return answer(tag, name, "Unknown command.");
    const misplaced = outOfPhase(operation, session);
    if (misplaced !== undefined) return { kind: "answer", tag, completion: bad(misplaced) };
    if (pending !== undefined && !operation.takesMessage) return { kind: "more", tag };
    return { kind: "run", tag, operation, proceed: operation.check(cursor, session) };
  } catch (thrown) {
    if (thrown instanceof AwaitsLiteral) return { kind: "more", tag };
    if (!(thrown instanceof BadSyntax)) throw thrown;
    if (tag === "*") return { kind: "answer", tag, completion: bad(`Error in IMAP tag: ${thrown.message}.`) };
    return answer(tag, name, `${thrown.message}.`);
  }
}

function readName(cursor: Cursor): string {
  const name = cursor.keyword();
  return name === "UID" && cursor.take(" ") ? `UID ${cursor.keyword()}` : name;
}

function outOfPhase(operation: Operation, { state }: SessionContext): string | undefined {
  if (operation.phases.includes(state.phase)) return undefined;
  if (state.phase === "greeted") return "Please login first.";
  return operation.phases.includes("selected") ? "No mailbox selected." : "Already logged in.";
}

function answer(tag: string, name: string, reason: string): Dispatched {
  const command = name === "" ? "" : ` ${printable(name).slice(0, 40)}`;
  return { kind: "answer", tag, completion: bad(`Error in IMAP command${command}: ${printable(reason)}`) };
}
