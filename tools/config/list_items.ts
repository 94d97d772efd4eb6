/** What can stand in lists of networks and domains, and what cannot. */

import { parseCidr, parseIp } from "../kit/mail/ip.ts";

/** A network written wrong would match nothing, and Postfix answers 451 to everybody then: told at the start. */
export function checkNetwork(item: string): string | undefined {
  const text = item.replace(/^!/, "");
  const [address = "", ...bits] = text.split("/");
  if (address.includes(":") && parseIp(address) !== undefined) {
    return `an IPv6 network stands in brackets: "[${address}]${
      bits.length === 0 ? "" : `/${bits.join("/")}`
    }"`;
  }
  if (!/^[\d.]+(?:\/|$)|^\[/.test(text)) return checkNoTable(item);
  const parsed = parseCidr(text);
  return parsed.kind === "malformed" ? parsed.reason : undefined;
}

/** Tables and files of names are not read in these lists. */
export function checkNoTable(item: string): string | undefined {
  return /^!?(?:\/|[a-z][a-z0-9_]*:)/i.test(item)
    ? `"${item}": tables and files are not looked up in this list`
    : undefined;
}
