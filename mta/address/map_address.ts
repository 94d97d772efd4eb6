/** An address by what a table of addresses holds for it: canonical, virtual, generic. */

import { formatAddress, quoteLocalPart, unquoteLocalPart } from "../../tools/kit/mail/address.ts";

import { addressWords } from "./address_words.ts";
import { type AddressHit, findAddress, type FindSettings } from "./find_address.ts";
import type { Evaluation, LookupFailure } from "./lookup.ts";
import { isFailure } from "./lookup.ts";
import { cutDomain, requote, rewriteAddress, type RewriteSettings } from "./rewrite.ts";
import type { Maps } from "./settings.ts";

export type MapSettings = FindSettings & RewriteSettings;

export interface MappedAddress {
  /** In canonical form. */
  readonly addresses: readonly string[];
  readonly hit: AddressHit;
}

/**
 * `propagate`: an extension that was left out to find the key is added to the results (postconf(5)
 * propagate_unmatched_extensions). A result `@domain` is the same user there.
 */
export function* mapAddress(
  maps: Maps,
  address: string,
  settings: MapSettings,
  propagate: boolean,
): Evaluation<MappedAddress | undefined | LookupFailure> {
  const hit = yield* findAddress(maps, address, settings);
  if (hit === undefined || isFailure(hit)) return hit;
  const value = hit.value.trim();
  const results = value.startsWith("@") && !value.includes(":")
    ? [sameUserAt(address, value, hit.extension)]
    : addressWords(value);
  const addresses = results.map((result) => requote(rewriteAddress(result, settings))).filter(isNamed);
  if (addresses.length === 0) return { failure: `${hit.table} has for ${hit.key} no address: "${value}"` };
  return {
    hit,
    addresses: propagate ? addresses.map((result) => withExtension(result, hit.extension)) : addresses,
  };
}

function isNamed(address: string): boolean {
  return address !== "" && address !== '""';
}

/** `@domain` means the user, without what the key left out. Of several results only the first counts. */
function sameUserAt(address: string, value: string, extension: string): string {
  const [domain = ""] = value.split(/[\s,]+/);
  const plain = unquoteLocalPart(cutDomain(address).local);
  const user = plain.slice(0, plain.length - extension.length);
  return `${quoteLocalPart(user)}${domain}`;
}

function withExtension(address: string, extension: string): string {
  if (extension === "") return address;
  const { local, domain } = cutDomain(address);
  const localPart = quoteLocalPart(unquoteLocalPart(local) + extension);
  return formatAddress({ localPart, domain: domain ?? "" });
}
