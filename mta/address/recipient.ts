/**
 * Recipients: the canonical form of an address, and the parts of a local one.
 *
 * `postfix-semantics` of trivial-rewrite(8) and local(8): a missing domain is `@$myorigin`; the local part of a local
 * recipient is folded to lower case and cut at the first character of `recipient_delimiter`.
 */

import {
  formatAddress,
  quoteLocalPart,
  splitAddress,
  unquoteLocalPart,
} from "../../tools/kit/mail/address.ts";
import { normalizeDomain } from "../../tools/kit/mail/domain.ts";

export interface AddressSettings {
  /** postconf(5) myorigin: the domain of addresses that have none. */
  readonly myorigin: string;
  /** postconf(5) recipient_delimiter: any of these characters begins an extension; empty: none does. */
  readonly recipientDelimiter: string;
}

export interface LocalRecipient {
  /** In lower case, unquoted, without extension. */
  readonly user: string;
  /** What follows the delimiter, unquoted, in lower case. */
  readonly extension?: string | undefined;
  /** The delimiter that was found, for names like `user+extension`. */
  readonly delimiter?: string | undefined;
}

/**
 * The address with a domain, the domain normalized, the local part as it was; `""` stays what it is.
 *
 *     canonicalAddress("Joe", { myorigin: "ref.test" })            ->  "Joe@ref.test"
 *     canonicalAddress("@relay.test:joe@REF.test.", ...)           ->  "joe@ref.test"
 */
export function canonicalAddress(address: string, settings: Pick<AddressSettings, "myorigin">): string {
  // postconf(5) does the same: RFC 5321 §4.1.1.3 says that source routes are to be ignored.
  const direct = /^@[^:"]*:/.test(address) ? address.slice(address.indexOf(":") + 1) : address;
  const { localPart, domain } = splitAddress(direct);
  if (localPart === "" && domain === "") return "";
  const named = domain === "" ? settings.myorigin : domain;
  return formatAddress({ localPart, domain: normalizeDomain(named.replace(/(?<=[^.])\.$/, "")) });
}

/** Local parts whose delimiter is part of the name (local(8)). */
const indivisible: readonly string[] = ["mailer-daemon", "postmaster", "double-bounce"];

/**
 * The parts of a local recipient's local part. A name that begins with the delimiter is not cut.
 *
 *     parseLocalPart("Joe+Lists", { recipientDelimiter: "+" })  ->  user "joe", extension "lists"
 */
export function parseLocalPart(
  localPart: string,
  settings: Pick<AddressSettings, "recipientDelimiter">,
): LocalRecipient {
  const name = unquoteLocalPart(localPart).toLowerCase();
  if (indivisible.includes(name)) return { user: name };
  for (let index = 1; index < name.length; index++) {
    if (!settings.recipientDelimiter.includes(name[index]!)) continue;
    return { user: name.slice(0, index), extension: name.slice(index + 1), delimiter: name[index]! };
  }
  return { user: name };
}

/** An unquoted local name at a domain, in wire form. */
export function localAddress(name: string, domain: string): string {
  return formatAddress({ localPart: quoteLocalPart(name), domain });
}
