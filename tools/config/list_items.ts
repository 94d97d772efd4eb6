/** What can stand in lists of networks and domains, and what cannot. */

import { isValidDomain } from "../kit/mail/domain.ts";
import { parseCidr, parseIp } from "../kit/mail/ip.ts";

/** Whether an item of a list is a table, or a file of items. */
export function isTableOrFile(item: string): boolean {
  return /^!?(?:\/|[a-z][a-z0-9_]*:)/.test(item);
}

/** A network written wrong would match nothing, and Postfix answers 451 to everybody then: told at the start. */
export function checkNetwork(item: string): string | undefined {
  const text = item.replace(/^!/, "");
  const [address = "", ...bits] = text.split("/");
  if (address.includes(":") && parseIp(address) !== undefined) {
    return `an IPv6 network stands in brackets: "[${address}]${
      bits.length === 0 ? "" : `/${bits.join("/")}`
    }"`;
  }
  if (!/^[\d.]+(?:\/|$)|^\[/.test(text)) return undefined;
  const parsed = parseCidr(text);
  return parsed.kind === "malformed" ? parsed.reason : undefined;
}

/** An item of a list of domains. */
export function checkDomainItem(item: string): string | undefined {
  if (isTableOrFile(item)) return undefined;
  const name = item.replace(/^!?\.?/, "");
  return isValidDomain(name) || name.startsWith("[") ? undefined : `"${item}" is not a domain`;
}
