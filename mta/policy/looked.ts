/** Questions and their answers in words, for `explain`. */

import type { TableHit } from "../../store/table/table.ts";

import { isFailure } from "../address/lookup.ts";
import type { DnsAnswer, DnsRecord } from "../dns/record.ts";
import type { PolicyQuestion, VerifyAnswer } from "./question.ts";
import type { Looked } from "./verdict.ts";

/** `answer` is what was given for `question`. */
export function describeLookup(question: PolicyQuestion, answer: unknown): Looked {
  const { where, key } = placeOf(question);
  if (isFailure(answer)) return { where, key, answer: answer.failure, failed: true };
  switch (question.kind) {
    case "table": {
      const hit = answer as TableHit | undefined;
      return { where, key, answer: hit?.value, ...(hit?.line === undefined ? {} : { line: hit.line }) };
    }
    case "user":
      return { where, key, answer: answer === true ? "found" : undefined };
    case "dns":
      return { where, key, ...describeDns(answer as DnsAnswer) };
    case "service":
      return { where, key, answer: String(answer) };
    case "verify": {
      const { status, text } = answer as VerifyAnswer;
      return { where, key, answer: text === "" ? status : `${status}: ${text}` };
    }
    case "sleep":
      return { where, key, answer: undefined };
  }
}

function placeOf(question: PolicyQuestion): { readonly where: string; readonly key: string } {
  switch (question.kind) {
    case "table":
      return { where: question.table, key: question.key };
    case "user":
      return { where: "users", key: question.name };
    case "dns":
      return { where: `dns ${question.type}`, key: question.name };
    case "service":
      return {
        where: question.server,
        key: question.attributes.find(([name]) => name === "protocol_state")?.[1] ?? "",
      };
    case "verify":
      return { where: "address verification", key: question.address };
    case "sleep":
      return { where: "sleep", key: `${question.ms / 1000}` };
  }
}

function describeDns(answer: DnsAnswer): Pick<Looked, "answer" | "failed"> {
  switch (answer.kind) {
    case "found":
      return { answer: answer.records.map(showRecord).join(", ") };
    case "notFound":
    case "noData":
      return { answer: undefined };
    case "failed":
      return { answer: answer.text, failed: true };
  }
}

function showRecord(record: DnsRecord): string {
  switch (record.type) {
    case "A":
    case "AAAA":
      return record.address;
    case "MX":
      return `${record.preference} ${record.exchange}`;
    case "NS":
    case "PTR":
    case "CNAME":
    case "SOA":
      return record.name;
    case "TXT":
      return `"${record.text}"`;
    case "TLSA":
      return `${record.usage} ${record.selector} ${record.matching}`;
  }
}
