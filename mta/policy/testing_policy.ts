/** For tests: a world of tables, users and names written down, and policy run in it without waiting. */

import type { AddressQuestion, Evaluation, LookupFailure } from "../address/lookup.ts";
import { isFixedTable } from "../address/fixed_table.ts";
import { defaultAddressSettings } from "../address/default_settings.ts";
import { parseStringList } from "../address/match_list.ts";
import type { DnsAnswer, DnsRecord, RecordType } from "../dns/record.ts";
import { decide } from "./decide.ts";
import type { PolicyFacts, Stage } from "./facts.ts";
import type { PolicyQuestion, VerifyAnswer } from "./question.ts";
import type { ListName } from "./restriction_call.ts";
import { parseRestrictions } from "./restriction_list.ts";
import { defaultPolicySettings, type PolicySettings, type RestrictionLists } from "./settings.ts";
import type { Decision } from "./verdict.ts";

export interface TestPolicyWorld {
  /** Lines `key value` of each table; a text instead: why it cannot be read. */
  readonly tables?: Readonly<Record<string, readonly string[] | string>>;
  readonly users?: readonly string[];
  /** Lines `name TYPE data`; TYPE `FAIL`: no answer for that name. Whatever is not there does not exist. */
  readonly dns?: readonly string[];
  /** What each policy server answers; a server that is not there fails. */
  readonly services?: Readonly<Record<string, string>>;
  readonly probes?: Readonly<Record<string, VerifyAnswer>>;
}

/** Runs to the end; `asked` gets each question in words: `hash:/a key`, `dns MX name`. */
export function runInWorld<T>(
  steps: Evaluation<T, PolicyQuestion>,
  world: TestPolicyWorld,
  asked: string[] = [],
): T {
  let step = steps.next();
  while (step.done !== true) {
    asked.push(describe(step.value));
    step = steps.next(answer(step.value, world));
  }
  return step.value;
}

function describe(question: PolicyQuestion): string {
  switch (question.kind) {
    case "table":
      return `${question.table} ${question.key}`;
    case "user":
      return `user ${question.name}`;
    case "dns":
      return `dns ${question.type} ${question.name}`;
    case "service":
      return `service ${question.server}`;
    case "verify":
      return `verify ${question.address}`;
    case "sleep":
      return `sleep ${question.ms}`;
  }
}

function answer(question: PolicyQuestion, world: TestPolicyWorld): unknown {
  switch (question.kind) {
    case "table":
    case "user":
      return answerAddress(question, world);
    case "dns":
      return answerDns(question.name, question.type, world.dns ?? []);
    case "service": {
      const given = world.services?.[question.server];
      return given ?? ({ failure: "Connection refused" } satisfies LookupFailure);
    }
    case "verify":
      return world.probes?.[question.address] ?? { status: "pending", text: "" };
    case "sleep":
      return null;
  }
}

function answerAddress(question: AddressQuestion, { tables = {}, users = [] }: TestPolicyWorld): unknown {
  if (question.kind === "user") return users.includes(question.name);
  const { table, key } = question;
  const lines = tables[table];
  if (lines === undefined) return { failure: `open ${table}: No such file or directory` };
  if (typeof lines === "string") return { failure: lines };
  for (const [index, text] of lines.entries()) {
    const [, pattern = "", value = ""] = /^(\S+)\s*(.*)$/s.exec(text) ?? [];
    const matches = isFixedTable(table)
      ? pattern.toLowerCase() === key.toLowerCase()
      : new RegExp(pattern, "i").test(key);
    if (matches) return { value, line: index + 1 };
  }
  return undefined;
}

function answerDns(name: string, type: RecordType, lines: readonly string[]): DnsAnswer {
  const mine = lines.map((line) => line.split(/\s+/)).filter(([owner]) =>
    owner?.toLowerCase() === name.toLowerCase()
  );
  if (mine.some(([, type]) => type === "FAIL")) return { kind: "failed", text: "Host not found, try again" };
  const records = mine.filter(([, written]) => written === type).map(([, , ...data]) => record(type, data));
  if (records.length > 0) return { kind: "found", records, ttlSeconds: 60, authenticated: false };
  const text = `Host or domain name not found. Name service error for name=${name} type=${type}`;
  return { kind: mine.length > 0 ? "noData" : "notFound", text };
}

function record(type: RecordType, data: readonly string[]): DnsRecord {
  const [first = "", second = ""] = data;
  switch (type) {
    case "A":
    case "AAAA":
      return { type, address: first };
    case "MX":
      return { type, preference: Number(first), exchange: second };
    case "TXT":
      return { type, text: data.join(" ") };
    case "NS":
    case "PTR":
    case "CNAME":
      return { type, name: first };
    case "SOA":
      return { type, name: first, minimumSeconds: 60 };
    case "TLSA":
      return { type, usage: 3, selector: 1, matching: 1, data: new Uint8Array() };
  }
}

/** A stranger without a name, who says EHLO c.test and writes from a@remote.test to u1@ref.test. */
export const strangerFacts: PolicyFacts = {
  role: "smtp",
  client: {
    address: "198.51.100.7",
    port: 4711,
    name: "unknown",
    nameStatus: "permanent",
    reverseName: "unknown",
    reverseStatus: "permanent",
  },
  server: { address: "192.0.2.25", port: 25 },
  helo: "c.test",
  protocol: "ESMTP",
  tls: undefined,
  login: undefined,
  sender: "a@remote.test",
  recipient: "u1@ref.test",
  recipientCount: 0,
  size: undefined,
  queueId: undefined,
  instance: "1.2.3",
  pipelined: false,
  etrnDomain: undefined,
};

/** `mx.ref.test` with the local domain `ref.test`, relaying for relay.test; nothing in any list but the relay list. */
export const testSettings: PolicySettings = defaultPolicySettings(
  defaultAddressSettings("mx.ref.test", {
    myorigin: "ref.test",
    mydestination: parseStringList(["ref.test"], { name: "mydestination" }),
  }),
);

/** The lists as texts: `{ client: "check_client_access hash:/a, reject" }`; those that are not given are empty. */
export function listsOf(texts: Partial<Readonly<Record<ListName, string>>>): RestrictionLists {
  const parse = (list: ListName) => parseRestrictions(texts[list] ?? "", { list }).calls;
  return {
    client: parse("client"),
    helo: parse("helo"),
    sender: parse("sender"),
    relay: parse("relay"),
    recipient: parse("recipient"),
    data: parse("data"),
    end_of_data: parse("end_of_data"),
    etrn: parse("etrn"),
  };
}

export interface TestCase {
  readonly stage?: Stage;
  readonly lists?: Partial<Readonly<Record<ListName, string>>>;
  readonly facts?: Partial<PolicyFacts>;
  readonly client?: Partial<PolicyFacts["client"]>;
  readonly settings?: Partial<PolicySettings>;
  readonly world?: TestPolicyWorld;
  readonly asked?: string[];
}

/** Decides; the relay list is empty unless given, and whoever is a user is u1. */
export function decideCase(test: TestCase): Decision {
  const { stage = "RCPT", lists = {}, facts = {}, client = {}, settings = {}, world = {}, asked } = test;
  const steps = decide(
    stage,
    { ...strangerFacts, ...facts, client: { ...strangerFacts.client, ...facts.client, ...client } },
    { ...testSettings, lists: listsOf(lists), ...settings },
  );
  return runInWorld(steps, { users: ["u1"], ...world }, asked);
}

/** `permit`, `hangup`, or the reply: `554 5.7.1 <x@e.test>: Relay access denied`. */
export function showVerdict({ verdict }: Decision): string {
  if (!("refusal" in verdict)) return verdict.kind;
  const { code, status, text } = verdict.refusal;
  return `${code} ${status} ${text}`;
}
