import { assertEquals } from "@std/assert";

import { defaultAddressSettings } from "../../../mta/address/default_settings.ts";
import { parseDomainList, parseNetworkList, parseStringList } from "../../../mta/address/match_list.ts";
import { parseRestrictions } from "../../../mta/policy/restriction_list.ts";
import type { PolicySettings } from "../../../mta/policy/settings.ts";
import { defaultPolicySettings } from "../../../mta/policy/settings.ts";

import { findOpenRelay } from "./open_relay.ts";

interface Case {
  readonly client?: string;
  readonly sender?: string;
  readonly relay?: string;
  readonly recipient?: string;
  readonly mynetworks?: readonly string[];
  readonly tables?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly senders?: readonly string[];
  readonly names?: readonly string[];
  readonly allowed?: readonly string[];
  readonly untrusted?: boolean;
  readonly relayDomains?: readonly string[];
  readonly changes?: Partial<PolicySettings>;
  /** What tables of patterns say. */
  readonly patterns?: (table: string, key: string) => string | undefined;
  readonly xclientHosts?: readonly string[];
  /** Keys of tables about clients. */
  readonly clients?: readonly string[];
}

async function search(given: Case): Promise<readonly string[]> {
  const addresses = defaultAddressSettings("mail.example.org", {
    allowUntrustedRouting: given.untrusted ?? false,
    relayDomains: parseDomainList(given.relayDomains ?? [], { name: "relay_domains" }),
    virtualAliasDomains: parseStringList(["virtual.example.org"], { name: "virtual_alias_domains" }),
  });
  const calls = (list: "client" | "sender" | "relay" | "recipient", text: string) =>
    parseRestrictions(text, { list }).calls;
  const policy = defaultPolicySettings(addresses, {
    mynetworks: parseNetworkList(given.mynetworks ?? ["127.0.0.0/8", "[::1]/128", "10.0.0.0/8"], {
      name: "mynetworks",
    }),
    rejectUnlistedRecipient: false,
    lists: {
      ...{ helo: [], data: [], end_of_data: [], etrn: [] },
      client: calls("client", given.client ?? ""),
      sender: calls("sender", given.sender ?? ""),
      relay: calls(
        "relay",
        given.relay ?? "permit_mynetworks, permit_sasl_authenticated, defer_unauth_destination",
      ),
      recipient: calls("recipient", given.recipient ?? ""),
    },
    ...given.changes,
  });
  const xclientHosts = parseNetworkList(given.xclientHosts ?? [], { name: "smtpd_authorized_xclient_hosts" });
  const found = await findOpenRelay(
    [{ name: "smtp", role: "smtp", policy, xclientHosts, allowed: given.allowed ?? [] }],
    {
      lookup: (table, key) => {
        const value = given.tables?.[table]?.[key] ?? given.patterns?.(table, key);
        return Promise.resolve(value === undefined ? undefined : { value, line: 1 });
      },
      forged: { senders: given.senders ?? [], names: given.names ?? [], clients: given.clients ?? [] },
    },
  );
  return found.map(({ client, sender, recipient, rule, name }) =>
    `${client} <${sender}> <${recipient}> ${rule} [${name}]`
  );
}

const safe: readonly (readonly [what: string, given: Case])[] = [
  ["the default", {}],
  ["login only", { relay: "permit_sasl_authenticated, reject" }],
  ["near networks", { mynetworks: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "[fd00::]/8"] }],
  ["an owner's networks", { mynetworks: ["203.0.113.0/24", "198.51.100.77", "[2001:db8:77::]/48"] }],
  ["an exception before all the world", { mynetworks: ["!0.0.0.0/0", "[::1]/128"] }],
  ["old recipient list", { relay: "", recipient: "permit_mynetworks, reject_unauth_destination, permit" }],
  ["clients by network in a table", {
    relay: "check_client_access hash:/a, reject_unauth_destination",
    tables: { "hash:/a": { "203.0.113": "OK", "192.168": "OK", "10": "OK" } },
  }],
  ["recipients by domain in a table", {
    relay: "check_recipient_access hash:/a, reject_unauth_destination",
    tables: { "hash:/a": { "example.org": "OK" } },
  }],
  ["senders in the sender list", {
    sender: "check_sender_access hash:/a",
    tables: { "hash:/a": { "partner.test": "OK" } },
    senders: ["x@partner.test"],
  }],
  ["mail that is dropped", {
    relay: "check_client_access static:DISCARD, permit",
    tables: { "static:DISCARD": {} },
    recipient: "reject",
  }],
  ["a name of this machine among relay domains (relay_domains = $mydestination)", {
    relayDomains: ["inside.example", "localhost"],
  }],
  ["relay domains", { relayDomains: ["inside.example", "foreign-branch.example"] }],
  ["a near host that speaks XCLIENT", { xclientHosts: ["127.0.0.0/8", "10.0.0.0/8", "198.51.100.0/24"] }],
  ["patterns that name one network", {
    relay: "check_client_access cidr:/a, reject_unauth_destination",
    patterns: (_, key) => key.startsWith("8.8.") || key.startsWith("10.") ? "OK" : undefined,
  }],
  ["a class that permits near networks", {
    relay: "trusted, reject_unauth_destination",
    changes: {
      classes: new Map([["trusted", parseRestrictions("permit_mynetworks", { list: undefined }).calls]]),
    },
  }],
  ["smtpd_delay_reject = no", { client: "reject", relay: "permit", changes: { delayReject: false } }],
];

for (const [what, given] of safe) {
  Deno.test(`findOpenRelay() finds none with ${what} (RFC 5321 §3.6.2)`, async () => {
    assertEquals(await search(given), []);
  });
}

const victim = "victim@foreign.example";
const unending =
  "no restriction refuses it: smtpd_relay_restrictions and smtpd_recipient_restrictions come to their end";

const open: readonly (readonly [what: string, given: Case, found: readonly string[]])[] = [
  ["no rule at all", { relay: "" }, [`8.8.4.4 <> <${victim}> ${unending} [smtpd_relay_restrictions]`]],
  ["permit at its end", { relay: "permit_mynetworks, permit" }, [
    `8.8.4.4 <> <${victim}> smtpd_relay_restrictions: permit [permit]`,
  ]],
  ["all the world in mynetworks", { mynetworks: ["0.0.0.0/0", "[::]/0"] }, [
    `8.8.4.4 <> <${victim}> smtpd_relay_restrictions: permit_mynetworks [0.0.0.0/0]`,
    `2001:db8:77::9 <> <${victim}> smtpd_relay_restrictions: permit_mynetworks [[::]/0]`,
  ]],
  ["a class A network in mynetworks", { mynetworks: ["77.0.0.0/8"] }, [
    `77.77.77.77 <> <${victim}> smtpd_relay_restrictions: permit_mynetworks [77.0.0.0/8]`,
  ]],
  ["a top-level domain in mynetworks", { mynetworks: ["com"] }, [
    `8.8.4.4 <> <${victim}> smtpd_relay_restrictions: permit_mynetworks [permit_mynetworks]`,
  ]],
  ["a table that has everybody's recipients", {
    relay: "check_recipient_access static:OK, reject_unauth_destination",
    patterns: () => "OK",
  }, [`8.8.4.4 <> <${victim}> smtpd_relay_restrictions: check_recipient_access static:OK [static:OK]`]],
  ["patterns of recipients", {
    relay: "check_recipient_access regexp:/a, reject_unauth_destination",
    patterns: (_, key) => /./.test(key) ? "OK" : undefined,
  }, [`8.8.4.4 <> <${victim}> smtpd_relay_restrictions: check_recipient_access regexp:/a [regexp:/a]`]],
  ["a wide network of a table of networks", {
    relay: "check_client_access cidr:/a, reject_unauth_destination",
    patterns: (_, key) => /^8\./.test(key) ? "OK" : undefined,
  }, [`8.8.4.4 <> <${victim}> smtpd_relay_restrictions: check_client_access cidr:/a [cidr:/a]`]],
  ["the first octet of a network in a table", {
    relay: "check_client_access hash:/a, reject_unauth_destination",
    tables: { "hash:/a": { "77": "OK", "192.168": "OK" } },
    clients: ["77", "192.168", "mail.example.com"],
  }, [`77.77.77.77 <> <${victim}> smtpd_relay_restrictions: check_client_access hash:/a [hash:/a]`]],
  ["a wide network that no usual address is in", { mynetworks: ["0.0.0.0/5"] }, [
    `5.77.77.77 <> <${victim}> smtpd_relay_restrictions: permit_mynetworks [0.0.0.0/5]`,
  ]],
  ["relay_domains that hold every domain", {
    relayDomains: ["static:all"],
    patterns: () => "x",
  }, [
    `8.8.4.4 <> <${victim}> relay_domains: static:all holds foreign.example [relay_domains]`,
  ]],
  ["a top-level domain in relay_domains", { relayDomains: ["com"] }, [
    "8.8.4.4 <> <victim@foreign.com> relay_domains: relay_domains holds com [relay_domains]",
  ]],
  ["XCLIENT", { xclientHosts: ["0.0.0.0/0"] }, [
    `8.8.4.4 <> <${victim}> smtpd_authorized_xclient_hosts: whoever is in it may say that he is another client [0.0.0.0/0]`,
  ]],
  ["its own domain as a sender, in a pattern", {
    relay: "check_sender_access regexp:/a, reject_unauth_destination",
    patterns: (_, key) => key.endsWith("@virtual.example.org") ? "OK" : undefined,
  }, [
    `8.8.4.4 <someone@virtual.example.org> <${victim}> smtpd_relay_restrictions: check_sender_access regexp:/a [regexp:/a]`,
  ]],
  ["a sender's word, where clients must have a name", {
    client: "reject_unknown_client_hostname",
    relay: "check_sender_access hash:/a, reject_unauth_destination",
    tables: { "hash:/a": { "partner.test": "OK" } },
    senders: ["x@partner.test"],
  }, [
    `8.8.4.4 <x@partner.test> <${victim}> smtpd_relay_restrictions: check_sender_access hash:/a [hash:/a]`,
  ]],
  ["a sender's word", {
    relay: "check_sender_access hash:/a, reject_unauth_destination",
    tables: { "hash:/a": { "partner.test": "OK" } },
    senders: ["x@partner.test"],
  }, [
    `8.8.4.4 <x@partner.test> <${victim}> smtpd_relay_restrictions: check_sender_access hash:/a [hash:/a]`,
  ]],
  ["a HELO name", {
    relay: "check_helo_access hash:/a, reject_unauth_destination",
    tables: { "hash:/a": { "friend.test": "OK" } },
    names: ["friend.test"],
  }, [
    `8.8.4.4 <someone@stranger.example> <${victim}> smtpd_relay_restrictions: check_helo_access hash:/a [hash:/a]`,
  ]],
  ["clients without a name", {
    relay: "check_client_access hash:/a, reject_unauth_destination",
    tables: { "hash:/a": { unknown: "OK" } },
  }, [`8.8.4.4 <> <${victim}> smtpd_relay_restrictions: check_client_access hash:/a [hash:/a]`]],
  ["its own domain as a sender", {
    relay: "check_sender_access hash:/a, reject_unauth_destination",
    tables: { "hash:/a": { "example.org": "permit" } },
  }, [
    `8.8.4.4 <someone@example.org> <${victim}> smtpd_relay_restrictions: check_sender_access hash:/a [hash:/a]`,
  ]],
  ["a restriction class", {
    relay: "trusted, reject_unauth_destination",
    mynetworks: ["0.0.0.0/0"],
    changes: {
      classes: new Map([["trusted", parseRestrictions("permit_mynetworks", { list: undefined }).calls]]),
    },
  }, [`8.8.4.4 <> <${victim}> smtpd_relay_restrictions: trusted [0.0.0.0/0]`]],
];

for (const [what, given, found] of open) {
  Deno.test(`findOpenRelay() finds the stranger that relays by ${what} (RFC 5321 §3.6.2)`, async () => {
    assertEquals(await search(given), found);
  });
}

Deno.test("findOpenRelay() leaves what allow_open_relay names, and nothing else", async () => {
  const mynetworks = ["0.0.0.0/0", "[::]/0"];
  assertEquals(await search({ mynetworks, allowed: ["0.0.0.0/0", "[::]/0"] }), []);
  assertEquals((await search({ mynetworks, allowed: ["0.0.0.0/0"] })).length, 1);
});
