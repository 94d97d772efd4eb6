/** Units of settings: sizes (`10M`) and times (`5m`), as Postfix and Dovecot write them. */

export type DurationUnit = "ms" | "s" | "m" | "h" | "d" | "w";

const unitMs: Readonly<Record<DurationUnit, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Dovecot also spells units out: `5 mins`. */
const unitWords: readonly (readonly [RegExp, DurationUnit])[] = [
  [/^(?:ms|msecs?|milliseconds?)$/, "ms"],
  [/^(?:s|secs?|seconds?)$/, "s"],
  [/^(?:m|mins?|minutes?)$/, "m"],
  [/^(?:h|hours?)$/, "h"],
  [/^(?:d|days?)$/, "d"],
  [/^(?:w|weeks?)$/, "w"],
];

/**
 * Milliseconds of `300`, `300s`, `5m`, `1.5h`, `5 mins`; `defaultUnit` is that of a bare number.
 *
 * ```ts
 * parseDuration("5m", "s"); // 300000
 * parseDuration("5", "d"); // 432000000
 * ```
 */
export function parseDuration(text: string, defaultUnit: DurationUnit): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(text);
  if (match === null) return undefined;
  const word = match[2]!.toLowerCase();
  const unit = word === "" ? defaultUnit : unitWords.find(([spelling]) => spelling.test(word))?.[1];
  if (unit === undefined) return undefined;
  const value = Math.round(Number(match[1]) * unitMs[unit]);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** The shortest exact form with one unit: `5m`, `90s`, `1500ms`. */
export function formatDuration(durationMs: number): string {
  if (durationMs === 0) return "0s";
  for (const unit of ["w", "d", "h", "m", "s"] as const) {
    if (durationMs % unitMs[unit] === 0) return `${durationMs / unitMs[unit]}${unit}`;
  }
  return `${durationMs}ms`;
}

/**
 * Octets of `10240000`, `500k`, `10M`, `1.5G`, `10MB`; k, M, G, T are powers of 1024, in either case.
 *
 * ```ts
 * parseOctets("10M"); // 10485760
 * ```
 */
export function parseOctets(text: string): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?\s*$/i.exec(text);
  if (match === null) return undefined;
  const power = " kmgt".indexOf(match[2]!.toLowerCase() || " ");
  const value = Math.floor(Number(match[1]) * 1024 ** power);
  return Number.isSafeInteger(value) ? value : undefined;
}
