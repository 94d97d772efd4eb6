/** Sequence sets: `1,3:5,9:*` (RFC 3501 §9 sequence-set), of sequence numbers or UIDs. */

/** The `*` of a set, until the largest number is known. */
export const star = Infinity;

export type Range = readonly [low: number, high: number];
export type SequenceSet = readonly Range[];

const maxNumber = 2 ** 32 - 1;

/**
 * The ranges as written, or `undefined` when the text is no set. Zero is no number of a message.
 *
 * ```ts
 * parseSequenceSet("2,4:7,*:10"); // [[2, 2], [4, 7], [Infinity, 10]]
 * ```
 */
export function parseSequenceSet(text: string): SequenceSet | undefined {
  const ranges: Range[] = [];
  for (const part of text.split(",")) {
    const match = /^(\*|[1-9]\d{0,9})(?::(\*|[1-9]\d{0,9}))?$/.exec(part);
    if (match === null) return undefined;
    const first = match[1] === "*" ? star : Number(match[1]);
    const second = match[2] === undefined ? first : match[2] === "*" ? star : Number(match[2]);
    if ([first, second].some((value) => value !== star && value > maxNumber)) return undefined;
    ranges.push([first, second]);
  }
  return ranges;
}

/**
 * Ranges in ascending order that do not touch; `*` is `largest`, and either end may be the greater one
 * (RFC 3501 §9 seq-range). With `largest` 0 a `*` names nothing.
 */
export function resolveSequenceSet(set: SequenceSet, largest: number): SequenceSet {
  const ends = (range: Range): Range => {
    const first = range[0] === star ? largest : range[0];
    const second = range[1] === star ? largest : range[1];
    return first <= second ? [first, second] : [second, first];
  };
  return mergeRanges(set.map(ends).filter(([, high]) => high > 0));
}

/** Sorts, and joins what overlaps or touches. */
function mergeRanges(ranges: SequenceSet): SequenceSet {
  const merged: [number, number][] = [];
  for (const [low, high] of [...ranges].sort((left, right) => left[0] - right[0])) {
    const last = merged.at(-1);
    if (last !== undefined && low <= last[1] + 1) last[1] = Math.max(last[1], high);
    else merged.push([low, high]);
  }
  return merged;
}

/**
 * Numbers as a set, in their order: runs that go up by one become ranges (RFC 4315 §3 uid-set, RFC 4731 ALL).
 *
 * ```ts
 * formatSequenceSet([1, 2, 3, 7, 5]); // "1:3,7,5"
 * ```
 */
export function formatSequenceSet(numbers: readonly number[]): string {
  const parts: string[] = [];
  for (let start = 0; start < numbers.length;) {
    let end = start;
    while (end + 1 < numbers.length && numbers[end + 1] === numbers[end]! + 1) end++;
    parts.push(end === start ? `${numbers[start]}` : `${numbers[start]}:${numbers[end]}`);
    start = end + 1;
  }
  return parts.join(",");
}
