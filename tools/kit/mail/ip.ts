/**
 * IP addresses and networks as text: IPv4 in four decimal octets, IPv6 as in RFC 4291 §2.2, written as RFC 5952 asks.
 *
 * Strict on purpose: `010.1.1.1`, `127.1` and zone indexes (`fe80::1%eth0`) are no addresses here, since others read
 * them differently.
 */

/** The 4 or 16 octets of an address; `undefined` when `text` is none. */
export function parseIp(text: string): Uint8Array | undefined {
  return parseIpv4(text) ?? parseIpv6(text);
}

export function isIpv4(text: string): boolean {
  return parseIpv4(text) !== undefined;
}

export function isIpv6(text: string): boolean {
  return parseIpv6(text) !== undefined;
}

/** Is the address this machine itself (RFC 1122 §3.2.1.3, RFC 4291 §2.5.3)? In the spelling that sockets give. */
export function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}

/** One text for one address, RFC 5952: lower case, the longest run of zeros as `::`. IPv4 stays as it is. */
export function canonicalIp(text: string): string | undefined {
  const octets = parseIp(text);
  return octets === undefined ? undefined : formatIp(octets);
}

/** @throws RangeError when `octets` are neither 4 nor 16 */
export function formatIp(octets: Uint8Array): string {
  if (octets.length === 4) return octets.join(".");
  if (octets.length !== 16) throw new RangeError(`An IP address has 4 or 16 octets, not ${octets.length}`);
  const isMapped = octets.subarray(0, 10).every((octet) => octet === 0) && octets[10] === 255 &&
    octets[11] === 255;
  if (isMapped) return `::ffff:${octets.subarray(12).join(".")}`;
  const groups: number[] = [];
  for (let index = 0; index < 16; index += 2) groups.push(octets[index]! * 256 + octets[index + 1]!);
  const run = longestZeroRun(groups);
  const text = (part: readonly number[]) => part.map((group) => group.toString(16)).join(":");
  if (run.length < 2) return text(groups);
  return `${text(groups.slice(0, run.start))}::${text(groups.slice(run.start + run.length))}`;
}

function longestZeroRun(groups: readonly number[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
    start += length;
  }
  return best;
}

function parseIpv4(text: string): Uint8Array | undefined {
  if (text.length > 15) return undefined;
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  if (!parts.every((part) => /^(0|[1-9][0-9]{0,2})$/.test(part) && Number(part) <= 255)) return undefined;
  return Uint8Array.from(parts, Number);
}

function parseIpv6(text: string): Uint8Array | undefined {
  if (text.length > 45 || text.length < 2) return undefined;
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const left = parseGroups(halves[0]!, { mayEndInIpv4: halves.length === 1 });
  const right = halves.length === 2 ? parseGroups(halves[1]!, { mayEndInIpv4: true }) : [];
  if (left === undefined || right === undefined) return undefined;
  const given = left.length + right.length;
  // `::` stands for at least one group.
  if (halves.length === 1 ? given !== 16 : given > 14) return undefined;
  const octets = new Uint8Array(16);
  octets.set(left);
  octets.set(right, 16 - right.length);
  return octets;
}

function parseGroups(text: string, options: { readonly mayEndInIpv4: boolean }): number[] | undefined {
  if (text === "") return [];
  const octets: number[] = [];
  const groups = text.split(":");
  for (const [index, group] of groups.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(group)) {
      const value = parseInt(group, 16);
      octets.push(value >> 8, value & 255);
      continue;
    }
    const ipv4 = options.mayEndInIpv4 && index === groups.length - 1 ? parseIpv4(group) : undefined;
    if (ipv4 === undefined) return undefined;
    octets.push(...ipv4);
  }
  return octets;
}

/** A network: the first `bits` of `octets` count. Can be cloned. */
export interface Cidr {
  readonly octets: Uint8Array;
  readonly bits: number;
}

export type CidrResult =
  | { readonly kind: "ok"; readonly cidr: Cidr }
  | { readonly kind: "malformed"; readonly reason: string };

/**
 * `192.0.2.0/24`, `2001:db8::/32`, `[2001:db8::]/32`, or an address alone for a network of one. The host part must be
 * zero (postconf(5) mynetworks); the reasons are those that Postfix gives.
 */
export function parseCidr(text: string): CidrResult {
  const match = /^(?:\[([^\]]*)\]|([^/[\]]*))(?:\/(.*))?$/.exec(text);
  const address = match?.[1] ?? match?.[2] ?? "";
  const octets = match?.[1] === undefined ? parseIp(address) : parseIpv6(address);
  const length = match?.[3];
  if (octets === undefined) {
    const what = length === undefined ? "address" : "net/mask";
    return { kind: "malformed", reason: `bad ${what} pattern: "${text}"` };
  }
  if (length === undefined) return { kind: "ok", cidr: { octets, bits: octets.length * 8 } };
  if (!/^[0-9]{1,3}$/.test(length) || Number(length) > octets.length * 8) {
    return { kind: "malformed", reason: `bad net/mask pattern: "${text}"` };
  }
  const bits = Number(length);
  const network = masked(octets, bits);
  if (network.some((octet, index) => octet !== octets[index])) {
    return {
      kind: "malformed",
      reason: `non-null host address bits in "${address}/${length}", perhaps you should use "${
        formatIp(network)
      }/${length}" instead`,
    };
  }
  return { kind: "ok", cidr: { octets, bits } };
}

/** Is `address` (text, or octets by `parseIp` when many networks are asked) in the network? v4 is never in v6. */
export function matchesCidr(cidr: Cidr, address: string | Uint8Array): boolean {
  const octets = typeof address === "string" ? parseIp(address) : address;
  if (octets === undefined || octets.length !== cidr.octets.length) return false;
  const whole = cidr.bits >> 3;
  for (let index = 0; index < whole; index++) if (octets[index] !== cidr.octets[index]) return false;
  const rest = cidr.bits & 7;
  return rest === 0 || (octets[whole]! ^ cidr.octets[whole]!) >> (8 - rest) === 0;
}

function masked(octets: Uint8Array, bits: number): Uint8Array {
  return octets.map((octet, index) => {
    const kept = Math.min(8, Math.max(0, bits - index * 8));
    return octet & (0xff << (8 - kept));
  });
}
