/** Where a queued recipient goes: transport and next hop, then what aliases and `.forward` files make of a local one. */

import { expandRecipient } from "../../../mta/address/expansion.ts";
import type { Destination, ExpansionNode, Finding, Origin } from "../../../mta/address/expansion_tree.ts";
import type { Rights } from "../../../mta/address/forward.ts";
import type { ExpansionSettings } from "../../../mta/address/local_settings.ts";
import { findAddress } from "../../../mta/address/find_address.ts";
import { isFailure } from "../../../mta/address/lookup.ts";
import { resolveAddress } from "../../../mta/address/resolve.ts";
import type { Resolved } from "../../../mta/address/resolved.ts";
import type { AddressSettings } from "../../../mta/address/settings.ts";

import { describeFound } from "./explain_addresses.ts";
import { explainHops, type HopsOf } from "./explain_hops.ts";
import type { Branch } from "./explanation.ts";
import type { Watched } from "./watched.ts";

export interface DeliveryTools {
  readonly settings: AddressSettings;
  readonly expansion: ExpansionSettings;
  /** `virtual_mailbox_base` */
  readonly mailboxBase: string;
  readonly ask: Watched;
  /** `maildir:/srv/mail/joe/Maildir`; of a user who exists. */
  readonly mailboxOf: (user: string) => Promise<string | undefined>;
  readonly hopsOf: HopsOf;
  /** What a transport runs, and as whom; `undefined`: it runs nothing. */
  readonly programOf: (transport: string) => string | undefined;
}

/** `sender` and `recipient` as they stand in the queue. */
export async function explainDelivery(
  { sender, recipient }: { readonly sender: string; readonly recipient: string },
  tools: DeliveryTools,
): Promise<Branch> {
  const { settings, expansion, ask } = tools;
  const { result: resolved, looked } = await ask.addresses(resolveAddress(recipient, settings, sender));
  if (isFailure(resolved)) return { text: `${recipient}: deferred: ${resolved.failure}`, looked };
  const ways = describeWay(resolved);
  if (resolved.transport === "virtual") {
    const mailbox = await virtualMailbox(resolved.recipient, tools);
    return { text: `${recipient}${ways.way}`, looked, branches: [...ways.branches, mailbox] };
  }
  if (resolved.transport !== "local") {
    const { transport, nexthop } = resolved;
    const hops = await explainHops({ transport, nexthop, sender }, tools.hopsOf);
    const program = tools.programOf(transport);
    const runs = program === undefined ? [] : [{ text: `runs ${program}` }];
    return { text: `${recipient}${ways.way}`, looked, branches: [...ways.branches, ...hops, ...runs] };
  }
  const { result: { tree }, looked: asked } = await ask.local(expandRecipient(resolved.recipient, expansion));
  return {
    text: `${recipient}${ways.way}`,
    looked,
    branches: [...ways.branches, { ...await describeNode(tree, tools), looked: asked }],
  };
}

/** A user by the whole address, else what virtual_mailbox_maps says (virtual(8)). */
async function virtualMailbox(recipient: string, tools: DeliveryTools): Promise<Branch> {
  const { settings, ask, mailboxBase, mailboxOf } = tools;
  const address = recipient.toLowerCase();
  const own = await mailboxOf(address);
  if (own !== undefined) return { text: `mailbox ${own}` };
  const steps = findAddress(settings.virtualMailboxMaps, address, settings, [
    "full",
    "noExtension",
    "atDomain",
  ]);
  const { result: hit, looked } = await ask.addresses(steps);
  if (isFailure(hit)) return { text: `deferred: 4.3.0 ${hit.failure}`, looked };
  if (hit === undefined) return { text: `bounced: 5.1.1 unknown user: "${address}"`, looked };
  const format = hit.value.endsWith("/") ? "maildir" : "mbox";
  return { text: `mailbox ${format}:${mailboxBase}/${hit.value} (${describeFound(hit)})` };
}

function describeWay(resolved: Resolved): { readonly way: string; readonly branches: readonly Branch[] } {
  const { transport, nexthop, found, route, warnings, problem } = resolved;
  const why = found === undefined ? "" : ` (${describeFound(found)})`;
  const facts = [
    `${resolved.class} address${why}`,
    ...(problem === undefined ? [] : [problem]),
    ...(resolved.routed ? ["routed by its sender: strangers may not say so (allow_untrusted_routing)"] : []),
    ...(route === undefined ? [] : [`${route.parameter}: ${describeFound(route)}`]),
    ...warnings.map((warning) => `warning: ${warning}`),
  ];
  const way = transport === "error" || transport === "retry"
    ? `: ${transport === "error" ? "bounced" : "deferred"}: ${nexthop}`
    : `: transport ${transport}, next hop ${nexthop === "" ? "none" : nexthop}`;
  return { way, branches: facts.map((text) => ({ text })) };
}

async function describeNode(node: ExpansionNode, tools: DeliveryTools): Promise<Branch> {
  const found = [];
  for (const finding of node.found) found.push(await describeFinding(finding, tools));
  const children = [];
  for (const child of node.children) children.push(await describeNode(child, tools));
  const from = node.from === undefined ? "" : ` (${describeOrigin(node.from)})`;
  return {
    text: `${node.name}${from}${found.length === 0 ? "" : `: ${found.join("; ")}`}`,
    branches: [...node.notes.map((note) => ({ text: `note: ${note}` })), ...children],
  };
}

function describeOrigin(origin: Origin): string {
  switch (origin.kind) {
    case "table":
      return describeFound(origin);
    case "file":
      return `${origin.path}:${origin.line}`;
    case "setting":
      return origin.name;
  }
}

async function describeFinding(finding: Finding, tools: DeliveryTools): Promise<string> {
  switch (finding.kind) {
    case "alias": {
      const owner = finding.owner === undefined ? "" : `, sender becomes ${finding.owner}`;
      return `alias ${describeFound(finding)}${owner}`;
    }
    case "list":
      return `list ${finding.path}`;
    case "destination":
      return await describeDestination(finding.destination, tools);
    case "duplicate":
      return "had already";
  }
}

async function describeDestination(
  destination: Destination,
  { mailboxOf }: DeliveryTools,
): Promise<string> {
  switch (destination.kind) {
    case "user":
      return `mailbox ${await mailboxOf(destination.recipient.user) ?? destination.recipient.user}`;
    case "forward":
      return `new message to ${destination.to}`;
    case "file":
      return `file ${destination.path} as ${describeRights(destination.as)}`;
    case "command":
      return `command ${destination.command} as ${describeRights(destination.as)}`;
    case "transport":
      return `transport ${destination.transport}`;
    case "discarded":
      return `discarded: ${destination.reason}`;
    case "refused":
      return `${
        destination.status.startsWith("4") ? "deferred" : "bounced"
      }: ${destination.status} ${destination.text}`;
  }
}

function describeRights(rights: Rights): string {
  switch (rights.kind) {
    case "user":
      return rights.name;
    case "table":
      return `the owner of ${rights.table}`;
    case "uid":
      return `uid ${rights.uid}`;
  }
}
