/** Mailbox names between the wire (modified UTF-7, RFC 3501 §5.1.3) and the seam (Unicode, `/` between levels). */

import { formatMutf7, parseMutf7 } from "../../../tools/kit/mail/mutf7.ts";

import { formatAstring } from "./writer.ts";

/** Separates levels on the wire and in the seam, whatever a store's files do. */
export const separator = "/";

/** Octets of a whole name; longer than any file system takes for one level. */
const maxNameOctets = 1000;

export type ParsedName =
  | { readonly kind: "name"; readonly name: string }
  /** `text` says to the client why it can be none. */
  | { readonly kind: "invalid"; readonly text: string };

/**
 * A name from a command. INBOX is meant in any case, also as the first level (RFC 3501 §5.1).
 *
 * ```ts
 * parseMailboxName("inbox"); // { kind: "name", name: "INBOX" }
 * parseMailboxName("X&-Y"); // { kind: "name", name: "X&Y" }
 * ```
 */
export function parseMailboxName(wire: string): ParsedName {
  if (wire.length > maxNameOctets) return { kind: "invalid", text: "Mailbox name too long" };
  const decoded = parseMutf7(wire);
  if (decoded === undefined) return { kind: "invalid", text: "Mailbox name is not valid mUTF-7" };
  const levels = decoded.split(separator);
  // deno-lint-ignore no-control-regex
  if (levels.includes("") || /[\x00-\x1f\x7f]/.test(decoded)) {
    return { kind: "invalid", text: "Invalid mailbox name" };
  }
  if (levels[0]!.toUpperCase() === "INBOX") levels[0] = "INBOX";
  return { kind: "name", name: levels.join(separator) };
}

/** As an atom or quoted string. */
export function formatMailboxName(name: string): string {
  return formatAstring(formatMutf7(name));
}
