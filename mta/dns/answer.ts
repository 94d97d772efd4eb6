/** From a name server's message to the answer to a question: aliases followed, lifetimes computed, failures in words. */

import { isValidDomain } from "../../tools/kit/mail/domain.ts";

import { type DnsMessage, rcode, type ResourceRecord } from "./message.ts";
import type { DnsAnswer, DnsRecord, RecordType } from "./record.ts";

export interface DnsQuestion {
  readonly name: string;
  readonly type: RecordType;
}

export interface Interpretation {
  readonly answer: DnsAnswer;
  /** How long it holds; 0: not to be kept. */
  readonly keepSeconds: number;
}

/** The server did not follow an alias to its end: ask for `target` next. */
export interface Onward {
  readonly target: string;
  readonly ttlSeconds: number;
}

const maxAliases = 16;

/** `name` must be as the message has it (`decodeName`). Messages with another code than these two are failures. */
export function interpretMessage(
  { name, type }: DnsQuestion,
  message: DnsMessage,
): Interpretation | Onward {
  let owner = name;
  let ttlSeconds = Number.MAX_SAFE_INTEGER;
  for (let aliases = 0;; aliases++) {
    const own = message.answers.filter((entry) => entry.name === owner);
    const wanted = own.filter(({ record }) => record.type === type);
    if (wanted.length > 0) return interpretRecords({ name, type }, message, wanted, ttlSeconds);
    const alias = own.find(({ record }) => record.type === "CNAME");
    if (alias?.record.type !== "CNAME") break;
    if (aliases === maxAliases) return { answer: malformed({ name, type }), keepSeconds: 0 };
    owner = alias.record.name;
    ttlSeconds = Math.min(ttlSeconds, alias.ttlSeconds);
  }
  const soa = message.authority.find(({ record }) => record.type === "SOA");
  if (owner !== name && message.rcode === rcode.noError && soa === undefined) {
    return { target: owner, ttlSeconds };
  }
  const isAbsent = message.rcode === rcode.nxDomain;
  return {
    answer: isAbsent ? notFound({ name, type }) : noData({ name, type }),
    keepSeconds: soa === undefined ? 0 : Math.min(ttlSeconds, negativeSeconds(soa)),
  };
}

/** RFC 2308 §5 */
function negativeSeconds({ ttlSeconds, record }: ResourceRecord): number {
  return record.type === "SOA" ? Math.min(ttlSeconds, record.minimumSeconds) : 0;
}

function interpretRecords(
  question: DnsQuestion,
  message: DnsMessage,
  wanted: readonly ResourceRecord[],
  aliasSeconds: number,
): Interpretation {
  const ttlSeconds = wanted.reduce((least, entry) => Math.min(least, entry.ttlSeconds), aliasSeconds);
  const records = wanted.map(({ record }) => record).filter(namesHost);
  const [first, ...others] = records;
  if (first === undefined) return { answer: malformed(question), keepSeconds: 0 };
  return {
    answer: {
      kind: "found",
      records: [first, ...others],
      ttlSeconds,
      authenticated: message.authenticated,
    },
    keepSeconds: ttlSeconds,
  };
}

/** Servers of mail and of zones must be hosts; the root as the mail server says that there is none (RFC 7505 §3). */
function namesHost(record: DnsRecord): boolean {
  if (record.type === "MX") return record.exchange === "." || isValidDomain(record.exchange);
  return record.type !== "NS" || isValidDomain(record.name);
}

/** Failures in Postfix's words. */
function nameServiceError({ name, type }: DnsQuestion, why: string): string {
  return `Host or domain name not found. Name service error for name=${name} type=${type}: ${why}`;
}

export function notFound(question: DnsQuestion): DnsAnswer {
  return { kind: "notFound", text: nameServiceError(question, "Host not found") };
}

export function noData(question: DnsQuestion): DnsAnswer {
  const why = "Host found but no data record of requested type";
  return { kind: "noData", text: nameServiceError(question, why) };
}

export function tryAgain(question: DnsQuestion): DnsAnswer {
  return { kind: "failed", text: nameServiceError(question, "Host not found, try again") };
}

export function malformed({ name, type }: DnsQuestion): DnsAnswer {
  const text = `Name service error for name=${name} type=${type}: Malformed or unexpected name server reply`;
  return { kind: "failed", text };
}

/** What was asked for is no name. */
export function invalidName({ name }: DnsQuestion): DnsAnswer {
  return { kind: "notFound", text: `Name service error for ${name}: invalid host or domain name` };
}
