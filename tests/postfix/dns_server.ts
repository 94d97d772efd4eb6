/** A DNS server over UDP for the cases' zone (RFC 1035 §4), for the Postfix that is asked. */

import type { DnsAnswer, DnsRecord } from "../../mta/dns/record.ts";

import type { Zone } from "./zone.ts";

const typeNumbers: Readonly<Record<string, number>> = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
};
const typeNames = new Map(Object.entries(typeNumbers).map(([name, number]) => [number, name]));

export function serveDns(zone: Zone, port: number): Deno.DatagramConn {
  const socket = Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port });
  const loop = async () => {
    for await (const [message, from] of socket) {
      await socket.send(answerDns(message, zone), from).catch(() => {});
    }
  };
  loop().catch(() => {});
  return socket;
}

/** Answers one query with one question. */
export function answerDns(query: Uint8Array, zone: Zone): Uint8Array {
  const labels: string[] = [];
  let at = 12;
  while (query[at] !== 0) {
    const length = query[at]!;
    labels.push(new TextDecoder("latin1").decode(query.subarray(at + 1, at + 1 + length)));
    at += 1 + length;
  }
  const type = query[at + 1]! << 8 | query[at + 2]!;
  const question = query.subarray(12, at + 5);
  const name = labels.join(".").toLowerCase();
  const typeName = typeNames.get(type);
  const answer: DnsAnswer = typeName === undefined ? { kind: "noData", text: "" } : zone(name, typeName);
  const records = answer.kind === "found" ? answer.records : [];
  const code = { found: 0, noData: 0, notFound: 3, failed: 2 }[answer.kind];
  const body = records.flatMap((record) => encodeRecord(record));
  return Uint8Array.from([
    ...query.subarray(0, 2),
    0x85,
    0x80 | code,
    ...[0, 1],
    ...[records.length >> 8, records.length & 255],
    ...[0, 0, 0, 0],
    ...question,
    ...body,
  ]);
}

/** Its name is the question's, by a pointer. */
function encodeRecord(record: DnsRecord): readonly number[] {
  const data = encodeData(record);
  return [
    0xc0,
    12,
    0,
    typeNumbers[record.type]!,
    0,
    1,
    0,
    0,
    0,
    60,
    data.length >> 8,
    data.length & 255,
    ...data,
  ];
}

function encodeData(record: DnsRecord): readonly number[] {
  switch (record.type) {
    case "A":
      return record.address.split(".").map(Number);
    case "AAAA":
      return encodeIpv6(record.address);
    case "MX":
      return [record.preference >> 8, record.preference & 255, ...encodeName(record.exchange)];
    case "NS":
    case "PTR":
    case "CNAME":
      return encodeName(record.name);
    case "TXT": {
      const bytes = [...new TextEncoder().encode(record.text)];
      return [bytes.length, ...bytes];
    }
    default:
      throw new Error(`no ${record.type} in cases`);
  }
}

function encodeName(name: string): readonly number[] {
  if (name === ".") return [0];
  return [
    ...name.split(".").flatMap((label) => [label.length, ...new TextEncoder().encode(label)]),
    0,
  ];
}

function encodeIpv6(address: string): readonly number[] {
  const [head, tail] = address.split("::").map((part) => part === "" ? [] : part.split(":"));
  const missing = tail === undefined ? 0 : 8 - head!.length - tail.length;
  const groups = [...head!, ...Array(missing).fill("0"), ...tail ?? []];
  return groups.flatMap((group) => {
    const value = parseInt(group, 16);
    return [value >> 8, value & 255];
  });
}
