import { assertEquals } from "@std/assert";

import type { PolicyFacts } from "./facts.ts";
import { parseRestrictions } from "./restriction_list.ts";
import { defaultRestrictions } from "./settings.ts";
import { decideCase, showVerdict, type TestCase, testSettings } from "./testing_policy.ts";

const show = (test: TestCase) => showVerdict(decideCase(test));
const denied = (address: string) => `454 4.7.1 <${address}>: Relay access denied`;
const unknown = (address: string) =>
  `550 5.1.1 <${address}>: Recipient address rejected: User unknown in local recipient table`;

Deno.test("decide() lets strangers send here and nowhere else (RFC 5321 §3.6.2)", () => {
  const rows: readonly [recipient: string, outcome: string][] = [
    ["u1@ref.test", "permit"],
    ["U1@REF.test", "permit"],
    ["nosuch@ref.test", unknown("nosuch@ref.test")],
    ["postmaster", "permit"],
    ["Postmaster@ref.test", "permit"],
    ["u1", "permit"],
    ["nosuch", unknown("nosuch")],
    ["x@sub.ref.test", denied("x@sub.ref.test")],
    ["x@elsewhere.test", denied("x@elsewhere.test")],
    ["u1%elsewhere.test@ref.test", denied("u1%elsewhere.test@ref.test")],
    ["elsewhere.test!u1@ref.test", denied("elsewhere.test!u1@ref.test")],
    ['"u1@elsewhere.test"@ref.test', denied("u1@elsewhere.test@ref.test")],
    ["@ref.test:x@elsewhere.test", denied("@ref.test:x@elsewhere.test")],
  ];
  for (const [recipient, outcome] of rows) {
    const settings = { lists: defaultRestrictions.smtp };
    const world = { users: ["u1"], tables: {} };
    assertEquals(show({ facts: { recipient }, settings, world }), outcome, recipient);
  }
});

Deno.test("decide() lets own networks and logged-in users send anywhere (postconf(5) smtpd_relay_restrictions)", () => {
  const settings = { lists: defaultRestrictions.smtp };
  const facts: Partial<PolicyFacts> = { recipient: "x@elsewhere.test" };
  const login = { user: "u1", mechanism: "PLAIN" };
  assertEquals(show({ settings, facts, client: { address: "127.0.0.1" } }), "permit");
  assertEquals(show({ settings, facts, client: { address: "::1" } }), "permit");
  assertEquals(show({ settings, facts: { ...facts, login } }), "permit");
  assertEquals(
    show({ settings, facts: { recipient: "nosuch@ref.test", login } }),
    unknown("nosuch@ref.test"),
  );
});

Deno.test("decide() by the lists of submission and LMTP (RFC 6409 §4.3, RFC 2033 §4)", () => {
  const submission = { lists: defaultRestrictions.submission };
  const lmtp = { lists: defaultRestrictions.lmtp };
  const login = { user: "u1", mechanism: "PLAIN" };
  const refusal = "554 5.7.1 <u1@ref.test>: Recipient address rejected: Access denied";
  assertEquals(show({ settings: submission, client: { address: "127.0.0.1" } }), refusal);
  assertEquals(show({ settings: submission, facts: { login, recipient: "x@elsewhere.test" } }), "permit");
  assertEquals(show({ settings: lmtp }), "permit");
  assertEquals(
    show({ settings: lmtp, facts: { recipient: "x@elsewhere.test" }, client: { address: "127.0.0.1" } }),
    "554 5.7.1 <x@elsewhere.test>: Relay access denied",
  );
});

Deno.test("lists come in their order, a permit ends its own list only (postconf(5) smtpd_delay_reject)", () => {
  const lists = {
    client: "permit",
    helo: "reject_invalid_helo_hostname",
    sender: "reject_non_fqdn_sender",
    relay: "reject_unauth_destination",
    recipient: "permit",
  };
  const rows: readonly [Partial<PolicyFacts>, string][] = [
    [{}, "permit"],
    [{ recipient: "x@elsewhere.test" }, "554 5.7.1 <x@elsewhere.test>: Relay access denied"],
    [{ helo: "no_host!", sender: "a" }, "501 5.5.2 <no_host!>: Helo command rejected: Invalid name"],
    [
      { sender: "a", recipient: "x@e.test" },
      "504 5.5.2 <a>: Sender address rejected: need fully-qualified address",
    ],
    [{ sender: "" }, "permit"],
    [{ helo: undefined, sender: undefined }, "permit"],
  ];
  for (const [facts, outcome] of rows) assertEquals(show({ lists, facts }), outcome, JSON.stringify(facts));
  const both = { relay: "reject_unauth_destination", recipient: "reject" };
  const facts = { recipient: "x@e.test" };
  assertEquals(show({ lists: both, facts }), "554 5.7.1 <x@e.test>: Relay access denied");
  assertEquals(
    show({ lists: both, facts, settings: { relayBeforeRecipient: false } }),
    "554 5.7.1 <x@e.test>: Recipient address rejected: Access denied",
  );
});

Deno.test("before RCPT nothing is decided with smtpd_delay_reject = yes, each list at its command with no", () => {
  const lists = { client: "reject", helo: "reject", sender: "reject", recipient: "reject", data: "reject" };
  const early = ["CONNECT", "HELO", "MAIL"] as const;
  for (const stage of early) assertEquals(show({ stage, lists }), "permit", stage);
  const words = "Access denied";
  const atOnce = { delayReject: false };
  const rows = [
    ["CONNECT", `554 5.7.1 <unknown[198.51.100.7]>: Client host rejected: ${words}`],
    ["HELO", `554 5.7.1 <c.test>: Helo command rejected: ${words}`],
    ["MAIL", `554 5.7.1 <a@remote.test>: Sender address rejected: ${words}`],
    ["RCPT", `554 5.7.1 <u1@ref.test>: Recipient address rejected: ${words}`],
    ["DATA", `554 5.7.1 <DATA>: Data command rejected: ${words}`],
    ["END-OF-MESSAGE", "permit"],
    ["ETRN", "permit"],
  ] as const;
  for (const [stage, outcome] of rows) {
    assertEquals(show({ stage, lists, settings: { delayReject: false } }), outcome, stage);
  }
  assertEquals(
    show({ stage: "END-OF-MESSAGE", lists: { end_of_data: "reject" }, settings: atOnce }),
    `554 5.7.1 <END-OF-MESSAGE>: End-of-data rejected: ${words}`,
  );
  assertEquals(
    show({ stage: "ETRN", lists: { etrn: "reject", sender: "defer" }, facts: { etrnDomain: "e.test" } }),
    `554 5.7.1 <e.test>: Etrn command rejected: ${words}`,
  );
  assertEquals(
    show({ stage: "ETRN", lists, facts: { etrnDomain: "e.test" } }),
    `554 5.7.1 <unknown[198.51.100.7]>: Client host rejected: ${words}`,
  );
});

Deno.test("what was put off goes from list to list and from command to command (postconf(5) defer_if_permit)", () => {
  const stored = "450 4.7.0 <unknown[198.51.100.7]>: Client host rejected: defer_if_permit requested";
  const put = { client: "defer_if_permit" };
  assertEquals(show({ lists: put }), stored);
  assertEquals(
    show({ lists: { ...put, recipient: "reject" } }),
    "554 5.7.1 <u1@ref.test>: Recipient address rejected: Access denied",
  );
  // Before the implicit rule, which would have refused for good.
  assertEquals(show({ lists: put, facts: { recipient: "nosuch@ref.test" } }), stored);
  // The first one is told.
  assertEquals(show({ lists: { ...put, sender: "defer_if_permit" } }), stored);
  const atConnect = decideCase({ stage: "CONNECT", lists: put, settings: { delayReject: false } });
  assertEquals(showVerdict(atConnect), "permit");
  const pending = atConnect.pending;
  assertEquals(pending?.code, 450);
  const atMail = decideCase({ stage: "MAIL", settings: { delayReject: false }, facts: { pending } });
  assertEquals(atMail.pending, pending);
  assertEquals(show({ settings: { delayReject: false }, facts: { pending } }), stored);
});

Deno.test("defer_if_reject makes later refusals of its list deferrals (postconf(5))", () => {
  const stored = "450 4.7.0 <u1@ref.test>: Recipient address rejected: defer_if_reject requested";
  assertEquals(show({ lists: { recipient: "defer_if_reject, reject" } }), stored);
  assertEquals(show({ lists: { recipient: "defer_if_reject" } }), "permit");
  // The implicit rule is still of that list.
  const facts = { recipient: "nosuch@ref.test" };
  assertEquals(
    show({ lists: { recipient: "defer_if_reject" }, facts }),
    "450 4.7.0 <nosuch@ref.test>: Recipient address rejected: defer_if_reject requested",
  );
  // The relay and the recipient list are one in this, the sender list is another.
  assertEquals(show({ lists: { relay: "defer_if_reject", recipient: "reject" } }), stored);
  assertEquals(
    show({ lists: { sender: "defer_if_reject", recipient: "reject" } }),
    "554 5.7.1 <u1@ref.test>: Recipient address rejected: Access denied",
  );
  // With both the list ends before its reject.
  assertEquals(
    show({ lists: { recipient: "defer_if_permit, defer_if_reject, reject" } }),
    "450 4.7.0 <u1@ref.test>: Recipient address rejected: defer_if_permit requested",
  );
});

Deno.test("warn_if_reject logs what the next restriction would have refused (postconf(5))", () => {
  const decision = decideCase({ lists: { recipient: "warn_if_reject reject, permit" } });
  assertEquals(showVerdict(decision), "permit");
  assertEquals(decision.lines, [
    { action: "reject_warning", text: "554 5.7.1 <u1@ref.test>: Recipient address rejected: Access denied" },
  ]);
  assertEquals(decision.trail[0]?.warned, true);
  const denied = "554 5.7.1 <u1@ref.test>: Recipient address rejected: Access denied";
  assertEquals(show({ lists: { recipient: "warn_if_reject reject, reject" } }), denied);
  // Faults of the settings are told all the same.
  assertEquals(
    show({ lists: { recipient: "warn_if_reject nosuch" } }),
    "451 4.3.5 Server configuration error",
  );
  // A rule that was only logged has not been applied.
  const facts = { recipient: "nosuch@ref.test" };
  assertEquals(
    show({ lists: { recipient: "warn_if_reject reject_unlisted_recipient" }, facts }),
    unknown("nosuch@ref.test"),
  );
});

Deno.test("smtpd_reject_unlisted_recipient and _sender apply at the end, once (postconf(5))", () => {
  const facts = { recipient: "nosuch@ref.test" };
  assertEquals(show({ facts }), unknown("nosuch@ref.test"));
  assertEquals(show({ facts, settings: { rejectUnlistedRecipient: false } }), "permit");
  const asked: string[] = [];
  decideCase({ lists: { recipient: "reject_unlisted_recipient" }, asked });
  assertEquals(asked, ["user u1"]);
  const sender = "nosuch@ref.test";
  assertEquals(show({ facts: { sender } }), "permit");
  assertEquals(
    show({ facts: { sender }, settings: { rejectUnlistedSender: true } }),
    "550 5.1.0 <nosuch@ref.test>: Sender address rejected: User unknown in local recipient table",
  );
});

Deno.test("addresses that cannot be are refused when they are heard of (RFC 5321 §4.1.2)", () => {
  const rows = [
    ["MAIL", { sender: "joe@a..test" }, "501 5.1.7 Bad sender address syntax"],
    ["MAIL", { sender: "joe@a.test" }, "permit"],
    ["MAIL", { sender: "" }, "permit"],
    ["RCPT", { recipient: "-u1@ref.test" }, "501 5.1.3 Bad recipient address syntax"],
    ["VRFY", { recipient: "u1@a..test", sender: undefined }, "501 5.1.3 Bad recipient address syntax"],
  ] as const;
  for (const [stage, facts, outcome] of rows) {
    assertEquals(show({ stage, facts }), outcome, JSON.stringify(facts));
  }
  assertEquals(decideCase({ stage: "MAIL", facts: { sender: "joe@a..test" } }).warnings, [
    "Illegal address syntax from unknown[198.51.100.7] in MAIL command: <joe@a..test>",
  ]);
});

Deno.test("VRFY is decided as RCPT is (RFC 5321 §3.5)", () => {
  const vrfy = { stage: "VRFY", settings: { lists: defaultRestrictions.smtp } } as const;
  const facts = { sender: undefined };
  assertEquals(show({ ...vrfy, facts }), "permit");
  assertEquals(
    show({ ...vrfy, facts: { ...facts, recipient: "nosuch@ref.test" } }),
    unknown("nosuch@ref.test"),
  );
  assertEquals(show({ ...vrfy, facts: { ...facts, recipient: "x@e.test" } }), denied("x@e.test"));
});

Deno.test("soft_bounce makes all refusals deferrals (postconf(5) soft_bounce)", () => {
  assertEquals(
    show({ lists: { recipient: "reject" }, settings: { softBounce: true } }),
    "454 4.7.1 <u1@ref.test>: Recipient address rejected: Access denied",
  );
});

Deno.test("restriction classes are lists of their own names (RESTRICTION_CLASS_README)", () => {
  const call = (name: string) => ({ name, text: name });
  const classes = new Map([
    ["strict", [call("reject_non_fqdn_sender"), call("reject")]],
    ["loop", [call("loop")]],
    ["bare", parseRestrictions("hash:/a", { list: undefined }).calls],
  ]);
  const run = (recipient: string) =>
    decideCase({
      settings: { classes, lists: { ...testSettings.lists, relay: [], recipient: [call(recipient)] } },
      world: { tables: { "hash:/a": ["ref.test REJECT no"] } },
    });
  const head = "<u1@ref.test>: Recipient address rejected";
  assertEquals(showVerdict(run("strict")), `554 5.7.1 ${head}: Access denied`);
  assertEquals(run("strict").trail.map(({ depth, rule }) => `${depth} ${rule}`), [
    "0 strict",
    "1 reject_non_fqdn_sender",
    "1 reject",
  ]);
  assertEquals(showVerdict(run("loop")), "451 4.3.5 Server configuration error");
  assertEquals(showVerdict(run("bare")), `554 5.7.1 ${head}: no`);
});

Deno.test("an unknown or incomplete restriction is a configuration error, never a permit (postconf(5))", () => {
  const error = "451 4.3.5 Server configuration error";
  for (const relay of ["permit_mynetwork", "check_client_access", "sleep", "check_relay_domains"]) {
    assertEquals(show({ lists: { relay } }), error, relay);
  }
  assertEquals(decideCase({ lists: { relay: "permit_mynetwork" } }).warnings, [
    'unknown smtpd restriction: "permit_mynetwork"',
  ]);
  assertEquals(
    show({ stage: "DATA", lists: { data: "hash:/a" } }),
    error,
  );
});

Deno.test("a decision tells all that was evaluated and asked, and why", () => {
  const trail = (test: TestCase) =>
    decideCase({ settings: { lists: defaultRestrictions.smtp }, ...test }).trail.map((step) =>
      [
        step.list,
        step.rule,
        step.outcome?.kind ?? "-",
        step.reason?.table,
        step.reason?.key,
        ...step.looked.map(({ where, key, answer }) => `(${where} ${key}: ${answer})`),
      ].filter((word) => word !== undefined).join(" ")
    );
  assertEquals(trail({ client: { address: "127.0.0.1" } }), [
    "relay permit_mynetworks permit mynetworks 127.0.0.0/8",
    "implicit reject_unlisted_recipient - users u1 (users u1: found)",
  ]);
  assertEquals(trail({ facts: { recipient: "x@elsewhere.test" } }), [
    "relay permit_mynetworks -",
    "relay permit_sasl_authenticated -",
    "relay defer_unauth_destination defer x@elsewhere.test",
  ]);
});
