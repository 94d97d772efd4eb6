/** Strangers as they come to a server, and what they try: the material of the search for an open relay. Pure. */

import { type Cidr, formatIp, parseCidr, parseIp } from "../../kit/mail/ip.ts";

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
  /** Keys of tables about clients: networks, and parts of addresses. */
  readonly clients: readonly string[];
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
  const clients = [
    ...publicAddresses,
    ...insideWideNetworks(policy),
    ...forged.clients.flatMap((key) => insideKey(key) ?? []),
    ...nearAddresses,
  ];
  const { myhostname, mydomain } = policy.addresses;
  const senders = [
    ...["", `someone@${home}`, `someone@${mydomain}`, `postmaster@${myhostname}`],
    ...ownDomains(policy).map((domain) => `someone@${domain}`),
  ];
  const helo = `host.${home}`;
  for (const client of clients.flatMap((address) => namesOf(address, myhostname))) {
    for (const sender of senders) yield { client, helo, sender, recipient: `victim@${foreign}` };
  }
  const [far, near] = [publicAddresses[0]!, nearAddresses[0]!];
  for (const [client] of [namesOf(far, myhostname), namesOf(near, myhostname)]) {
    for (const sender of senders) {
      for (const recipient of relayAttempts(policy)) {
        for (const name of [helo, myhostname, mydomain]) {
          yield { client: client!, helo: name, sender, recipient };
        }
      }
    }
  }
  yield* forgers(policy, forged);
}

function* forgers({ addresses }: PolicySettings, { senders, names }: Forged): Generator<Stranger> {
  const address = publicAddresses[0]!;
  const recipient = `victim@${foreign}`;
  const [plain, , known] = namesOf(address, addresses.myhostname);
  for (const client of [plain!, known!]) {
    for (const sender of senders) yield { client, helo: `host.${home}`, sender, recipient };
    for (const name of names) yield { client, helo: name, sender: `someone@${home}`, recipient };
  }
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

/** One of each list of domains that mail is taken for. */
function ownDomains({ addresses }: PolicySettings): readonly string[] {
  const { virtualAliasDomains, virtualMailboxDomains, relayDomains } = addresses;
  return [virtualAliasDomains, virtualMailboxDomains, relayDomains].flatMap(({ entries }) => {
    const named = entries.find(({ what, negated }) => what.kind === "name" && !negated);
    return named?.what.kind === "name" ? [named.what.name] : [];
  });
}

/**
 * Top-level names that are of this machine or its own network, and of nobody on the Internet (RFC 6761, RFC 6762, RFC 8375,
 * .internal): a host's own name ends in one where it has no domain.
 */
const ownTopLevels: readonly string[] = [
  ...["localhost", "localdomain", "local", "lan", "home", "intranet", "internal", "private", "corp"],
  ...["test", "example", "invalid"],
];

/** Domains that nobody has named, one below each top-level domain of the Internet that somebody has. */
export function foreignDomains({ addresses }: Pick<PolicySettings, "addresses">): readonly string[] {
  const topLevels = addresses.relayDomains.entries.flatMap(({ what, negated }) => {
    const name = what.kind === "name" && !negated ? what.name.replace(/^\./, "") : "";
    const isTopLevel = name !== "" && !name.includes(".") && !ownTopLevels.includes(name);
    return isTopLevel ? [`foreign.${name}`] : [];
  });
  return [foreign, ...topLevels];
}

/** Addresses elsewhere, in every writing that a server may take for one of its own. */
function relayAttempts(policy: PolicySettings): readonly string[] {
  const { myhostname, mydomain, ownAddresses } = policy.addresses;
  const literal = ownAddresses.find((address) => !address.includes(":"));
  const hosts = [myhostname, ...(literal === undefined ? [] : [`[${literal}]`]), ...ownDomains(policy)];
  return [
    ...foreignDomains(policy).map((domain) => `victim@${domain}`),
    ...[`${foreign}!victim`, `victim@sub.${mydomain}`, `victim%${foreign}`],
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
    const address = insideNetwork(what.cidr);
    if (address !== undefined) yield address;
  }
}

/** A far address in a wide network; `undefined`: there is none, or it is not wide. */
function insideNetwork({ octets, bits }: Cidr): string | undefined {
  if (!isWide(octets.length * 8, bits)) return undefined;
  // All bits behind the prefix as in one of these, in case one is near.
  const filled = [77, 253].map((fill) =>
    formatIp(
      octets.map((octet, index) => octet | (fill & (0xff >> Math.min(8, Math.max(0, bits - index * 8))))),
    )
  );
  return filled.find((address) => !isNear(address));
}

/** `77`, `77.12`, `77.0.0.0/8`, `2a00` as keys of a table about clients. */
function insideKey(key: string): string | undefined {
  const parsed = parseCidr(key);
  if (parsed.kind === "ok") return insideNetwork(parsed.cidr);
  const parts = /^\d{1,3}(?:\.\d{1,3}){0,2}\.?$/.test(key)
    ? key.split(".").filter((part) => part !== "")
    : [];
  const address = [...parts, "77", "77", "77"].slice(0, 4).join(".");
  if (parts.length > 0) return parseIp(address) === undefined || isNear(address) ? undefined : address;
  return /^[0-9a-f]{1,4}$/i.test(key) && parseIp(`${key}::77`) !== undefined ? `${key}::77` : undefined;
}

/** The address of another owner: it differs in the last bit that makes a network wide. */
export function farNeighbour(address: string): string | undefined {
  const octets = parseIp(address);
  if (octets === undefined) return undefined;
  const bit = octets.length === 4 ? 14 : 27;
  return formatIp(octets.map((octet, index) => index === bit >> 3 ? octet ^ (0x80 >> (bit & 7)) : octet));
}

/** Wider than what one owner has: more than a /16 of IPv4, a /29 of IPv6. */
export function isWide(allBits: number, bits: number): boolean {
  return allBits === 32 ? bits < 16 : bits < 29;
}
