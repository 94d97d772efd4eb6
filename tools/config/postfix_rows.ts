/** Rows of postconf(5) parameters in short: default, sentence, and what is special. */

import { boolean, choice, duration, integer, list, text } from "./kinds.ts";
import { maps } from "./list_kinds.ts";
import type { Parameter } from "./parameter.ts";

const origin = "postconf(5)";

/** A time span; a bare number is of seconds. */
export function seconds(fallback: string, doc: string, min = "0s"): Parameter<number> {
  return duration({ default: fallback, unit: "s", min, max: "366d", doc, origin });
}

export function yesNo(fallback: boolean | `$${string}`, doc: string): Parameter<boolean> {
  return boolean({ default: fallback, doc, origin });
}

/** A whole number, from 0 unless told otherwise. */
export function count(fallback: number | string, doc: string, min = 0): Parameter<number> {
  return integer({ default: fallback, min, doc, origin });
}

export function words(
  fallback: string,
  doc: string,
  allowed?: readonly string[],
): Parameter<readonly string[]> {
  return list({ default: fallback, doc, origin, ...(allowed === undefined ? {} : { words: allowed }) });
}

export function line(fallback: string, doc: string): Parameter<string> {
  return text({ default: fallback, doc, origin });
}

export function tables(fallback: string, doc: string): Parameter<readonly string[]> {
  return maps({ default: fallback, doc, origin });
}

export function oneOf<const W extends string>(
  allowed: readonly W[],
  fallback: NoInfer<W> | `$${string}`,
  doc: string,
): Parameter<W> {
  return choice(allowed, { default: fallback, doc, origin });
}
