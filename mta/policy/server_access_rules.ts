/**
 * check_..._{a,mx,ns}_access: the mail servers, name servers or addresses of a domain, looked up in an access table
 * by name and by address (postconf(5) check_client_mx_access and its like).
 */

import { splitAddress } from "../../tools/kit/mail/address.ts";
import { parseAddressLiteral } from "../../tools/kit/mail/domain.ts";
import { parseIp } from "../../tools/kit/mail/ip.ts";

import { addedNameKeys, addressKeys, clientKeys, nameKeys } from "./access_keys.ts";
import { type Check, findAction, keySettings } from "./access_rules.ts";
import { isNullMx } from "./domain_rules.ts";
import type { PolicyFacts } from "./facts.ts";
import { askDns, type PolicyEvaluation } from "./question.ts";
import {
  clientSubject,
  nothing,
  recipientSubject,
  type Rule,
  type Said,
  type Scope,
  senderSubject,
  type Subject,
} from "./rule.ts";

type ServerType = "a" | "mx" | "ns";

interface Source {
  readonly domain: string;
  readonly subject: Subject;
}

/** What each kind looks up; `undefined`: it is not there. */
const sources: Readonly<Record<string, (facts: PolicyFacts) => Source | undefined>> = {
  client: (facts) => named(facts.client.name, clientSubject(facts)),
  reverse_client_hostname: ({ client }) =>
    named(client.reverseName, { name: client.reverseName, class: "Unverified Client host" }),
  helo: ({ helo }) => named(helo, { name: helo ?? "", class: "Helo command" }),
  sender: ({ sender }) => named(domainOf(sender), senderSubject(sender ?? "")),
  recipient: ({ recipient }) => named(domainOf(recipient), recipientSubject(recipient ?? "")),
};

export const serverAccessRules: readonly Rule[] = Object.entries(sources).flatMap(([what, source]) =>
  (["a", "mx", "ns"] as const).map((type): Rule => {
    const rule = `check_${what}_${type}_access`;
    return {
      name: rule,
      evaluate: (scope, table) => checkServers(source(scope.facts), type, scope, { rule, table }),
    };
  })
);

function named(domain: string | undefined, subject: Subject): Source | undefined {
  const bare = domain?.replace(/(?<=[^.])\.$/, "") ?? "";
  return bare === "" || bare === "unknown" ? undefined : { domain: bare, subject };
}

function domainOf(address: string | undefined): string | undefined {
  return address === undefined ? undefined : splitAddress(address).domain;
}

function* checkServers(
  source: Source | undefined,
  type: ServerType,
  scope: Scope,
  { rule, table }: { readonly rule: string; readonly table: string },
): PolicyEvaluation<Said> {
  const reason = { rule: `${rule} ${table}` };
  if (source === undefined) return nothing(reason);
  const { domain, subject } = source;
  const check: Check = { rule, table, subject, permits: "forbidden" };
  if (domain.startsWith("[")) {
    const literal = parseAddressLiteral(domain)?.address;
    if (literal === undefined || type === "ns") return nothing({ ...reason, key: domain });
    return (yield* findAction(addressKeys(literal), scope, check)) ?? nothing({ ...reason, key: literal });
  }
  const servers = yield* findServers(domain, type);
  const warnings = servers.kind === "failed" ? [servers.text] : [];
  for (const server of servers.names) {
    const { said, trouble } = yield* checkServer(server, scope, { ...check, byName: type !== "a" });
    warnings.push(...trouble);
    if (said !== undefined) return { ...said, warnings: [...said.warnings ?? [], ...warnings] };
  }
  return { ...nothing({ ...reason, key: domain }), warnings };
}

interface Servers {
  readonly kind: "found" | "failed";
  readonly names: readonly string[];
  readonly text: string;
}

/** Without an MX record the domain is its own; without NS records those of the domain above count. */
function* findServers(domain: string, type: ServerType): PolicyEvaluation<Servers> {
  const found = (names: readonly string[]): Servers => ({ kind: "found", names, text: "" });
  if (type === "a") return found([domain]);
  if (type === "mx") {
    const answer = yield* askDns(domain, "MX");
    if (isNullMx(answer)) return found([]);
    if (answer.kind === "failed") return lookupTrouble("MX", domain, answer.text);
    if (answer.kind !== "found") return found([domain]);
    return found(answer.records.flatMap((record) => record.type === "MX" ? [record.exchange] : []));
  }
  for (let name = domain;; name = name.slice(name.indexOf(".") + 1)) {
    const answer = yield* askDns(name, "NS");
    if (answer.kind === "failed") return lookupTrouble("NS", domain, answer.text);
    if (answer.kind === "notFound") return lookupTrouble("NS", domain, answer.text);
    if (answer.kind === "found") {
      return found(answer.records.flatMap((record) => record.type === "NS" ? [record.name] : []));
    }
    if (!name.includes(".")) return found([]);
  }
}

function lookupTrouble(type: string, domain: string, why: string): Servers {
  return { kind: "failed", names: [], text: `Unable to look up ${type} host for ${domain}: ${why}` };
}

/** Its name with the domains above (not for `a`), then each address with the networks above. */
function* checkServer(
  server: string,
  scope: Scope,
  { byName, ...check }: Check & { readonly byName: boolean },
): PolicyEvaluation<{ readonly said: Said | undefined; readonly trouble: readonly string[] }> {
  const settings = keySettings(scope);
  const ofName = byName ? yield* findAction(nameKeys(server, settings), scope, check) : undefined;
  if (ofName !== undefined) return { said: ofName, trouble: [] };
  const { addresses, failures } = yield* findAddresses(server);
  const trouble = failures.map((why) =>
    `Unable to look up host ${server} for ${check.subject.class} ${check.subject.name}: ${why}`
  );
  for (const address of addresses) {
    const said = yield* findAction(addressKeys(address), scope, check);
    if (said !== undefined) return { said, trouble };
  }
  const added = [
    ...byName ? addedNameKeys(server, settings) : [],
    ...addresses.flatMap((address) => clientKeys("", address, settings)).filter(({ added }) =>
      added === true
    ),
  ];
  return { said: yield* findAction(added, scope, check), trouble };
}

/** An address in the place of a name is its own. */
function* findAddresses(
  host: string,
): PolicyEvaluation<{ readonly addresses: readonly string[]; readonly failures: readonly string[] }> {
  if (parseIp(host) !== undefined) return { addresses: [host], failures: [] };
  const [addresses, failures]: [string[], string[]] = [[], []];
  for (const type of ["A", "AAAA"] as const) {
    const answer = yield* askDns(host, type);
    if (answer.kind === "failed") failures.push(answer.text);
    if (answer.kind !== "found") continue;
    for (const record of answer.records) {
      if (record.type === "A" || record.type === "AAAA") addresses.push(record.address);
    }
  }
  return { addresses, failures };
}
