/** Citations of RFCs, and habits that the house does not have, as functions over the files. */

import type { ProjectFile } from "./classify.ts";
import type { Rule } from "./rules.ts";
import { lineAt } from "./scan.ts";

interface Habit {
  readonly what: string;
  readonly pattern: RegExp;
  /** Looked for here. */
  readonly where: (file: ProjectFile) => string;
  readonly allowed?: (path: string) => boolean;
}

const inCode = (file: ProjectFile) => file.code;
const inComments = (file: ProjectFile) => file.comments;

/** Compiler directives are comments that begin so. */
const habits: readonly Habit[] = [
  { what: "a thing to be done", pattern: /\b(?:TODO(?!\(RFC \d)|FIXME|XXX|HACK)\b/g, where: inComments },
  {
    what: "a cast away from types",
    pattern: /\bas\s+(?:any\b|unknown\s+as\b|never\s+as\b)/g,
    where: inCode,
    // The thin files that give types to packages which have none.
    allowed: (path) => path.startsWith("tools/std/"),
  },
  {
    what: "a type error ignored",
    pattern: /@ts-(?:ignore|expect-error|nocheck)|deno-lint-ignore-file/g,
    where: inComments,
  },
  {
    what: "a test that does not run",
    pattern:
      /\bDeno\.test\.(?:ignore|only|skip)\b|\b(?:ignore|only)\s*:\s*true\b|\b(?:it|test|describe)\.(?:skip|only)\b/g,
    where: (file) => file.isTest ? file.code : "",
  },
  { what: "a debugger statement", pattern: /\bdebugger\b/g, where: inCode },
];

/** Work put off, casts, ignored errors, skipped tests. */
export const checkHabits: Rule = (files) =>
  files.flatMap((file) =>
    habits.filter((habit) => habit.allowed?.(file.path) !== true).flatMap((habit) =>
      Array.from(
        habit.where(file).matchAll(habit.pattern),
        (match) => `${file.path}:${lineAt(file.text, match.index)}: ${habit.what}: ${match[0]}`,
      )
    )
  );

/** The newest RFCs have about this number. */
const newestRfc = 9999;
const oldestRfc = 100;

/** What is wrong with citations in a text: `RFC 5321 §4.1.2, §4.1.3` is the form. */
export function citationProblems(
  text: string,
): readonly { readonly offset: number; readonly problem: string }[] {
  const problems: { offset: number; problem: string }[] = [];
  const find = (pattern: RegExp, problem: (match: RegExpExecArray) => string | undefined) => {
    for (const match of text.matchAll(pattern)) {
      const found = problem(match);
      if (found !== undefined) problems.push({ offset: match.index, problem: found });
    }
  };
  find(
    /\bRFCs? (\d+)/g,
    ([, number]) =>
      Number(number) < oldestRfc || Number(number) > newestRfc ? `there is no RFC ${number}` : undefined,
  );
  find(/\bRFC(\d{4,})\b(?!\.)/g, ([whole]) => `${whole} lacks its space`);
  find(/\bRFC \d+,?\s+(?:section|sec\.|s\.|chapter|\d+\.\d)/gi, ([whole]) => `"${whole}" lacks its §`);
  find(
    /\bRFC \d+ §\s*([^\s,;:)\]}`'"]*)/g,
    ([whole, section]) =>
      /^(?:\d+|[A-Z])(?:\.\d+)*\.?$/.test(section!) ? undefined : `"${whole}" names no section`,
  );
  return problems;
}

/** Citations in comments and in the names of tests. */
export const checkCitations: Rule = (files) =>
  files.flatMap((file) => {
    const inNames = file.isTest ? testNames(file) : [];
    const places = [{ start: 0, text: file.comments }, ...inNames];
    return places.flatMap(({ start, text }) =>
      citationProblems(text).map(({ offset, problem }) =>
        `${file.path}:${lineAt(file.text, start + offset)}: ${problem}`
      )
    );
  });

function testNames(file: ProjectFile): readonly { readonly start: number; readonly text: string }[] {
  return Array.from(file.code.matchAll(/\bDeno\.test\(\s*["'`]/g), (match) => {
    const start = match.index + match[0].length;
    return { start, text: file.text.slice(start, file.text.indexOf(file.text[start - 1]!, start)) };
  });
}
