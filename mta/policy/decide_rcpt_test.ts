import { assertEquals } from "@std/assert";

import { decideRcpt, defaultRestrictions, type RestrictionLists } from "./decide_rcpt.ts";
import { parseDomainList } from "./domain_list.ts";
import { parseNetworkList } from "./network_list.ts";
import type { PolicyFacts, PolicySettings } from "./restriction.ts";
import type { Decision } from "./verdict.ts";

const settings: PolicySettings = {
  myorigin: "ref.test",
  mydestination: parseDomainList(["ref.test", "bücher.test"], { subdomains: false }),
  relayDomains: parseDomainList(["relay.test"], { subdomains: true }),
  ownAddresses: ["192.0.2.25", "2001:db8::25"],
  mynetworks: parseNetworkList(["127.0.0.0/8", "[::1]/128"]),
};

const stranger: PolicyFacts = {
  clientName: "unknown",
  clientAddress: "198.51.100.7",
  helo: "c.test",
  tls: false,
  login: undefined,
  sender: "a@remote.test",
  recipient: "u1@ref.test",
  accepted: 0,
};

function decide(changes: Partial<PolicyFacts>, lists: RestrictionLists = defaultRestrictions.smtp): Decision {
  const steps = decideRcpt({ ...stranger, ...changes }, lists, settings);
  let step = steps.next();
  while (step.done !== true) step = steps.next(step.value.address.startsWith("u"));
  return step.value;
}

function show({ verdict }: Decision): string {
  if (!("refusal" in verdict)) return verdict.kind;
  return `${verdict.refusal.code} ${verdict.refusal.status} ${verdict.refusal.text}`;
}

const unknown = (address: string) =>
  `550 5.1.1 <${address}>: Recipient address rejected: User unknown in local recipient table`;
const denied = (address: string) => `454 4.7.1 <${address}>: Relay access denied`;

Deno.test("decideRcpt() lets strangers send here and nowhere else (RFC 5321 §3.6.2)", () => {
  const rows: readonly [recipient: string, outcome: string][] = [
    ["u1@ref.test", "permit"],
    ["U1@REF.test", unknown("U1@REF.test")],
    ["nosuch@ref.test", unknown("nosuch@ref.test")],
    ["postmaster", "permit"],
    ["Postmaster@ref.test", "permit"],
    ["u1", "permit"],
    ["nosuch", unknown("nosuch")],
    ["u1@bücher.test", "permit"],
    ["u1@xn--bcher-kva.test", "permit"],
    ["u1@BÜCHER.test", "permit"],
    ["u1@[192.0.2.25]", "permit"],
    ["u1@[IPv6:2001:DB8:0::25]", "permit"],
    ["u1@[192.0.2.26]", denied("u1@[192.0.2.26]")],
    ["x@sub.ref.test", denied("x@sub.ref.test")],
    ["x@relay.test", "permit"],
    ["x@sub.relay.test", "permit"],
    ["x@norelay.test", denied("x@norelay.test")],
    ["x@elsewhere.test", denied("x@elsewhere.test")],
    ["u1%elsewhere.test@ref.test", denied("u1%elsewhere.test@ref.test")],
    ["elsewhere.test!u1@ref.test", denied("elsewhere.test!u1@ref.test")],
    ['"u1@elsewhere.test"@ref.test', denied('"u1@elsewhere.test"@ref.test')],
    ["u1%elsewhere.test@relay.test", denied("u1%elsewhere.test@relay.test")],
  ];
  for (const [recipient, outcome] of rows) assertEquals(show(decide({ recipient })), outcome, recipient);
});

Deno.test("decideRcpt() lets own networks and logged-in users send anywhere (postconf(5) smtpd_relay_restrictions)", () => {
  const elsewhere = { recipient: "x@elsewhere.test" };
  assertEquals(show(decide({ ...elsewhere, clientAddress: "127.0.0.1" })), "permit");
  assertEquals(show(decide({ ...elsewhere, clientAddress: "::1" })), "permit");
  assertEquals(show(decide({ ...elsewhere, login: "u1" })), "permit");
  // They may not write to users that do not exist either.
  assertEquals(show(decide({ recipient: "nosuch@ref.test", login: "u1" })), unknown("nosuch@ref.test"));
});

Deno.test("decideRcpt() of a submission listener knows nobody without a login (RFC 6409 §4.3)", () => {
  const lists = defaultRestrictions.submission;
  const refusal = "554 5.7.1 <u1@ref.test>: Recipient address rejected: Access denied";
  assertEquals(show(decide({ clientAddress: "127.0.0.1" }, lists)), refusal);
  assertEquals(show(decide({ login: "u1" }, lists)), "permit");
  assertEquals(show(decide({ login: "u1", recipient: "x@elsewhere.test" }, lists)), "permit");
});

Deno.test("decideRcpt() of an LMTP listener takes only what is for this host (RFC 2033 §4)", () => {
  const lists = defaultRestrictions.lmtp;
  assertEquals(show(decide({ clientAddress: "127.0.0.1" }, lists)), "permit");
  assertEquals(
    show(decide({ clientAddress: "127.0.0.1", recipient: "x@elsewhere.test" }, lists)),
    "554 5.7.1 <x@elsewhere.test>: Relay access denied",
  );
});

Deno.test("a permit ends its own list only, a refusal ends all (postconf(5) smtpd_delay_reject)", () => {
  const lists: RestrictionLists = {
    ...defaultRestrictions.smtp,
    client: ["permit"],
    helo: ["reject_invalid_helo_hostname"],
    sender: ["reject_non_fqdn_sender"],
    recipient: ["permit"],
  };
  assertEquals(show(decide({ recipient: "x@elsewhere.test" }, lists)), denied("x@elsewhere.test"));
  assertEquals(
    show(decide({ helo: "no_host!" }, lists)),
    "501 5.5.2 <no_host!>: Helo command rejected: Invalid name",
  );
  assertEquals(
    show(decide({ sender: "a" }, lists)),
    "504 5.5.2 <a>: Sender address rejected: need fully-qualified address",
  );
  assertEquals(show(decide({ sender: "" }, lists)), "permit");
});

Deno.test("an unknown restriction is a configuration error, never a permit (postconf(5) smtpd_relay_restrictions)", () => {
  const lists = { ...defaultRestrictions.smtp, relay: ["permit_mynetwork"] };
  assertEquals(show(decide({}, lists)), "451 4.3.5 Server configuration error");
});

Deno.test("a decision tells all that was evaluated, and why", () => {
  const trail = (changes: Partial<PolicyFacts>) =>
    decide(changes).trail.map(({ list, rule, outcome }) =>
      [list, rule, outcome?.kind, ...reasonOf(outcome)].join(" ").trimEnd()
    );
  assertEquals(trail({ clientAddress: "127.0.0.1" }), [
    "relay permit_mynetworks permit mynetworks 127.0.0.0/8",
    "implicit reject_unlisted_recipient",
  ]);
  assertEquals(trail({ recipient: "x@elsewhere.test" }), [
    "relay permit_mynetworks",
    "relay permit_sasl_authenticated",
    "relay defer_unauth_destination defer",
  ]);
});

function reasonOf(outcome: Decision["trail"][number]["outcome"]): readonly (string | undefined)[] {
  return outcome !== undefined && "reason" in outcome ? [outcome.reason.table, outcome.reason.key] : [];
}
