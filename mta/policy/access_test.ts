import { assertEquals } from "@std/assert";

import { defaultAddressSettings } from "../address/default_settings.ts";
import { parseStringList } from "../address/match_list.ts";
import type { PolicyFacts } from "./facts.ts";
import { decideCase, showVerdict, type TestCase } from "./testing_policy.ts";

const client = (name: string, address: string): Partial<PolicyFacts> => ({
  client: { address, port: 1, name, nameStatus: "ok", reverseName: name, reverseStatus: "ok" },
});

/** Keys that a table is asked for, when it has none of them. */
function keysOf(rule: string, facts: Partial<PolicyFacts>, more: TestCase = {}): readonly string[] {
  const asked: string[] = [];
  const table = rule.split(" ")[1]!;
  decideCase({ ...more, lists: { client: rule }, facts, world: { tables: { [table]: [] } }, asked });
  return asked.filter((line) => line.startsWith(table)).map((line) => line.slice(table.length + 1));
}

const addresses = (parents: boolean) =>
  defaultAddressSettings("mx.ref.test", {
    myorigin: "ref.test",
    recipientDelimiter: "+",
    mydestination: parseStringList(["ref.test"], { name: "mydestination" }),
    parentDomainMatches: { transportMaps: false, accessMaps: parents },
  });
const letter = { settings: { addresses: addresses(true), dottedAccessKeys: false } };

Deno.test("access tables are asked for ever less of a name, an address, a mailbox (access(5))", () => {
  const rows: readonly [rule: string, facts: Partial<PolicyFacts>, keys: string, more?: TestCase][] = [
    [
      "check_client_access hash:/a",
      client("m.c.test", "192.0.2.1"),
      "m.c.test c.test test 192.0.2.1 192.0.2 192.0 192",
    ],
    [
      "check_client_access hash:/a",
      client("unknown", "2001:db8::1"),
      "unknown 2001:db8::1 2001:db8: 2001:db8 2001",
    ],
    ["check_client_access regexp:/a", client("m.c.test", "192.0.2.1"), "m.c.test 192.0.2.1"],
    [
      "check_client_access hash:/a",
      client("m.c.test", "192.0.2.1"),
      "m.c.test .c.test .test 192.0.2.1 192.0.2 192.0 192",
      {
        settings: { addresses: addresses(false), dottedAccessKeys: false },
      },
    ],
    [
      "check_client_access hash:/a",
      client("m.c.test", "192.0.2.1"),
      "m.c.test c.test test 192.0.2.1 192.0.2 192.0 192 .c.test .test 192.0.2. 192.0. 192.",
      {
        settings: { addresses: addresses(true) },
      },
    ],
    ["check_helo_access hash:/a", { helo: "Pc.C.test." }, "pc.c.test c.test test"],
    ["check_helo_access hash:/a", { helo: "192.0.2.1" }, "192.0.2.1"],
    ["check_helo_access hash:/a", { helo: "[192.0.2.1]" }, "[192.0.2.1]"],
    [
      "check_sender_access hash:/a",
      { sender: "joe+x@S.c.test" },
      "joe+x@s.c.test joe@s.c.test s.c.test c.test test joe+x@ joe@",
    ],
    ["check_sender_access hash:/a", { sender: "joe@c.test" }, "joe@c.test c.test test joe@"],
    ["check_sender_access regexp:/a", { sender: "joe+x@s.c.test" }, "joe+x@s.c.test"],
    ["check_sender_access hash:/a", { sender: "" }, "<>"],
    ["check_recipient_access hash:/a", { recipient: "u1" }, "u1@ref.test ref.test test u1@"],
    ["check_sasl_access hash:/a", { login: { user: "Joe", mechanism: "PLAIN" } }, "Joe"],
    ["check_sasl_access hash:/a", {}, ""],
    ["check_ccert_access hash:/a", {}, ""],
  ];
  for (const [rule, facts, keys, more = letter] of rows) {
    assertEquals(keysOf(rule, facts, more).join(" "), keys, `${rule} ${JSON.stringify(facts)}`);
  }
});

/** What `check_recipient_access` with that value answers, before an unconditional reject of the list. */
function act(value: string, more: TestCase = {}) {
  return decideCase({
    lists: { recipient: "check_recipient_access hash:/a, defer" },
    world: { tables: { "hash:/a": [`u1@ref.test ${value}`] } },
    ...more,
  });
}

Deno.test("access(5) actions, as their first word says", () => {
  const of = "<u1@ref.test>: Recipient address rejected";
  const next = `450 4.3.2 ${of}: Try again later`;
  const rows: readonly [value: string, outcome: string][] = [
    ["OK", "permit"],
    ["ok this is a friend", "permit"],
    ["RELAY", "permit"],
    ["554", "permit"],
    ["1130208800", "permit"],
    ["DUNNO", next],
    ["dunno why", next],
    ["REJECT", `554 5.7.1 ${of}: Access denied`],
    ["reject Go away", `554 5.7.1 ${of}: Go away`],
    ["REJECT 5.2.1 Gone", `554 5.2.1 ${of}: Gone`],
    ["REJECT 4.1.8 Fixed", `554 5.1.2 ${of}: Fixed`],
    ["DEFER", `450 4.7.1 ${of}: Access denied`],
    ["DEFER 4.2.2 Later", `450 4.2.2 ${of}: Later`],
    ["550 5.7.0 No", `550 5.7.0 ${of}: No`],
    ["550 No", `550 5.7.1 ${of}: No`],
    ["421 Bye", `421 4.7.1 ${of}: Bye`],
    ["521 Bye", `521 5.7.1 ${of}: Bye`],
    ["450 5.7.1 class follows", `450 4.7.1 ${of}: class follows`],
    ["HANGUP", "hangup"],
    ["DEFER_IF_PERMIT", next],
    ["INFO hello", next],
    ["WARN hello", next],
    ["HOLD", next],
    ["DISCARD", "permit"],
    ["reject_unauth_destination, permit", "permit"],
    ["permit_mynetworks, reject", `554 5.7.1 ${of}: Access denied`],
    ["REJECTED", "451 4.3.5 Server configuration error"],
    ["check_client_access hash:/b", "451 4.3.5 Server configuration error"],
    ["", `451 4.3.5 ${of}: Server configuration error`],
    ["REJECT a\tb\u0007c", `554 5.7.1 ${of}: a b c`],
  ];
  for (const [value, outcome] of rows) assertEquals(showVerdict(act(value)), outcome, value);
  const listed = { lists: { recipient: "check_recipient_access hash:/a" } };
  const put = { tables: { "hash:/a": ["u1@ref.test DEFER_IF_PERMIT 4.2.0 soon", "ref.test x"] } };
  assertEquals(showVerdict(decideCase({ ...listed, world: put })), `450 4.2.0 ${of}: soon`);
});

Deno.test("actions for the message are kept, logged, and told (access(5))", () => {
  const about = "<u1@ref.test>: Recipient address";
  const rows: readonly [value: string, actions: object, line: string | undefined][] = [
    ["HOLD", { hold: true }, `hold ${about} triggers HOLD action`],
    ["HOLD look at it", { hold: true }, `hold ${about} look at it`],
    ["DISCARD", { discard: true }, `discard ${about} triggers DISCARD action`],
    [
      "FILTER smtp:[127.0.0.1]:10025",
      { filter: "smtp:[127.0.0.1]:10025" },
      `filter ${about} triggers FILTER smtp:[127.0.0.1]:10025`,
    ],
    ["REDIRECT x@y.test", { redirect: "x@y.test" }, `redirect ${about} triggers REDIRECT x@y.test`],
    ["BCC x@y.test", { bcc: ["x@y.test"] }, `bcc ${about} triggers BCC x@y.test`],
    ["PREPEND X-A: b", { prepend: ["X-A: b"] }, undefined],
    ["PREPEND X-A: b\n c", { prepend: ["X-A: b\n c"] }, undefined],
    ["PREPEND X-A: b\r\n\nX-B: c", { prepend: ["X-A: b   X-B: c"] }, undefined],
    ["INFO hello", {}, "info hello"],
    ["WARN hello", {}, "warn hello"],
    ["FILTER", {}, undefined],
    ["REDIRECT nobody", {}, undefined],
    ["BCC x@y.test\r\nDATA", {}, undefined],
    ["PREPEND no header", {}, undefined],
  ];
  for (const [value, actions, line] of rows) {
    const decision = act(value, { lists: { recipient: "check_recipient_access hash:/a" } });
    assertEquals(decision.actions, actions, value);
    assertEquals(
      decision.lines.map(({ action, text }) => `${action} ${text}`),
      line === undefined ? [] : [line],
      value,
    );
  }
  const early = decideCase({
    stage: "CONNECT",
    lists: { client: "check_client_access static:a" },
    settings: { delayReject: false },
    world: { tables: { "static:a": ["unknown HOLD"] } },
  });
  assertEquals(early.actions, {});
  assertEquals(early.warnings.length, 1);
});

Deno.test("a line's key and number are the reason, also for keys that Postfix does not look for", () => {
  const reasonOf = (lines: readonly string[]) =>
    decideCase({
      lists: { client: "check_client_access hash:/a" },
      facts: client("m.c.test", "192.0.2.1"),
      world: { tables: { "hash:/a": lines } },
    }).trail[0]?.reason;
  const rule = "check_client_access hash:/a";
  assertEquals(reasonOf(["x OK", "c.test REJECT"]), {
    rule,
    table: "hash:/a",
    key: "c.test",
    line: 2,
    note: undefined,
  });
  assertEquals(reasonOf([".c.test REJECT"]), {
    rule,
    table: "hash:/a",
    key: ".c.test",
    line: 1,
    note: 'Postfix does not look for the key ".c.test" here',
  });
  assertEquals(reasonOf(["192.0.2. REJECT", "192.0.2 OK"])?.key, "192.0.2");
});

Deno.test("a table that cannot be read is a configuration error, whatever stands behind (access(5))", () => {
  const decision = act("", { world: { tables: { "hash:/a": "open: Permission denied" } } });
  assertEquals(
    showVerdict(decision),
    "451 4.3.5 <u1@ref.test>: Recipient address rejected: Server configuration error",
  );
  assertEquals(decision.warnings, ["hash:/a: open: Permission denied"]);
});

Deno.test("names that anybody can give himself never permit (postconf(5) check_sender_mx_access)", () => {
  const dns = [
    "remote.test MX 10 mx.bad.test",
    "remote.test NS ns.bad.test",
    "mx.bad.test A 192.0.2.66",
    "ns.bad.test A 192.0.2.67",
  ];
  const run = (rule: string, line: string, facts: Partial<PolicyFacts> = {}) =>
    decideCase({
      lists: { sender: `${rule} hash:/a` },
      facts,
      world: { dns, tables: { "hash:/a": [line] } },
    });
  const bad = "554 5.7.1 <a@remote.test>: Sender address rejected: Access denied";
  const error = "451 4.3.5 Server configuration error";
  const rows: readonly [rule: string, line: string, outcome: string, facts?: Partial<PolicyFacts>][] = [
    ["check_sender_mx_access", "mx.bad.test REJECT", bad],
    ["check_sender_mx_access", "bad.test REJECT", bad],
    ["check_sender_mx_access", "192.0.2.66 REJECT", bad],
    ["check_sender_mx_access", "192.0.2 REJECT", bad],
    ["check_sender_mx_access", "mx.bad.test OK", error],
    ["check_sender_mx_access", "mx.bad.test permit", error],
    ["check_sender_mx_access", "mx.bad.test DUNNO", "permit"],
    ["check_sender_ns_access", "ns.bad.test REJECT", bad],
    ["check_sender_ns_access", "192.0.2.67 REJECT", bad],
    ["check_sender_a_access", "192.0.2 REJECT", "permit"],
    ["check_sender_mx_access", "remote.test REJECT", "permit"],
    [
      "check_sender_a_access",
      "192.0.2.9 REJECT",
      "554 5.7.1 <a@[192.0.2.9]>: Sender address rejected: Access denied",
      { sender: "a@[192.0.2.9]" },
    ],
    [
      "check_sender_mx_access",
      "192.0.2.9 REJECT",
      "554 5.7.1 <a@[192.0.2.9]>: Sender address rejected: Access denied",
      { sender: "a@[192.0.2.9]" },
    ],
    ["check_sender_ns_access", "192.0.2.9 REJECT", "permit", { sender: "a@[192.0.2.9]" }],
    ["check_helo_a_access", "192.0.2 REJECT", "554 5.7.1 <192.0.2.9>: Helo command rejected: Access denied", {
      helo: "192.0.2.9",
    }],
    [
      "check_reverse_client_hostname_access",
      "c.test REJECT",
      "554 5.7.1 <c.test>: Unverified Client host rejected: Access denied",
      client("c.test", "192.0.2.1"),
    ],
    ["check_reverse_client_hostname_access", "c.test OK", error, client("c.test", "192.0.2.1")],
    [
      "check_helo_a_access",
      "192.0.2.66 REJECT",
      "554 5.7.1 <mx.bad.test>: Helo command rejected: Access denied",
      { helo: "mx.bad.test" },
    ],
  ];
  for (const [rule, line, outcome, facts] of rows) {
    assertEquals(showVerdict(run(rule, line, facts)), outcome, `${rule} ${line}`);
  }
  assertEquals(run("check_sender_mx_access", "mx.bad.test OK").warnings, [
    "restriction check_sender_mx_access hash:/a returns OK for a@remote.test",
    "this is not allowed for security reasons",
    "use DUNNO instead of OK if you want to make an exception",
  ]);
});

Deno.test("an address with routing in it is never permitted by a table (postconf(5) allow_untrusted_routing)", () => {
  const decision = decideCase({
    lists: { recipient: "check_recipient_access hash:/a, reject" },
    facts: { recipient: "u1%e.test@relay.test" },
    world: { tables: { "hash:/a": ["relay.test OK"] } },
  });
  assertEquals(
    showVerdict(decision),
    "554 5.7.1 <u1%e.test@relay.test>: Recipient address rejected: Access denied",
  );
});
