/**
 * Expansion of a local recipient by the alias tables, as local(8) does it.
 *
 * A name is looked up whole (`user+extension`), then without its extension. What it stands for is looked up in turn;
 * except that a name that stands for itself (`joe: joe, |archive`) is the user. Each target is taken once a level,
 * 100 levels deep at most, and each user, remote address, file and command gets the message once.
 *
 * Pure: the expansion is a generator that yields keys and is given what the tables say, so that whoever may wait for
 * tables does the waiting.
 */

import { splitAddress } from "../../tools/kit/mail/address.ts";

import type { TableHit } from "../../store/table/table.ts";

import { parseAliasTargets } from "./aliases.ts";
import type { AddressSettings, LocalRecipient } from "./recipient.ts";
import { canonicalAddress, localAddress, parseLocalPart } from "./recipient.ts";

export type Destination =
  /** A user's mailbox; whether the user exists is not known here. */
  | { readonly kind: "user"; readonly recipient: LocalRecipient; readonly address: string }
  | { readonly kind: "remote"; readonly address: string }
  /** Something that cannot be delivered to. */
  | { readonly kind: "refused"; readonly address: string; readonly status: string; readonly text: string };

export interface ExpansionSettings extends AddressSettings {
  /** Is the domain delivered to here? It is given normalized. */
  readonly isLocalDomain: (domain: string) => boolean;
}

/** Yields alias keys, is given what they stand for. */
export type Expansion = Generator<string, readonly Destination[], TableHit | undefined>;

/** postfix-semantics §9: `recipient nesting limit exceeded`. */
const maxLevels = 100;
/** postconf(5) virtual_alias_expansion_limit; local(8) has no limit of its own. */
const maxDestinations = 1000;

/** What `address`, whose domain is local, comes to. */
export function* expandRecipient(address: string, settings: ExpansionSettings): Expansion {
  const destinations = new Map<string, Destination>();
  const seen = new Set<string>();
  const add = (destination: Destination) => {
    const key = keyOf(destination);
    if (!destinations.has(key)) destinations.set(key, destination);
  };

  function* expand(
    given: string,
    level: number,
    parent: string | undefined,
  ): Generator<string, void, TableHit | undefined> {
    const canonical = canonicalAddress(given, settings);
    const { localPart, domain } = splitAddress(canonical);
    if (!settings.isLocalDomain(domain)) return add({ kind: "remote", address: canonical });
    const recipient = parseLocalPart(localPart, settings);
    const { user, extension, delimiter } = recipient;
    if (user === "") return add(refused(canonical, "5.1.3", `null username in "${canonical}"`));
    const full = extension === undefined ? user : `${user}${delimiter}${extension}`;
    const step = `${level} ${full}`;
    if (seen.has(step)) return;
    seen.add(step);
    for (const name of full === user ? [full] : [full, user]) {
      if (name === parent) break;
      const hit = yield name;
      if (hit === undefined) continue;
      if (level >= maxLevels) return add(refused(canonical, "5.4.6", `alias database loop for ${name}`));
      yield* expandValue(hit, { name, canonical, domain, level });
      return;
    }
    add({ kind: "user", recipient, address: canonical });
  }

  function* expandValue(
    hit: TableHit,
    from: {
      readonly name: string;
      readonly canonical: string;
      readonly domain: string;
      readonly level: number;
    },
  ): Generator<string, void, TableHit | undefined> {
    const { targets, problem } = parseAliasTargets(hit.value);
    if (problem !== undefined || targets.length === 0) {
      const why = problem ?? "no recipient in alias lookup result";
      return add(refused(from.canonical, "4.3.0", `alias database unavailable: ${from.name}: ${why}`));
    }
    for (const target of targets) {
      if (destinations.size >= maxDestinations) {
        return add(refused(from.canonical, "5.4.6", `alias ${from.name} expands to too many recipients`));
      }
      switch (target.kind) {
        case "address":
          yield* expand(target.address, from.level + 1, from.name);
          break;
        case "user": {
          const user = target.name.toLowerCase();
          add({ kind: "user", recipient: { user }, address: localAddress(user, from.domain) });
          break;
        }
        case "file":
          add(notYet(from.canonical, "mail to file is restricted", target.path));
          break;
        case "command":
          add(notYet(from.canonical, "mail to command is restricted", target.command));
          break;
        case "include":
          add(notYet(from.canonical, "mail to :include: is restricted", target.path));
          break;
      }
    }
  }

  yield* expand(address, 0, undefined);
  return [...destinations.values()];
}

function keyOf(destination: Destination): string {
  switch (destination.kind) {
    case "user":
      return `user ${destination.recipient.user}`;
    case "remote":
      return `remote ${destination.address}`;
    case "refused":
      return `refused ${destination.address} ${destination.text}`;
  }
}

function refused(address: string, status: string, text: string): Destination {
  return { kind: "refused", address, status, text };
}

/** Local(8)'s words for what the administrator has not allowed: nothing of the kind is allowed here. */
function notYet(address: string, text: string, what: string): Destination {
  return refused(address, "5.7.1", `${text}: ${what}`);
}
