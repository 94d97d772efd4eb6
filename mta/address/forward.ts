/**
 * Lists of destinations in files: `~/.forward` and `:include:` files, as pure code asks for them. Whoever answers reads
 * the file with the rights of `as`, and checks what local(8) checks (postfix-semantics §9.5, §9.6).
 */

import type { AddressAnswers, AddressQuestion, Evaluation } from "./lookup.ts";
import type { LocalRecipient } from "./recipient.ts";

/** In whose name something is done. */
export type Rights =
  | { readonly kind: "user"; readonly name: string }
  /** The owner of the table's file; where that is root, default_privs. */
  | { readonly kind: "table"; readonly table: string }
  /** The owner of a file. */
  | { readonly kind: "uid"; readonly uid: number; readonly gid: number };

/** The first of forward_path that there is, of a user who exists. */
export interface ForwardQuestion {
  readonly kind: "forward";
  readonly recipient: LocalRecipient;
  /** The recipient's address. */
  readonly address: string;
}

/** An `:include:` file. `path` is as written; `as.user` when a person's file names it. */
export interface IncludeQuestion {
  readonly kind: "include";
  readonly path: string;
  readonly as: Rights;
}

/** One line of such a file, without its end; comments and empty lines are left out. */
export interface ListLine {
  readonly line: number;
  readonly text: string;
}

export type ListAnswer =
  | {
    readonly kind: "list";
    /** Absolute. */
    readonly path: string;
    readonly lines: readonly ListLine[];
    readonly owner: { readonly uid: number; readonly gid: number };
  }
  /** No such file, or one that is not to be used (forward only): `notes` say why. */
  | { readonly kind: "none"; readonly notes: readonly string[] }
  | { readonly kind: "refused"; readonly status: string; readonly text: string };

export type LocalQuestion = AddressQuestion | ForwardQuestion | IncludeQuestion;

export interface LocalAnswers extends AddressAnswers {
  readonly forward: ListAnswer;
  readonly include: ListAnswer;
}

export type LocalEvaluation<T> = Evaluation<T, LocalQuestion>;

export function* askForward(recipient: LocalRecipient, address: string): LocalEvaluation<ListAnswer> {
  return (yield { kind: "forward", recipient, address }) as ListAnswer;
}

export function* askInclude(path: string, as: Rights): LocalEvaluation<ListAnswer> {
  return (yield { kind: "include", path, as }) as ListAnswer;
}
