/**
 * Variable envelope return paths (VERP_README): a sender that names the recipient, so that a list knows from the address that
 * a report comes to who could not be reached: pure.
 */

import { splitAddress } from "../../tools/kit/mail/address.ts";

/**
 * The sender for one recipient.
 *
 *     verpSender("list@a.test", "li@b.test", "+=")  ->  "list+li=b.test@a.test"
 */
export function verpSender(sender: string, recipient: string, delimiters: string): string {
  const [first = "+", second = "="] = delimiters;
  const from = splitAddress(sender);
  const to = splitAddress(recipient);
  const named = to.domain === "" ? to.localPart : `${to.localPart}${second}${to.domain}`;
  const domain = from.domain === "" ? "" : `@${from.domain}`;
  return `${from.localPart}${first}${named}${domain}`;
}

/** Two characters of verp_delimiter_filter. */
export function areVerpDelimiters(text: string, filter: string): boolean {
  return text.length === 2 && filter.includes(text[0]!) && filter.includes(text[1]!);
}
