/**
 * Lists of clients (mynetworks): each item is compared with the client's verified name, or `unknown`, then with its
 * address.
 */

import { normalizeDomain } from "../../tools/kit/mail/domain.ts";
import { matchesCidr, parseIp } from "../../tools/kit/mail/ip.ts";

import { addedNameKeys, nameMatches, noted, ownNameKeys } from "./domain_list.ts";
import { askEntry, type EntryAnswer, firstMatch } from "./list_walk.ts";
import type { Evaluation } from "./lookup.ts";
import type { ListEntry, ListResult, NetworkList } from "./match_list.ts";
import { networksAboveEitherWay } from "./parents.ts";

export interface ListedClient {
  /** Verified, else `unknown`; empty when only the address is to be compared. */
  readonly name: string;
  /** Canonical text, without brackets. */
  readonly address: string;
}

export function* matchNetwork(list: NetworkList, client: ListedClient): Evaluation<ListResult> {
  const name = normalizeDomain(client.name);
  const { address } = client;
  const octets = parseIp(address);
  return yield* firstMatch(list, function* (entry): Evaluation<EntryAnswer> {
    switch (entry.what.kind) {
      case "name":
        return nameMatches(entry, name, list) || entry.what.name === address ? "item" : undefined;
      case "network":
        return octets !== undefined && matchesCidr(entry.what.cidr, octets) ? "item" : undefined;
      case "table":
        return weigh(yield* askNetworkTable(entry.what, { name, address }, list), list);
      case "bad":
        return isAsked(entry, address) ? { failure: `${list.name}: ${entry.what.problem}` } : undefined;
    }
  });
}

/** Of the mistakes, Postfix sees only those in networks of the client's own family. */
function isAsked({ text }: ListEntry, address: string): boolean {
  return text.includes(":") === address.includes(":");
}

function* askNetworkTable(
  { table, fixed }: { readonly table: string; readonly fixed: boolean },
  { name, address }: ListedClient,
  list: NetworkList,
): Evaluation<EntryAnswer> {
  const names = name === "" ? [] : fixed ? ownNameKeys(name, list) : [name];
  const own = yield* askEntry(table, [...names, address]);
  if (own !== undefined || !fixed || !list.dottedKeys) return own;
  const added = [...(name === "" ? [] : addedNameKeys(name, list)), ...networksAboveEitherWay(address)];
  return noted(yield* askEntry(table, added));
}

const refusal = /^(?:reject|defer|defer_if_permit|defer_if_reject|hangup|[45][0-9][0-9])(?:\s|$)/i;
const silence = /^dunno(?:\s|$)/i;

/** A line does what it says (Postfix takes any line for trust): REJECT is none, DUNNO says nothing. */
function weigh(answer: EntryAnswer, { tableActions, name }: NetworkList): EntryAnswer {
  if (!tableActions || typeof answer !== "object" || !("key" in answer)) return answer;
  const value = (answer.value ?? "").trim();
  if (silence.test(value)) return undefined;
  if (!refusal.test(value)) return answer;
  const note = `${
    value.split(/\s/)[0]
  } in a table of ${name} is no trust (Postfix would take any line for trust)`;
  return { ...answer, refuses: true, note: answer.note === undefined ? note : `${note}; ${answer.note}` };
}
