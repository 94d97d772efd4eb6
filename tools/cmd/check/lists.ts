/** Lists of names and networks: items that do not match what they seem to, and networks that hold more than is seen. Pure. */

import { matchesCidr, parseIp } from "../../kit/mail/ip.ts";

import type { ListEntry } from "../../../mta/address/match_list.ts";

import { addressSettings } from "../../config/mta/address_settings.ts";
import { networkList } from "../../config/mta/policy_settings.ts";
import type { SettingsView } from "../../config/mta/view.ts";

import type { NamedFinding } from "./names.ts";

/** What the world looks like behind a port forwarding. */
const disguises: readonly (readonly [address: string, where: string])[] = [
  ["172.17.0.1", "a container of Docker"],
  ["10.0.2.2", "a virtual machine of QEMU or VirtualBox"],
  ["10.88.0.1", "a container of Podman"],
];

export function checkLists(view: SettingsView): readonly NamedFinding[] {
  const { mydestination, virtualAliasDomains, virtualMailboxDomains, relayDomains } = addressSettings(view, {
    interfaces: [],
  });
  const mynetworks = networkList(view, "mynetworks");
  const lists = [
    ["mydestination", mydestination],
    ["virtual_alias_domains", virtualAliasDomains],
    ["virtual_mailbox_domains", virtualMailboxDomains],
    ["relay_domains", relayDomains],
    ["mynetworks", mynetworks],
  ] as const;
  return [
    ...lists.flatMap(([name, { problems, warnings }]) => [
      ...problems.map((text): NamedFinding => ({ level: "error", name, text: `${name}: ${text}` })),
      ...warnings.map((text): NamedFinding => ({ level: "warning", name, text: `${name}: ${text}` })),
    ]),
    ...mynetworks.entries.flatMap(disguised),
  ];
}

function disguised({ what, negated, text }: ListEntry): readonly NamedFinding[] {
  if (what.kind !== "network" || negated) return [];
  const found = disguises.find(([address]) => matchesCidr(what.cidr, parseIp(address)!));
  if (found === undefined) return [];
  const [address, where] = found;
  return [{
    level: "note",
    name: "mynetworks",
    text:
      `mynetworks: ${text} holds ${address}: in ${where} with forwarded ports all the world comes from there, ` +
      "and could send its mail through this server",
  }];
}
