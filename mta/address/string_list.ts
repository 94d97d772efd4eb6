/** Lists of exact names (mydestination and the like): a name is in it, the names below it are not. */

import { normalizeDomain } from "../../tools/kit/mail/domain.ts";

import type { Evaluation } from "./lookup.ts";
import { askEntry, firstMatch } from "./list_walk.ts";
import type { ListResult, StringList } from "./match_list.ts";

/** Tables are asked once, for the whole name. */
export function* matchString(list: StringList, domain: string): Evaluation<ListResult> {
  const name = normalizeDomain(domain);
  return yield* firstMatch(list, function* (entry) {
    if (entry.what.kind === "table") return yield* askEntry(entry.what.table, [name]);
    return entry.what.kind === "name" && entry.what.name === name ? "item" : undefined;
  });
}
