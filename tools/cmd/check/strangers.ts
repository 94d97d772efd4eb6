/** Strangers as they come to a server, and what they try: the material of the search for an open relay. Pure. */

import { formatIp, parseIp } from "../../kit/mail/ip.ts";

import type { ClientName } from "../../../mta/policy/facts.ts";
import type { PolicySettings } from "../../../mta/policy/settings.ts";

export interface Stranger {
  readonly client: ClientName & { readonly address: string };
  readonly helo: string;
  readonly sender: string;
  readonly recipient: string;
}

/** What tables of senders, HELO names and reverse names let in: anybody can call himself so. */
export interface Forged {
  readonly senders: readonly string[];
  readonly names: readonly string[];
}

const home = "stranger.example";
export const foreign = "foreign.example";

/** Public ones of several registries, so that no single network of the owner's holds them all. */
const publicAddresses: readonly string[] = [
  ...["8.8.4.4", "41.77.12.9", "93.184.215.14", "151.101.7.7", "198.51.100.77", "203.0.113.9", "223.5.5.5"],
  ...["2001:db8:77::9", "2a00:1450:4001::9", "2600:1901::9"],
];

/** RFC 1918, containers, carriers' NAT (RFC 6598), link-local, unique local (RFC 4193). */
const nearAddresses: readonly string[] = [
  ...["10.20.30.40", "172.17.0.2", "172.30.1.1", "192.168.77.88", "100.64.0.9", "169.254.9.9"],
  ...["fd12:3456::9", "fe80::9"],
];

export function isNear(address: string): boolean {
  return /^(?:10\.|127\.|192\.168\.|169\.254\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/
    .test(address) || /^(?:f[cd]|fe[89ab])[0-9a-f]*:|^::1$/i.test(address);
}

/** All that strangers try; those who forge more come last. */
export function* strangers(policy: PolicySettings, forged: Forged): Generator<Stranger> {
  const clients = [...publicAddresses, ...insideWideNetworks(policy), ...nearAddresses];
  const { myhostname, mydomain } = policy.addresses;
  const senders = ["", `someone@${home}`, `someone@${mydomain}`, `postmaster@${myhostname}`];
  const helo = `host.${home}`;
  for (const client of clients.flatMap((address) => namesOf(address, myhostname))) {
    for (const sender of senders) yield { client, helo, sender, recipient: `victim@${foreign}` };
  }
  const [far, near] = [publicAddresses[0]!, nearAddresses[0]!];
  for (const [client] of [namesOf(far, myhostname), namesOf(near, myhostname)]) {
    for (const sender of senders) {
      for (const recipient of relayAttempts(policy)) {
        for (const name of [helo, myhostname]) yield { client: client!, helo: name, sender, recipient };
      }
    }
  }
  yield* forgers(policy, forged);
}

function* forgers({ addresses }: PolicySettings, { senders, names }: Forged): Generator<Stranger> {
  const address = publicAddresses[0]!;
  const recipient = `victim@${foreign}`;
  const [plain] = namesOf(address, addresses.myhostname);
  for (const sender of senders) yield { client: plain!, helo: `host.${home}`, sender, recipient };
  for (const name of names) {
    const client = { ...plain!, reverseName: name, reverseStatus: "ok" as const };
    yield { client, helo: name, sender: `someone@${home}`, recipient };
  }
}

function namesOf(address: string, myhostname: string): readonly Stranger["client"][] {
  return [
    {
      address,
      name: "unknown",
      nameStatus: "permanent",
      reverseName: "unknown",
      reverseStatus: "permanent",
    },
    // Whoever has the address has its PTR record: it may say anything, but does not lead back.
    { address, name: "unknown", nameStatus: "permanent", reverseName: myhostname, reverseStatus: "ok" },
    ...[".example", ".com", ".net"].map((end): Stranger["client"] => {
      const name = `host.stranger${end}`;
      return { address, name, nameStatus: "ok", reverseName: name, reverseStatus: "ok" };
    }),
  ];
}

/** Addresses elsewhere, in every writing that a server may take for one of its own. */
function relayAttempts({ addresses }: PolicySettings): readonly string[] {
  const { myhostname, mydomain, ownAddresses, virtualAliasDomains, virtualMailboxDomains, relayDomains } =
    addresses;
  const literal = ownAddresses.find((address) => !address.includes(":"));
  const plainNames = [virtualAliasDomains, virtualMailboxDomains, relayDomains].flatMap(({ entries }) => {
    const named = entries.find(({ what, negated }) => what.kind === "name" && !negated);
    return named?.what.kind === "name" ? [named.what.name] : [];
  });
  const hosts = [myhostname, ...(literal === undefined ? [] : [`[${literal}]`]), ...plainNames];
  return [
    ...[`victim@${foreign}`, `${foreign}!victim`, `victim@sub.${mydomain}`, `victim%${foreign}`],
    ...hosts.flatMap((host) => [
      `victim%${foreign}@${host}`,
      `@${host}:victim@${foreign}`,
      `${foreign}!victim@${host}`,
      `"victim@${foreign}"@${host}`,
      `victim@${foreign}@${host}`,
    ]),
  ];
}

/** One client inside each wide network of mynetworks, in case no other is. */
function* insideWideNetworks({ mynetworks }: PolicySettings): Generator<string> {
  for (const { what, negated } of mynetworks.entries) {
    if (what.kind !== "network" || negated) continue;
    const { octets, bits } = what.cidr;
    if (!isWide(octets.length * 8, bits)) continue;
    const inside = Uint8Array.from(octets);
    inside[inside.length - 1] = 77;
    const address = formatIp(inside);
    if (!isNear(address) && parseIp(address) !== undefined && !address.startsWith("0.")) yield address;
  }
}

/** Wider than what one owner has: more than a /16 of IPv4, a /29 of IPv6. */
export function isWide(allBits: number, bits: number): boolean {
  return allBits === 32 ? bits < 16 : bits < 29;
}
