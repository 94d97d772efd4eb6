/** What access tables are asked for, in order (access(5); postfix-semantics: "Lookup orders"). */

import { unquoteLocalPart } from "../../tools/kit/mail/address.ts";
import { normalizeDomain } from "../../tools/kit/mail/domain.ts";

import { type ExtensionSettings, findDelimiter } from "../address/extension.ts";
import { bareParents, dottedParents, networksAbove } from "../address/parents.ts";

export interface AccessKey {
  readonly key: string;
  /** Asked of tables of patterns too. */
  readonly whole: boolean;
  /** Postfix would not ask for it. */
  readonly added?: boolean;
}

export interface KeySettings {
  /** `smtpd_access_maps` is in parent_domain_matches_subdomains. */
  readonly parents: boolean;
  /** Deviation: Postfix: `.domain` and `a.b.c.` are asked for too, after all else. */
  readonly dotted: boolean;
}

/**
 *     nameKeys("mail.example.test", { parents: true, dotted: false })
 *     ->  mail.example.test, example.test, test
 */
export function nameKeys(name: string, { parents }: KeySettings): readonly AccessKey[] {
  const folded = foldName(name);
  if (folded === "") return [];
  return [{ key: folded, whole: true }, ...parentKeys(folded, parents)];
}

/** `192.0.2.1`, `192.0.2`, `192.0`, `192` */
export function addressKeys(address: string): readonly AccessKey[] {
  return [{ key: address, whole: true }, ...partial(networksAbove(address))];
}

/** Those of the name, then those of the address, then what only we ask for. */
export function clientKeys(name: string, address: string, settings: KeySettings): readonly AccessKey[] {
  const networks = address.includes(":") || !settings.dotted
    ? []
    : networksAbove(address).map((network) => ({ key: `${network}.`, whole: false, added: true }));
  return [
    ...nameKeys(name, settings),
    ...addressKeys(address),
    ...addedNameKeys(name, settings),
    ...networks,
  ];
}

export function addedNameKeys(name: string, { parents, dotted }: KeySettings): readonly AccessKey[] {
  if (!parents || !dotted) return [];
  const folded = foldName(name);
  return isNumeric(folded) ? [] : dottedParents(folded).map((key) => ({ key, whole: false, added: true }));
}

/**
 * Of an address in canonical form:
 *
 *     user+ext@domain, user@domain, domain, its parents, user+ext@, user@
 */
export function mailKeys(
  localPart: string,
  domain: string,
  settings: KeySettings & ExtensionSettings,
): readonly AccessKey[] {
  const plain = unquoteLocalPart(localPart);
  const delimiter = findDelimiter(plain, settings);
  const user = delimiter === undefined ? undefined : plain.slice(0, delimiter);
  const name = foldName(domain);
  const users = [localPart, ...(user === undefined ? [] : [user])];
  return [
    { key: `${localPart}@${name}`, whole: true },
    ...partial(user === undefined ? [] : [`${user}@${name}`]),
    ...partial([name]),
    ...parentKeys(name, settings.parents),
    ...partial(users.map((user) => `${user}@`)),
    ...addedNameKeys(name, settings),
  ];
}

/** A key that has nothing more general: a login's name, a fingerprint. */
export function wholeKey(key: string): readonly AccessKey[] {
  return [{ key, whole: true }];
}

function parentKeys(name: string, parents: boolean): readonly AccessKey[] {
  if (isNumeric(name)) return [];
  return partial(
    (parents ? bareParents(name) : dottedParents(name)).filter((key) => key !== "" && key !== "."),
  );
}

/** An address in the place of a name has no parents. */
function isNumeric(name: string): boolean {
  return name.startsWith("[") || name.includes(":") || /^[0-9.]+$/.test(name);
}

function partial(keys: readonly string[]): readonly AccessKey[] {
  return keys.map((key) => ({ key, whole: false }));
}

function foldName(name: string): string {
  return normalizeDomain(name);
}
