/** Flags as the store keeps them: system flags in one spelling and order, then keywords; no doubles, \Recent never. */

import type { Flag, FlagMode } from "../account.ts";

/** In the order in which they are told (RFC 3501 §2.3.2). */
export const systemFlags: readonly Flag[] = ["\\Answered", "\\Flagged", "\\Deleted", "\\Seen", "\\Draft"];

const systemByLowerCase = new Map(systemFlags.map((flag) => [flag.toLowerCase(), flag]));

export const noFlags: readonly Flag[] = [];

/** Sorted and without doubles; what begins with `\` and is no system flag is dropped. */
export function canonicalFlags(flags: Iterable<Flag>): readonly Flag[] {
  const keywords = new Map<string, Flag>();
  const system = new Set<Flag>();
  for (const flag of flags) {
    const lower = flag.toLowerCase();
    const known = systemByLowerCase.get(lower);
    if (known !== undefined) system.add(known);
    else if (!flag.startsWith("\\") && !keywords.has(lower)) keywords.set(lower, flag);
  }
  if (system.size === 0 && keywords.size === 0) return noFlags;
  return [
    ...systemFlags.filter((flag) => system.has(flag)),
    ...Array.from(keywords.values()).sort(),
  ];
}

/** `flags` after a STORE of `change`; both canonical, and so is the result. */
export function changeFlags(
  flags: readonly Flag[],
  mode: FlagMode,
  change: readonly Flag[],
): readonly Flag[] {
  switch (mode) {
    case "replace":
      return change;
    case "add":
      return canonicalFlags([...flags, ...change]);
    case "remove": {
      const gone = new Set(change.map((flag) => flag.toLowerCase()));
      return flags.filter((flag) => !gone.has(flag.toLowerCase()));
    }
  }
}

export function sameFlags(left: readonly Flag[], right: readonly Flag[]): boolean {
  return left === right ||
    (left.length === right.length && left.every((flag, index) => flag === right[index]));
}

export function hasFlag(flags: readonly Flag[], flag: Flag): boolean {
  return flags.includes(flag);
}
