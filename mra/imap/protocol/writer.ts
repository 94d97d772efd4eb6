/** Values to the wire: strings, flags, dates, addresses of responses (RFC 3501 §9). Texts are octet strings. */

import { type Bytes, latin1Bytes, utf8Bytes } from "../../../tools/kit/base/bytes.ts";

// deno-lint-ignore no-control-regex
const ascii = /^[\x00-\x7f]*$/;
// deno-lint-ignore no-control-regex
const quotable = /^[^\x00\r\n\x7f-\xff]*$/;
// deno-lint-ignore no-control-regex
const astringAtom = /^[^\x00-\x20(){%*"\\\x7f-\xff]+$/;

/** Longer texts go as literals: some clients have short buffers for quoted strings. */
const maxQuoted = 1024;

/** Octet text to octets. */
export function wireBytes(text: string): Bytes {
  // The encoder is many times faster than a loop, and the same for ASCII.
  return ascii.test(text) ? utf8Bytes(text) : latin1Bytes(text);
}

/**
 * A string: quoted where the grammar allows it, a literal otherwise.
 *
 * ```ts
 * formatString('a "b"'); // "\"a \\\"b\\\"\""
 * formatString("bl\xe5"); // "{3}\r\nbl\xe5"
 * ```
 */
export function formatString(text: string): string {
  if (text.length > maxQuoted || !quotable.test(text)) return `{${text.length}}\r\n${text}`;
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}

export function formatNstring(text: string | undefined): string {
  return text === undefined ? "NIL" : formatString(text);
}

/** An atom where the text is one; `NIL` is quoted, since it would mean something else. */
export function formatAstring(text: string): string {
  return astringAtom.test(text) && text.toUpperCase() !== "NIL" ? text : formatString(text);
}

/** `(\Seen $Junk)`, with `\Recent` last (RFC 3501 §2.3.2). */
export function formatFlags(flags: readonly string[], recent = false): string {
  return `(${flags.join(" ")}${recent ? (flags.length > 0 ? " \\Recent" : "\\Recent") : ""})`;
}
