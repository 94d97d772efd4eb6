/**
 * Looking an address up in tables of addresses (canonical, virtual, relocated, lists of recipients, transport): the
 * whole address first, then ever less of it. Each key is asked of all tables before the next key; tables of patterns are
 * asked for the whole address only.
 */

import { quoteLocalPart, unquoteLocalPart } from "../../tools/kit/mail/address.ts";
import { normalizeDomain } from "../../tools/kit/mail/domain.ts";

import { type ExtensionSettings, findDelimiter } from "./extension.ts";
import { isFixedTable } from "./fixed_table.ts";
import type { Evaluation, LookupFailure } from "./lookup.ts";
import { askTable, isFailure } from "./lookup.ts";
import type { Found } from "./match_list.ts";
import { bareParents, dottedParents } from "./parents.ts";
import { isLocalDomain } from "./local_domain.ts";
import { cutDomain } from "./rewrite.ts";
import type { AddressSettings, Maps } from "./settings.ts";

/**
 * | strategy      | keys                                                                       |
 * |---------------|----------------------------------------------------------------------------|
 * | `full`        | `user+ext@domain`                                                          |
 * | `noExtension` | `user@domain`                                                              |
 * | `localPart`   | `user+ext`, `user`, when the domain is `$myorigin` or delivered to locally |
 * | `atDomain`    | `@domain`                                                                  |
 * | `domain`      | `domain`                                                                   |
 * | `parents`     | `parent.test`, `test`                                                      |
 * | `dotParents`  | `.parent.test`, `.test`                                                    |
 */
export type Strategy =
  | "full"
  | "noExtension"
  | "localPart"
  | "atDomain"
  | "domain"
  | "parents"
  | "dotParents";

export interface AddressHit extends Found {
  readonly value: string;
  /** See `TableHit`. */
  readonly substituted?: true | undefined;
  readonly strategy: Strategy;
  /** With its delimiter: what was left out of the key, `+ext`. */
  readonly extension: string;
}

export type FindSettings =
  & Pick<AddressSettings, "myorigin" | "mydestination" | "ownAddresses">
  & ExtensionSettings;

export const defaultStrategies: readonly Strategy[] = ["full", "noExtension", "localPart", "atDomain"];

/** `address` is rewritten to canonical form before (`rewrite.ts`). */
export function* findAddress(
  maps: Maps,
  address: string,
  settings: FindSettings,
  strategies: readonly Strategy[] = defaultStrategies,
): Evaluation<AddressHit | undefined | LookupFailure> {
  if (maps.length === 0) return undefined;
  const { local, domain } = cutDomain(address);
  const plain = unquoteLocalPart(local);
  const delimiter = findDelimiter(plain, settings);
  const user = delimiter === undefined ? undefined : plain.slice(0, delimiter);
  const extension = delimiter === undefined ? "" : plain.slice(delimiter);
  const name = domain === undefined ? undefined : normalizeDomain(domain);

  for (const strategy of strategies) {
    if (strategy === "localPart") {
      const isLocal = name !== undefined && (yield* isOriginOrLocal(name, settings));
      if (isFailure(isLocal)) return isLocal;
      if (!isLocal) continue;
    }
    for (const { key, short } of keysFor(strategy, { plain, user, name })) {
      const hit = yield* askMaps(maps, key, { partial: strategy !== "full" });
      if (hit === undefined) continue;
      return isFailure(hit) ? hit : { ...hit, strategy, extension: short ? extension : "" };
    }
  }
  return undefined;
}

interface Parts {
  readonly plain: string;
  /** Without its extension; `undefined`: it has none. */
  readonly user: string | undefined;
  readonly name: string | undefined;
}

interface Key {
  readonly key: string;
  /** The extension is left out. */
  readonly short: boolean;
}

function keysFor(strategy: Strategy, { plain, user, name }: Parts): readonly Key[] {
  const keys = (texts: readonly string[], short = false) => texts.map((key) => ({ key, short }));
  switch (strategy) {
    case "full":
      return keys(spellings(plain, name));
    case "noExtension":
      return user === undefined ? [] : keys(spellings(user, name), true);
    case "localPart":
      return [
        ...keys(spellings(plain, undefined)),
        ...(user === undefined ? [] : keys(spellings(user, undefined), true)),
      ];
    case "atDomain":
      return name === undefined ? [] : keys([`@${name}`]);
    case "domain":
      return name === undefined ? [] : keys([name]);
    case "parents":
      return name === undefined ? [] : keys(bareParents(name));
    case "dotParents":
      return name === undefined ? [] : keys(dottedParents(name));
  }
}

/** As it stands on the wire, and, where that has quotes, without them: tables hold either. */
function spellings(plain: string, name: string | undefined): readonly string[] {
  const quoted = quoteLocalPart(plain);
  const locals = quoted === plain || plain === "" ? [plain] : [quoted, plain];
  return name === undefined ? locals : locals.map((local) => `${local}@${name}`);
}

/** One key of all tables; `partial` keys are no matter for tables of patterns. */
export function* askMaps(
  maps: Maps,
  key: string,
  { partial }: { readonly partial: boolean },
): Evaluation<(Found & Pick<AddressHit, "value" | "substituted">) | undefined | LookupFailure> {
  if (key === "") return undefined;
  for (const table of maps) {
    if (partial && !isFixedTable(table)) continue;
    const hit = yield* askTable(table, key);
    if (hit === undefined) continue;
    if (isFailure(hit)) return hit;
    const found = { table, key, line: hit.line, value: hit.value };
    return hit.substituted === true ? { ...found, substituted: true } : found;
  }
  return undefined;
}

function* isOriginOrLocal(name: string, settings: FindSettings): Evaluation<boolean | LookupFailure> {
  if (name === normalizeDomain(settings.myorigin)) return true;
  const result = yield* isLocalDomain(name, settings);
  return result.kind === "failure" ? result : result.kind === "match";
}
