/**
 * Lists of names, domains and networks as parameters hold them (mydestination, relay_domains, mynetworks): the first item
 * that matches decides, `!item` says no, `type:table` matches what it holds. This file parses them; `string_list.ts`,
 * `domain_list.ts` and `network_list.ts` match.
 *
 * `/file` items are read in before (the settings loader does it), so that an item tells the file and line it stands in.
 */

import { normalizeDomain } from "../../tools/kit/mail/domain.ts";
import { type Cidr, parseCidr, parseIp } from "../../tools/kit/mail/ip.ts";

import { isFixedTable } from "./fixed_table.ts";
import type { LookupFailure } from "./lookup.ts";

/** An item as written, `!` included, and where it stands when that is a file of its own. */
export type ListItem =
  | string
  | { readonly text: string; readonly file?: string | undefined; readonly line?: number | undefined };

/** Where an answer was found. */
export interface Found {
  /** List, file or table: `mydestination`, `/etc/postfix/networks`, `hash:/etc/postfix/access`. */
  readonly table: string;
  /** The item as written, or the key that the table holds. */
  readonly key: string;
  readonly line?: number | undefined;
  /** A table's value. */
  readonly value?: string | undefined;
  /** What else there is to know, a clause. */
  readonly note?: string | undefined;
}

/** What a list says. `excluded`: an item said no, `!item` or a line that refuses. */
export type ListResult =
  | (Found & { readonly kind: "match" | "excluded"; readonly list: string })
  | { readonly kind: "none" }
  | (LookupFailure & { readonly kind: "failure" });

export interface ListEntry {
  readonly text: string;
  readonly negated: boolean;
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  readonly what:
    | { readonly kind: "name"; readonly name: string }
    | { readonly kind: "table"; readonly table: string; readonly fixed: boolean }
    | { readonly kind: "network"; readonly cidr: Cidr }
    /** Postfix answers 451 when it comes to such an item. */
    | { readonly kind: "bad"; readonly problem: string };
}

interface MatchList {
  /** The parameter: `mydestination`. */
  readonly name: string;
  readonly entries: readonly ListEntry[];
  /** Items that cannot be understood, one clause each. */
  readonly problems: readonly string[];
  /** Items that match nothing or not what they seem to. */
  readonly warnings: readonly string[];
}

/** Exact names: mydestination, virtual_alias_domains, virtual_mailbox_domains. */
export interface StringList extends MatchList {
  readonly kind: "string";
}

export interface DomainList extends MatchList {
  readonly kind: "domain";
  /** The parameter is in parent_domain_matches_subdomains. */
  readonly subdomains: boolean;
  /** See `DomainListOptions`. */
  readonly dottedKeys: boolean;
}

export interface NetworkList extends MatchList {
  readonly kind: "network";
  readonly subdomains: boolean;
  readonly dottedKeys: boolean;
  readonly tableActions: boolean;
}

export interface DomainListOptions {
  readonly name: string;
  /** Default true: the parameter is in parent_domain_matches_subdomains. */
  readonly subdomains?: boolean;
  /**
   * Default true. Deviation: Postfix: after Postfix's own keys, tables are also asked for `.domain`, and those of
   * networks for `a.b.c`, `a.b.c.`, `a.b`, ...
   */
  readonly dottedKeys?: boolean;
}

export interface NetworkListOptions extends DomainListOptions {
  /** Default true. Deviation: Postfix: a table's line that says REJECT, DEFER, 4NN or 5NN is no trust. */
  readonly tableActions?: boolean;
}

export function parseStringList(items: readonly ListItem[], options: { readonly name: string }): StringList {
  return { kind: "string", ...options, ...parseItems(items, options.name, parseName) };
}

export function parseDomainList(items: readonly ListItem[], options: DomainListOptions): DomainList {
  const { name, subdomains = true, dottedKeys = true } = options;
  const parsed = parseItems(items, name, parseName);
  const warnings = subdomains ? dottedWarnings(parsed.entries) : [];
  return { kind: "domain", name, subdomains, dottedKeys, ...parsed, warnings };
}

export function parseNetworkList(items: readonly ListItem[], options: NetworkListOptions): NetworkList {
  const { name, subdomains = true, dottedKeys = true, tableActions = true } = options;
  const parsed = parseItems(items, name, parseNetwork);
  const warnings = [
    ...(subdomains ? dottedWarnings(parsed.entries) : []),
    ...parsed.entries.filter(isOddNetwork).map(({ text }) =>
      `"${text}" is taken for a name: a network is written a.b.c.d/len`
    ),
  ];
  return { kind: "network", name, subdomains, dottedKeys, tableActions, ...parsed, warnings };
}

type What = ListEntry["what"];

function parseItems(
  items: readonly ListItem[],
  name: string,
  parse: (pattern: string) => What,
): Pick<MatchList, "entries" | "problems" | "warnings"> {
  const entries = items.map((item): ListEntry => {
    const given = typeof item === "string" ? { text: item } : item;
    const bare = given.text.replace(/^!+/, "");
    const negated = (given.text.length - bare.length) % 2 === 1;
    return { ...given, negated, what: parseShared(bare, given.text) ?? parse(bare) };
  });
  const problems = entries.flatMap(({ what, file, line }) => {
    if (what.kind !== "bad") return [];
    return [file === undefined ? what.problem : `${file}, line ${line ?? 0}: ${what.problem} (in ${name})`];
  });
  return { entries, problems, warnings: [] };
}

/** What means the same in all lists. */
function parseShared(bare: string, text: string): What | undefined {
  if (bare === "") return { kind: "bad", problem: `there is nothing behind the "!" of "${text}"` };
  if (bare.startsWith("/")) return { kind: "bad", problem: `the file "${bare}" was not read in` };
  if (bare.startsWith("[") || !bare.includes(":")) return undefined;
  const [address = ""] = bare.split("/");
  if (parseIp(address) !== undefined) {
    const length = bare.slice(address.length);
    return {
      kind: "bad",
      problem: `an IPv6 address stands in brackets: "[${address}]${length}", not "${bare}"`,
    };
  }
  return { kind: "table", table: bare, fixed: isFixedTable(bare) };
}

function parseName(bare: string): What {
  return { kind: "name", name: normalizeDomain(bare) };
}

function parseNetwork(bare: string): What {
  const looksLikeNetwork = bare.startsWith("[") || bare.includes("/") || parseIp(bare) !== undefined;
  if (!looksLikeNetwork) return parseName(bare);
  const parsed = parseCidr(bare);
  return parsed.kind === "ok"
    ? { kind: "network", cidr: parsed.cidr }
    : { kind: "bad", problem: parsed.reason };
}

function isOddNetwork({ what }: ListEntry): boolean {
  return what.kind === "name" && /^[0-9.]+$/.test(what.name);
}

/** With the parameter in parent_domain_matches_subdomains, Postfix takes `.name` for a name that nothing has. */
function dottedWarnings(entries: readonly ListEntry[]): readonly string[] {
  return entries.filter(({ what }) => what.kind === "name" && what.name.startsWith("."))
    .map(({ text }) => `"${text}" matches nothing: names below are meant without the dot`);
}
