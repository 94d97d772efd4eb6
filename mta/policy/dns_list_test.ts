import { assertEquals } from "@std/assert";

import { dnsListName, parseDnsList } from "./dns_list.ts";
import type { PolicyFacts } from "./facts.ts";
import { expandRblReply } from "./rbl_reply.ts";
import { decideCase, showVerdict, strangerFacts, type TestCase, testSettings } from "./testing_policy.ts";

Deno.test("parseDnsList() reads a list's name and which of its addresses count (postconf(5) reject_rbl_client)", () => {
  const rows: readonly [text: string, domain: string | undefined, counted: string, not: string][] = [
    ["bl.test", "bl.test", "", ""],
    ["bl.test=127.0.0.2", "bl.test", "127.0.0.2", "127.0.0.3 127.0.1.2 10.0.0.2"],
    ["bl.test=127.0.0.[2..11]", "bl.test", "127.0.0.2 127.0.0.11", "127.0.0.1 127.0.0.12"],
    ["bl.test=127.0.[0;2].[2..4;9]", "bl.test", "127.0.0.2 127.0.2.9", "127.0.1.2 127.0.0.5"],
    ["bl.test=127.0.0", undefined, "", ""],
    ["bl.test=127.0.0.300", undefined, "", ""],
    ["bl.test=127.0.0.[4..2]", undefined, "", ""],
    ["bl.test=", undefined, "", ""],
    ["=127.0.0.2", undefined, "", ""],
  ];
  const words = (text: string) => text === "" ? [] : text.split(" ");
  for (const [text, domain, counted, not] of rows) {
    const list = parseDnsList(text);
    assertEquals(list?.domain, domain, text);
    for (const address of words(counted)) assertEquals(list?.accepts?.(address), true, `${text} ${address}`);
    for (const address of words(not)) assertEquals(list?.accepts?.(address), false, `${text} ${address}`);
  }
});

Deno.test("dnsListName() turns an address around (RFC 5782 §2.1, §2.4)", () => {
  assertEquals(dnsListName("192.0.2.99", "bl.test"), "99.2.0.192.bl.test");
  assertEquals(
    dnsListName("2001:db8::1", "bl.test"),
    "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.bl.test",
  );
  assertEquals(dnsListName("unknown", "bl.test"), undefined);
});

Deno.test("expandRblReply() fills the template (postconf(5) default_rbl_reply)", () => {
  const listed = {
    code: 554,
    domain: "bl.test",
    what: "192.0.2.1",
    class: "Client host",
    text: "spam",
  } as const;
  const facts: PolicyFacts = { ...strangerFacts, sender: "" };
  const rows: readonly [template: string, text: string | undefined][] = [
    [
      testSettings.defaultRblReply,
      "554 Service unavailable; Client host [192.0.2.1] blocked using bl.test; spam",
    ],
    ["$rbl_code $client ${helo_name} $(sender)", "554 unknown[198.51.100.7] c.test <>"],
    ["${rbl_txt?yes}${rbl_txt:no}", "yes"],
    ["${sender_domain?yes}${sender_domain:no}", "no"],
    ["${rbl_txt?{a}:{b}} ${sender_domain?{a}:{b}}", "a b"],
    ["$recipient_name at $recipient_domain, $$5", "u1 at ref.test, $5"],
    ["554 $nosuch", undefined],
  ];
  for (const [template, text] of rows) assertEquals(expandRblReply(template, facts, listed), text, template);
  const silent = { ...listed, text: "" };
  assertEquals(
    expandRblReply(testSettings.defaultRblReply, facts, silent),
    "554 Service unavailable; Client host [192.0.2.1] blocked using bl.test",
  );
});

Deno.test("lists in the DNS refuse and permit (postconf(5) reject_rbl_client, permit_dnswl_client)", () => {
  const dns = [
    ...["7.100.51.198.bl.test A 127.0.0.2", "7.100.51.198.bl.test TXT see http://bl.test"],
    ...["bad.test.rhs.test A 127.0.0.2", "c.test.rhs.test A 127.0.1.2", "7.100.51.198.down.test FAIL"],
    ...[
      "7.100.51.198.two.test A 127.0.0.2",
      "7.100.51.198.two.test TXT one",
      "7.100.51.198.two.test TXT two",
    ],
    ...["joe.test.rhs.test A 127.0.0.4"],
  ];
  const rbl =
    "554 5.7.1 Service unavailable; Client host [198.51.100.7] blocked using bl.test; see http://bl.test";
  const name = (changes: Partial<PolicyFacts["client"]>): TestCase => ({
    client: { name: "c.test", ...changes },
  });
  const from = (sender: string): TestCase => ({ facts: { sender } });
  const relaying: TestCase = { facts: { recipient: "x@e.test" } };
  const rhs = (what: string, of: string) =>
    `554 5.7.1 Service unavailable; ${of} [${what}] blocked using rhs.test`;
  const replies = { "hash:/replies": ["bl.test 550 5.1.1 Blocked: ${rbl_what}"] };
  const own: TestCase = { settings: { rblReplyMaps: ["hash:/replies"] }, world: { dns, tables: replies } };
  const denied = "554 5.7.1 <u1@ref.test>: Recipient address rejected: Access denied";
  const rows: readonly [rules: string, outcome: string, more?: TestCase][] = [
    ["reject_rbl_client bl.test", rbl],
    ["reject_rbl_client bl.test=127.0.0.[3..9]", "permit"],
    ["reject_rbl_client bl.test=127.0.0.2", rbl],
    ["reject_rbl_client clean.test", "permit"],
    ["reject_rbl_client down.test", "permit"],
    ["reject_rbl_client bl.test=127", "451 4.3.5 Server configuration error"],
    ["reject_rbl_client bl.test", "550 5.0.0 Blocked: 198.51.100.7", own],
    ["reject_rbl_client", "permit"],
    ["reject_rbl_client bl.test", "450 4.7.1 Service unavailable", {
      settings: { defaultRblReply: "go away" },
    }],
    [
      "reject_rbl_client two.test",
      "554 5.7.1 Service unavailable; Client host [198.51.100.7] blocked using two.test; one / two",
    ],
    ["reject_rhsbl_client rhs.test", rhs("c.test", "Client host"), name({})],
    ["reject_rhsbl_client rhs.test", "permit", name({ name: "unknown" })],
    ["reject_rhsbl_client rhs.test", "permit", name({ name: "a.1" })],
    [
      "reject_rhsbl_reverse_client rhs.test",
      rhs("c.test", "Unverified Client host"),
      name({ reverseName: "c.test" }),
    ],
    ["reject_rhsbl_helo rhs.test", rhs("c.test", "Helo command")],
    ["reject_rhsbl_sender rhs.test", rhs("x@bad.test", "Sender address"), from("x@bad.test")],
    ["reject_rhsbl_sender rhs.test", "permit", from("")],
    ["reject_rhsbl_sender rhs.test", "permit", from("x@[192.0.2.1]")],
    ["reject_rhsbl_recipient rhs.test", "permit"],
    ["permit_dnswl_client bl.test, reject", "permit"],
    ["permit_dnswl_client clean.test, reject", denied],
    ["permit_dnswl_client bl.test, reject", denied.replace("u1@ref.test", "x@e.test"), relaying],
    [
      "permit_dnswl_client down.test, reject",
      "450 4.7.1 <198.51.100.7>: Client host rejected: Service unavailable",
    ],
    ["permit_dnswl_client down.test", "permit"],
    ["permit_rhswl_client rhs.test, reject", "permit", name({})],
  ];
  for (const [recipient, outcome, more = {}] of rows) {
    const test = { world: { dns }, ...more, lists: { recipient } };
    assertEquals(showVerdict(decideCase(test)), outcome, recipient);
  }
});
