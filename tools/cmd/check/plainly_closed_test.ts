import { assertEquals } from "@std/assert";

import { defaultAddressSettings } from "../../../mta/address/default_settings.ts";
import { parseDomainList, parseNetworkList } from "../../../mta/address/match_list.ts";
import { parseRestrictions } from "../../../mta/policy/restriction_list.ts";
import { defaultPolicySettings } from "../../../mta/policy/settings.ts";

import { findOpenRelay } from "./open_relay.ts";
import { isPlainlyClosed } from "./plainly_closed.ts";

const addresses = defaultAddressSettings("mx.ref.test");

function policy(relay: string, recipient: string, mynetworks: readonly string[]) {
  const base = defaultPolicySettings(addresses, {
    mynetworks: parseNetworkList(mynetworks, { name: "mynetworks" }),
  });
  return {
    ...base,
    lists: {
      ...base.lists,
      relay: parseRestrictions(relay, { list: "relay" }).calls,
      recipient: parseRestrictions(recipient, { list: "recipient" }).calls,
    },
  };
}

const xclientHosts = parseNetworkList(["127.0.0.0/8"], { name: "smtpd_authorized_xclient_hosts" });

const usual = "permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination";

/** Rules, networks, and whether their form alone tells that nobody relays. */
const rows: readonly (readonly [relay: string, recipient: string, mynetworks: string, closed: boolean])[] = [
  [usual, "", "127.0.0.0/8 [::1]/128", true],
  ["permit_sasl_authenticated, reject", "", "0.0.0.0/0", true],
  [usual, "", "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 [fd00::]/8 198.51.100.0/24", true],
  [usual, "permit", "!0.0.0.0/0", true],
  ["", usual, "127.0.0.0/8", true],
  [usual, "", "0.0.0.0/0", false],
  [usual, "", "10.0.0.0/7", false],
  [usual, "", "192.168.0.0/13", false],
  [usual, "", "[2000::]/3", false],
  [usual, "", "198.0.0.0/8", false],
  [usual, "", "hash:/etc/postfix/networks", false],
  [usual, "", "example.test", false],
  ["permit, reject_unauth_destination", "", "", false],
  ["check_sender_access inline:{a=OK}, reject", "", "", false],
  ["warn_if_reject reject_unauth_destination, permit_mynetworks", "", "", false],
  ["permit_mynetworks", "", "", false],
  ["", "", "", false],
];

Deno.test("isPlainlyClosed() tells closed rules by their form (postconf(5) smtpd_relay_restrictions)", () => {
  for (const [relay, recipient, mynetworks, closed] of rows) {
    const settings = policy(relay, recipient, mynetworks.split(" ").filter(Boolean));
    assertEquals(
      isPlainlyClosed({ policy: settings, xclientHosts }),
      closed,
      `${relay}; ${recipient}; ${mynetworks}`,
    );
  }
});

Deno.test("what isPlainlyClosed() says to be closed, the search finds closed", async () => {
  for (const [relay, recipient, mynetworks, closed] of rows) {
    if (!closed) continue;
    const settings = policy(relay, recipient, mynetworks.split(" ").filter(Boolean));
    const found = await findOpenRelay([{
      name: "smtp",
      role: "smtp",
      policy: settings,
      xclientHosts,
      allowed: [],
    }], {
      lookup: () => Promise.resolve(undefined),
      forged: { senders: [], names: [], clients: [] },
    });
    assertEquals(found, [], `${relay}; ${recipient}; ${mynetworks}`);
  }
});

Deno.test("isPlainlyClosed() trusts no rule whose meaning other settings have widened", () => {
  const closed = policy(usual, "", ["127.0.0.0/8"]);
  const relayDomains = (item: string) => parseDomainList([item], { name: "relay_domains" });
  const rows = [
    [{}, "127.0.0.0/8", true],
    [{ relayDomains: relayDomains("inside.example") }, "127.0.0.0/8", true],
    [{ allowUntrustedRouting: true }, "127.0.0.0/8", false],
    [{ relayDomains: relayDomains("static:all") }, "127.0.0.0/8", false],
    [{ relayDomains: relayDomains("com") }, "127.0.0.0/8", false],
    [{}, "0.0.0.0/0", false],
  ] as const;
  for (const [changes, hosts, want] of rows) {
    const xclientHosts = parseNetworkList([hosts], { name: "smtpd_authorized_xclient_hosts" });
    const changed = { ...closed, addresses: { ...closed.addresses, ...changes } };
    assertEquals(
      isPlainlyClosed({ policy: changed, xclientHosts }),
      want,
      `${Object.keys(changes)} ${hosts}`,
    );
  }
});
