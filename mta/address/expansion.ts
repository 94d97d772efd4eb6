/**
 * Expansion of a local recipient by the alias tables, `~/.forward` and `:include:` files, as local(8) does it
 * (postfix-semantics §9): alias_maps, then `.forward`, then mailbox_transport(_maps), mailbox_command(_maps), and the
 * mailbox; for somebody who is no user fallback_transport(_maps), luser_relay, and a bounce.
 *
 * A name is looked up whole (`user+extension`), then without its extension. A name that stands for itself
 * (`joe: joe, |archive`, or `joe` in joe's `.forward`) is the user. Each name is taken once a level, 25 levels deep at
 * most, and each destination gets the message once.
 *
 * Aliases are expanded wherever they are named. Who is named by another person's file, by an `:include:` file or below an
 * owner-NAME, and is no alias, gets a new message, with a Delivered-To: that ends loops.
 *
 * Pure: a generator that asks tables, users and files, so that whoever may wait does the waiting, and `explain` sees
 * what was asked. It ends because levels do, and because each name is expanded once a level.
 */

import { splitAddress } from "../../tools/kit/mail/address.ts";

import { parseAliasTargets } from "./aliases.ts";
import type { AliasTarget } from "./aliases.ts";
import { ExpansionBranch, keyOf } from "./expansion_branch.ts";
import type { AliasHit, Ending, Local, Place } from "./expansion_place.ts";
import type { Destination, DestinationKind, Expansion, ExpansionNode, Origin } from "./expansion_tree.ts";
import { askForward, askInclude } from "./forward.ts";
import type { LocalEvaluation } from "./forward.ts";
import type { ExpansionSettings } from "./local_settings.ts";
import { askOwnTable, askUser, isFailure } from "./lookup.ts";
import type { LookupFailure } from "./lookup.ts";
import { decideMailbox, decideUnknown, luserRelayOf } from "./mailbox_chain.ts";
import { canonicalAddress, localAddress, parseLocalPart } from "./recipient.ts";
import type { LocalRecipient } from "./recipient.ts";

export interface ExpansionOptions {
  /** Does the message say, in a Delivered-To: line, that this address has had it? */
  readonly wasDeliveredTo?: (address: string) => boolean;
}

/** Of the hundred that Postfix 3.7 has (postfix-semantics §9.1) a name on its way through aliases takes four, as tried. */
const maxLevels = 25;

/** Of an address in a file; SMTP takes none of this length (RFC 5321 §4.5.3.1.3), and to resolve it takes its square. */
const maxAddressLength = 2048;

/** What Postfix has no bound for: names looked at for one recipient, whoever's file they stand in. */
const maxNames = 100_000;

/** What `address`, which is delivered to here, comes to. */
export function* expandRecipient(
  address: string,
  settings: ExpansionSettings,
  options: ExpansionOptions = {},
): LocalEvaluation<Expansion> {
  const expander = new Expander(settings, options);
  const tree = yield* expander.expandAddress(address, { level: 0 });
  return { tree, destinations: expander.destinations };
}

class Expander {
  readonly #settings: ExpansionSettings;
  readonly #options: ExpansionOptions;
  readonly #seen = new Set<string>();
  readonly #destinations = new Map<string, Destination>();
  #names = 0;

  constructor(settings: ExpansionSettings, options: ExpansionOptions) {
    this.#settings = settings;
    this.#options = options;
  }

  get destinations(): readonly Destination[] {
    return [...this.#destinations.values()];
  }

  *expandAddress(given: string, place: Place): LocalEvaluation<ExpansionNode> {
    // deno-lint-ignore no-control-regex
    if (given.length > maxAddressLength || /[\x00-\x1f\x7f]/.test(given)) {
      // deno-lint-ignore no-control-regex
      const shown = given.slice(0, 50).replace(/[\x00-\x1f\x7f]/g, "?");
      const branch = new ExpansionBranch(shown, place.from);
      return this.#refuse({ branch, address: shown, place }, "5.1.3", "bad address syntax");
    }
    const address = canonicalAddress(given, this.#settings);
    const branch = new ExpansionBranch(address, place.from);
    // The recipient itself is here because it is local.
    const isLocal = place.level === 0 || (yield* this.#settings.isLocal(address));
    if (isFailure(isLocal)) {
      branch.note(isLocal.failure);
      return this.#refuse({ branch, address, place }, "4.3.0", "address resolver failure");
    }
    if (!isLocal) return this.#forward(branch, address, place);
    return yield* this.#expandLocal({ branch, address, recipient: this.#parse(address), place });
  }

  #parse(address: string): LocalRecipient {
    const recipient = parseLocalPart(splitAddress(address).localPart, this.#settings);
    // An extension may become part of a file name.
    return recipient.extension?.includes("/") === true ? { user: recipient.user } : recipient;
  }

  *#expandLocal(local: Local): LocalEvaluation<ExpansionNode> {
    const { branch, address, recipient, place } = local;
    const { user, extension, delimiter } = recipient;
    if (user === "") return this.#refuse(local, "5.1.3", `null username in "${address}"`);
    if (this.#options.wasDeliveredTo?.(address) === true) {
      return this.#refuse(local, "5.4.6", `mail forwarding loop for ${address}`);
    }
    const full = extension === undefined ? user : `${user}${delimiter ?? ""}${extension}`;
    if (place.level >= maxLevels) return this.#refuse(local, "5.4.6", `alias database loop for ${full}`);
    if (!this.#isFirst(`recipient ${place.level} ${full}`)) return branch.end({ kind: "duplicate" });
    for (const name of full === user ? [full] : [full, user]) {
      // `joe: joe, |archive`
      if (name === place.parent) continue;
      const hit = yield* this.#findAlias(name);
      if (hit === undefined) continue;
      return isFailure(hit) ? this.#aliasTrouble(local, hit.failure) : yield* this.#expandAlias(hit, local);
    }
    const { person } = place;
    const isIndirect = place.isIndirect === true || place.sender !== undefined ||
      (person !== undefined && person.user !== user);
    if (isIndirect) return this.#forward(branch, address, place);
    return yield* this.#expandUser(local);
  }

  *#findAlias(name: string): LocalEvaluation<AliasHit | undefined | LookupFailure> {
    for (const table of this.#settings.aliasMaps) {
      const hit = yield* askOwnTable(table, name);
      if (isFailure(hit)) return hit;
      if (hit !== undefined) return { table, key: name, value: hit.value, line: hit.line };
    }
    return undefined;
  }

  *#expandAlias(hit: AliasHit, local: Local): LocalEvaluation<ExpansionNode> {
    const { branch, address, recipient, place } = local;
    const { table, key, line } = hit;
    const owner = yield* this.#findOwner(key, address);
    if (isFailure(owner)) return this.#aliasTrouble(local, owner.failure);
    branch.add({ kind: "alias", table, key, line, owner });
    const { targets, problem } = parseAliasTargets(hit.value);
    if (problem !== undefined) branch.note(`${key}: ${problem}`);
    if (targets.length === 0) {
      return this.#aliasTrouble(local, `no recipient in alias lookup result for ${key}`);
    }
    const origin: Origin = { kind: "table", table, key, line };
    yield* this.#expandTargets(targets, branch, {
      ...place,
      level: place.level + 1,
      parent: key,
      kind: "alias",
      rights: { kind: "table", table },
      from: origin,
      sender: owner ?? place.sender,
      recipient: key === recipient.user ? recipient : { user: recipient.user },
      address,
    });
    return branch.node;
  }

  /** The address of owner-NAME, if there is that alias; or what it stands for (expand_owner_alias). */
  *#findOwner(name: string, address: string): LocalEvaluation<string | undefined | LookupFailure> {
    if (!this.#settings.ownerRequestSpecial) return undefined;
    const owner = `owner-${name}`;
    const hit = yield* this.#findAlias(owner);
    if (hit === undefined || isFailure(hit)) return hit;
    const [target] = parseAliasTargets(hit.value).targets;
    return this.#settings.expandOwnerAlias && target?.kind === "address"
      ? canonicalAddress(target.address, this.#settings)
      : localAddress(owner, splitAddress(address).domain);
  }

  *#expandTargets(
    targets: readonly AliasTarget[],
    branch: ExpansionBranch,
    place: Place,
  ): LocalEvaluation<void> {
    for (const target of targets) {
      if (++this.#names <= maxNames) branch.child(yield* this.#expandTarget(target, place));
      else if (this.#names === maxNames + 1) {
        const local = { branch, address: place.address ?? "", place };
        this.#refuse(local, "5.4.6", `more than ${maxNames} names to expand`);
      }
    }
  }

  *#expandTarget(target: AliasTarget, place: Place): LocalEvaluation<ExpansionNode> {
    switch (target.kind) {
      case "address": {
        const [broken] = /^.*?@(?=@|$)/.exec(target.address) ?? [];
        if (broken !== undefined) return this.#badAddress(broken, place);
        return yield* this.expandAddress(this.#withExtension(target.address, place), place);
      }
      case "file":
        return this.#expandFile(target.path, place);
      case "command":
        return this.#expandCommand(target.command, place);
      case "include":
        return yield* this.#expandInclude(target.path, place);
    }
  }

  #badAddress(text: string, place: Place): ExpansionNode {
    const local = { branch: new ExpansionBranch(text, place.from), address: place.address ?? "", place };
    return this.#refuse(local, "5.1.3", `bad recipient address syntax: ${text}`);
  }

  /** propagate_unmatched_extensions */
  #withExtension(address: string, { kind = "alias", recipient }: Place): string {
    const { extension, delimiter = "" } = recipient ?? { user: "" };
    if (extension === undefined || !this.#settings.propagateUnmatchedExtensions.includes(kind)) {
      return address;
    }
    const canonical = canonicalAddress(address, this.#settings);
    const named = this.#parse(canonical);
    return named.extension !== undefined || named.user === ""
      ? address
      : localAddress(`${named.user}${delimiter}${extension}`, splitAddress(canonical).domain);
  }

  #expandFile(path: string, place: Place): ExpansionNode {
    const { kind = "alias", rights, person, address = "", recipient = { user: "" } } = place;
    const local = { branch: new ExpansionBranch(path, place.from), address, place };
    if (!this.#settings.allowMailToFiles.includes(kind)) {
      return this.#refuse(local, "5.7.1", "mail to file is restricted");
    }
    if (path.startsWith("/")) return this.#end(local, { kind: "file", path, as: rights!, recipient });
    if (!path.startsWith("~/")) return this.#misconfigured(local, `bad home directory syntax for: ${path}`);
    if (person === undefined || kind === "alias") {
      return this.#misconfigured(local, `unknown home directory for: ${path}`);
    }
    return this.#end(local, { kind: "file", path, as: { kind: "user", name: person.user }, recipient });
  }

  #expandCommand(command: string, place: Place): ExpansionNode {
    const { kind = "alias", rights, address = "", recipient = { user: "" } } = place;
    const local = { branch: new ExpansionBranch(`|${command}`, place.from), address, place };
    return this.#settings.allowMailToCommands.includes(kind)
      ? this.#end(local, { kind: "command", command, as: rights!, recipient })
      : this.#refuse(local, "5.7.1", "mail to command is restricted");
  }

  *#expandInclude(path: string, place: Place): LocalEvaluation<ExpansionNode> {
    const { level, address = "" } = place;
    const local = { branch: new ExpansionBranch(`:include:${path}`, place.from), address, place };
    if (!this.#isFirst(`include ${level} ${path}`)) return local.branch.end({ kind: "duplicate" });
    if (level >= maxLevels) return this.#refuse(local, "5.4.6", `alias database loop for ${path}`);
    if (!path.startsWith("/")) {
      return this.#misconfigured(local, `:include:${path} uses a relative path`);
    }
    const list = yield* askInclude(path, place.rights!);
    if (list.kind === "none") return this.#misconfigured(local, list.notes[0] ?? `no :include: file ${path}`);
    if (list.kind === "refused") {
      return list.status === "5.3.5"
        ? this.#misconfigured(local, list.text)
        : this.#refuse(local, list.status, list.text);
    }
    local.branch.add({ kind: "list", path: list.path });
    yield* this.#expandLines(list, local.branch, {
      ...place,
      level: level + 1,
      kind: "include",
      isIndirect: true,
      rights: { kind: "uid", ...list.owner },
    });
    return local.branch.node;
  }

  *#expandLines(
    list: {
      readonly path: string;
      readonly lines: readonly { readonly line: number; readonly text: string }[];
    },
    branch: ExpansionBranch,
    place: Place,
  ): LocalEvaluation<void> {
    for (const { line, text } of list.lines) {
      const { targets, problem } = parseAliasTargets(text);
      if (problem !== undefined) branch.note(`${list.path}, line ${line}: ${problem}`);
      yield* this.#expandTargets(targets, branch, {
        ...place,
        from: { kind: "file", path: list.path, line },
      });
    }
  }

  *#expandUser(local: Local): LocalEvaluation<ExpansionNode> {
    const { branch, recipient } = local;
    const isUser = yield* askUser(recipient.user);
    if (isFailure(isUser)) {
      branch.note(isUser.failure);
      return this.#refuse(local, "4.3.0", "user lookup error");
    }
    if (!isUser) return yield* this.#expandUnknown(local);
    return (yield* this.#expandForward(local))
      ? branch.node
      : this.#chainEnd(local, yield* decideMailbox(recipient, this.#settings));
  }

  /** True when the user's `.forward` says where the mail goes. */
  *#expandForward(local: Local): LocalEvaluation<boolean> {
    const { branch, address, recipient, place } = local;
    const { user } = recipient;
    const list = yield* askForward(recipient, address);
    if (list.kind === "none") {
      for (const text of list.notes) branch.note(text);
      return false;
    }
    if (list.kind === "refused") {
      this.#refuse(local, list.status, list.text);
      return true;
    }
    if (this.#seen.has(`forward-done ${list.path}`)) {
      branch.add({ kind: "duplicate" });
      return true;
    }
    // In its own file the user is the mailbox.
    if (!this.#isFirst(`forward ${list.path}`)) return false;
    if (list.lines.every(({ text }) => parseAliasTargets(text).targets.length === 0)) return false;
    branch.add({ kind: "list", path: list.path });
    yield* this.#expandLines(list, branch, {
      level: place.level + 1,
      parent: user,
      kind: "forward",
      rights: { kind: "user", name: user },
      sender: place.sender,
      person: { user },
      recipient,
      address,
    });
    this.#seen.add(`forward-done ${list.path}`);
    return true;
  }

  *#expandUnknown(local: Local): LocalEvaluation<ExpansionNode> {
    const { branch, address, recipient, place } = local;
    const end = yield* decideUnknown(recipient, this.#settings);
    const relay = place.isRelayed === true ? undefined : luserRelayOf(recipient, address, this.#settings);
    if (isFailure(end) || end.kind === "transport" || relay === undefined) return this.#chainEnd(local, end);
    branch.child(
      yield* this.expandAddress(relay, {
        ...place,
        level: place.level + 1,
        kind: "alias",
        from: { kind: "setting", name: "luser_relay" },
        isRelayed: true,
      }),
    );
    return branch.node;
  }

  #chainEnd(local: Local, end: DestinationKind | LookupFailure): ExpansionNode {
    if (!isFailure(end)) return this.#end(local, end);
    local.branch.note(end.failure);
    return this.#refuse(local, "4.3.0", "table lookup failure");
  }

  #forward(branch: ExpansionBranch, to: string, place: Place): ExpansionNode {
    return this.#end({ branch, address: to, place }, { kind: "forward", to });
  }

  #aliasTrouble(local: Ending, why: string): ExpansionNode {
    local.branch.note(why);
    return this.#refuse(local, "4.3.0", "alias database unavailable");
  }

  /** What is wrong is for the administrator, not for the sender. */
  #misconfigured(local: Ending, why: string): ExpansionNode {
    local.branch.note(why);
    return this.#refuse(local, "5.3.5", "mail system configuration error");
  }

  #refuse(local: Ending, status: string, text: string): ExpansionNode {
    return this.#end(local, { kind: "refused", status, text });
  }

  #end({ branch, address, place }: Ending, what: DestinationKind): ExpansionNode {
    const destination: Destination = place.sender === undefined
      ? { address, ...what }
      : { address, sender: place.sender, ...what };
    const key = keyOf(destination);
    if (!this.#destinations.has(key)) this.#destinations.set(key, destination);
    return branch.end({ kind: "destination", destination });
  }

  #isFirst(key: string): boolean {
    return this.#seen.size < this.#seen.add(key).size;
  }
}
