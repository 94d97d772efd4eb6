/**
 * Is there somebody of that address (smtpd_reject_unlisted_recipient and ..._sender)? In Postfix's order: whoever stands in
 * a table that changes addresses is known; what goes to the transport `error` is not; then the tables of recipients of the
 * address's class.
 */

import { unquoteLocalPart } from "../../tools/kit/mail/address.ts";

import { findDelimiter } from "./extension.ts";
import { findAddress } from "./find_address.ts";
import type { Evaluation, LookupFailure } from "./lookup.ts";
import { askTable, askUser, isFailure } from "./lookup.ts";
import type { Found } from "./match_list.ts";
import { resolveAddress } from "./resolve.ts";
import type { Listing, Resolved, Role } from "./resolved.ts";
import { cutDomain } from "./rewrite.ts";
import type { AddressSettings, Maps } from "./settings.ts";

/**
 * `resolved`: what `resolveAddress` said, when it was asked before. A sender gets the status 5.1.0, a recipient 5.1.1; the
 * null sender is always known.
 */
export function* findListed(
  address: string,
  role: Role,
  settings: AddressSettings,
  resolved?: Resolved,
): Evaluation<Listing> {
  if (address === "") return { kind: "listed", note: "the null address" };
  const target = resolved ?? (yield* resolveAddress(address, settings));
  if (isFailure(target)) return failed(target);
  const known = yield* findInRewriting(target.recipient, role, settings);
  if (isFailure(known)) return failed(known);
  if (known !== undefined) return { kind: "listed", found: known };
  if (target.transport === "error" || target.transport === "retry") {
    return atTransport(target, role, settings);
  }
  return yield* findInClass(target, role, settings);
}

/** `recipient_canonical_maps`, ... hold the resolved address, so it becomes another one. */
function* findInRewriting(
  recipient: string,
  role: Role,
  settings: AddressSettings,
): Evaluation<Found | undefined | LookupFailure> {
  const all: readonly Maps[] = [
    settings.recipientCanonicalMaps,
    ...(role === "sender" ? [settings.senderCanonicalMaps] : []),
    settings.canonicalMaps,
    settings.virtualAliasMaps,
  ];
  for (const maps of all) {
    const hit = yield* findAddress(maps, recipient, settings);
    if (hit !== undefined) return isFailure(hit) ? hit : plainFound(hit);
  }
  return undefined;
}

/** The transports that say no: `error` for good, `retry` for now. */
function atTransport(target: Resolved, role: Role, settings: AddressSettings): Listing {
  const { text, own } = splitStatus(target.nexthop);
  const isAlias = target.class === "alias";
  const code = target.transport === "retry" ? 450 : isAlias ? settings.unknownVirtualAliasRejectCode : 550;
  return {
    kind: "unlisted",
    code,
    status: own === undefined ? unknownStatus(code, role) : statusFor(own, code, role),
    text,
    table: isAlias ? "virtual_alias_maps" : target.route?.parameter ?? "default_transport",
    found: target.route ?? target.found,
  };
}

/** `5.1.6 User has moved` is a status and a text. */
function splitStatus(nexthop: string): { readonly text: string; readonly own: string | undefined } {
  const match = /^([245]\.[0-9]{1,3}\.[0-9]{1,3})(?:\s+(.*))?$/s.exec(nexthop);
  return match === null ? { text: nexthop, own: undefined } : { text: match[2] ?? "", own: match[1] };
}

function unknownStatus(code: number, role: Role): string {
  return `${Math.floor(code / 100)}.1.${role === "sender" ? 0 : 1}`;
}

/** Statuses of recipients said of a sender, and the other way round (RFC 3463 §3.2). */
const turnedStatuses: Readonly<Record<Role, Readonly<Record<string, string>>>> = {
  sender: { ".1.1": ".1.7", ".1.2": ".1.8", ".1.3": ".1.7", ".1.4": ".1.7", ".1.5": ".1.0", ".1.6": ".1.7" },
  recipient: { ".1.7": ".1.3", ".1.8": ".1.2" },
};

/** The class follows the code. */
function statusFor(own: string, code: number, role: Role): string {
  const rest = own.slice(1);
  return `${Math.floor(code / 100)}${turnedStatuses[role][rest] ?? rest}`;
}

/** Local parts that bounces come from, and that every host has (RFC 5321 §4.5.1). */
const alwaysKnown: readonly string[] = ["double-bounce", "postmaster", "mailer-daemon"];

function* findInClass(target: Resolved, role: Role, settings: AddressSettings): Evaluation<Listing> {
  const place = placeOf(target, settings);
  if (place === undefined) return { kind: "listed", note: "recipients of this domain are not looked for" };
  const local = cutDomain(target.recipient).local.toLowerCase();
  if (target.class === "local" && alwaysKnown.includes(local)) {
    return { kind: "listed", note: `${local} is always known` };
  }
  const hit = place.maps === undefined
    ? yield* findLocalUser(target.recipient, settings)
    : yield* findAddress(place.maps, target.recipient, settings);
  if (isFailure(hit)) return failed(hit);
  if (hit !== undefined) return { kind: "listed", found: plainFound(hit) };
  const where = settings.showUserUnknownTableName ? ` in ${place.words} table` : "";
  return {
    kind: "unlisted",
    code: place.code,
    status: unknownStatus(place.code, role),
    text: `User unknown${where}`,
    table: place.parameter,
  };
}

interface Place {
  readonly parameter: string;
  readonly words: string;
  readonly code: number;
  /** `undefined`: the users and aliases of this server. */
  readonly maps: Maps | undefined;
}

/** The tables of a class; `undefined`: there are none, and nobody is unknown. */
function placeOf(target: Resolved, settings: AddressSettings): Place | undefined {
  const place = allPlaces(target, settings);
  return place?.maps?.length === 0 ? undefined : place;
}

function allPlaces(target: Resolved, settings: AddressSettings): Place | undefined {
  switch (target.class) {
    case "local":
      return {
        parameter: "local_recipient_maps",
        words: "local recipient",
        code: settings.unknownLocalRecipientRejectCode,
        maps: settings.localRecipientMaps,
      };
    case "virtual":
      return {
        parameter: "virtual_mailbox_maps",
        words: "virtual mailbox",
        code: settings.unknownVirtualMailboxRejectCode,
        maps: settings.virtualMailboxMaps,
      };
    case "relay":
      return {
        parameter: "relay_recipient_maps",
        words: "relay recipient",
        code: settings.unknownRelayRecipientRejectCode,
        maps: settings.relayRecipientMaps,
      };
    case "alias":
    case "default":
      return undefined;
  }
}

/** The default local_recipient_maps: each name, whole, then without its extension, among aliases and users. */
function* findLocalUser(
  recipient: string,
  settings: AddressSettings,
): Evaluation<Found | undefined | LookupFailure> {
  const plain = unquoteLocalPart(cutDomain(recipient).local).toLowerCase();
  const delimiter = findDelimiter(plain, settings);
  const user = delimiter === undefined ? plain : plain.slice(0, delimiter);
  for (const name of user === plain ? [plain] : [plain, user]) {
    for (const table of settings.aliasMaps) {
      const hit = yield* askTable(table, name);
      if (isFailure(hit)) return hit;
      if (hit !== undefined) return { table, key: name, line: hit.line, value: hit.value };
    }
  }
  const isUser = yield* askUser(user);
  if (isFailure(isUser)) return isUser;
  return isUser ? { table: "users", key: user } : undefined;
}

function plainFound({ table, key, line, value, note }: Found): Found {
  return { table, key, line, value, note };
}

function failed({ failure }: LookupFailure): Listing {
  return { kind: "failure", failure };
}
