/**
 * The block of addresses that counts as one client for limits: an IPv4 address is its own, an IPv6 client owns its
 * /64 at the least (RFC 6177 §2), so that it cannot pass by changing the low bits.
 */

import { addressOctets, addressText } from "./ip_octets.ts";

/** `192.0.2.1` stays; `2001:db8:0:1::5` is `2001:db8:0:1::/64`. */
export function addressBlock(address: string): string {
  const octets = addressOctets(address);
  if (octets === undefined || octets.length === 4) return address;
  return `${addressText(octets.fill(0, 8))}/64`;
}
