/** IP addresses and networks as octets: 4 for IPv4, 16 for IPv6 (RFC 4291 §2.2, RFC 5952). */

export type AddressBytes = Uint8Array<ArrayBuffer>;

/** The octets of an address without brackets or zone, or `undefined`. `::ffff:1.2.3.4` stays IPv6. */
export function parseAddress(text: string): AddressBytes | undefined {
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

function parseIpv4(text: string): AddressBytes | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return undefined;
  const octets = match.slice(1).map(Number);
  return octets.every((octet) => octet <= 255) ? Uint8Array.from(octets) : undefined;
}

function parseIpv6(text: string): AddressBytes | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const before = parseGroups(halves[0]!, halves.length === 1);
  const after = halves.length === 2 ? parseGroups(halves[1]!, true) : [];
  if (before === undefined || after === undefined) return undefined;
  const missing = 8 - before.length - after.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...before, ...Array<number>(missing).fill(0), ...after];
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 255]));
}

function parseGroups(text: string, mayEndInIpv4: boolean): number[] | undefined {
  if (text === "") return [];
  const words = text.split(":");
  const groups: number[] = [];
  for (const [index, word] of words.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(word)) {
      groups.push(parseInt(word, 16));
      continue;
    }
    const ipv4 = mayEndInIpv4 && index === words.length - 1 ? parseIpv4(word) : undefined;
    if (ipv4 === undefined) return undefined;
    groups.push(ipv4[0]! << 8 | ipv4[1]!, ipv4[2]! << 8 | ipv4[3]!);
  }
  return groups;
}

/** The canonical text (RFC 5952 §4: lower case, the longest run of zero groups shortened). */
export function formatAddress(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  const groups = Array.from({ length: 8 }, (_, index) => bytes[index * 2]! << 8 | bytes[index * 2 + 1]!);
  const run = longestZeroRun(groups);
  const hex = (part: readonly number[]) => part.map((group) => group.toString(16)).join(":");
  if (run.length < 2) return hex(groups);
  return `${hex(groups.slice(0, run.start))}::${hex(groups.slice(run.start + run.length))}`;
}

function longestZeroRun(groups: readonly number[]): { readonly start: number; readonly length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  return best;
}

/** The first `bits` bits of an address, the others zero. */
export function maskAddress(bytes: Uint8Array, bits: number): AddressBytes {
  return Uint8Array.from(bytes, (octet, index) => {
    const kept = Math.min(8, Math.max(0, bits - index * 8));
    return octet & (0xff00 >> kept) & 0xff;
  });
}

export interface Network {
  readonly bytes: AddressBytes;
  readonly bits: number;
}

/** Whether an address lies in a network; IPv4 and IPv6 never match each other. */
export function networkHolds(network: Network, address: Uint8Array): boolean {
  if (address.length !== network.bytes.length) return false;
  const masked = maskAddress(address, network.bits);
  return masked.every((octet, index) => octet === network.bytes[index]);
}

/**
 * `a.b.c.d`, `a.b.c.d/BITS`, `v6/BITS`, brackets allowed; or what is wrong with it, in Postfix's words.
 */
export function parseNetwork(text: string): Network | { readonly problem: string } {
  const match = /^(?:\[([^\]]*)\]|([^/]*))(?:\/(\d{1,3}))?$/.exec(text);
  const bytes = match === null ? undefined : parseAddress(match[1] ?? match[2]!);
  if (match === null || bytes === undefined) return { problem: `bad net/mask pattern: "${text}"` };
  const bits = match[3] === undefined ? bytes.length * 8 : Number(match[3]);
  if (bits > bytes.length * 8) return { problem: `bad net/mask pattern: "${text}"` };
  const masked = maskAddress(bytes, bits);
  if (masked.some((octet, index) => octet !== bytes[index])) {
    return {
      problem: `non-null host address bits in "${text}", perhaps you should use "${
        formatAddress(masked)
      }/${bits}" instead`,
    };
  }
  return { bytes, bits };
}
