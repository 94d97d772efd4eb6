/** Hiding hosts behind their domain (postconf(5) masquerade_domains). */

import { formatAddress, unquoteLocalPart } from "../../tools/kit/mail/address.ts";
import { normalizeDomain } from "../../tools/kit/mail/domain.ts";

import type { AddressPlace } from "./canonical.ts";
import { cutDomain } from "./rewrite.ts";
import type { AddressSettings } from "./settings.ts";

export type MasqueradeSettings = Pick<
  AddressSettings,
  "masqueradeDomains" | "masqueradeExceptions" | "masqueradeClasses"
>;

export interface Masqueraded {
  readonly address: string;
  /** The item of masquerade_domains that decided, `!` included. */
  readonly item?: string | undefined;
  /** The user, of masquerade_exceptions, who is left as he is. */
  readonly exception?: string | undefined;
}

/**
 * The first item that is the domain or above it decides; `!name` leaves the address alone.
 *
 *     joe@host.ref.test, masquerade_domains = ref.test  ->  joe@ref.test
 */
export function masquerade(address: string, place: AddressPlace, settings: MasqueradeSettings): Masqueraded {
  const { masqueradeDomains, masqueradeExceptions, masqueradeClasses } = settings;
  if (masqueradeDomains.length === 0 || !masqueradeClasses.includes(place)) return { address };
  const { local, domain } = cutDomain(address);
  if (domain === undefined) return { address };
  const user = unquoteLocalPart(local).toLowerCase();
  const exception = masqueradeExceptions.find((name) => name.toLowerCase() === user);
  if (exception !== undefined) return { address, exception };
  const name = normalizeDomain(domain);
  for (const item of masqueradeDomains) {
    const bare = item.replace(/^!+/, "");
    const parent = normalizeDomain(bare);
    if (parent === "") continue;
    if (name === parent) return { address, item };
    if (!name.endsWith(`.${parent}`)) continue;
    const isNegated = (item.length - bare.length) % 2 === 1;
    return { address: isNegated ? address : formatAddress({ localPart: local, domain: parent }), item };
  }
  return { address };
}
