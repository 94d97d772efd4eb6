/**
 * The search for an open relay: strangers of every kind try the decisions that the server makes, and whoever is let through
 * to another server is told, with the rule that let him.
 *
 * A client that the administrator has named is no stranger: a near network (RFC 1918 and the like), or a network of a size
 * that one owner has. Tables elsewhere (LDAP, PostgreSQL, sockets) hold nothing for this search, the DNS has every name,
 * and policy servers have no opinion.
 */

import { parseCidr } from "../../kit/mail/ip.ts";

import { isFixedTable } from "../../../mta/address/fixed_table.ts";
import { isFailure } from "../../../mta/address/lookup.ts";
import type { NetworkList } from "../../../mta/address/match_list.ts";
import { matchNetwork } from "../../../mta/address/network_list.ts";
import { resolveAddress } from "../../../mta/address/resolve.ts";
import type { Evaluation } from "../../../mta/address/lookup.ts";
import type { DnsAnswer } from "../../../mta/dns/record.ts";
import { decide } from "../../../mta/policy/decide.ts";
import type { PolicyFacts, Stage } from "../../../mta/policy/facts.ts";
import type { PolicyQuestion } from "../../../mta/policy/question.ts";
import type { PolicySettings } from "../../../mta/policy/settings.ts";
import type { Decision, Reason, Step } from "../../../mta/policy/verdict.ts";
import type { SmtpRole } from "../../../mta/smtp/question.ts";

import type { Forged, Stranger } from "./strangers.ts";
import { farNeighbour, foreignDomains, isNear, isWide, strangers } from "./strangers.ts";

export interface GuardedService {
  /** `smtp`, `submission`, ... */
  readonly name: string;
  readonly role: SmtpRole;
  readonly policy: PolicySettings;
  /** smtpd_authorized_xclient_hosts */
  readonly xclientHosts: NetworkList;
  /** allow_open_relay: what may be found without being told. */
  readonly allowed: readonly string[];
}

/** A stranger who could send mail through this server to another. */
export interface OpenRelay {
  readonly service: string;
  readonly client: string;
  readonly clientName: string;
  readonly helo: string;
  readonly sender: string;
  readonly recipient: string;
  /** The list of restrictions, and what in it let him: `smtpd_relay_restrictions: permit_mynetworks`. */
  readonly rule: string;
  readonly reason: Reason | undefined;
  /** By what allow_open_relay names it: a network, a table, a restriction. */
  readonly name: string;
}

export interface SearchOptions {
  /** The answer to a `table` question; `undefined` where it holds nothing. */
  readonly lookup: (table: string, key: string) => Promise<unknown>;
  readonly forged: Forged;
}

/** Enough to see what is wrong. */
const maxFound = 10;

/** One counter-example for each rule that lets strangers through; none: nobody found a way. */
export async function findOpenRelay(
  services: readonly GuardedService[],
  options: SearchOptions,
): Promise<readonly OpenRelay[]> {
  const found = new Map<string, OpenRelay>();
  for (const service of services) {
    const answers = new Answers(service.policy, options);
    for (const stranger of strangers(service.policy, options.forged)) {
      const relay = await trySpeakingForOthers(stranger, service, answers) ??
        await tryRelay(stranger, service, answers);
      if (relay === undefined || service.allowed.includes(relay.name)) continue;
      if (!found.has(relay.name)) found.set(relay.name, relay);
      if (found.size >= maxFound) return [...found.values()];
    }
  }
  return [...found.values()];
}

const stages: readonly Stage[] = ["CONNECT", "HELO", "MAIL", "RCPT", "DATA", "END-OF-MESSAGE"];

/** Who may say whom he speaks for may say that it is a client who may relay. */
async function trySpeakingForOthers(
  stranger: Stranger,
  { name: service, xclientHosts }: GuardedService,
  answers: Answers,
): Promise<OpenRelay | undefined> {
  if (xclientHosts.entries.length === 0) return undefined;
  const { client: { address, name }, helo, sender, recipient } = stranger;
  const found = await answers.run(matchNetwork(xclientHosts, { name, address }));
  if (found.kind !== "match") return undefined;
  const reason: Reason = { rule: xclientHosts.name, table: found.table, key: found.key, line: found.line };
  if (isNamed(reason, stranger)) return undefined;
  const rule = `${xclientHosts.name}: whoever is in it may say that he is another client`;
  return {
    service,
    client: address,
    clientName: name,
    helo,
    sender,
    recipient,
    rule,
    reason,
    name: nameOf(reason),
  };
}

async function tryRelay(
  stranger: Stranger,
  service: GuardedService,
  answers: Answers,
): Promise<OpenRelay | undefined> {
  const way = await findWay(stranger, service, answers);
  const relay = way && describe(stranger, service, way);
  if (way === undefined || relay?.reason === undefined || !isPattern(relay.reason.table)) return relay;
  // A pattern does not tell how wide it is: if it lets the next owner's network in too, nobody was named.
  if (relay.reason.key !== stranger.client.address) return relay;
  const address = farNeighbour(stranger.client.address);
  if (isNear(stranger.client.address) || address === undefined) return undefined;
  const next = { ...stranger, client: { ...stranger.client, address } };
  return await findWay(next, service, answers) === undefined ? undefined : relay;
}

/** What lets a stranger's message through to another server. */
interface Way {
  readonly atRecipient: Decision;
  /** Item of relay_domains that has a domain which nobody named. */
  readonly relayItem: Reason | undefined;
}

async function findWay(
  stranger: Stranger,
  service: GuardedService,
  answers: Answers,
): Promise<Way | undefined> {
  const { policy } = service;
  let relayItem: Reason | undefined;
  let atRecipient: Decision | undefined;
  let pending: PolicyFacts["pending"];
  for (const stage of stages) {
    const facts = { ...factsOf(stage, stranger, service.role), pending };
    const decision = await answers.run(decide(stage, facts, policy));
    if (decision.verdict.kind !== "permit") return undefined;
    const { discard, redirect, hold } = decision.actions;
    if (discard === true || hold === true || redirect !== undefined) return undefined;
    if (stage === "RCPT") {
      atRecipient = decision;
      const place = await findElsewhere(stranger, policy, answers);
      if (place === undefined) return undefined;
      relayItem = place.relayItem;
    }
    pending = decision.pending;
  }
  return atRecipient && { atRecipient, relayItem };
}

/** `undefined`: the message stays here, or goes where the administrator wants it. */
async function findElsewhere(
  { recipient, sender }: Stranger,
  policy: PolicySettings,
  answers: Answers,
): Promise<Pick<Way, "relayItem"> | undefined> {
  const resolved = await answers.run(resolveAddress(recipient, policy.addresses, sender));
  if (isFailure(resolved) || resolved.problem !== undefined) return undefined;
  if (["error", "retry", "discard"].includes(resolved.transport)) return undefined;
  if (resolved.class === "default" || resolved.routed) return { relayItem: undefined };
  const domain = resolved.recipient.slice(resolved.recipient.lastIndexOf("@") + 1);
  if (resolved.class !== "relay" || !foreignDomains(policy).includes(domain)) return undefined;
  return { relayItem: { rule: "relay_domains", table: resolved.found?.table, key: resolved.found?.key } };
}

function describe(
  stranger: Stranger,
  service: GuardedService,
  { atRecipient: { trail }, relayItem }: Way,
): OpenRelay | undefined {
  const { client, helo, sender, recipient } = stranger;
  const told = {
    service: service.name,
    client: client.address,
    clientName: client.name,
    helo,
    sender,
    recipient,
  };
  if (relayItem !== undefined) {
    const rule = `relay_domains: ${relayItem.table} holds ${relayItem.key}`;
    return { ...told, rule, reason: relayItem, name: "relay_domains" };
  }
  const permitting = (["relay", "recipient"] as const).map((list) => permittingSteps(trail, list))
    .find((steps) => steps.length > 0) ?? [];
  const reasons = permitting.flatMap(({ reason, outcome }) => [
    ...(outcome?.kind === "permit" ? [outcome.reason] : []),
    ...(reason === undefined ? [] : [reason]),
  ]);
  if (reasons.some((reason) => isNamed(reason, stranger))) return undefined;
  const [first] = permitting;
  const reason = reasons.find(({ table }) => table !== undefined) ?? reasons[0];
  return {
    ...told,
    rule: first === undefined
      ? "no restriction refuses it: smtpd_relay_restrictions and smtpd_recipient_restrictions come to their end"
      : `smtpd_${first.list}_restrictions: ${first.rule}`,
    reason,
    name: nameOf(reason),
  };
}

/** The rule of a list that has permitted, and those that it has named (classes, tables), down to the last. */
function permittingSteps(trail: Decision["trail"], list: string): readonly Step[] {
  const isPermit = (step: Step) => step.list === list && step.outcome?.kind === "permit";
  const start = trail.findLastIndex((step) => isPermit(step) && step.depth === 0);
  return start < 0 ? [] : trail.slice(start).filter(isPermit);
}

/** What the administrator would write into allow_open_relay. */
function nameOf(reason: Reason | undefined): string {
  if (reason === undefined) return "smtpd_relay_restrictions";
  const { table, key, rule } = reason;
  if (key !== undefined && !isPattern(table) && parseCidr(key).kind === "ok") return key;
  return table !== undefined && table.includes(":") ? table : rule.split(" ")[0]!;
}

/** Is it a table that does not hold its keys, but says something of any that is like this? */
function isPattern(table: string | undefined): boolean {
  return table !== undefined && table.includes(":") &&
    (!isFixedTable(table) || /^(?:proxy:)?static:/.test(table));
}

/** The administrator has named this very client, or where he sends to. */
function isNamed({ key, rule, table }: Reason, { client, recipient }: Stranger): boolean {
  if (key === undefined || isPattern(table)) return false;
  const network = networkBits(key, client.address);
  if (network !== undefined) {
    return isNear(client.address) || !isWide(client.address.includes(":") ? 128 : 32, network);
  }
  const domain = recipient.slice(recipient.lastIndexOf("@") + 1);
  return rule.includes("recipient") && key.includes(".") &&
    (`.${domain}`.endsWith(`.${key}`) || key === recipient);
}

/** How many bits of the address a network, an address or the first octets of one tell. */
function networkBits(key: string, address: string): number | undefined {
  const parsed = parseCidr(key);
  if (parsed.kind === "ok") return parsed.cidr.bits;
  const octets = /^(\d{1,3}(?:\.\d{1,3}){0,2})\.?$/.exec(key)?.[1];
  if (octets !== undefined && address.startsWith(`${octets}.`)) return octets.split(".").length * 8;
  const groups = /^[0-9a-f]{1,4}(?::[0-9a-f]{0,4})*$/i.test(key)
    ? key.split(":").filter((part) => part !== "")
    : [];
  return groups.length > 0 && address.startsWith(key) ? groups.length * 16 : undefined;
}

function factsOf(stage: Stage, { client, helo, sender, recipient }: Stranger, role: SmtpRole): PolicyFacts {
  const at = stages.indexOf(stage);
  return {
    role,
    client: { ...client, port: 40_000 },
    server: { address: client.address.includes(":") ? "2001:db8::25" : "192.0.2.25", port: 25 },
    helo: at >= 1 ? helo : undefined,
    protocol: "ESMTP",
    tls: { protocol: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384", bits: 256 },
    login: undefined,
    sender: at >= 2 ? sender : undefined,
    recipient: at >= 3 ? recipient : undefined,
    recipientCount: at > 3 ? 1 : 0,
    size: at > 4 ? 1000 : undefined,
    queueId: undefined,
    instance: "0.0.0",
    pipelined: false,
    etrnDomain: undefined,
  };
}

/** The world as a stranger would have it, with this machine's tables; each question is asked once. */
class Answers {
  readonly #tables = new Map<string, unknown>();
  readonly #dnsLists: readonly string[];
  readonly #options: SearchOptions;

  constructor(policy: PolicySettings, options: SearchOptions) {
    this.#options = options;
    const calls = [...Object.values(policy.lists), ...policy.classes.values()].flat();
    this.#dnsLists = calls.filter(({ name }) => /_(?:rbl|rhsbl|dnswl|rhswl)_/.test(name))
      .map(({ argument = "" }) => argument.split("=")[0]!.toLowerCase());
  }

  async run<T>(steps: Evaluation<T, PolicyQuestion>): Promise<T> {
    let step = steps.next();
    while (step.done !== true) step = steps.next(await this.#answer(step.value));
    return step.value;
  }

  async #answer(question: PolicyQuestion): Promise<unknown> {
    switch (question.kind) {
      case "table":
        return await this.#look(question.table, question.key);
      case "user":
        return true;
      case "dns":
        return this.#dns(question.name, question.type);
      case "service":
        return "dunno";
      case "verify":
        return { status: "deliverable", text: "" };
      case "sleep":
        return null;
    }
  }

  async #look(table: string, key: string): Promise<unknown> {
    const name = `${table}\0${key}`;
    if (this.#tables.has(name)) return this.#tables.get(name);
    const hit = await this.#options.lookup(table, key);
    this.#tables.set(name, hit);
    return hit;
  }

  #dns(name: string, type: string): DnsAnswer {
    const isListed = this.#dnsLists.some((list) => name.toLowerCase().endsWith(`.${list}`));
    const found = (record: Extract<DnsAnswer, { kind: "found" }>["records"][number]): DnsAnswer => ({
      kind: "found",
      records: [record],
      ttlSeconds: 60,
      authenticated: false,
    });
    if (isListed) return { kind: "notFound", text: "Host not found" };
    if (type === "A") return found({ type, address: "198.51.100.200" });
    if (type === "MX") return found({ type, preference: 10, exchange: `mx.${name}` });
    if (type === "NS") return found({ type, name: `ns.${name}` });
    return { kind: "noData", text: "no data" };
  }
}
