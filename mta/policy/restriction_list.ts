/**
 * Lists of restrictions as they are written: `permit_mynetworks, check_client_access hash:/etc/postfix/access reject`.
 *
 * What cannot be understood stays in the list, since smtpd answers 451 4.3.5 when it comes to it; `problems` tells it
 * before.
 */

import { nearestWord } from "./nearest_word.ts";
import type { ListName, RestrictionCall } from "./restriction_call.ts";
import {
  argumentKindOf,
  currentName,
  removedRestrictions,
  restrictionNames,
  warnIfReject,
} from "./restriction_names.ts";

/** The name of a call that is a bare `type:table`: its meaning is the list's own check_..._access. */
export const bareTable = "type:table";

export interface ParsedRestrictions {
  readonly calls: readonly RestrictionCall[];
  /** What the server would answer 451 for, one clause each. */
  readonly problems: readonly string[];
  /** What has no effect. */
  readonly warnings: readonly string[];
}

export interface ParseOptions {
  /** `undefined`: in a restriction class or a table, which any list may use. */
  readonly list: ListName | undefined;
  /** Names of `smtpd_restriction_classes`. */
  readonly classes?: readonly string[];
}

/**
 * Reads a list. An item may hold several words; an item that follows a name which needs an argument is that argument as a
 * whole.
 *
 *     parseRestrictions("permit_mynetworks, check_client_access hash:/a", { list: "client" })
 *     -> calls permit_mynetworks, check_client_access with argument hash:/a
 */
export function parseRestrictions(
  written: string | readonly string[],
  options: ParseOptions,
): ParsedRestrictions {
  const [calls, problems, warnings]: [RestrictionCall[], string[], string[]] = [[], [], []];
  const words = typeof written === "string" ? splitWords(written) : wordsOf(written);
  for (let index = 0; index < words.length; index++) {
    const call = readCall(words[index]!, words[index + 1]);
    if (call.argument !== undefined && call.name !== bareTable) index++;
    calls.push(call);
    const problem = problemOf(call, options);
    if (problem !== undefined) problems.push(problem);
  }
  const last = calls.findIndex((call, index) =>
    isFinal(call.name) && calls[index - 1]?.name !== warnIfReject
  );
  if (last >= 0 && last + 1 < calls.length) {
    warnings.push(`restriction "${calls[last + 1]!.text}" after "${calls[last]!.text}" is ignored`);
  }
  if (calls.at(-1)?.name === warnIfReject) problems.push(`${warnIfReject} stands before a restriction`);
  return { calls, problems, warnings };
}

function isFinal(name: string): boolean {
  return name === "permit" || name === "reject" || name === "defer";
}

function readCall(word: string, next: string | undefined): RestrictionCall {
  if (word.includes(":") && !word.startsWith("{")) return { name: bareTable, argument: word, text: word };
  const current = currentName(word);
  const kind = argumentKindOf(current);
  if (kind === undefined && current !== warnIfReject && !removedRestrictions.has(current)) {
    return { name: word, text: word };
  }
  if (kind === undefined || kind === "none" || next === undefined || !canBeArgument(kind, next)) {
    return { name: current, text: word };
  }
  return { name: current, argument: unbrace(next, kind), text: `${word} ${next}` };
}

function canBeArgument(kind: "table" | "domain" | "server" | "seconds", word: string): boolean {
  switch (kind) {
    case "table":
    case "server":
      return word.includes(":");
    case "seconds":
      return /^[0-9]+$/.test(word);
    case "domain":
      return argumentKindOf(currentName(word)) === undefined && word.toLowerCase() !== warnIfReject;
  }
}

/** A server keeps its braces: it has settings in them. */
function unbrace(word: string, kind: string): string {
  return kind !== "server" && word.startsWith("{") && word.endsWith("}") ? word.slice(1, -1).trim() : word;
}

const expected: Readonly<Record<string, string>> = {
  table: "type:table",
  server: "inet:host:port or unix:path",
  domain: "a domain name",
  seconds: "a number of seconds",
};

const withoutTables: readonly (ListName | undefined)[] = ["data", "end_of_data"];

function problemOf({ name, argument, text }: RestrictionCall, options: ParseOptions): string | undefined {
  if (name === bareTable) {
    if (!withoutTables.includes(options.list)) return undefined;
    return `write check_client_access, check_sender_access or the like before "${text}"`;
  }
  const removed = removedRestrictions.get(name);
  if (removed !== undefined) return `there is no restriction "${name}" any more: write ${removed}`;
  const kind = argumentKindOf(name);
  if (kind !== undefined && kind !== "none" && argument === undefined) {
    return `${text} must be followed by ${expected[kind]}`;
  }
  const classes = options.classes ?? [];
  if (kind !== undefined || name === warnIfReject || classes.includes(name)) return undefined;
  const near = nearestWord(currentName(name), [...restrictionNames, ...classes]);
  return near === undefined
    ? `unknown restriction "${name}"`
    : `unknown restriction "${name}": did you mean "${near}"?`;
}

/** Words between commas and blanks; what is in braces stays one, braces and all. */
export function splitWords(text: string): readonly string[] {
  const words: string[] = [];
  let [word, depth] = ["", 0];
  for (const char of text) {
    if (depth === 0 && /[\s,]/.test(char)) {
      if (word !== "") words.push(word);
      word = "";
      continue;
    }
    if (char === "{") depth++;
    if (char === "}" && depth > 0) depth--;
    word += char;
  }
  if (word !== "") words.push(word);
  return words;
}

/** Items of a list that was split before; braces around an argument are lost by then. */
function wordsOf(items: readonly string[]): readonly string[] {
  const words: string[] = [];
  for (const item of items) {
    const before = words.at(-1);
    const kind = before === undefined ? undefined : argumentKindOf(currentName(before));
    const isArgument = kind !== undefined && kind !== "none" && canBeArgument(kind, item);
    if (!isArgument) words.push(...splitWords(item));
    else words.push(/[\s,]/.test(item) && !item.startsWith("{") ? `{ ${item} }` : item);
  }
  return words;
}
