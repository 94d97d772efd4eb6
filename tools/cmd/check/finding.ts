/** What `mailsrv check` finds. */

/**
 * | level   | what it is                                                                    |
 * |---------|--------------------------------------------------------------------------------|
 * | error   | the server does not start, answers 451, or would relay for strangers           |
 * | warning | it works, but hardly as it is meant                                            |
 * | note    | it works, and differently from Postfix or from what the words seem to say      |
 */
export type Level = "error" | "warning" | "note";

export interface Finding {
  readonly level: Level;
  readonly file: string;
  readonly line?: number | undefined;
  /** What is wrong, with what was expected or what to do. */
  readonly text: string;
}

/** `FILE, line N: LEVEL: TEXT`. */
export function formatFinding({ level, file, line, text }: Finding): string {
  return `${file}${line === undefined ? "" : `, line ${line}`}: ${level}: ${text}`;
}

/** Each once, by file and line. */
export function tidyFindings(findings: readonly Finding[]): readonly Finding[] {
  const seen = new Set<string>();
  return findings.filter((finding) => {
    const key = formatFinding(finding);
    return !seen.has(key) && seen.add(key);
  }).toSorted((left, right) =>
    left.file === right.file ? (left.line ?? 0) - (right.line ?? 0) : left.file < right.file ? -1 : 1
  );
}
