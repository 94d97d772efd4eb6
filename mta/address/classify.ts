/** Address classes: which of the lists of domains a recipient's domain stands in (ADDRESS_CLASS_README). */

import { matchDomain } from "./domain_list.ts";
import type { Evaluation, LookupFailure } from "./lookup.ts";
import type { Found, ListResult } from "./match_list.ts";
import type { AddressClass, AddressSettings } from "./settings.ts";
import { matchString } from "./string_list.ts";

export interface Classified {
  readonly class: AddressClass;
  readonly found: Found | undefined;
  /** A domain in two lists, in Postfix's words. */
  readonly warnings: readonly string[];
}

interface Place {
  readonly class: AddressClass;
  readonly parameter: string;
  readonly match: (domain: string, settings: AddressSettings) => Evaluation<ListResult>;
}

/** In the order in which they are asked. */
const places: readonly Place[] = [
  {
    class: "alias",
    parameter: "virtual_alias_domains",
    match: (domain, { virtualAliasDomains }) => matchString(virtualAliasDomains, domain),
  },
  {
    class: "virtual",
    parameter: "virtual_mailbox_domains",
    match: (domain, { virtualMailboxDomains }) => matchString(virtualMailboxDomains, domain),
  },
  {
    class: "relay",
    parameter: "relay_domains",
    match: (domain, { relayDomains }) => matchDomain(relayDomains, domain),
  },
];

/** `local`: what makes the domain ours, if anything does. */
export function* classify(
  domain: string,
  local: Found | undefined,
  settings: AddressSettings,
): Evaluation<Classified | LookupFailure> {
  let first = local === undefined
    ? undefined
    : { class: "local" as AddressClass, parameter: "mydestination", found: local };
  const warnings: string[] = [];
  for (const place of places) {
    // In relay_domains a domain of ours stands by right: it once was the default.
    if (place.class === "relay" && first?.class === "local") break;
    const result = yield* place.match(domain, settings);
    if (result.kind === "failure") return result;
    if (result.kind !== "match") continue;
    if (first === undefined) first = { ...place, found: found(result) };
    else warnings.push(`do not list domain ${domain} in BOTH ${first.parameter} and ${place.parameter}`);
  }
  return first === undefined
    ? { class: "default", found: undefined, warnings }
    : { class: first.class, found: first.found, warnings };
}

function found({ table, key, line, value, note }: Found): Found {
  return { table, key, line, value, note };
}
