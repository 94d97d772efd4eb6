/**
 * Sources of tables, pure: maps (`key whitespace value`, access(5)) and aliases (`name: value`, aliases(5)), with
 * the warnings of postmap and postalias word for word.
 *
 * Keys are folded to lower case unless `fold` is false. A quoted key of a map keeps its quotes, as the quoted local
 * part of an address has them; the name of an alias loses them, as local(8) asks without.
 */

import type { SourceReport } from "./source_lines.ts";
import { logicalLines } from "./source_lines.ts";

export type SourceKind = "map" | "alias";

export interface SourceEntry {
  readonly key: string;
  readonly value: string;
  /** Line of the source, from 1. */
  readonly line: number;
}

export interface SourceOptions extends SourceReport {
  readonly kind: SourceKind;
  /** Default true. */
  readonly fold?: boolean;
}

/** The entries of a source in its order, duplicates included. */
export function* sourceEntries(bytes: Uint8Array, options: SourceOptions): Generator<SourceEntry> {
  const read = options.kind === "map" ? readMapLine : readAliasLine;
  for (const { text, line } of logicalLines(bytes, options)) {
    const entry = read(text, (warning) => options.warn(`${options.file}, line ${line}: ${warning}`));
    if (entry === undefined) continue;
    yield { key: foldKey(entry.key, options.fold), value: entry.value, line };
  }
}

/** A key as fixed tables compare it: in lower case, unless `fold` is false (postmap -f). */
export function foldKey(key: string, fold = true): string {
  return fold ? key.toLowerCase() : key;
}

interface KeyValue {
  readonly key: string;
  readonly value: string;
}

type Warn = (text: string) => void;

function readMapLine(text: string, warn: Warn): KeyValue | undefined {
  const end = endOfKey(text);
  if (end === undefined) {
    warn(`unbalanced '"' in '${text}' -- ignoring this line`);
    return undefined;
  }
  const key = text.slice(0, end);
  const value = text.slice(end).trim();
  if (value === "") {
    warn("expected format: key whitespace value");
    return undefined;
  }
  if (key.endsWith(":")) warn(`record is in "key: value" format; is this an alias file?`);
  return { key, value };
}

/** Where the first blank outside quotes is; `undefined` when a quote is left open. */
function endOfKey(text: string): number | undefined {
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (char === "\\") at++;
    else if (char === '"') quoted = !quoted;
    else if (!quoted && (char === " " || char === "\t")) return at;
  }
  return quoted ? undefined : text.length;
}

function readAliasLine(text: string, warn: Warn): KeyValue | undefined {
  const name = readAliasName(text);
  const value = name === undefined ? "" : text.slice(name.end).trim();
  if (name === undefined || name.text === "" || value === "") {
    warn("need name:value pair");
    return undefined;
  }
  if (name.hasDomain) {
    warn("name must be local");
    return undefined;
  }
  return { key: name.text, value };
}

/** The name before the first `:` outside quotes, without quotes and backslashes. */
function readAliasName(
  text: string,
): { readonly text: string; readonly end: number; readonly hasDomain: boolean } | undefined {
  let name = "";
  let quoted = false;
  let hasDomain = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (char === "\\" && at + 1 < text.length) name += text[++at]!;
    else if (char === '"') quoted = !quoted;
    else if (char === ":" && !quoted) return { text: name.trim(), end: at + 1, hasDomain };
    else {
      if (char === "@" && !quoted) hasDomain = true;
      name += char;
    }
  }
  return undefined;
}
