/** How all lists are walked: item by item, the first that matches decides. */

import type { Evaluation, LookupFailure } from "./lookup.ts";
import { askTable, isFailure } from "./lookup.ts";
import type { Found, ListEntry, ListResult } from "./match_list.ts";

/** What one item says: nothing, that it matches as written, what its table holds, or a line that refuses. */
export type EntryAnswer =
  | undefined
  | "item"
  | (Found & { readonly refuses?: boolean | undefined })
  | LookupFailure;

interface WalkedList {
  readonly name: string;
  readonly entries: readonly ListEntry[];
}

export function* firstMatch(
  list: WalkedList,
  ask: (entry: ListEntry) => Evaluation<EntryAnswer>,
): Evaluation<ListResult> {
  for (const entry of list.entries) {
    const answer = yield* ask(entry);
    if (answer === undefined) continue;
    if (isFailure(answer)) return { kind: "failure", failure: answer.failure };
    const { refuses = false, ...found } = answer === "item" ? itemFound(list, entry) : answer;
    // A line that refuses refuses also where `!` stands before its table: nobody writes trust that way.
    const isMatch = !refuses && !entry.negated;
    return { kind: isMatch ? "match" : "excluded", list: list.name, ...found };
  }
  return { kind: "none" };
}

function itemFound(
  list: WalkedList,
  { text, file, line }: ListEntry,
): Found & { readonly refuses?: boolean } {
  return { table: file ?? list.name, key: text, line };
}

/** The first of `keys` that the table holds. */
export function* askEntry(
  table: string,
  keys: readonly string[],
): Evaluation<Found | undefined | LookupFailure> {
  for (const key of keys) {
    const hit = yield* askTable(table, key);
    if (hit === undefined) continue;
    if (isFailure(hit)) return hit;
    return { table, key, line: hit.line, value: hit.value };
  }
  return undefined;
}
