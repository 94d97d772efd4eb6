/** The DNS of the cases: what there is, as records, for the DNS server that Postfix asks and for mailsrv's world. */

import type { DnsAnswer, DnsRecord, RecordType } from "../../mta/dns/record.ts";

import type { DnsLine } from "./case.ts";

export type Zone = (name: string, type: string) => DnsAnswer;

/**
 * Names are there when a line has them or a name below them; aliases are followed; `SERVFAIL` lines fail for now. A type
 * `SERVFAIL:MX` fails for one type only.
 */
export function zoneOf(lines: readonly DnsLine[]): Zone {
  const byName = new Map<string, DnsLine[]>();
  for (const line of lines) byName.set(line.name, [...byName.get(line.name) ?? [], line]);
  const isAbove = (name: string) => lines.some((line) => line.name.endsWith(`.${name}`));
  const answer = (name: string, type: string, depth: number): DnsAnswer => {
    const here = byName.get(name);
    if (here === undefined) {
      return isAbove(name)
        ? { kind: "noData", text: "no data" }
        : { kind: "notFound", text: "Host not found" };
    }
    if (here.some((line) => line.type === "SERVFAIL" || line.type === `SERVFAIL:${type}`)) {
      return { kind: "failed", text: "Host not found, try again" };
    }
    const alias = here.find((line) => line.type === "CNAME");
    if (alias !== undefined && type !== "CNAME" && depth < 8) return answer(alias.data, type, depth + 1);
    const records = here.filter((line) => line.type === type).map(toRecord);
    if (records.length === 0) return { kind: "noData", text: "no data" };
    return { kind: "found", records, ttlSeconds: 60, authenticated: false };
  };
  return (name, type) => answer(name.toLowerCase().replace(/\.$/, ""), type, 0);
}

function toRecord({ type, data }: DnsLine): DnsRecord {
  switch (type as RecordType) {
    case "A":
    case "AAAA":
      return { type: type as "A", address: data };
    case "MX": {
      const [preference, exchange] = data.split(" ");
      return { type: "MX", preference: Number(preference), exchange: exchange! };
    }
    case "NS":
    case "PTR":
    case "CNAME":
      return { type: type as "NS", name: data };
    case "TXT":
      return { type: "TXT", text: data };
    default:
      throw new Error(`no ${type} in cases`);
  }
}
