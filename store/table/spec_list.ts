/**
 * Lists inside a table's name, pure: `{type:name, { two words }}`. Items stand between commas and blanks; braces keep
 * together what has either inside (DATABASE_README, Postfix's mystrtokq and extpar).
 */

import { ConfigError } from "../../tools/kit/base/failure.ts";

/**
 * What stands between the braces around a whole text, trimmed; `undefined` when it does not begin with one.
 * @throws ConfigError when the closing brace lacks, or something stands behind it
 */
export function unbrace(text: string): string | undefined {
  if (!text.startsWith("{")) return undefined;
  const end = closingBrace(text);
  if (end < 0) throw new ConfigError(`missing '}' in "${text}"`);
  if (text.slice(end + 1).trim() !== "") throw new ConfigError(`syntax error after '}' in "${text}"`);
  return text.slice(1, end).trim();
}

/** The items of a list as they stand. @throws ConfigError when a brace is left open */
export function splitItems(list: string): readonly string[] {
  const items: string[] = [];
  let [depth, start] = [0, -1];
  for (let at = 0; at <= list.length; at++) {
    const char = list[at] ?? ",";
    const isEnd = at === list.length || (depth === 0 && /[\s,]/.test(char));
    if (isEnd) {
      if (start >= 0) items.push(list.slice(start, at));
      start = -1;
      continue;
    }
    if (start < 0) start = at;
    if (char === "{") depth++;
    if (char === "}") depth--;
  }
  if (depth !== 0) throw new ConfigError(`unbalanced braces in "${list}"`);
  return items;
}

/** The items of `TYPE:{ITEM ...}`, of which there must be one. @throws ConfigError */
export function readItems(name: string, text: string, example: string): readonly string[] {
  const problem = `bad syntax: "${name}"; need "${example}"`;
  let items: readonly string[];
  try {
    items = splitItems(unbrace(text.trim()) ?? "");
  } catch (thrown) {
    throw new ConfigError(`${problem}: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
  if (items.length === 0) throw new ConfigError(problem);
  return items;
}

function closingBrace(text: string): number {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === "{") depth++;
    if (text[at] === "}" && --depth === 0) return at;
  }
  return -1;
}
