/**
 * Lists of mail domains: exact ones (mydestination) and ones that take in the names below (relay_domains, as long as it
 * is in parent_domain_matches_subdomains). First match decides; `!item` excludes; any spelling of a name is the same name
 * (RFC 5890 §2.3.2.4).
 */

import { normalizeDomain } from "../../tools/kit/mail/domain.ts";

import { isInDomain } from "./network_list.ts";

export interface DomainList {
  readonly items: readonly { readonly text: string; readonly negated: boolean; readonly name: string }[];
  readonly subdomains: boolean;
  readonly problems: readonly string[];
}

export function parseDomainList(
  texts: readonly string[],
  options: { readonly subdomains: boolean },
): DomainList {
  const problems: string[] = [];
  const items: DomainList["items"][number][] = [];
  for (const text of texts) {
    const negated = text.startsWith("!");
    const pattern = negated ? text.slice(1) : text;
    if (pattern.startsWith("/") || /^[a-z]+:/i.test(pattern)) {
      problems.push(`tables and files are not looked up in this list: "${text}"`);
    } else items.push({ text, negated, name: normalizeDomain(pattern) });
  }
  return { items, subdomains: options.subdomains, problems };
}

/**
 * The item that holds `domain`, or `undefined`.
 *
 * ```ts
 * findDomain(parseDomainList(["ref.test"], { subdomains: false }), "sub.ref.test"); // undefined
 * findDomain(parseDomainList(["ref.test"], { subdomains: true }), "sub.REF.test"); // "ref.test"
 * ```
 */
export function findDomain(list: DomainList, domain: string): string | undefined {
  const name = normalizeDomain(domain);
  for (const item of list.items) {
    const matches = name === item.name || (list.subdomains && isInDomain(name, item.name));
    if (matches) return item.negated ? undefined : item.text;
  }
  return undefined;
}
