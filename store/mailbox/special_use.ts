/** Which mailboxes carry special uses, by name (RFC 6154 §2); the names that mail programs and Dovecot's examples use. */

import type { SpecialUse } from "../account.ts";

export type SpecialUses = ReadonlyMap<string, SpecialUse>;

export const defaultSpecialUses: SpecialUses = new Map<string, SpecialUse>([
  ["Drafts", "\\Drafts"],
  ["Sent", "\\Sent"],
  ["Junk", "\\Junk"],
  ["Trash", "\\Trash"],
  ["Archive", "\\Archive"],
]);
