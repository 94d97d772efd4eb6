/** hosts(5): names and addresses that this machine knows without asking. The names of clients are looked up there too. */

import { isValidDomain } from "../../tools/kit/mail/domain.ts";
import { canonicalIp } from "../../tools/kit/mail/ip.ts";

export interface Hosts {
  /** The first name at that address. */
  nameOf(address: string): string | undefined;
  addressesOf(name: string): readonly string[];
}

export const noHosts: Hosts = { nameOf: () => undefined, addressesOf: () => [] };

/** What is not understood is passed over, as the C library does. */
export function parseHosts(text: string): Hosts {
  const names = new Map<string, string>();
  const addresses = new Map<string, string[]>();
  for (const line of text.split("\n")) {
    const [first = "", ...words] = line.replace(/#.*$/, "").trim().split(/\s+/);
    const address = canonicalIp(first.replace(/%.*$/, ""));
    const [name, ...aliases] = words.filter(isValidDomain).map((word) => word.toLowerCase());
    if (address === undefined || name === undefined) continue;
    if (!names.has(address)) names.set(address, name);
    for (const known of new Set([name, ...aliases])) {
      const list = addresses.get(known);
      if (list === undefined) addresses.set(known, [address]);
      else if (!list.includes(address)) list.push(address);
    }
  }
  return {
    nameOf: (address) => names.get(canonicalIp(address) ?? ""),
    addressesOf: (name) => addresses.get(name.toLowerCase()) ?? [],
  };
}
