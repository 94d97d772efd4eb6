/** permit_mx_backup (postconf(5)): mail for domains whose MX records name this host, within permit_mx_backup_networks. */

import { splitAddress } from "../../tools/kit/mail/address.ts";
import { canonicalIp } from "../../tools/kit/mail/ip.ts";

import { isFailure } from "../address/lookup.ts";
import { matchNetwork } from "../address/network_list.ts";
import { askDns, type PolicyEvaluation } from "./question.ts";
import { findAuthorized } from "./recipient_rules.ts";
import {
  lookupFault,
  nothing,
  permit,
  recipientSubject,
  rejected,
  type Rule,
  type Said,
  type Scope,
  serverFault,
} from "./rule.ts";
import { refusal } from "./verdict.ts";

const rule = "permit_mx_backup";

export const mxBackupRule: Rule = { name: rule, evaluate: permitMxBackup };

function* permitMxBackup(scope: Scope): PolicyEvaluation<Said> {
  const { recipient } = scope.facts;
  if (recipient === undefined || recipient === "") return nothing({ rule });
  const found = yield* findAuthorized(recipient, scope);
  if (isFailure(found)) return lookupFault({ rule }, recipient, found.failure);
  const reason = { rule, ...found.reason };
  if (found.isAuthorized) return permit(reason);
  const { domain } = splitAddress(found.resolved.recipient);
  if (found.resolved.routed || domain === "" || domain.startsWith("[")) return nothing(reason);
  return yield* findOwnMx(domain, recipient, scope);
}

function* findOwnMx(domain: string, recipient: string, scope: Scope): PolicyEvaluation<Said> {
  const { settings } = scope;
  const answer = yield* askDns(domain, "MX");
  if (answer.kind === "failed") {
    return putOff(recipient, `Unable to look up mail exchanger information: ${answer.text}`);
  }
  const records = answer.kind === "found"
    ? answer.records.flatMap((record) => record.type === "MX" ? [record] : [])
    : [];
  const reason = { rule, table: "dns MX", key: domain };
  const best = Math.min(...records.map(({ preference }) => preference));
  const own = new Set(settings.addresses.ownAddresses.map((address) => canonicalIp(address)));
  let isOurs = false;
  const primary: string[] = [];
  for (const { exchange, preference } of records) {
    const addresses = yield* addressesOf(exchange);
    if (typeof addresses === "string") {
      return putOff(recipient, `Unable to look up host ${exchange} as mail exchanger: ${addresses}`);
    }
    if (addresses.some((address) => own.has(address))) {
      if (preference === best) {
        return nothing({ ...reason, note: "this host is the first mail exchanger itself" });
      }
      isOurs = true;
    }
    if (preference === best) primary.push(...addresses);
  }
  if (!isOurs) return nothing({ ...reason, note: "this host is no mail exchanger of the domain" });
  if (settings.permitMxBackupNetworks.entries.length === 0) return permit(reason);
  for (const address of primary) {
    const listed = yield* matchNetwork(settings.permitMxBackupNetworks, { name: "", address });
    if (listed.kind === "failure") return serverFault(reason, listed.failure);
    if (listed.kind !== "match") {
      return nothing({ ...reason, note: `${address} is not in permit_mx_backup_networks` });
    }
  }
  return permit(reason);
}

/** Canonical; a text says why they cannot be had now. */
function* addressesOf(host: string): PolicyEvaluation<readonly string[] | string> {
  const addresses: string[] = [];
  for (const type of ["A", "AAAA"] as const) {
    const answer = yield* askDns(host, type);
    if (answer.kind === "failed") return answer.text;
    if (answer.kind !== "found") continue;
    for (const record of answer.records) {
      if (record.type === "A" || record.type === "AAAA") {
        addresses.push(canonicalIp(record.address) ?? record.address);
      }
    }
  }
  return addresses;
}

function putOff(recipient: string, text: string): Said {
  return {
    kind: "deferIfReject",
    refusal: refusal(450, "4.4.4", rejected(recipientSubject(recipient), text)),
    reason: { rule },
  };
}
