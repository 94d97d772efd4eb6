/** Changes of hidden fields within the room they have. */

import type { Bytes } from "../../tools/kit/base/bytes.ts";
import { utf8Bytes } from "../../tools/kit/base/bytes.ts";

import type { Flag } from "../account.ts";
import { fieldsOfFlags } from "./metadata.ts";
import type { HiddenField, ScannedMessage } from "./scan.ts";

/** Octets to be written over others, all within one field. */
export interface Patch {
  readonly start: number;
  readonly bytes: Bytes;
  readonly value: string;
}

const properNames: Readonly<Record<string, string>> = {
  "status": "Status",
  "x-status": "X-Status",
  "x-keywords": "X-Keywords",
  "x-imap": "X-IMAP",
  "x-imapbase": "X-IMAPbase",
};

/** The field with another value and the same length, or `undefined` when it does not fit. */
export function fieldPatch(field: HiddenField, value: string): Patch | undefined {
  const line = utf8Bytes(`${properNames[field.name] ?? field.name}: ${value}`);
  const room = field.end - field.start - 1;
  if (line.length > room) return undefined;
  const bytes = new Uint8Array(room + 1).fill(32);
  bytes.set(line);
  bytes[room] = 10;
  return { start: field.start, bytes, value };
}

/** What to write for these flags; `undefined` when a field is missing or too small. */
export function flagPatches(
  message: ScannedMessage,
  flags: readonly Flag[],
  options: { readonly old: boolean },
): readonly Patch[] | undefined {
  const patches: Patch[] = [];
  for (const [name, value] of fieldsOfFlags(flags, options)) {
    const field = message.hidden.findLast((other) => other.name === name);
    if (field === undefined) {
      if (value !== "") return undefined;
      continue;
    }
    const patch = fieldPatch(field, value);
    if (patch === undefined) return undefined;
    patches.push(patch);
  }
  return patches;
}
