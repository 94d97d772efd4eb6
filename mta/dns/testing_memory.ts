/** A DNS in memory, for tests: what it holds is found, all else is not there. */

import { toAscii } from "../../tools/kit/mail/domain.ts";

import { invalidName, noData, notFound, tryAgain } from "./answer.ts";
import type { Dns, DnsAnswer, DnsRecord, RecordType } from "./record.ts";

/** By name: records, or `failed` for a name that nobody answers for. An empty list: the name is there, without records. */
export type MemoryRecords = Readonly<Record<string, readonly DnsRecord[] | "failed">>;

export interface MemoryDns extends Dns {
  /** `TYPE name`, in order. */
  readonly asked: readonly string[];
  /** The same, at once: for generators. */
  answer(name: string, type: RecordType): DnsAnswer;
}

/** Follows aliases (CNAME) as a resolver does. */
export function memoryDns(
  records: MemoryRecords,
  { authenticated = false, ttlSeconds = 300 }: {
    readonly authenticated?: boolean;
    readonly ttlSeconds?: number;
  } = {},
): MemoryDns {
  const asked: string[] = [];
  const answer = (name: string, type: RecordType): DnsAnswer => {
    const question = { name: toAscii(name)?.replace(/(.)\.$/, "$1") ?? "", type };
    asked.push(`${type} ${question.name}`);
    if (question.name === "") return invalidName({ name, type });
    let owner = question.name;
    for (let hop = 0; hop < 8; hop++) {
      const own = records[owner];
      if (own === undefined) return notFound(question);
      if (own === "failed") return tryAgain(question);
      const wanted = own.filter((record) => record.type === type);
      if (wanted.length > 0) return { kind: "found", records: wanted, ttlSeconds, authenticated };
      const alias = own.find((record) => record.type === "CNAME");
      if (alias?.type !== "CNAME") return noData(question);
      owner = alias.name;
    }
    return tryAgain(question);
  };
  return { asked, answer, query: (name, type) => Promise.resolve(answer(name, type)) };
}
