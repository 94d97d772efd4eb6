/** A command line taken apart (RFC 5321 §4.1.1): the verb, and what stands behind it, still to be read by the verb's row. */

import { utf8TextStrict } from "../../tools/kit/base/bytes.ts";

export interface Command {
  /** Upper case. */
  readonly verb: string;
  /** Behind the verb, without blanks at either end. */
  readonly argument: string;
  /** The whole line, for the log. */
  readonly line: string;
  readonly lineEnd: "crlf" | "lf";
}

/** The line as text; `undefined` when it is not well-formed UTF-8 (which holds ASCII). */
export function decodeLine(bytes: Uint8Array): string | undefined {
  return utf8TextStrict(bytes);
}

/** `undefined` for an empty line. */
export function parseCommand(line: string, lineEnd: "crlf" | "lf"): Command | undefined {
  const text = line.trim();
  if (text === "") return undefined;
  const blank = text.search(/[ \t]/);
  const verb = (blank < 0 ? text : text.slice(0, blank)).toUpperCase();
  return { verb, argument: blank < 0 ? "" : text.slice(blank).trimStart(), line, lineEnd };
}

/** Words of an argument. */
export function words(argument: string): readonly string[] {
  return argument === "" ? [] : argument.split(/[ \t]+/);
}

/**
 * What stands behind `FROM:` or `TO:`, blanks before and behind the colon allowed as Postfix does; `undefined` when the
 * keyword is not there or nothing follows.
 */
export function afterKeyword(argument: string, keyword: "FROM" | "TO"): string | undefined {
  const head = argument.slice(0, keyword.length + 1).toUpperCase();
  if (head !== `${keyword}:`) return undefined;
  const rest = argument.slice(keyword.length + 1);
  return rest.trim() === "" ? undefined : rest;
}
