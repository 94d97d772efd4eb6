/**
 * Values of local(8): `$home/.forward${recipient_delimiter}${extension}` (postconf(5) forward_path, luser_relay).
 * `$name`, `${name}`, `$(name)`; `${name?text}` when the value is not empty, `${name:text}` when it is; `$$` is a dollar.
 */

import { splitAddress } from "../../tools/kit/mail/address.ts";

import type { LocalRecipient } from "./recipient.ts";

export type MacroValues = Readonly<Record<string, string | undefined>>;

export interface MacroOptions {
  /** Characters that a value may bring; others become `_`. */
  readonly filter?: string | undefined;
}

/** What `$recipient`, `$local`, `$user`, `$extension`, `$recipient_delimiter` and `$domain` are of a recipient. */
export function recipientValues(recipient: LocalRecipient, address: string): MacroValues {
  const { user, extension, delimiter } = recipient;
  return {
    user,
    extension,
    recipient_delimiter: delimiter,
    recipient: address,
    local: extension === undefined ? user : `${user}${delimiter ?? ""}${extension}`,
    domain: splitAddress(address).domain,
  };
}

/** The text with its values in place; `undefined` when one has none, outside of conditions. */
export function expandMacros(
  text: string,
  values: MacroValues,
  options: MacroOptions = {},
): string | undefined {
  let result = "";
  let at = 0;
  while (at < text.length) {
    const dollar = text.indexOf("$", at);
    if (dollar < 0) return result + text.slice(at);
    result += text.slice(at, dollar);
    const macro = readMacro(text, dollar + 1);
    if (macro === undefined) {
      result += "$";
      at = dollar + (text[dollar + 1] === "$" ? 2 : 1);
      continue;
    }
    const value = valueOf(macro.body, values, options);
    if (value === undefined) return undefined;
    result += value;
    at = macro.end;
  }
  return result;
}

/** The names that a text refers to, whichever of its branches are taken. */
export function macroNames(text: string): readonly string[] {
  const names = text.replaceAll("$$", "").matchAll(/\$(?:[{(]\s*)?(\w+)/g);
  return Array.from(names, ([, name]) => name!);
}

/** The name, or what is between the brackets, and where the text goes on. */
function readMacro(text: string, start: number): { readonly body: string; readonly end: number } | undefined {
  const open = text[start];
  if (open !== "{" && open !== "(") {
    const name = /^\w+/.exec(text.slice(start))?.[0];
    return name === undefined ? undefined : { body: name, end: start + name.length };
  }
  const close = open === "{" ? "}" : ")";
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    if (text[at] === open) depth++;
    if (text[at] === close && --depth === 0) return { body: text.slice(start + 1, at), end: at + 1 };
  }
  return undefined;
}

function valueOf(body: string, values: MacroValues, options: MacroOptions): string | undefined {
  const [, name = "", sign, rest = ""] = /^\s*(\w+)\s*(?:([?:])(.*))?$/s.exec(body) ?? [];
  const value = values[name];
  if (sign === undefined) return value === undefined ? undefined : clean(value, options.filter);
  const isSet = value !== undefined && value !== "";
  const [first, second] = branches(rest);
  const chosen = sign === "?" ? (isSet ? first : second) : (isSet ? second : first);
  return chosen === "" ? "" : expandMacros(chosen, values, options);
}

/** `{a}:{b}`, or one text. */
function branches(text: string): readonly [string, string] {
  const both = /^\s*\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}\s*(?::\s*\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}\s*)?$/s
    .exec(text);
  return both === null ? [text, ""] : [both[1]!, both[2] ?? ""];
}

function clean(value: string, filter: string | undefined): string {
  return filter === undefined
    ? value
    : Array.from(value, (char) => filter.includes(char) ? char : "_").join("");
}
