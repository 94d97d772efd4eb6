/** What commands on messages share: which messages they mean. */

import { BadSyntax } from "../protocol/bad_syntax.ts";
import type { Cursor } from "../protocol/cursor.ts";
import type { Numbered, View } from "../view.ts";
import { type Completion, no, type SessionContext } from "./operation.ts";

/** How messages are named: by sequence numbers, or by UIDs in the UID form of a command (RFC 3501 §6.4.8). */
export interface Naming {
  readonly byUid: boolean;
}

/** Messages of one question to the store: bounds what one answer holds. */
export const messagesAtOnce = 200;

export const readOnlyMailbox: Completion = no("[READ-ONLY] Mailbox is read-only.");

export function selectedView(session: SessionContext): View {
  if (session.state.phase !== "selected") throw new Error("no mailbox is selected");
  return session.state.view;
}

/**
 * The messages of a set. UIDs that name no message are nothing wrong (§6.4.8); sequence numbers are (§9 seq-number).
 *
 * @throws BadSyntax
 */
export function readMessages(cursor: Cursor, view: View, naming: Naming): readonly Numbered[] {
  const set = cursor.sequenceSet();
  if (naming.byUid) return view.byUid(set);
  if (!view.hasAllSequences(set)) throw new BadSyntax("Invalid messageset");
  return view.bySequence(set);
}

/** Pieces of at most `length` items. */
export function* inBatches<T>(items: readonly T[], length: number): Generator<readonly T[]> {
  for (let start = 0; start < items.length; start += length) yield items.slice(start, start + length);
}

export function commandName(name: string, naming: Naming): string {
  return naming.byUid ? `UID ${name}` : name;
}
