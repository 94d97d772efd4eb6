/** What is wrong with aliases before any mail has come to them: loops, names that lead nowhere, values without meaning. */

import { splitAddress } from "../../tools/kit/mail/address.ts";

import { parseAliasTargets } from "./aliases.ts";
import type { AliasTarget } from "./aliases.ts";
import type { ExpansionSettings } from "./local_settings.ts";
import { canonicalAddress, parseLocalPart } from "./recipient.ts";

/** A line of a source of alias_maps. */
export interface AliasEntry {
  readonly file: string;
  readonly line: number;
  /** In lower case. */
  readonly key: string;
  readonly value: string;
}

export interface AliasCheckFacts {
  readonly settings: Pick<
    ExpansionSettings,
    "myorigin" | "recipientDelimiter" | "ownerRequestSpecial" | "allowMailToCommands" | "allowMailToFiles"
  >;
  /** Is mail for this domain delivered here? It is given normalized. */
  readonly isLocalDomain: (domain: string) => boolean;
  /** Is there a user of that name? Absent: that is not known. */
  readonly isUser?: ((name: string) => boolean) | undefined;
  /** Some of alias_maps could not be read whole, so that what is missing here may be there. */
  readonly isPartial?: boolean | undefined;
}

export interface AliasProblem {
  /** `error`: mail will be returned or wait for ever. */
  readonly level: "error" | "warning";
  /** `undefined`: of no line. */
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  readonly text: string;
}

/** Entries in the order in which they are looked up: the first of a key counts. */
export function checkAliases(
  entries: readonly AliasEntry[],
  facts: AliasCheckFacts,
): readonly AliasProblem[] {
  const aliases = new Map<string, Alias>();
  for (const entry of entries) {
    const { targets, problem } = parseAliasTargets(entry.value);
    if (!aliases.has(entry.key)) aliases.set(entry.key, { entry, targets, problem });
  }
  const problems: AliasProblem[] = [];
  for (const alias of aliases.values()) problems.push(...checkTargets(alias, aliases, facts));
  problems.push(...findLoops(aliases, facts));
  if (facts.isPartial !== true && !aliases.has("postmaster") && facts.isUser?.("postmaster") !== true) {
    problems.push({
      level: "warning",
      text: "no alias for postmaster: its mail is thrown away, and nobody hears of it (RFC 5321 §4.5.1)",
    });
  }
  return problems;
}

interface Alias {
  readonly entry: AliasEntry;
  readonly targets: readonly AliasTarget[];
  readonly problem: string | undefined;
}

type Aliases = ReadonlyMap<string, Alias>;

function checkTargets({ entry, targets, problem }: Alias, aliases: Aliases, facts: AliasCheckFacts) {
  const { file, line, key } = entry;
  const { allowMailToCommands, allowMailToFiles } = facts.settings;
  const problems: AliasProblem[] = [];
  const tell = (level: AliasProblem["level"], text: string) =>
    problems.push({ level, file, line, text: `${key}: ${text}` });
  if (problem !== undefined) tell("error", problem);
  else if (targets.length === 0) tell("error", "no recipient: mail for it waits until it is mended");
  for (const target of targets) {
    switch (target.kind) {
      case "command":
        if (!allowMailToCommands.includes("alias")) {
          tell("error", "allow_mail_to_commands does not name alias");
        }
        break;
      case "file":
        if (target.path.startsWith("~")) tell("error", `${target.path}: an alias has no home directory`);
        else if (!allowMailToFiles.includes("alias")) {
          tell("error", "allow_mail_to_files does not name alias");
        }
        break;
      case "include":
        if (!target.path.startsWith("/")) tell("error", `:include:${target.path} uses a relative path`);
        break;
      case "address": {
        const names = localNames(target.address, facts);
        const name = names?.at(-1);
        if (names === undefined || name === undefined || facts.isPartial === true) break;
        if (names.some((one) => aliases.has(one) && one !== key)) break;
        if (facts.isUser?.(name) === false) tell("error", nobody(target.address));
      }
    }
  }
  return problems;
}

function nobody(name: string): string {
  return `there is no user and no alias "${name}"`;
}

/** Names that an address is looked up by, the whole one first; `undefined` when it is not delivered here. */
function localNames(
  address: string,
  { settings, isLocalDomain }: AliasCheckFacts,
): readonly string[] | undefined {
  const { localPart, domain } = splitAddress(canonicalAddress(address, settings));
  if (!isLocalDomain(domain)) return undefined;
  const { user, extension, delimiter } = parseLocalPart(localPart, settings);
  return extension === undefined ? [user] : [`${user}${delimiter ?? ""}${extension}`, user];
}

/** Each loop once, told at the alias of it that comes first. A chain may be longer than calls can be deep. */
function findLoops(aliases: Aliases, facts: AliasCheckFacts): readonly AliasProblem[] {
  const problems: AliasProblem[] = [];
  const done = new Set<string>();
  /** The aliases that are being followed, each with those of its targets that come next. */
  const way: { readonly key: string; readonly targets: Iterator<string> }[] = [];
  const isOnWay = new Set<string>();
  const follow = (key: string) => {
    if (isOnWay.has(key)) {
      const names = way.map(({ key }) => key);
      problems.push(loopProblem(names.slice(names.indexOf(key)), aliases));
    } else if (!done.has(key)) {
      way.push({ key, targets: nextAliases(key, aliases, facts).values() });
      isOnWay.add(key);
    }
  };
  for (const first of aliases.keys()) {
    follow(first);
    for (let last = way.at(-1); last !== undefined; last = way.at(-1)) {
      const next = last.targets.next();
      if (next.done !== true) {
        follow(next.value);
        continue;
      }
      way.pop();
      isOnWay.delete(last.key);
      done.add(last.key);
    }
  }
  return problems;
}

const maxShownNames = 20;

function loopProblem(loop: readonly string[], aliases: Aliases): AliasProblem {
  const { file, line } = aliases.get(loop[0]!)!.entry;
  const left = loop.length > maxShownNames ? ["..."] : [];
  const text = `alias loop: ${[...loop.slice(0, maxShownNames), ...left, loop[0]].join(" -> ")}`;
  return { level: "error", file, line, text };
}

/** Aliases that an alias leads to; what stands for itself is its user. */
function nextAliases(key: string, aliases: Aliases, facts: AliasCheckFacts): readonly string[] {
  const found = aliases.get(key)!.targets.flatMap((target) => {
    if (target.kind !== "address") return [];
    const name = localNames(target.address, facts)?.find((one) => one !== key && aliases.has(one));
    return name === undefined ? [] : [name];
  });
  return [...new Set(found)];
}
