/** The answer to `list`: the mailboxes there are, and the names above them that are none. */

import type { MailboxEntry } from "../account.ts";
import { compareNames, parentsOf } from "./name.ts";
import type { SpecialUses } from "./special_use.ts";

export interface FoundNames {
  /** Mailboxes that can be opened. */
  readonly names: readonly string[];
  /** Names that exist but can only hold others (directories beside mbox files). */
  readonly directories: readonly string[];
  readonly subscribed: readonly string[];
  readonly specialUses: SpecialUses;
  readonly mayHaveChildren: (name: string) => boolean;
}

export function mailboxEntries(found: FoundNames): readonly MailboxEntry[] {
  const selectable = new Set(found.names);
  const subscribed = new Set(found.subscribed);
  const parents = new Set([...found.names, ...found.directories].flatMap(parentsOf));
  const all = new Set([...selectable, ...found.directories, ...parents]);
  return Array.from(all).sort(compareNames).map((name) => ({
    name,
    selectable: selectable.has(name),
    hasChildren: parents.has(name),
    mayHaveChildren: !selectable.has(name) || found.mayHaveChildren(name),
    subscribed: subscribed.has(name),
    specialUse: found.specialUses.get(name),
  }));
}
