/**
 * Lists of clients, postconf(5) mynetworks: addresses, networks, `[v6]`, `[v6net]/len`, and names with the names below
 * them. First match decides; `!item` excludes.
 */

import { normalizeDomain } from "../../tools/kit/mail/domain.ts";
import { type Cidr, matchesCidr, parseCidr, parseIp } from "../../tools/kit/mail/ip.ts";

interface Item {
  /** As written. */
  readonly text: string;
  readonly negated: boolean;
  readonly what:
    | { readonly kind: "network"; readonly cidr: Cidr }
    | { readonly kind: "name"; readonly name: string };
}

export interface NetworkList {
  readonly items: readonly Item[];
  /** What is wrong with the list, one line each; with any, Postfix would refuse to decide (451). */
  readonly problems: readonly string[];
}

/**
 * ```ts
 * const list = parseNetworkList(["!192.0.2.9", "192.0.2.0/24", "[::1]", "example.test"]);
 * findNetwork(list, { name: "unknown", address: "192.0.2.5" }); // "192.0.2.0/24"
 * findNetwork(list, { name: "unknown", address: "192.0.2.9" }); // undefined
 * findNetwork(list, { name: "mail.example.test", address: "198.51.100.1" }); // "example.test"
 * ```
 */
export function parseNetworkList(texts: readonly string[]): NetworkList {
  const items: Item[] = [];
  const problems: string[] = [];
  for (const text of texts) {
    const negated = text.startsWith("!");
    const pattern = negated ? text.slice(1) : text;
    const looksLikeNetwork = /^\[|\/|^[0-9.]+$/.test(pattern);
    if (/^[0-9a-f]*:[0-9a-f:.]*(\/\d+)?$/i.test(pattern)) {
      problems.push(`write an IPv6 address in brackets: "${text}"`);
    } else if (pattern.startsWith("/") || /^[a-z]+:/i.test(pattern)) {
      problems.push(`tables and files are not looked up in this list: "${text}"`);
    } else if (looksLikeNetwork) {
      const parsed = parseCidr(pattern);
      if (parsed.kind === "malformed") problems.push(parsed.reason);
      else items.push({ text, negated, what: { kind: "network", cidr: parsed.cidr } });
    } else {
      items.push({ text, negated, what: { kind: "name", name: normalizeDomain(pattern) } });
    }
  }
  return { items, problems };
}

/** The item that lets the client in, or `undefined`. The name must be verified, else `unknown`. */
export function findNetwork(
  list: NetworkList,
  client: { readonly name: string; readonly address: string },
): string | undefined {
  const octets = parseIp(client.address);
  const name = client.name === "unknown" ? undefined : normalizeDomain(client.name);
  for (const { text, negated, what } of list.items) {
    const matches = what.kind === "network"
      ? octets !== undefined && matchesCidr(what.cidr, octets)
      : name !== undefined && isInDomain(name, what.name);
    if (matches) return negated ? undefined : text;
  }
  return undefined;
}

/** The name itself or one below it; `.name` means only those below it. */
export function isInDomain(name: string, pattern: string): boolean {
  if (pattern.startsWith(".")) return name.endsWith(pattern);
  return name === pattern || name.endsWith(`.${pattern}`);
}
