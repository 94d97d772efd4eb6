/** The networks and addresses of this machine: the default of mynetworks, and what a listener means by "all". */

import { formatIp, parseIp } from "../kit/mail/ip.ts";

import type { Facts } from "./parameter.ts";

type Interfaces = Facts["interfaces"];

/**
 * Addresses to listen on for a listener that names none (postconf(5) inet_interfaces). `::` takes IPv4 too, and one port
 * cannot be opened on both it and 0.0.0.0.
 */
export function listenAddresses(interfaces: readonly string[], own: Interfaces): readonly string[] {
  const hasIpv6 = own.some(({ address }) => address.includes(":"));
  const addresses = interfaces.flatMap((word) => {
    if (word === "all") return hasIpv6 ? ["::"] : ["0.0.0.0"];
    if (isLoopbackWord(word)) return hasIpv6 ? ["127.0.0.1", "::1"] : ["127.0.0.1"];
    return [word.replace(/^\[(.*)\]$/, "$1")];
  });
  return [...new Set(addresses)];
}

/** The value of mynetworks when it is not set (postconf(5) mynetworks_style). */
export function ownNetworks(
  own: Interfaces,
  options: { readonly style: string; readonly interfaces: readonly string[] },
): readonly string[] {
  const networks: string[] = [];
  for (const { address, prefixLength } of own) {
    const bytes = parseIp(address);
    if (bytes === undefined || !isMeant(address, bytes, options.interfaces)) continue;
    const bits = networkBits(bytes, prefixLength, options.style);
    const network = formatIp(networkOf(bytes, bits));
    networks.push(bytes.length === 4 ? `${network}/${bits}` : `[${network}]/${bits}`);
  }
  return [...new Set(networks)];
}

/** The addresses that mail to user@[address] is local for (postconf(5) inet_interfaces, proxy_interfaces). */
export function ownAddresses(
  own: Interfaces,
  options: { readonly interfaces: readonly string[]; readonly proxies: readonly string[] },
): readonly string[] {
  const named = [...options.interfaces, ...options.proxies].map((word) => word.replace(/^\[(.*)\]$/, "$1"));
  const meant = own.filter(({ address }) => {
    const bytes = parseIp(address);
    return bytes !== undefined && isMeant(address, bytes, options.interfaces);
  });
  return [
    ...new Set([
      ...meant.map(({ address }) => address),
      ...named.filter((word) => parseIp(word) !== undefined),
    ]),
  ];
}

/** Red Hat's main.cf says localhost. */
function isLoopbackWord(word: string): boolean {
  return word === "loopback-only" || word === "localhost";
}

function isMeant(address: string, bytes: Uint8Array, interfaces: readonly string[]): boolean {
  const loopback = bytes.length === 4 ? bytes[0] === 127 : address === "::1";
  return interfaces.some((word) =>
    word === "all" || (isLoopbackWord(word) ? loopback : word.replace(/^\[(.*)\]$/, "$1") === address)
  );
}

function networkBits(bytes: Uint8Array, prefixLength: number, style: string): number {
  if (style === "subnet") return prefixLength;
  if (style === "class") {
    if (bytes.length !== 4) return prefixLength;
    // Classes A, B, C by the first octet (RFC 791 §3.2).
    return bytes[0]! < 128 ? 8 : bytes[0]! < 192 ? 16 : 24;
  }
  return bytes.length * 8;
}

/** The first `bits` bits, the others zero. */
function networkOf(bytes: Uint8Array, bits: number): Uint8Array {
  return bytes.map((octet, index) => octet & (0xff00 >> Math.min(8, Math.max(0, bits - index * 8))));
}
