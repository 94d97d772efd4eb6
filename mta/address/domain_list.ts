/**
 * Lists of domains that may take in the names below them (relay_domains and the like), by
 * parent_domain_matches_subdomains: listed there, `example.test` is also `mail.example.test`; not listed, `.example.test`
 * is what takes those in, and only those.
 */

import { normalizeDomain } from "../../tools/kit/mail/domain.ts";

import { askEntry, type EntryAnswer, firstMatch } from "./list_walk.ts";
import type { Evaluation } from "./lookup.ts";
import type { DomainList, ListEntry, ListResult } from "./match_list.ts";
import { bareParents, dottedParents } from "./parents.ts";

type Scope = Pick<DomainList, "subdomains" | "dottedKeys">;

/** Tables are asked for the name, then for its parents; those of patterns once, for the name. */
export function* matchDomain(list: DomainList, domain: string): Evaluation<ListResult> {
  const name = normalizeDomain(domain);
  return yield* firstMatch(list, function* (entry): Evaluation<EntryAnswer> {
    if (entry.what.kind !== "table") return nameMatches(entry, name, list) ? "item" : undefined;
    const { table, fixed } = entry.what;
    if (!fixed) return yield* askEntry(table, [name]);
    const own = yield* askEntry(table, ownNameKeys(name, list));
    return own ?? noted(yield* askEntry(table, addedNameKeys(name, list)));
  });
}

/** Does an item that is a name take in `name`, which is normalized? */
export function nameMatches({ what }: ListEntry, name: string, { subdomains }: Scope): boolean {
  if (what.kind !== "name") return false;
  if (name === what.name) return true;
  // A name with a dot before it means those below it where names alone do not; elsewhere it means nothing.
  return subdomains ? name.endsWith(`.${what.name}`) : what.name.startsWith(".") && name.endsWith(what.name);
}

/** The keys that Postfix asks for a name. */
export function ownNameKeys(name: string, { subdomains }: Scope): readonly string[] {
  return [name, ...(subdomains ? bareParents(name) : dottedParents(name))];
}

/** Those that only we ask for. */
export function addedNameKeys(name: string, { subdomains, dottedKeys }: Scope): readonly string[] {
  return subdomains && dottedKeys ? dottedParents(name) : [];
}

export function noted(answer: EntryAnswer): EntryAnswer {
  return typeof answer === "object" && "key" in answer
    ? { ...answer, note: `Postfix does not look for the key "${answer.key}" here` }
    : answer;
}
