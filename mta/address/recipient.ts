/**
 * Recipients: the canonical form of an address, and the parts of a local one.
 *
 * `postfix-semantics` of trivial-rewrite(8) and local(8): a missing domain is `@$myorigin`; the local part of a local
 * recipient is folded to lower case and cut at the first character of `recipient_delimiter`.
 */

import { formatAddress, quoteLocalPart, unquoteLocalPart } from "../../tools/kit/mail/address.ts";

import { type ExtensionSettings, findDelimiter } from "./extension.ts";
import { rewriteAddress, type RewriteSettings } from "./rewrite.ts";

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
export function canonicalAddress(
  address: string,
  settings: Pick<AddressSettings, "myorigin"> & Partial<RewriteSettings>,
): string {
  return rewriteAddress(address, { ...rewriteDefaults, ...settings });
}

const rewriteDefaults = {
  mydomain: "",
  appendAtMyorigin: true,
  appendDotMydomain: false,
  swapBangpath: true,
  allowPercentHack: true,
};

/**
 * The parts of a local recipient's local part. A name that begins with the delimiter is not cut.
 *
 *     parseLocalPart("Joe+Lists", { recipientDelimiter: "+" })  ->  user "joe", extension "lists"
 */
export function parseLocalPart(
  localPart: string,
  settings: ExtensionSettings,
): LocalRecipient {
  const name = unquoteLocalPart(localPart).toLowerCase();
  const at = findDelimiter(name, settings);
  if (at === undefined) return { user: name };
  return { user: name.slice(0, at), extension: name.slice(at + 1), delimiter: name[at]! };
}

/** An unquoted local name at a domain, in wire form. */
export function localAddress(name: string, domain: string): string {
  return formatAddress({ localPart: quoteLocalPart(name), domain });
}
