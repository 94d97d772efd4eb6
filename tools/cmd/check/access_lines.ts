/** What is wrong with lines of access tables (access(5)), and which of them mean something else to Postfix. Pure. */

import { nearestWord } from "../../../mta/policy/nearest_word.ts";
import { parseRestrictions } from "../../../mta/policy/restriction_list.ts";

import type { Finding, Level } from "./finding.ts";

export interface TableLine {
  /** `undefined` for a pattern. */
  readonly key: string | undefined;
  readonly value: string;
  readonly line: number;
}

export interface AccessTable {
  /** As in the settings: `hash:/etc/postfix/access`. */
  readonly spec: string;
  /** Its source. */
  readonly file: string;
  readonly lines: readonly TableLine[];
}

export interface AccessOptions {
  /** Names of smtpd_restriction_classes. */
  readonly classes: readonly string[];
  /** access_table_dotted_keys: keys of the forms `.domain` and `a.b.c.` are asked too. */
  readonly dottedKeys: boolean;
  /** smtpd_access_maps is in parent_domain_matches_subdomains: then Postfix asks for `domain`, not `.domain`. */
  readonly parentsMatch: boolean;
}

/** Actions of access(5), with what must follow them. */
const actions: ReadonlyMap<string, RegExp | undefined> = new Map<string, RegExp | undefined>([
  ...["DUNNO", "OK", "RELAY", "REJECT", "DEFER", "HANGUP", "INFO", "WARN", "HOLD", "DISCARD"]
    .map((word) => [word, undefined] as const),
  ...["DEFER_IF_PERMIT", "DEFER_IF_REJECT"].map((word) => [word, undefined] as const),
  ["FILTER", /^[^\s:]+:/],
  ["REDIRECT", /@/],
  ["BCC", /@/],
  ["PREPEND", /^[!-9;-~]+:/],
]);

const forms: Readonly<Record<string, string>> = {
  FILTER: "transport:destination",
  REDIRECT: "an address user@domain",
  BCC: "an address user@domain",
  PREPEND: "a header field Name: value",
};

export function checkAccessTable(table: AccessTable, options: AccessOptions): readonly Finding[] {
  return table.lines.flatMap(({ key, value, line }) => {
    const tell = (level: Level, text: string): Finding => ({ level, file: table.file, line, text });
    const shown = key === undefined ? "" : `${key}: `;
    const problem = valueProblem(value, options);
    const findings: Finding[] = [];
    if (problem !== undefined) findings.push(tell(problem.level, `${shown}${problem.text}`));
    const note = key === undefined ? undefined : keyNote(key, options);
    if (note !== undefined) findings.push(tell("note", `${shown}${note}`));
    return findings;
  });
}

/** What is wrong with the value of a line. */
function valueProblem(
  value: string,
  options: AccessOptions,
): { readonly level: Level; readonly text: string } | undefined {
  const [, word = "", text = ""] = /^(\S+)\s*([^]*)$/.exec(value.trim()) ?? [];
  if (word === "") return { level: "warning", text: "an empty value is taken for OK" };
  if (/^[45]\d\d$/.test(word)) {
    if (text !== "") return undefined;
    return {
      level: "warning",
      text:
        `"${word}" alone is a number, and every number means OK: write "${word} text" to refuse, or REJECT`,
    };
  }
  if (/^\d+$/.test(word)) return undefined;
  const action = word.toUpperCase();
  if (actions.has(action)) {
    const form = actions.get(action);
    if (form === undefined || form.test(text)) return undefined;
    return { level: "error", text: `${action} must be followed by ${forms[action]}, not "${text}"` };
  }
  return restrictionProblem(value.trim(), word, options);
}

/** Everything else is a list of restrictions. */
function restrictionProblem(
  value: string,
  word: string,
  { classes }: AccessOptions,
): { readonly level: Level; readonly text: string } | undefined {
  if (value.includes(":")) {
    return {
      level: "error",
      text:
        `"${value}" has a ":", which the restrictions that a table names cannot have: the answer is 451; ` +
        `put it into smtpd_restriction_classes`,
    };
  }
  const { problems } = parseRestrictions(value, { list: undefined, classes });
  if (problems.length === 0) return undefined;
  const near = nearestWord(word.toUpperCase(), [...actions.keys()]);
  const help = near === undefined ? "" : ` (did you mean ${near}?)`;
  return {
    level: "error",
    text: `"${word}" is neither an action of access(5) nor a restriction${help}: the answer is 451`,
  };
}

/** Keys that Postfix never asks for. */
function keyNote(key: string, { dottedKeys, parentsMatch }: AccessOptions): string | undefined {
  const isDomain = /^\.[^.]/.test(key) && parentsMatch;
  const isNetwork = /^\d{1,3}(?:\.\d{1,3}){0,2}\.$/.test(key);
  if (!isDomain && !isNetwork) return undefined;
  const plain = key.replace(/^\.|\.$/g, "");
  const never = `Postfix never asks for this key: there one writes ${plain}`;
  return dottedKeys
    ? `here it means ${isDomain ? "the hosts below" : "the network"} ${plain}; ${never}`
    : `it has no effect: ${never}`;
}
