/** reject_rbl_client, reject_rhsbl_..., permit_dnswl_client, permit_rhswl_client (postconf(5)). */

import { splitAddress } from "../../tools/kit/mail/address.ts";

import { isFailure } from "../address/lookup.ts";
import { askMaps } from "../address/find_address.ts";
import { splitStatus } from "./access_action.ts";
import { dnsListName, parseDnsList } from "./dns_list.ts";
import type { PolicyFacts } from "./facts.ts";
import { askDns, type PolicyEvaluation } from "./question.ts";
import { expandRblReply } from "./rbl_reply.ts";
import { findAuthorized } from "./recipient_rules.ts";
import {
  lookupFault,
  nothing,
  permit,
  refuse,
  rejected,
  type Rule,
  type Said,
  type Scope,
  serverFault,
  type Subject,
} from "./rule.ts";
import { fixStatus } from "./status.ts";
import { refusal } from "./verdict.ts";

/** What is looked for in the list; `name` has no list's domain yet. */
interface Asked {
  readonly subject: Subject;
  readonly kind: "address" | "name";
  readonly name: string;
}

const rejecting: Readonly<Record<string, (facts: PolicyFacts) => Asked | undefined>> = {
  reject_rbl_client: clientAddress,
  reject_rhsbl_client: ({ client }) => named(client.name, client.name, "Client host"),
  reject_rhsbl_reverse_client: ({ client }) =>
    named(client.reverseName, client.reverseName, "Unverified Client host"),
  reject_rhsbl_helo: ({ helo }) => named(helo, helo, "Helo command"),
  reject_rhsbl_sender: ({ sender }) => named(domainOf(sender), sender, "Sender address"),
  reject_rhsbl_recipient: ({ recipient }) => named(domainOf(recipient), recipient, "Recipient address"),
};

const permitting: Readonly<Record<string, (facts: PolicyFacts) => Asked | undefined>> = {
  permit_dnswl_client: clientAddress,
  permit_rhswl_client: ({ client }) => named(client.name, client.name, "Client host"),
};

export const dnsListRules: readonly Rule[] = [
  ...Object.entries(rejecting).map(([name, asked]): Rule => ({
    name,
    evaluate: (scope, list) => rejectListed(`${name} ${list}`, { list, asked: asked(scope.facts) }, scope),
  })),
  ...Object.entries(permitting).map(([name, asked]): Rule => ({
    name,
    evaluate: (scope, list) => permitListed(`${name} ${list}`, { list, asked: asked(scope.facts) }, scope),
  })),
];

function clientAddress({ client }: PolicyFacts): Asked {
  return { subject: { name: client.address, class: "Client host" }, kind: "address", name: client.address };
}

/** Literals, `unknown` and names that end in a number are in no list of names. */
function named(
  name: string | undefined,
  what: string | undefined,
  of: Subject["class"],
): Asked | undefined {
  const bare = name?.replace(/\.$/, "") ?? "";
  if (bare === "" || bare === "unknown" || bare.startsWith("[") || /(?:^|\.)[0-9]+$/.test(bare)) {
    return undefined;
  }
  return { subject: { name: what ?? bare, class: of }, kind: "name", name: bare };
}

function domainOf(address: string | undefined): string | undefined {
  return address === undefined ? undefined : splitAddress(address).domain;
}

interface Question {
  readonly list: string;
  readonly asked: Asked | undefined;
}

type Hit =
  | { readonly kind: "listed"; readonly name: string; readonly addresses: readonly string[] }
  | { readonly kind: "none" }
  | { readonly kind: "failed"; readonly name: string; readonly text: string }
  | { readonly kind: "malformed" };

function* findInList({ list, asked }: Question): PolicyEvaluation<Hit> {
  const parsed = parseDnsList(list);
  if (parsed === undefined) return { kind: "malformed" };
  if (asked === undefined) return { kind: "none" };
  const { domain, accepts } = parsed;
  const name = asked.kind === "address" ? dnsListName(asked.name, domain) : `${asked.name}.${domain}`;
  if (name === undefined) return { kind: "none" };
  const answer = yield* askDns(name, "A");
  if (answer.kind === "failed") return { kind: "failed", name, text: answer.text };
  if (answer.kind !== "found") return { kind: "none" };
  const addresses = answer.records.flatMap((record) => record.type === "A" ? [record.address] : [])
    .filter((address) => accepts === undefined || accepts(address));
  return addresses.length === 0 ? { kind: "none" } : { kind: "listed", name, addresses };
}

function* rejectListed(rule: string, question: Question, scope: Scope): PolicyEvaluation<Said> {
  const hit = yield* findInList(question);
  switch (hit.kind) {
    case "malformed":
      return serverFault({ rule }, `restriction ${rule}: bad argument "${question.list}"`);
    case "none":
      return nothing({ rule });
    case "failed":
      return {
        kind: "nothing",
        reason: { rule, key: hit.name, note: hit.text },
        warnings: [`${hit.name}: RBL lookup error: ${hit.text}`],
      };
    case "listed": {
      const { subject } = question.asked!;
      const text = yield* askDns(hit.name, "TXT");
      const texts = text.kind === "found"
        ? text.records.flatMap((record) => record.type === "TXT" ? [record.text] : [])
        : [];
      return yield* replyListed(
        { rule, key: hit.name, note: hit.addresses.join(" ") },
        { list: question.list, subject, text: texts.join(" / ") },
        scope,
      );
    }
  }
}

function* replyListed(
  reason: Said["reason"],
  { list, subject, text }: { readonly list: string; readonly subject: Subject; readonly text: string },
  { facts, settings }: Scope,
): PolicyEvaluation<Said> {
  const own = yield* askMaps(settings.rblReplyMaps, list, { partial: false });
  if (isFailure(own)) return serverFault({ ...reason, table: "rbl_reply_maps" }, own.failure);
  const listed = {
    code: settings.codes.mapsRbl,
    domain: list.replace(/=.*$/s, ""),
    what: subject.name,
    class: subject.class,
    text,
  };
  const template = own?.value ?? settings.defaultRblReply;
  const expanded = expandRblReply(template, facts, listed) ??
    expandRblReply(settings.defaultRblReply, facts, listed);
  const match = /^([45][0-9][0-9])\s+(.*)$/s.exec(expanded ?? "");
  if (match === null) {
    const refused = refusal(450, "4.7.1", "Service unavailable");
    const warning = `rbl response code configuration error: ${expanded ?? template}`;
    return {
      kind: "refuse",
      refusal: refused,
      reason: { ...reason, table: own?.table },
      warnings: [warning],
    };
  }
  const { status = "4.7.1", rest } = splitStatus(match[2]!);
  return refuse(refusal(Number(match[1]), fixStatus(status, subject.class), rest), reason);
}

function* permitListed(rule: string, question: Question, scope: Scope): PolicyEvaluation<Said> {
  const { recipient } = scope.facts;
  // It must not open the host to everybody in the list.
  if (recipient !== undefined && recipient !== "") {
    const found = yield* findAuthorized(recipient, scope);
    if (isFailure(found)) return lookupFault({ rule }, recipient, found.failure);
    if (!found.isAuthorized) {
      return nothing({ rule, note: "does not permit relaying to destinations that are not ours" });
    }
  }
  const hit = yield* findInList(question);
  switch (hit.kind) {
    case "malformed":
      return serverFault({ rule }, `restriction ${rule}: bad argument "${question.list}"`);
    case "none":
      return nothing({ rule });
    case "failed":
      return {
        kind: "deferIfReject",
        refusal: refusal(450, "4.7.1", rejected(question.asked!.subject, "Service unavailable")),
        reason: { rule, key: hit.name, note: hit.text },
        warnings: [`${hit.name}: RBL lookup error: ${hit.text}`],
      };
    case "listed":
      return permit({ rule, key: hit.name, note: hit.addresses.join(" ") });
  }
}
