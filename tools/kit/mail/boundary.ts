/** Boundary lines between the parts of a multipart (RFC 2046 §5.1.1). */

import { CR, LF } from "../base/bytes.ts";

/** Boundaries are compared by their first octets only (RFC 2046 §5.1.1 allows 70). */
export const maxBoundaryOctets = 80;

export interface FoundBoundary {
  /** Which of the boundaries asked for. */
  readonly index: number;
  /** `--` follows it: no further part comes. */
  readonly isLast: boolean;
}

const DASH = 45;

/** Does the line at `at` begin with `--`? */
export function hasDashes(octets: Uint8Array, at: number): boolean {
  return octets[at] === DASH && octets[at + 1] === DASH;
}

/**
 * Which boundary the line at `at` is. It is one when it begins with `--` and the boundary, whatever follows; of several
 * that fit the longest counts, of equal ones the last in `boundaries`, which is the innermost.
 */
export function findBoundary(
  octets: Uint8Array,
  at: number,
  boundaries: readonly (Uint8Array | undefined)[],
): FoundBoundary | undefined {
  if (!hasDashes(octets, at)) return undefined;
  const start = at + 2;
  const lineEnd = octets.indexOf(LF, start);
  const isEnded = lineEnd >= 0;
  const textEnd = isEnded ? (octets[lineEnd - 1] === CR ? lineEnd - 1 : lineEnd) : octets.length;
  const length = textEnd - start;
  const endsInDashes = isEnded && length > 2 && hasDashes(octets, textEnd - 2);
  let best: { readonly index: number; readonly length: number } | undefined;
  for (let index = boundaries.length - 1; index >= 0; index--) {
    const boundary = boundaries[index];
    if (boundary === undefined || (best !== undefined && best.length >= boundary.length)) continue;
    if (boundary.length > length || !startsWith(octets, start, boundary)) continue;
    best = { index, length: boundary.length };
    // The whole line is accounted for, with its closing dashes if it has any; outer levels cannot do better.
    if (best.length === length || (endsInDashes && best.length + 2 === length)) break;
  }
  return best === undefined
    ? undefined
    : { index: best.index, isLast: hasDashes(octets, start + best.length) };
}

function startsWith(octets: Uint8Array, start: number, prefix: Uint8Array): boolean {
  for (let index = 0; index < prefix.length; index++) {
    if (octets[start + index] !== prefix[index]) return false;
  }
  return true;
}
