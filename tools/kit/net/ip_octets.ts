/** IP addresses between text and octets (RFC 4291 §2.2, RFC 5952). */

/** 4 or 16 octets; `undefined` when `text` is no address. A zone (`%eth0`) is left out. */
export function addressOctets(text: string): Uint8Array<ArrayBuffer> | undefined {
  return text.includes(":") ? octetsOfV6(text.replace(/%.*$/, "")) : octetsOfV4(text);
}

/** The usual text of 4 or 16 octets: IPv6 in lower case, the longest run of zeros as `::`. */
export function addressText(octets: Uint8Array): string {
  if (octets.length === 4) return octets.join(".");
  const groups = Array.from(
    { length: 8 },
    (_, index) => (octets[index * 2]! << 8 | octets[index * 2 + 1]!).toString(16),
  );
  const text = groups.join(":");
  const runs = text.match(/\b0(?::0)+\b/g) ?? [];
  const longest = runs.reduce((best, run) => run.length > best.length ? run : best, "");
  if (longest === "") return text;
  const at = text.search(new RegExp(`(?:^|:)${longest}(?::|$)`));
  const head = text.slice(0, at);
  const tail = text.slice(at).replace(new RegExp(`^:?${longest}:?`), "");
  return `${head}::${tail}`;
}

function octetsOfV4(text: string): Uint8Array<ArrayBuffer> | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (parts === null) return undefined;
  const octets = parts.slice(1).map(Number);
  return octets.some((octet) => octet > 255) ? undefined : Uint8Array.from(octets);
}

function octetsOfV6(text: string): Uint8Array<ArrayBuffer> | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map(groupsOf);
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...new Array<number>(Math.max(0, missing)).fill(0), ...(tail ?? [])];
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}

/** 16-bit groups of one side of `::`; a dotted tail counts as two. */
function groupsOf(text: string): number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  const words = text.split(":");
  for (const [index, word] of words.entries()) {
    const dotted = index === words.length - 1 ? octetsOfV4(word) : undefined;
    if (dotted !== undefined) groups.push(dotted[0]! << 8 | dotted[1]!, dotted[2]! << 8 | dotted[3]!);
    else if (/^[0-9a-f]{1,4}$/i.test(word)) groups.push(parseInt(word, 16));
    else return undefined;
  }
  return groups;
}
