/** For tests: expansions answered from records, at once, and shown in short. */

import { expandRecipient } from "./expansion.ts";
import type { Destination, Expansion, ExpansionNode, Finding, Origin } from "./expansion_tree.ts";
import type { ListAnswer, LocalQuestion, Rights } from "./forward.ts";
import type { ExpansionSettings } from "./local_settings.ts";
import { defaultExpansionSettings, localDomains } from "./local_settings.ts";

export interface ExpansionWorld {
  readonly aliases?: Readonly<Record<string, string>>;
  /** Other tables by name. */
  readonly tables?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Names; absent: everybody is a user who is not in the aliases. */
  readonly users?: readonly string[];
  /** By user: the text of `/home/USER/.forward`. */
  readonly forwards?: Readonly<Record<string, string>>;
  /** By path as written. */
  readonly includes?: Readonly<Record<string, string>>;
  readonly deliveredTo?: readonly string[];
  readonly settings?: Partial<ExpansionSettings>;
  /** Tables that cannot be read. */
  readonly broken?: readonly string[];
  /** Tables whose values have parts of the key in them. */
  readonly substituting?: readonly string[];
}

const owner = { uid: 1001, gid: 1001 };

export function expansionOf(address: string, world: ExpansionWorld): Expansion {
  const settings = defaultExpansionSettings({
    myorigin: "ref.test",
    isLocal: localDomains((domain) => domain === "ref.test"),
    recipientDelimiter: "+",
    aliasMaps: ["hash:/a"],
    ...world.settings,
  });
  const wasDeliveredTo = (other: string) => world.deliveredTo?.includes(other) === true;
  const steps = expandRecipient(address, settings, { wasDeliveredTo });
  let step = steps.next();
  while (step.done !== true) step = steps.next(answer(step.value, world));
  return step.value;
}

function answer(question: LocalQuestion, world: ExpansionWorld): unknown {
  switch (question.kind) {
    case "table": {
      if (world.broken?.includes(question.table) === true) return { failure: `${question.table} is broken` };
      const table = question.table === "hash:/a" ? world.aliases : world.tables?.[question.table];
      const keys = Object.keys(table ?? {});
      const index = keys.indexOf(question.key);
      const substituted = world.substituting?.includes(question.table) === true || undefined;
      return index < 0 ? undefined : { value: table![question.key], line: index + 1, substituted };
    }
    case "user":
      return world.users?.includes(question.name) ?? true;
    case "forward": {
      const { user } = question.recipient;
      return list(world.forwards?.[user], `/home/${user}/.forward`);
    }
    case "include": {
      const text = world.includes?.[question.path];
      return text === undefined
        ? { kind: "refused", status: "5.3.5", text: `unable to lookup :include: file ${question.path}` }
        : list(text, question.path);
    }
  }
}

function list(text: string | undefined, path: string): ListAnswer {
  if (text === undefined) return { kind: "none", notes: [] };
  const lines = text.split("\n").map((line, index) => ({ line: index + 1, text: line }));
  return { kind: "list", path, lines, owner };
}

/** `u:joe`, `r:ann@remote.test`, `f:/path as joe`, `c:prog as hash:/a`, `x:5.1.1 text`, ...; then the sender, if changed. */
export function show(destination: Destination): string {
  const sender = destination.sender === undefined ? "" : ` from ${destination.sender}`;
  switch (destination.kind) {
    case "user":
      return `u:${destination.recipient.user}${sender}`;
    case "forward":
      return `r:${destination.to}${sender}`;
    case "file":
      return `f:${destination.path} as ${showRights(destination.as)}${sender}`;
    case "command":
      return `c:${destination.command} as ${showRights(destination.as)}${sender}`;
    case "transport":
      return `t:${destination.transport}${sender}`;
    case "discarded":
      return `d:${destination.reason}${sender}`;
    case "refused":
      return `x:${destination.status} ${destination.text}${sender}`;
  }
}

function showRights(as: Rights): string {
  return as.kind === "user" ? as.name : as.kind === "table" ? as.table : `${as.uid}`;
}

/** The tree, a name a line, indented. */
export function showTree(node: ExpansionNode, indent = ""): readonly string[] {
  const from = node.from === undefined ? "" : ` (${showOrigin(node.from)})`;
  const found = node.found.map((one) => ` -> ${showFinding(one)}`).join("");
  return [
    `${indent}${node.name}${from}${found}`,
    ...node.notes.map((text) => `${indent}! ${text}`),
    ...node.children.flatMap((child) => showTree(child, `${indent}  `)),
  ];
}

function showOrigin(from: Origin): string {
  if (from.kind === "table") return `${from.table}:${from.line} ${from.key}`;
  return from.kind === "file" ? `${from.path}:${from.line}` : from.name;
}

function showFinding(finding: Finding): string {
  switch (finding.kind) {
    case "alias":
      return `alias ${finding.key}${finding.owner === undefined ? "" : ` owner ${finding.owner}`}`;
    case "list":
      return finding.path;
    case "destination":
      return show(finding.destination);
    case "duplicate":
      return "again";
  }
}
