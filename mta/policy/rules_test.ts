import { assertEquals } from "@std/assert";

import { defaultAddressSettings } from "../address/default_settings.ts";
import { parseDomainList, parseNetworkList, parseStringList } from "../address/match_list.ts";
import type { PolicyFacts } from "./facts.ts";
import type { ListName } from "./restriction_call.ts";
import { decideCase, showVerdict, type TestCase, testSettings } from "./testing_policy.ts";

type Row = readonly [rule: string, facts: Partial<PolicyFacts>, outcome: string, more?: TestCase];

function check(list: ListName, rows: readonly Row[], shared: TestCase = {}) {
  for (const [rule, facts, outcome, more] of rows) {
    const test = { ...shared, ...more, lists: { [list]: rule }, facts: { ...shared.facts, ...facts } };
    assertEquals(showVerdict(decideCase(test)), outcome, `${rule} ${JSON.stringify(facts)}`);
  }
}

const client = (changes: Partial<PolicyFacts["client"]>) => ({
  client: {
    address: "198.51.100.7",
    port: 1,
    name: "c.test",
    nameStatus: "ok" as const,
    reverseName: "c.test",
    reverseStatus: "ok" as const,
    ...changes,
  },
});
const mynetworks = parseNetworkList(["192.0.2.0/24", "hash:/nets"], { name: "mynetworks" });

Deno.test("generic restrictions (postconf(5) smtpd_recipient_restrictions)", () => {
  const of = "<u1@ref.test>: Recipient address rejected";
  const tls = { protocol: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384", bits: 256 };
  check("recipient", [
    ["permit, reject", {}, "permit"],
    ["reject", {}, `554 5.7.1 ${of}: Access denied`],
    ["defer", {}, `450 4.3.2 ${of}: Try again later`],
    ["sleep 1", {}, "permit"],
    ["reject_plaintext_session", {}, "450 4.7.1 Session encryption is required"],
    ["reject_plaintext_session", { tls }, "permit"],
    ["reject_unauth_pipelining", {}, "permit"],
    [
      "reject_unauth_pipelining",
      { pipelined: true },
      `503 5.5.0 ${of}: Improper use of SMTP command pipelining`,
    ],
    [
      "reject_multi_recipient_bounce",
      { sender: "", recipientCount: 1 },
      `550 5.5.3 ${of}: Multi-recipient bounce`,
    ],
    ["reject_multi_recipient_bounce", { sender: "", recipientCount: 0 }, "permit"],
    ["reject_multi_recipient_bounce", { recipientCount: 1 }, "permit"],
  ]);
  const bounce = "550 5.5.3 <DATA>: Data command rejected: Multi-recipient bounce";
  check("data", [
    ["reject_multi_recipient_bounce", { sender: "", recipientCount: 1 }, "permit"],
    ["reject_multi_recipient_bounce", { sender: "", recipientCount: 2 }, bounce],
  ], { stage: "DATA" });
});

Deno.test("restrictions about the client (postconf(5) smtpd_client_restrictions)", () => {
  const denied = "554 5.7.1 <c.test[198.51.100.7]>: Client host rejected: Access denied";
  const login = { user: "joe", mechanism: "PLAIN" };
  const certificate = {
    trusted: true,
    subject: "j",
    issuer: "i",
    fingerprint: "AA:BB",
    publicKeyFingerprint: "CC",
  };
  const unknown = "Client host rejected: cannot find your hostname, [198.51.100.7]";
  const reverse = "Client host rejected: cannot find your reverse hostname, [198.51.100.7]";
  const none = {
    name: "unknown",
    nameStatus: "permanent",
    reverseName: "unknown",
    reverseStatus: "permanent",
  } as const;
  const later = { ...none, nameStatus: "temporary", reverseStatus: "temporary" } as const;
  const codes = { settings: { codes: { ...testSettings.codes, unknownClient: 550 } } };
  check("client", [
    ["permit_inet_interfaces, reject", client({ address: "127.0.0.1" }), "permit"],
    ["permit_inet_interfaces, reject", client({}), denied],
    ["permit_mynetworks, reject", client({ address: "192.0.2.7" }), "permit"],
    ["permit_mynetworks, reject", client({}), denied],
    ["permit_sasl_authenticated, reject", { ...client({}), login }, "permit"],
    ["permit_sasl_authenticated, reject", client({}), denied],
    ["permit_tls_clientcerts, reject", { ...client({}), certificate }, "permit"],
    [
      "permit_tls_clientcerts, reject",
      { ...client({}), certificate: { ...certificate, fingerprint: "X" } },
      denied,
    ],
    ["permit_tls_clientcerts, reject", client({}), denied],
    ["permit_tls_all_clientcerts, reject", { ...client({}), certificate }, "permit"],
    [
      "permit_tls_all_clientcerts, reject",
      { ...client({}), certificate: { ...certificate, trusted: false } },
      denied,
    ],
    ["reject_unknown_client_hostname", client({}), "permit"],
    ["reject_unknown_client_hostname", client(none), `450 4.7.25 ${unknown}`],
    ["reject_unknown_client_hostname", client(none), `550 5.7.25 ${unknown}`, codes],
    ["reject_unknown_client_hostname", client(later), `450 4.7.25 ${unknown}`, codes],
    ["reject_unknown_reverse_client_hostname", client(none), `450 4.7.1 ${reverse}`],
    ["reject_unknown_reverse_client_hostname", client({ ...none, reverseStatus: "ok" }), "permit"],
  ], {
    world: { tables: { "hash:/nets": ["c.example OK"], "hash:/certs": ["AA:BB joe"] } },
    settings: { mynetworks, relayClientcerts: ["hash:/certs"] },
  });
});

Deno.test("a table in mynetworks does what its lines say, and the reason tells it (seed: hash:/etc/postfix/access)", () => {
  const tables = {
    "hash:/etc/postfix/access": ["120.114.141.60 OK", ".baidu.com OK", "av.com REJECT", "192.168.2. REJECT"],
  };
  const networks = (tableActions: boolean) =>
    parseNetworkList(["127.0.0.0/8", "hash:/etc/postfix/access"], {
      name: "mynetworks",
      tableActions,
      dottedKeys: tableActions,
    });
  const decided = (name: string, address: string, ours = true) =>
    decideCase({
      lists: { relay: "permit_mynetworks, reject_unauth_destination" },
      facts: { recipient: "x@e.test", ...client({ name, address }) },
      world: { tables },
      settings: { mynetworks: networks(ours) },
    });
  const denied = "554 5.7.1 <x@e.test>: Relay access denied";
  assertEquals(showVerdict(decided("unknown", "120.114.141.60")), "permit");
  assertEquals(showVerdict(decided("spider.baidu.com", "203.0.113.5")), "permit");
  assertEquals(showVerdict(decided("av.com", "203.0.113.6")), denied);
  assertEquals(showVerdict(decided("unknown", "192.168.2.77")), denied);
  // By Postfix's letter any line is trust.
  assertEquals(showVerdict(decided("av.com", "203.0.113.6", false)), "permit");
  assertEquals(decided("av.com", "203.0.113.6").trail[0]?.reason, {
    rule: "permit_mynetworks",
    table: "hash:/etc/postfix/access",
    key: "av.com",
    line: 3,
    note: "REJECT in a table of mynetworks is no trust (Postfix would take any line for trust)",
  });
});

Deno.test("restrictions about HELO (postconf(5) smtpd_helo_restrictions)", () => {
  const world = { dns: ["a.test A 192.0.2.1", "m.test MX 0 .", "f.test FAIL", "n.test TXT x"] };
  const bad = (name: string, text: string) => `<${name}>: Helo command rejected: ${text}`;
  const notFound = "Host not found";
  const defer = {
    settings: { tempfailActions: { ...testSettings.tempfailActions, unknownHeloHostname: "defer" } },
  } as const;
  check("helo", [
    ["reject_invalid_helo_hostname", { helo: "a.test" }, "permit"],
    ["reject_invalid_helo_hostname", { helo: "[192.0.2.1]" }, "permit"],
    ["reject_invalid_helo_hostname", { helo: "192.0.2.1" }, "permit"],
    ["reject_invalid_helo_hostname", { helo: "a..test" }, `501 5.5.2 ${bad("a..test", "Invalid name")}`],
    [
      "reject_invalid_helo_hostname",
      { helo: "[1.2.3]" },
      `501 5.5.2 ${bad("[1.2.3]", "invalid ip address")}`,
    ],
    ["reject_non_fqdn_helo_hostname", { helo: "a.test" }, "permit"],
    [
      "reject_non_fqdn_helo_hostname",
      { helo: "pc" },
      `504 5.5.2 ${bad("pc", "need fully-qualified hostname")}`,
    ],
    ["reject_non_fqdn_helo_hostname", { helo: undefined }, "permit"],
    ["reject_unknown_helo_hostname", { helo: "a.test" }, "permit"],
    ["reject_unknown_helo_hostname", { helo: "m.test" }, "permit"],
    ["reject_unknown_helo_hostname", { helo: "x.test" }, `450 4.7.1 ${bad("x.test", notFound)}`],
    ["reject_unknown_helo_hostname", { helo: "n.test" }, `450 4.7.1 ${bad("n.test", notFound)}`],
    ["reject_unknown_helo_hostname, permit", { helo: "f.test" }, `450 4.7.1 ${bad("f.test", notFound)}`],
    [
      "reject_unknown_helo_hostname, reject",
      { helo: "f.test" },
      `554 5.7.1 ${bad("f.test", "Access denied")}`,
    ],
    [
      "reject_unknown_helo_hostname, reject",
      { helo: "f.test" },
      `450 4.7.1 ${bad("f.test", notFound)}`,
      defer,
    ],
  ], { world });
});

Deno.test("restrictions about the sender (postconf(5) smtpd_sender_restrictions)", () => {
  const world = {
    dns: ["d.test MX 10 mx.d.test", "a.test A 192.0.2.1", "n.test MX 0 .", "f.test FAIL"],
    tables: { "hash:/own": ["joe@ref.test joe, jane", "@team.test jane"] },
  };
  const bad = (sender: string, text: string) => `<${sender}>: Sender address rejected: ${text}`;
  const settings = { senderLoginMaps: ["hash:/own"] };
  const joe = { user: "Joe", mechanism: "PLAIN" };
  const by = (sender: string, login?: PolicyFacts["login"]) => ({ sender, login });
  const not = (sender: string, text: string) => `553 5.7.1 ${bad(sender, text)}`;
  const mismatch = "reject_sender_login_mismatch";
  check("sender", [
    ["reject_non_fqdn_sender", { sender: "a@d.test" }, "permit"],
    ["reject_non_fqdn_sender", { sender: "" }, "permit"],
    ["reject_non_fqdn_sender", { sender: "a@[192.0.2.1]" }, "permit"],
    [
      "reject_non_fqdn_sender",
      { sender: "a@host" },
      `504 5.5.2 ${bad("a@host", "need fully-qualified address")}`,
    ],
    ["reject_non_fqdn_sender", { sender: "a" }, `504 5.5.2 ${bad("a", "need fully-qualified address")}`],
    ["reject_unknown_sender_domain", { sender: "a@d.test" }, "permit"],
    ["reject_unknown_sender_domain", { sender: "a@a.test" }, "permit"],
    ["reject_unknown_sender_domain", { sender: "a@ref.test" }, "permit"],
    ["reject_unknown_sender_domain", { sender: "a@[192.0.2.1]" }, "permit"],
    [
      "reject_unknown_sender_domain",
      { sender: "a@x.test" },
      `450 4.1.8 ${bad("a@x.test", "Domain not found")}`,
    ],
    [
      "reject_unknown_sender_domain",
      { sender: "a@f.test" },
      `450 4.1.8 ${bad("a@f.test", "Domain not found")}`,
    ],
    [
      "reject_unknown_sender_domain",
      { sender: "a@n.test" },
      `550 5.7.27 ${bad("a@n.test", "Domain n.test does not accept mail (nullMX)")}`,
    ],
    [mismatch, by("joe@ref.test", joe), "permit"],
    [mismatch, by("joe@ref.test"), not("joe@ref.test", "not logged in")],
    [mismatch, by("x@team.test", joe), not("x@team.test", "not owned by user Joe")],
    [mismatch, by("x@free.test", joe), not("x@free.test", "not owned by user Joe")],
    [mismatch, by("x@free.test"), "permit"],
    ["reject_authenticated_sender_login_mismatch", by("joe@ref.test"), "permit"],
    [
      "reject_authenticated_sender_login_mismatch",
      by("x@free.test", joe),
      not("x@free.test", "not owned by user Joe"),
    ],
    ["reject_unauthenticated_sender_login_mismatch", by("x@team.test", joe), "permit"],
    ["reject_unauthenticated_sender_login_mismatch", by("x@team.test"), not("x@team.test", "not logged in")],
    ["reject_known_sender_login_mismatch", by("x@free.test", joe), "permit"],
    [
      "reject_known_sender_login_mismatch",
      by("x@team.test", joe),
      not("x@team.test", "not owned by user Joe"),
    ],
    [
      "reject_unlisted_sender",
      { sender: "nosuch@ref.test" },
      "550 5.1.0 <nosuch@ref.test>: Sender address rejected: User unknown in local recipient table",
    ],
  ], { world, settings });
});

Deno.test("restrictions about the recipient (postconf(5) smtpd_recipient_restrictions)", () => {
  const addresses = defaultAddressSettings("mx.ref.test", {
    myorigin: "ref.test",
    ownAddresses: ["192.0.2.25"],
    mydestination: parseStringList(["ref.test"], { name: "mydestination" }),
    relayDomains: parseDomainList(["relay.test"], { name: "relay_domains" }),
  });
  const world = {
    dns: [
      ...["b.test MX 10 mx.b.test", "b.test MX 20 mx.ref.test", "mx.b.test A 192.0.2.30"],
      ...["mx.ref.test A 192.0.2.25", "o.test MX 10 mx.b.test", "f.test FAIL", "n.test MX 0 ."],
    ],
  };
  const bad = (to: string, text: string) => `<${to}>: Recipient address rejected: ${text}`;
  const to = (recipient: string) => ({ recipient });
  const refused = (recipient: string) => `554 5.7.1 ${bad(recipient, "Access denied")}`;
  const within = (network: string) => ({
    settings: {
      addresses,
      permitMxBackupNetworks: parseNetworkList([network], { name: "permit_mx_backup_networks" }),
    },
  });
  check("relay", [
    ["permit_auth_destination, reject", to("u1@ref.test"), "permit"],
    ["permit_auth_destination, reject", to("x@sub.relay.test"), "permit"],
    ["permit_auth_destination, reject", to("x@e.test"), refused("x@e.test")],
    ["permit_auth_destination, reject", to("x%e.test@ref.test"), refused("x%e.test@ref.test")],
    ["reject_unauth_destination", to("x@e.test"), "554 5.7.1 <x@e.test>: Relay access denied"],
    ["defer_unauth_destination", to("x@e.test"), "454 4.7.1 <x@e.test>: Relay access denied"],
    [
      "reject_unlisted_recipient",
      to('"no such"@ref.test'),
      "550 5.1.1 <no such@ref.test>: Recipient address rejected: User unknown in local recipient table",
    ],
    ["reject_non_fqdn_recipient", to('"a b"@e.test'), "permit"],
    ["reject_non_fqdn_recipient", to("x"), `504 5.5.2 ${bad("x", "need fully-qualified address")}`],
    ["reject_unknown_recipient_domain", to("x@x.test"), `450 4.1.2 ${bad("x@x.test", "Domain not found")}`],
    [
      "reject_unknown_recipient_domain",
      to("x@n.test"),
      `556 5.1.10 ${bad("x@n.test", "Domain n.test does not accept mail (nullMX)")}`,
    ],
    ["permit_mx_backup, reject", to("x@b.test"), "permit"],
    ["permit_mx_backup, reject", to("x@b.test"), "permit", within("192.0.2.0/24")],
    ["permit_mx_backup, reject", to("x@b.test"), refused("x@b.test"), within("198.51.100.0/24")],
    ["permit_mx_backup, reject", to("x@o.test"), refused("x@o.test")],
    ["permit_mx_backup, reject", to("x%e.test@b.test"), refused("x%e.test@b.test")],
    [
      "permit_mx_backup, reject",
      to("x@f.test"),
      `450 4.4.4 ${
        bad("x@f.test", "Unable to look up mail exchanger information: Host not found, try again")
      }`,
    ],
  ], { world, settings: { addresses } });
});

Deno.test("addresses that are probed (ADDRESS_VERIFICATION_README)", () => {
  const probes = {
    "a@ok.test": { status: "deliverable", text: "250 Ok" },
    "a@no.test": { status: "undeliverable", text: "host mx said: 550 no" },
    "a@later.test": { status: "deferred", text: "connect timed out" },
    "a@new.test": { status: "pending", text: "" },
    "a@down.test": { status: "unavailable", text: "" },
  } as const;
  const bad = (sender: string, text: string) => `450 4.1.7 <${sender}>: Sender address rejected: ${text}`;
  const from = (sender: string) => ({ sender });
  const rule = "reject_unverified_sender";
  const taken = { settings: { codes: { ...testSettings.codes, unverifiedSenderDefer: 250 } } };
  const words = {
    settings: { unverifiedSenderReason: "go away", codes: { ...testSettings.codes, unverifiedSender: 550 } },
  };
  check("sender", [
    [rule, from("a@ok.test"), "permit"],
    [rule, from(""), "permit"],
    [rule, from("a@no.test"), bad("a@no.test", "undeliverable address: host mx said: 550 no")],
    [
      rule,
      from("a@no.test"),
      "550 5.1.7 <a@no.test>: Sender address rejected: undeliverable address: go away",
      words,
    ],
    [rule, from("a@later.test"), bad("a@later.test", "unverified address: connect timed out")],
    [rule, from("a@later.test"), "permit", taken],
    [
      `${rule}, reject`,
      from("a@later.test"),
      "554 5.7.1 <a@later.test>: Sender address rejected: Access denied",
    ],
    [rule, from("a@new.test"), bad("a@new.test", "unverified address: Address verification in progress")],
    [rule, from("a@down.test"), bad("a@down.test", "address verification problem")],
  ], { world: { probes } });
});
