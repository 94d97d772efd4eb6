/** check_..._access: what is known of the client, the addresses, the login, looked up in access tables (access(5)). */

import { splitAddress } from "../../tools/kit/mail/address.ts";

import { isFixedTable } from "../address/fixed_table.ts";
import { askTable, isFailure } from "../address/lookup.ts";
import { resolveAddress } from "../address/resolve.ts";
import { sayAction } from "./access_action.ts";
import {
  type AccessKey,
  addedNameKeys,
  clientKeys,
  type KeySettings,
  mailKeys,
  nameKeys,
  wholeKey,
} from "./access_keys.ts";
import type { PolicyEvaluation } from "./question.ts";
import {
  clientLabel,
  clientSubject,
  lookupFault,
  nothing,
  type Permits,
  recipientSubject,
  type Rule,
  type Said,
  type Scope,
  senderSubject,
  type Subject,
  tableFault,
} from "./rule.ts";
import type { Reason } from "./verdict.ts";

export const accessRules: readonly Rule[] = [
  {
    name: "check_client_access",
    evaluate: (scope, table) => {
      const { name, address } = scope.facts.client;
      return askKeys(clientKeys(name, address, keySettings(scope)), scope, {
        rule: "check_client_access",
        table,
        subject: clientSubject(scope.facts),
      });
    },
  },
  {
    name: "check_reverse_client_hostname_access",
    evaluate: (scope, table) => {
      const { reverseName, address } = scope.facts.client;
      return askKeys(clientKeys(reverseName, address, keySettings(scope)), scope, {
        rule: "check_reverse_client_hostname_access",
        table,
        subject: { name: reverseName, class: "Unverified Client host" },
        permits: "forbidden",
      });
    },
  },
  {
    name: "check_helo_access",
    evaluate: (scope, table) =>
      askName(scope.facts.helo, scope, {
        rule: "check_helo_access",
        table,
        subject: { name: scope.facts.helo ?? "", class: "Helo command" },
      }),
  },
  {
    name: "check_etrn_access",
    evaluate: (scope, table) =>
      askName(scope.facts.etrnDomain, scope, {
        rule: "check_etrn_access",
        table,
        subject: { name: scope.facts.etrnDomain ?? "", class: "Etrn command" },
      }),
  },
  { name: "check_sender_access", evaluate: checkSender },
  { name: "check_recipient_access", evaluate: checkRecipient },
  { name: "check_sasl_access", evaluate: checkLogin },
  { name: "check_ccert_access", evaluate: checkCertificate },
];

export interface Check {
  /** `check_client_access` */
  readonly rule: string;
  readonly table: string;
  readonly subject: Subject;
  readonly permits?: Permits;
}

export function keySettings({ settings }: Pick<Scope, "settings">): KeySettings {
  return {
    parents: settings.addresses.parentDomainMatches.accessMaps,
    dotted: settings.dottedAccessKeys,
  };
}

/** The first key that the table holds decides, also when its value is DUNNO. */
export function* askKeys(
  keys: readonly AccessKey[],
  scope: Scope,
  check: Check,
): PolicyEvaluation<Said> {
  return (yield* findAction(keys, scope, check)) ?? nothing({ rule: `${check.rule} ${check.table}` });
}

/** What the table says; `undefined`: it holds none of the keys. */
export function* findAction(
  keys: readonly AccessKey[],
  scope: Scope,
  { rule, table, subject, permits = "count" }: Check,
): PolicyEvaluation<Said | undefined> {
  const isFixed = isFixedTable(table);
  for (const { key, whole, added } of keys) {
    if (!isFixed && !whole) continue;
    const hit = yield* askTable(table, key);
    if (hit === undefined) continue;
    const reason: Reason = { rule: `${rule} ${table}`, table, key };
    if (isFailure(hit)) return tableFault(reason, `${table}: ${hit.failure}`, subject);
    const note = added === true ? `Postfix does not look for the key "${key}" here` : undefined;
    return sayAction(hit.value, {
      scope,
      subject,
      table,
      permits,
      reason: { ...reason, line: hit.line, note },
    });
  }
  return undefined;
}

function* askName(name: string | undefined, scope: Scope, check: Check): PolicyEvaluation<Said> {
  if (name === undefined || name === "") return nothing({ rule: `${check.rule} ${check.table}` });
  const settings = keySettings(scope);
  return yield* askKeys([...nameKeys(name, settings), ...addedNameKeys(name, settings)], scope, check);
}

function* checkSender(scope: Scope, table: string): PolicyEvaluation<Said> {
  const rule = "check_sender_access";
  const { sender } = scope.facts;
  if (sender === undefined) return nothing({ rule: `${rule} ${table}` });
  const check: Check = { rule, table, subject: senderSubject(sender) };
  if (sender === "") return yield* askKeys(wholeKey(scope.settings.nullAccessLookupKey), scope, check);
  return yield* askMail(sender, scope, check);
}

function* checkRecipient(scope: Scope, table: string): PolicyEvaluation<Said> {
  const rule = "check_recipient_access";
  const { recipient } = scope.facts;
  if (recipient === undefined || recipient === "") return nothing({ rule: `${rule} ${table}` });
  return yield* askMail(recipient, scope, { rule, table, subject: recipientSubject(recipient) });
}

/** The address in canonical form. One with routing in it is no ground to permit anything. */
function* askMail(address: string, scope: Scope, check: Check): PolicyEvaluation<Said> {
  const { addresses } = scope.settings;
  const resolved = yield* resolveAddress(address, addresses);
  if (isFailure(resolved)) {
    return lookupFault({ rule: `${check.rule} ${check.table}` }, address, resolved.failure);
  }
  const { localPart, domain } = splitAddress(resolved.recipient);
  const isRouted = resolved.routed && check.subject.class === "Recipient address";
  const keys = mailKeys(localPart, domain, { ...keySettings(scope), ...addresses });
  return yield* askKeys(keys, scope, isRouted ? { ...check, permits: "ignored" } : check);
}

function* checkLogin(scope: Scope, table: string): PolicyEvaluation<Said> {
  const rule = "check_sasl_access";
  const user = scope.facts.login?.user;
  if (user === undefined || !scope.settings.saslEnabled) return nothing({ rule: `${rule} ${table}` });
  return yield* askKeys(wholeKey(user), scope, {
    rule,
    table,
    subject: { name: user, class: "SASL login name" },
  });
}

function* checkCertificate(scope: Scope, table: string): PolicyEvaluation<Said> {
  const rule = "check_ccert_access";
  const { certificate } = scope.facts;
  if (certificate === undefined) return nothing({ rule: `${rule} ${table}` });
  const keys = [certificate.fingerprint, certificate.publicKeyFingerprint].flatMap(wholeKey);
  return yield* askKeys(keys, scope, {
    rule,
    table,
    subject: { name: clientLabel(scope.facts), class: "Client certificate" },
  });
}
