/** Runs a tree of a regular expression by the engine that is fast for it and cannot be made slow. */

import { emitRegex } from "./regex_emit.ts";
import { RegexMachine } from "./regex_machine.ts";
import type { RegexTree } from "./regex_tree.ts";
import { countUnlimited, isExplosive } from "./regex_tree.ts";

/** What groups have taken, by their number; empty for one that took no part. */
export type Groups = (number: number) => string;

export interface RegexMatcher {
  match(subject: string): Groups | undefined;
  /** Subjects can be made that take exponential time: the pattern needs the language's engine all the same. */
  readonly isExplosive: boolean;
}

/** Of a longer subject the rest is not looked at: Postfix's header_size_limit. */
export const maxSubject = 102_400;
/** From here on patterns with several unlimited parts are run by the machine. */
const longSubject = 4096;

/** @throws SyntaxError when the language's engine does not take it */
export function regexMatcher(tree: RegexTree): RegexMatcher {
  const explodes = isExplosive(tree);
  const isSlow = explodes || countUnlimited(tree.node) > 1;
  const machine = isSlow ? RegexMachine.compile(tree) : undefined;
  const pattern = emitRegex(tree);
  return {
    isExplosive: explodes && machine === undefined,
    match: (whole) => {
      const subject = whole.length > maxSubject ? whole.slice(0, maxSubject) : whole;
      if (machine !== undefined && (explodes || subject.length > longSubject)) {
        const slots = machine.exec(subject);
        return slots && ((number) => subject.slice(slots[number * 2] ?? 0, slots[number * 2 + 1] ?? 0));
      }
      const found = pattern.exec(subject);
      return found === null ? undefined : (number) => found.groups?.[`g${number}`] ?? "";
    },
  };
}
