/** Flags as commands name them (RFC 3501 §2.3.2, §9 flag). */

import { BadSyntax } from "./bad_syntax.ts";
import type { Cursor } from "./cursor.ts";

export const systemFlags = ["\\Answered", "\\Flagged", "\\Deleted", "\\Seen", "\\Draft"] as const;

const systemNames = new Map<string, string>(systemFlags.map((flag) => [flag.toUpperCase(), flag]));

/** Of one keyword: what any store can keep. */
const maxKeywordOctets = 255;
/** Flags of one command; a mailbox holds few more than 30 keywords (RFC 3501 gives no bound). */
const maxFlags = 100;

/**
 * A flag that a client may set: a system flag in its usual spelling, or a keyword as given.
 *
 * @throws BadSyntax for `\Recent`, which only the server sets, and for unknown system flags.
 */
function readFlag(cursor: Cursor): string {
  if (!cursor.take("\\")) {
    const keyword = cursor.atom();
    if (keyword.length > maxKeywordOctets) throw new BadSyntax("Keyword name too long");
    return keyword;
  }
  const name = `\\${cursor.atom()}`;
  const flag = systemNames.get(name.toUpperCase());
  if (flag === undefined) throw new BadSyntax(`Invalid system flag ${name}`);
  return flag;
}

/** `(\Seen $Junk)`, each once, in any case. */
export function readFlagList(cursor: Cursor): readonly string[] {
  return unique(cursor.list(() => readFlag(cursor), { mayBeEmpty: true }));
}

/** Flags of STORE: with or without parentheses (RFC 3501 §9 store-att-flags). */
export function readStoreFlags(cursor: Cursor): readonly string[] {
  if (cursor.peek() === "(") return readFlagList(cursor);
  const flags = [readFlag(cursor)];
  while (cursor.take(" ")) flags.push(readFlag(cursor));
  return unique(flags);
}

function unique(flags: readonly string[]): readonly string[] {
  const seen = new Map<string, string>();
  for (const flag of flags) if (!seen.has(flag.toLowerCase())) seen.set(flag.toLowerCase(), flag);
  if (seen.size > maxFlags) throw new BadSyntax("Too many flags");
  return [...seen.values()];
}

/** Whether both have the same flags, in any order and case. */
export function sameFlags(left: readonly string[], right: readonly string[]): boolean {
  if (left === right) return true;
  if (left.length !== right.length) return false;
  return left.every((flag) => right.includes(flag)) || sameFolded(left, right);
}

function sameFolded(left: readonly string[], right: readonly string[]): boolean {
  const folded = new Set(right.map((flag) => flag.toLowerCase()));
  return left.every((flag) => folded.has(flag.toLowerCase()));
}
