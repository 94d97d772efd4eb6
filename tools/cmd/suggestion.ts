/** "did you mean" for a mistyped word of the command line. */

import { nearest } from "../config/nearest.ts";

/** ` (did you mean "X"?)`, or nothing when no candidate is near. */
export function suggestion(word: string, candidates: readonly string[]): string {
  const near = nearest(word, candidates);
  return near === undefined ? "" : ` (did you mean "${near}"?)`;
}
