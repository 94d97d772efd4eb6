import { assertEquals } from "@std/assert";

import type { PolicyFacts } from "./facts.ts";
import { serviceAttributes } from "./delegated_rule.ts";
import { subjectOf } from "./rule.ts";
import {
  decideCase,
  listsOf,
  showVerdict,
  strangerFacts,
  type TestCase,
  testSettings,
} from "./testing_policy.ts";

Deno.test("a policy service's answer is an access(5) action (SMTPD_POLICY_README)", () => {
  const of = "<u1@ref.test>: Recipient address rejected";
  const rows: readonly [answer: string | undefined, outcome: string, more?: TestCase][] = [
    ["DUNNO", `554 5.7.1 ${of}: Access denied`],
    ["OK", "permit"],
    ["REJECT not today", `554 5.7.1 ${of}: not today`],
    ["450 4.2.0 Greylisted", `450 4.2.0 ${of}: Greylisted`],
    ["reject_unauth_destination, permit", "permit"],
    [undefined, `451 4.3.5 ${of}: Server configuration problem`],
    [undefined, "permit", { settings: { policyServiceDefaultAction: "OK" } }],
    ["NOSUCH", "451 4.3.5 Server configuration error"],
  ];
  for (const [answer, outcome, more = {}] of rows) {
    const services = answer === undefined ? {} : { "unix:private/policy": answer };
    const lists = { recipient: "check_policy_service unix:private/policy, reject" };
    assertEquals(showVerdict(decideCase({ lists, world: { services }, ...more })), outcome, answer);
  }
});

Deno.test("a policy service may have a default action and a context of its own (SMTPD_POLICY_README)", () => {
  const of = "<u1@ref.test>: Recipient address rejected";
  const rows = [
    ["{ unix:p, default_action=DUNNO }", "permit"],
    ["{ unix:p, default_action = DUNNO, timeout = 3s }", "permit"],
    ["{ unix:p, { default_action = 450 4.7.0 not now } }", `450 4.7.0 ${of}: not now`],
    ["{ unix:p, timeout=3s }", `451 4.3.5 ${of}: Server configuration problem`],
    ["unix:p", `451 4.3.5 ${of}: Server configuration problem`],
  ] as const;
  for (const [server, outcome] of rows) {
    assertEquals(
      showVerdict(decideCase({ lists: { recipient: `check_policy_service ${server}` } })),
      outcome,
      server,
    );
  }
});

Deno.test("a policy service is told what is known, in Postfix's order (SMTPD_POLICY_README)", () => {
  const facts: PolicyFacts = {
    ...strangerFacts,
    recipientCount: 3,
    size: 1234,
    login: { user: "joe", mechanism: "PLAIN", sender: "j@ref.test" },
    tls: { protocol: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384", bits: 256 },
  };
  const told = (stage: "RCPT" | "DATA" | "HELO") =>
    serviceAttributes({
      stage,
      list: "recipient",
      facts,
      settings: { ...testSettings, lists: listsOf({}) },
      subject: subjectOf("recipient", facts),
    });
  assertEquals(
    told("RCPT").map(([name]) => name).slice(0, 17).join(" "),
    [
      "request protocol_state protocol_name client_address client_name client_port reverse_client_name",
      "server_address server_port helo_name sender recipient recipient_count queue_id instance size etrn_domain",
    ].join(" "),
  );
  const at = new Map(told("RCPT"));
  assertEquals(at.get("recipient_count"), "0");
  assertEquals(at.get("sasl_username"), "joe");
  assertEquals(at.get("encryption_keysize"), "256");
  assertEquals(at.get("size"), "1234");
  assertEquals(new Map(told("DATA")).get("recipient_count"), "3");
  assertEquals(new Map(told("HELO")).get("protocol_state"), "EHLO");
});
