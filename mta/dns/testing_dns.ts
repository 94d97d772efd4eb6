/** A small name server on loopback (UDP and TCP, one port), for tests; what it answers is scripted by name. */

import { concatBytes, latin1Bytes } from "../../tools/kit/base/bytes.ts";
import { parseIp } from "../../tools/kit/mail/ip.ts";

import { decodeMessage, encodeQuery } from "./message.ts";
import { decodeName, encodeName } from "./name.ts";
import type { DnsRecord, RecordType } from "./record.ts";
import type { DnsServer } from "./resolv_conf.ts";

export { type MemoryDns, memoryDns, type MemoryRecords } from "./testing_memory.ts";

const typeNumbers: Readonly<Record<RecordType, number>> = {
  ...{ A: 1, NS: 2, CNAME: 5, SOA: 6, PTR: 12, MX: 15, TXT: 16, AAAA: 28, TLSA: 52 },
};

export interface ScriptedRecord {
  readonly name: string;
  readonly record: DnsRecord;
  readonly ttlSeconds?: number;
}

/** What a message says. */
export interface ScriptedReply {
  /** Default 0. */
  readonly rcode?: number;
  readonly answers?: readonly ScriptedRecord[];
  readonly authority?: readonly ScriptedRecord[];
  readonly truncated?: boolean;
  readonly authenticated?: boolean;
}

export interface AskedQuery {
  readonly name: string;
  readonly type: RecordType;
  readonly protocol: "udp" | "tcp";
  readonly bytes: Uint8Array;
}

/** A reply, octets as they are to be sent (several datagrams), or nothing. */
export type Script = (
  query: AskedQuery,
) => ScriptedReply | readonly Uint8Array[] | undefined;

export interface TestingDns extends AsyncDisposable {
  readonly server: DnsServer;
  /** `udp A name`, in order. */
  readonly asked: readonly string[];
}

export function encodeReply(query: Uint8Array, reply: ScriptedReply): Uint8Array {
  const end = decodeName(query, 12)!.end + 4;
  const answers = reply.answers ?? [];
  const authority = reply.authority ?? [];
  const flags = 0x8180 | (reply.truncated === true ? 0x0200 : 0) | (reply.authenticated === true ? 0x20 : 0) |
    (reply.rcode ?? 0);
  return concatBytes([
    query.subarray(0, 2),
    words(flags, 1, answers.length, authority.length, 0),
    query.subarray(12, end),
    ...[...answers, ...authority].map(encodeRecord),
  ]);
}

function encodeRecord({ name, record, ttlSeconds = 300 }: ScriptedRecord): Uint8Array {
  const data = encodeData(record);
  return concatBytes([
    encodeName(name)!,
    words(typeNumbers[record.type], 1, ttlSeconds >>> 16, ttlSeconds & 0xffff, data.length),
    data,
  ]);
}

function encodeData(record: DnsRecord): Uint8Array {
  switch (record.type) {
    case "A":
    case "AAAA":
      return parseIp(record.address)!;
    case "NS":
    case "PTR":
    case "CNAME":
      return encodeName(record.name)!;
    case "MX":
      return concatBytes([words(record.preference), encodeName(record.exchange)!]);
    case "TXT": {
      const chunks = record.text.match(/[^]{1,255}/g) ?? [""];
      return concatBytes(chunks.map((text) => concatBytes([Uint8Array.of(text.length), latin1Bytes(text)])));
    }
    case "TLSA":
      return concatBytes([Uint8Array.of(record.usage, record.selector, record.matching), record.data]);
    case "SOA": {
      const minimum = record.minimumSeconds;
      const numbers = words(0, 1, 0, 2, 0, 3, 0, 4, minimum >>> 16, minimum & 0xffff);
      return concatBytes([encodeName(record.name)!, encodeName("hostmaster.test")!, numbers]);
    }
  }
}

/** Answers from records as an authority does; names that it does not have are NXDOMAIN, with an SOA. */
export function zoneScript(records: readonly ScriptedRecord[]): Script {
  const soa: ScriptedRecord = { name: "test", record: { type: "SOA", name: "ns.test", minimumSeconds: 60 } };
  return ({ name, type }) => {
    const own = records.filter((entry) => entry.name === name);
    const answers = own.filter(({ record }) => record.type === type || record.type === "CNAME");
    if (answers.length > 0) return { answers };
    return { rcode: own.length > 0 ? 0 : 3, authority: [soa] };
  };
}

export async function startTestingDns(script: Script): Promise<TestingDns> {
  const { udp, tcp } = listenBoth();
  const asked: string[] = [];
  const answer = (bytes: Uint8Array, protocol: "udp" | "tcp"): readonly Uint8Array[] => {
    const question = decodeMessage(bytes)?.question;
    if (question?.type === undefined) return [];
    const query: AskedQuery = { name: question.name, type: question.type, protocol, bytes };
    asked.push(`${protocol} ${query.type} ${query.name}`);
    const reply = script(query);
    if (reply === undefined) return [];
    return "length" in reply ? reply as readonly Uint8Array[] : [encodeReply(bytes, reply as ScriptedReply)];
  };
  const serveUdp = async () => {
    for await (const [bytes, from] of udp) {
      for (const reply of answer(bytes.slice(), "udp")) await udp.send(reply, from);
    }
  };
  const streams = new Set<Deno.Conn>();
  const serveTcp = async () => {
    for await (const stream of tcp) {
      streams.add(stream);
      serveStream(stream, answer).catch(() => {}).finally(() => {
        if (streams.delete(stream)) stream.close();
      });
    }
  };
  const serving = [serveUdp().catch(() => {}), serveTcp().catch(() => {})];
  const { port } = tcp.addr as Deno.NetAddr;
  return await Promise.resolve({
    server: { address: "127.0.0.1", port },
    asked,
    [Symbol.asyncDispose]: async () => {
      udp.close();
      tcp.close();
      for (const stream of streams) stream.close();
      streams.clear();
      await Promise.all(serving);
    },
  });
}

async function serveStream(
  stream: Deno.Conn,
  answer: (bytes: Uint8Array, protocol: "tcp") => readonly Uint8Array[],
): Promise<void> {
  const buffer = new Uint8Array(4096);
  let held = new Uint8Array(0);
  for (;;) {
    const octets = await stream.read(buffer);
    if (octets === null) return;
    held = concatBytes([held, buffer.subarray(0, octets)]);
    const length = held.length < 2 ? Infinity : held[0]! << 8 | held[1]!;
    if (held.length < 2 + length) continue;
    for (const reply of answer(held.slice(2, 2 + length), "tcp")) {
      await stream.write(concatBytes([words(reply.length), reply]));
    }
    held = held.slice(2 + length);
  }
}

/** One port number for both; another process may have taken it for UDP, so several are tried. */
function listenBoth(): { readonly udp: Deno.DatagramConn; readonly tcp: Deno.TcpListener } {
  for (let attempt = 0;; attempt++) {
    const tcp = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    try {
      const { port } = tcp.addr;
      return { tcp, udp: Deno.listenDatagram({ transport: "udp", hostname: "127.0.0.1", port }) };
    } catch (thrown) {
      tcp.close();
      if (attempt === 20) throw thrown;
    }
  }
}

export function words(...values: readonly number[]): Uint8Array {
  return Uint8Array.from(values.flatMap((value) => [value >> 8 & 0xff, value & 0xff]));
}

/** A query for tests that make messages themselves. */
export function queryBytes(name: string, type: RecordType, id = 7): Uint8Array {
  return encodeQuery(name, type, { id, edns: false })!;
}
