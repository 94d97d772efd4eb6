/** Patterns of LIST and LSUB: `*` matches anything, `%` anything within a level (RFC 3501 §6.3.8). */

import { separator } from "./mailbox_name.ts";

/** Whether a wire name matches one pattern. */
export type NameTest = (wireName: string) => boolean;

/**
 * INBOX matches in any case (RFC 3501 §5.1). Takes time in the product of both lengths at most: a pattern full of
 * stars must not stall the server.
 *
 * ```ts
 * matchPattern("%/b")("a/b"); // true
 * matchPattern("%")("a/b"); // false
 * ```
 */
export function matchPattern(pattern: string): NameTest {
  const folded = foldInbox(pattern.replace(/[*%]*\*[*%]*/g, "*").replace(/%+/g, "%"));
  return (wireName) => matches(folded, wireName);
}

/** The first level, when it is INBOX in some case, in upper case; patterns such as `inb*` likewise. */
function foldInbox(pattern: string): string {
  const end = pattern.search(/[*%/]/);
  const first = end < 0 ? pattern : pattern.slice(0, end);
  const mayBeInbox = end < 0 || pattern[end] === separator
    ? first.toUpperCase() === "INBOX"
    : "INBOX".startsWith(first.toUpperCase());
  return mayBeInbox && first !== "" ? `${first.toUpperCase()}${pattern.slice(first.length)}` : pattern;
}

function matches(pattern: string, name: string): boolean {
  // Which positions of `name` are reachable after each pattern character.
  let reachable = new Uint8Array(name.length + 1);
  reachable[0] = 1;
  for (const char of pattern) {
    const next = new Uint8Array(name.length + 1);
    for (let at = 0; at <= name.length; at++) {
      if (char === "*" || char === "%") {
        const continues = at > 0 && next[at - 1] === 1 && (char === "*" || name[at - 1] !== separator);
        next[at] = reachable[at] === 1 || continues ? 1 : 0;
      } else if (at > 0 && reachable[at - 1] === 1 && name[at - 1] === char) next[at] = 1;
    }
    reachable = next;
  }
  return reachable[name.length] === 1;
}
