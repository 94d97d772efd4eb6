/** Runs a tree of a regular expression by the engine that is fast for it and cannot be made slow. */

import { emitRegex } from "./regex_emit.ts";
import { RegexMachine } from "./regex_machine.ts";
import type { RegexTree } from "./regex_tree.ts";
import { isExplosive, waysToMatch } from "./regex_tree.ts";

/** What groups have taken, by their number; empty for one that took no part. */
export type Groups = (number: number) => string;

export interface RegexMatcher {
  match(subject: string): Groups | undefined;
  /** Subjects can be made that take exponential time: the pattern needs the language's engine all the same. */
  readonly isExplosive: boolean;
}

/** Of a longer subject the rest is not looked at: Postfix's header_size_limit. */
export const maxSubject = 102_400;
/** With more ways than these to match a subject, a pattern is run by the machine: some milliseconds of the engine's time. */
const maxWays = 1_000_000;

/** @throws SyntaxError when the language's engine does not take it */
export function regexMatcher(tree: RegexTree): RegexMatcher {
  const explodes = isExplosive(tree);
  const maySlowDown = explodes || waysToMatch(tree, maxSubject) > maxWays;
  const machine = maySlowDown ? RegexMachine.compile(tree) : undefined;
  // The longest subject that is left to the language's engine.
  const nativeLength = machine === undefined ? Infinity : explodes ? -1 : longestWithin(tree);
  const pattern = emitRegex(tree);
  return {
    isExplosive: explodes && machine === undefined,
    match: (whole) => {
      const subject = whole.length > maxSubject ? whole.slice(0, maxSubject) : whole;
      if (machine !== undefined && subject.length > nativeLength) {
        const slots = machine.exec(subject);
        return slots && ((number) => subject.slice(slots[number * 2] ?? 0, slots[number * 2 + 1] ?? 0));
      }
      const found = pattern.exec(subject);
      return found === null ? undefined : (number) => found.groups?.[`g${number}`] ?? "";
    },
  };
}

function longestWithin(tree: RegexTree): number {
  let [least, most] = [-1, maxSubject];
  while (least < most) {
    const middle = Math.ceil((least + most) / 2);
    if (waysToMatch(tree, middle) <= maxWays) least = middle;
    else most = middle - 1;
  }
  return least;
}
