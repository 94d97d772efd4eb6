import { assertEquals } from "@std/assert";

import type { Decision, Step } from "../../../mta/policy/verdict.ts";

import type { Explanation } from "./explanation.ts";
import { formatExplanation } from "./format.ts";

const access = "hash:/etc/postfix/access";
const refusal = {
  code: 554,
  status: "5.7.1",
  text: "<a@av.com>: Sender address rejected: Access denied",
};
const reason = { rule: "check_sender_access", table: access, key: "av.com", line: 12 };
const quiet: Step = { list: "", rule: "", depth: 0, outcome: undefined, looked: [] };

const trail: readonly Step[] = [
  {
    ...quiet,
    list: "client",
    rule: "permit_mynetworks",
    reason: { rule: "permit_mynetworks", note: "192.0.2.7 is not in mynetworks" },
  },
  {
    ...quiet,
    list: "client",
    rule: "reject_rbl_client list.test",
    warned: true,
    outcome: {
      kind: "reject",
      refusal: { ...refusal, text: "blocked" },
      reason: { rule: "reject_rbl_client" },
    },
    looked: [{ where: "dns A", key: "7.2.0.192.list.test", answer: "127.0.0.2" }],
  },
  {
    ...quiet,
    list: "sender",
    rule: `check_sender_access ${access}`,
    outcome: { kind: "reject", refusal, reason },
    looked: [
      { where: access, key: "a@av.com", answer: undefined },
      { where: access, key: "a+b@av.com", answer: undefined },
      { where: access, key: "a@av.com", answer: undefined },
      { where: access, key: "av.com", answer: "REJECT", line: 12 },
    ],
  },
];

const decision: Decision = {
  verdict: { kind: "reject", refusal, reason },
  actions: {},
  lines: [
    { action: "reject_warning", text: "554 5.7.1 blocked" },
    { action: "reject", text: "554 5.7.1 denied" },
  ],
  warnings: ["database hash:/x is older than source file /x"],
  trail,
};

const explanation: Explanation = {
  sender: "a@av.com",
  recipient: "u1@ref.test",
  client: { name: "mx.av.com", address: "192.0.2.7", helo: "mx", tls: false, service: "smtp" },
  stages: [{ stage: "RCPT", reply: `554 5.7.1 ${refusal.text}`, decision }],
  rewriting: [
    { text: "sender <a@av.com>" },
    {
      text: "virtual alias u1@ref.test (hash:/v:3: u1@ref.test)",
      branches: [{ text: "joe@ref.test" }, { text: "ann@ref.test", branches: [{ text: "ann@home.test" }] }],
    },
  ],
  delivery: [{ text: "joe@ref.test: transport local, next hop ref.test", looked: [] }],
  notes: ["the DNS\u001b was not asked"],
};

Deno.test("formatExplanation() tells stages, rules, lookups and trees, one fact a line", () => {
  assertEquals(
    formatExplanation(explanation),
    `mail from <a@av.com> to <u1@ref.test>
client mx.av.com[192.0.2.7] helo mx on smtp

RCPT  554 5.7.1 <a@av.com>: Sender address rejected: Access denied
  client
    permit_mynetworks                             -  (192.0.2.7 is not in mynetworks)
    reject_rbl_client list.test                   reject 554 5.7.1, only logged (warn_if_reject)
        dns A  7.2.0.192.list.test -> 127.0.0.2
  sender
    check_sender_access hash:/etc/postfix/access  reject 554 5.7.1
        hash:/etc/postfix/access     a@av.com, a+b@av.com -> -
        hash:/etc/postfix/access:12  av.com -> REJECT
  log: reject_warning: 554 5.7.1 blocked
  warning: database hash:/x is older than source file /x

Rewriting
  sender <a@av.com>
  virtual alias u1@ref.test (hash:/v:3: u1@ref.test)
  |- joe@ref.test
  \`- ann@ref.test
     \`- ann@home.test

Delivery
  joe@ref.test: transport local, next hop ref.test

Notes
  the DNS? was not asked
`,
  );
});

Deno.test("formatExplanation() says why where no lookup does", () => {
  const step: Step = {
    ...quiet,
    list: "relay",
    rule: "permit_mynetworks",
    depth: 1,
    outcome: {
      kind: "permit",
      reason: { rule: "permit_mynetworks", table: "mynetworks", key: "192.0.2.0/24" },
    },
  };
  const text = formatExplanation({
    ...explanation,
    client: undefined,
    stages: [{
      stage: "RCPT",
      reply: "250",
      decision: { ...decision, trail: [step], lines: [], warnings: [] },
    }],
    rewriting: [],
    delivery: [],
    notes: [],
  });
  assertEquals(
    text,
    `mail from <a@av.com> to <u1@ref.test>\n\nRCPT  250\n  relay\n      permit_mynetworks  permit  (mynetworks: 192.0.2.0/24)\n`,
  );
});
