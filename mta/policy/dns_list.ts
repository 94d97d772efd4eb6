/** Lists in the DNS of hosts and domains (RFC 5782): what stands behind reject_rbl_client, and their names of questions. */

import { parseIp } from "../../tools/kit/mail/ip.ts";

export interface DnsList {
  readonly domain: string;
  /** Addresses that count; `undefined`: all. */
  readonly accepts: ((address: string) => boolean) | undefined;
}

/**
 * `zen.example.test`, `zen.example.test=127.0.0.2`, `zen.example.test=127.0.0.[2..11;14]`; `undefined` when malformed.
 */
export function parseDnsList(text: string): DnsList | undefined {
  const equals = text.indexOf("=");
  const domain = (equals < 0 ? text : text.slice(0, equals)).replace(/\.$/, "");
  if (domain === "") return undefined;
  if (equals < 0) return { domain, accepts: undefined };
  const octets = splitOctets(text.slice(equals + 1)).map(parseOctet);
  const ranges = octets.filter((octet) => octet !== undefined);
  if (octets.length !== 4 || ranges.length !== 4) return undefined;
  return {
    domain,
    accepts: (address) => {
      const parts = address.split(".").map(Number);
      return parts.length === 4 &&
        ranges.every((allowed, index) =>
          allowed.some(([from, to]) => parts[index]! >= from && parts[index]! <= to)
        );
    },
  };
}

/** At dots outside brackets. */
function splitOctets(pattern: string): readonly string[] {
  return pattern.match(/\[[^\]]*\]|[^.[\]]+/g) ?? [];
}

type Range = readonly [from: number, to: number];

function parseOctet(text: string): readonly Range[] | undefined {
  const inner = text.startsWith("[") ? text.slice(1, -1) : text;
  const parts = text.startsWith("[") ? inner.split(";") : [inner];
  const ranges = parts.map((part): Range | undefined => {
    const match = /^([0-9]{1,3})(?:\.\.([0-9]{1,3}))?$/.exec(part.trim());
    if (match === null) return undefined;
    const [from, to] = [Number(match[1]), Number(match[2] ?? match[1])];
    return from <= to && to <= 255 ? [from, to] : undefined;
  });
  const good = ranges.filter((range) => range !== undefined);
  return good.length === parts.length ? good : undefined;
}

/**
 *     dnsListName("192.0.2.1", "bl.test")  ->  "1.2.0.192.bl.test"
 */
export function dnsListName(address: string, domain: string): string | undefined {
  const octets = parseIp(address);
  if (octets === undefined) return undefined;
  const labels = octets.length === 4
    ? [...octets].map(String)
    : [...octets].flatMap((octet) => [(octet >> 4).toString(16), (octet & 15).toString(16)]);
  return `${labels.reverse().join(".")}.${domain}`;
}
