/**
 * DNS messages between octets and values (RFC 1035 §4, RFC 6891). What comes is hostile: nothing here throws or loops,
 * a malformed message is `undefined` as a whole.
 */

import { type Bytes, concatBytes, latin1Text } from "../../tools/kit/base/bytes.ts";
import { formatIp } from "../../tools/kit/mail/ip.ts";

import { decodeName, encodeName } from "./name.ts";
import type { DnsRecord, RecordType } from "./record.ts";

const typeNumbers: Readonly<Record<RecordType, number>> = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  TLSA: 52,
};

const typeNames: ReadonlyMap<number, RecordType> = new Map(
  Object.entries(typeNumbers).map(([name, number]) => [number, name as RecordType]),
);

const classInternet = 1;
const typeOpt = 41;
const headerOctets = 12;
/** What fits into one packet nearly everywhere (RFC 9715 §3). */
const udpPayloadOctets = 1232;

/** RFC 1035 §4.1.1 */
export const rcode = { noError: 0, formErr: 1, servFail: 2, nxDomain: 3, notImp: 4, refused: 5 } as const;

export interface QueryOptions {
  readonly id: number;
  /** Offer larger datagrams (RFC 6891). */
  readonly edns: boolean;
}

/** A recursive query that also asks for the AD bit (RFC 6840 §5.7); `undefined` when `name` cannot be asked for. */
export function encodeQuery(name: string, type: RecordType, options: QueryOptions): Bytes | undefined {
  const encoded = encodeName(name);
  if (encoded === undefined) return undefined;
  const recursionDesired = 0x0100;
  const authenticData = 0x0020;
  return concatBytes([
    words(options.id, recursionDesired | authenticData, 1, 0, 0, options.edns ? 1 : 0),
    encoded,
    words(typeNumbers[type], classInternet),
    ...(options.edns ? [Uint8Array.of(0), words(typeOpt, udpPayloadOctets, 0, 0, 0)] : []),
  ]);
}

export interface ResourceRecord {
  /** The owner. */
  readonly name: string;
  readonly ttlSeconds: number;
  readonly record: DnsRecord;
}

export interface DnsMessage {
  readonly id: number;
  readonly isResponse: boolean;
  readonly isTruncated: boolean;
  /** AD */
  readonly authenticated: boolean;
  readonly rcode: number;
  /** `type` is `undefined` when it is none of ours. */
  readonly question: { readonly name: string; readonly type: RecordType | undefined } | undefined;
  /** Records of class IN and of the types that we know. */
  readonly answers: readonly ResourceRecord[];
  readonly authority: readonly ResourceRecord[];
}

/** `undefined` when it is malformed. Of a truncated message only the head and the question are read. */
export function decodeMessage(bytes: Uint8Array): DnsMessage | undefined {
  const reader = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < headerOctets) return undefined;
  const flags = reader.getUint16(2);
  if ((flags & 0x7800) !== 0 || reader.getUint16(4) > 1) return undefined;
  const head = {
    id: reader.getUint16(0),
    isResponse: (flags & 0x8000) !== 0,
    isTruncated: (flags & 0x0200) !== 0,
    authenticated: (flags & 0x0020) !== 0,
    rcode: flags & 0x0f,
  };
  let at = headerOctets;
  let question: DnsMessage["question"];
  if (reader.getUint16(4) === 1) {
    const read = decodeName(bytes, at);
    if (read === undefined || read.end + 4 > bytes.length) return undefined;
    if (reader.getUint16(read.end + 2) !== classInternet) return undefined;
    question = { name: read.name, type: typeNames.get(reader.getUint16(read.end)) };
    at = read.end + 4;
  }
  if (head.isTruncated) return { ...head, question, answers: [], authority: [] };
  const answers = readSection(bytes, at, reader.getUint16(6));
  if (answers === undefined) return undefined;
  const authority = readSection(bytes, answers.end, reader.getUint16(8));
  if (authority === undefined) return undefined;
  return { ...head, question, answers: answers.records, authority: authority.records };
}

interface Section {
  readonly records: readonly ResourceRecord[];
  readonly end: number;
}

function readSection(bytes: Uint8Array, start: number, count: number): Section | undefined {
  const reader = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const records: ResourceRecord[] = [];
  let at = start;
  for (let index = 0; index < count; index++) {
    const owner = decodeName(bytes, at);
    if (owner === undefined || owner.end + 10 > bytes.length) return undefined;
    const type = typeNames.get(reader.getUint16(owner.end));
    const isInternet = reader.getUint16(owner.end + 2) === classInternet;
    // A lifetime with the highest bit set is zero (RFC 2181 §8).
    const ttlSeconds = Math.max(0, reader.getInt32(owner.end + 4));
    const dataStart = owner.end + 10;
    at = dataStart + reader.getUint16(owner.end + 8);
    if (at > bytes.length) return undefined;
    if (type === undefined || !isInternet) continue;
    const record = readData(bytes, { type, start: dataStart, end: at });
    if (record === undefined) return undefined;
    records.push({ name: owner.name, ttlSeconds, record });
  }
  return { records, end: at };
}

interface Place {
  readonly type: RecordType;
  readonly start: number;
  readonly end: number;
}

function readData(bytes: Uint8Array, { type, start, end }: Place): DnsRecord | undefined {
  const data = bytes.subarray(start, end);
  switch (type) {
    case "A":
    case "AAAA":
      return data.length === (type === "A" ? 4 : 16) ? { type, address: formatIp(data) } : undefined;
    case "NS":
    case "PTR":
    case "CNAME": {
      const name = decodeName(bytes, start);
      return name?.end === end ? { type, name: name.name } : undefined;
    }
    case "MX": {
      const exchange = data.length < 3 ? undefined : decodeName(bytes, start + 2);
      if (exchange?.end !== end) return undefined;
      return { type, preference: data[0]! << 8 | data[1]!, exchange: exchange.name };
    }
    case "TXT": {
      const text = joinStrings(data);
      return text === undefined ? undefined : { type, text };
    }
    case "TLSA": {
      const [usage, selector, matching] = data;
      if (usage === undefined || selector === undefined || matching === undefined) return undefined;
      return { type, usage, selector, matching, data: data.slice(3) };
    }
    case "SOA": {
      const server = decodeName(bytes, start);
      const mailbox = server === undefined ? undefined : decodeName(bytes, server.end);
      if (server === undefined || mailbox === undefined || mailbox.end + 20 !== end) return undefined;
      const minimum = new DataView(bytes.buffer, bytes.byteOffset + mailbox.end + 16, 4).getInt32(0);
      return { type, name: server.name, minimumSeconds: Math.max(0, minimum) };
    }
    default:
      return type satisfies never;
  }
}

/** The character strings of TXT, one behind the other (RFC 1035 §3.3.14). */
function joinStrings(data: Uint8Array): string | undefined {
  let text = "";
  for (let at = 0; at < data.length;) {
    const end = at + 1 + data[at]!;
    if (end > data.length) return undefined;
    text += latin1Text(data.subarray(at + 1, end));
    at = end;
  }
  return text;
}

function words(...values: readonly number[]): Bytes {
  return Uint8Array.from(values.flatMap((value) => [value >> 8, value & 0xff]));
}
