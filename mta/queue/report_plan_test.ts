import { assertEquals } from "@std/assert";

import type {
  DeliveryOutcome,
  QueuedMessage,
  QueuedRecipient,
  QueueEnvelope,
} from "../../store/spool/spool.ts";

import type { AttemptResult, ReportPolicy } from "./report_plan.ts";
import { planReports } from "./report_plan.ts";
import { defaultReportSettings } from "./send_report.ts";
import { areVerpDelimiters, verpSender } from "./verp.ts";

const sent: DeliveryOutcome = { kind: "delivered", status: "2.0.0", text: "delivered to maildir" };
const relayed: DeliveryOutcome = { kind: "delivered", status: "2.0.0", text: "250 ok", how: "relayed" };
const passedOn: DeliveryOutcome = { kind: "delivered", status: "2.0.0", text: "250 ok", how: "passed on" };
const failed: DeliveryOutcome = { kind: "failed", status: "5.1.1", text: "no" };
const later: DeliveryOutcome = { kind: "deferred", status: "4.3.2", text: "later" };

interface Situation {
  readonly notify?: readonly (readonly string[] | undefined)[];
  readonly before?: readonly (DeliveryOutcome | undefined)[];
  readonly outcomes: readonly (DeliveryOutcome | undefined)[];
  readonly envelope?: Partial<QueueEnvelope>;
  readonly message?: Partial<QueuedMessage>;
  readonly policy?: Partial<ReportPolicy>;
  readonly result?: Partial<AttemptResult>;
}

/** `KIND AUDIENCE FROM>TO RECIPIENT=ACTION ...`, with `headers` where the header is returned alone; recipients are r0, r1, ... */
function plan(situation: Situation): readonly string[] {
  const { outcomes, notify = [], before = [] } = situation;
  const recipients = outcomes.map((_, index): QueuedRecipient => {
    const address = `r${index}@b.test`;
    return { address, original: address, notify: notify[index] };
  });
  const message: QueuedMessage = {
    id: "1",
    queue: "active",
    envelope: {
      sender: "s@a.test",
      recipients,
      arrivedMs: 0,
      attributes: {},
      smtpUtf8: false,
      body: "7BIT",
      ...situation.envelope,
    },
    octets: 100,
    outcomes: outcomes.map((_, index) => before[index]),
    nextAttemptMs: 0,
    attempts: before.length === 0 ? 0 : 1,
    ...situation.message,
  };
  const result = { outcomes, warns: false, wasWarned: false, ...situation.result };
  const { reports, discarded } = planReports(message, result, {
    ...defaultReportSettings("m.test"),
    ...situation.policy,
  });
  const lines = reports.map(({ kind, audience, from, to, recipients, headerOnly }) => {
    const told = recipients.map(({ recipient, action }) =>
      `${recipient.address.replace(/@.*/, "")}=${action}`
    );
    return `${kind} ${audience} <${from}>${to} ${told.join(" ")}${headerOnly ? " headers" : ""}`;
  });
  return discarded === undefined ? lines : [...lines, `discarded: ${discarded}`];
}

Deno.test("planReports() tells failures to who has FAILURE or no NOTIFY (RFC 3461 §4.1)", () => {
  const notify = [undefined, ["NEVER"], ["SUCCESS"], ["FAILURE", "DELAY"], []];
  assertEquals(plan({ outcomes: notify.map(() => failed), notify }), [
    "failure sender <>s@a.test r0=failed r3=failed r4=failed",
  ]);
  assertEquals(plan({ outcomes: [failed], notify: [["NEVER"]] }), []);
});

Deno.test("planReports() tells what is new only", () => {
  assertEquals(plan({ outcomes: [failed, failed, sent], before: [failed, later, undefined] }), [
    "failure sender <>s@a.test r1=failed",
  ]);
});

Deno.test("planReports() returns the header alone for RET=HDRS and long messages (RFC 3461 §4.3)", () => {
  const text = "failure sender <>s@a.test r0=failed headers";
  assertEquals(plan({ outcomes: [failed], envelope: { ret: "HDRS" } }), [text]);
  assertEquals(plan({ outcomes: [failed], envelope: { ret: "FULL", requireTls: true } }), [text]);
  assertEquals(plan({ outcomes: [failed], message: { octets: 50_001 } }), [text]);
  assertEquals(plan({ outcomes: [failed], message: { octets: 50_000 }, envelope: { ret: "FULL" } }), [
    "failure sender <>s@a.test r0=failed",
  ]);
});

Deno.test("planReports() never tells the null sender, nor the double bounce sender (reports R18, RFC 5321 §6.1)", () => {
  const outcomes = [failed, later, sent];
  const notify = [undefined, ["DELAY"], ["SUCCESS"]];
  const result = { warns: true };
  assertEquals(plan({ outcomes, notify, result, envelope: { sender: "" } }), [
    "discarded: undeliverable report discarded: its sender is <>",
  ]);
  assertEquals(plan({ outcomes, notify, result, envelope: { sender: "Double-Bounce@m.test" } }), [
    "discarded: undeliverable postmaster notification discarded",
  ]);
});

Deno.test("planReports() tells postmaster of the classes that notify_classes has (postconf(5))", () => {
  const policy = (...notifyClasses: string[]) => ({
    notifyClasses,
    bounceNoticeRecipient: "b",
    doubleBounceNoticeRecipient: "2b",
    delayNoticeRecipient: "d",
  });
  const from = "<double-bounce@m.test>";
  assertEquals(plan({ outcomes: [failed], notify: [["NEVER"]], policy: policy("bounce") }), [
    `failure postmaster ${from}b r0=failed headers`,
  ]);
  assertEquals(plan({ outcomes: [failed], policy: policy("bounce") }), [
    "failure sender <>s@a.test r0=failed",
    `failure postmaster ${from}b r0=failed headers`,
  ]);
  for (const word of ["bounce", "2bounce"]) {
    assertEquals(plan({ outcomes: [failed], envelope: { sender: "" }, policy: policy(word) }), [
      `failure postmaster ${from}2b r0=failed`,
    ]);
  }
  assertEquals(plan({ outcomes: [later, sent], policy: policy("delay"), result: { warns: true } }), [
    "delay sender <>s@a.test r0=delayed headers",
    `delay postmaster ${from}d r0=delayed headers`,
  ]);
});

Deno.test("planReports() warns of delay who has DELAY or no NOTIFY, when it is time (postconf(5) delay_warning_time)", () => {
  const notify = [undefined, ["DELAY"], ["FAILURE"], ["NEVER"]];
  const outcomes = notify.map(() => later);
  assertEquals(plan({ outcomes, notify }), []);
  assertEquals(plan({ outcomes, notify, result: { warns: true } }), [
    "delay sender <>s@a.test r0=delayed r1=delayed headers",
  ]);
});

Deno.test("planReports() tells of success who asked, but not where the next host does (RFC 3461 §5.2.2, §6.2)", () => {
  const notify = [["SUCCESS"], ["SUCCESS", "FAILURE"], ["SUCCESS"], undefined];
  assertEquals(plan({ outcomes: [sent, relayed, passedOn, sent], notify }), [
    "success sender <>s@a.test r0=delivered r1=relayed headers",
  ]);
  assertEquals(plan({ outcomes: [sent], before: [sent], notify }), []);
});

Deno.test("planReports() tells of expanded aliases once (RFC 3461 §5.2.7.3)", () => {
  const expanded = [{ address: "al@a.test", original: "al@a.test", notify: ["SUCCESS"] }];
  assertEquals(plan({ outcomes: [later], envelope: { expanded } }), [
    "success sender <>s@a.test al=expanded headers",
  ]);
  assertEquals(plan({ outcomes: [later], before: [later], envelope: { expanded } }), []);
});

Deno.test("planReports() tells that a delay is over (postconf(5) confirm_delay_cleared)", () => {
  const situation = { outcomes: [sent, sent], notify: [undefined, ["FAILURE"]], before: [later, later] };
  const result = { wasWarned: true };
  assertEquals(plan({ ...situation, result }), []);
  assertEquals(plan({ ...situation, result, policy: { confirmDelayCleared: true } }), [
    "success sender <>s@a.test r0=delivered headers",
  ]);
  assertEquals(plan({ ...situation, policy: { confirmDelayCleared: true } }), []);
});

Deno.test("planReports() reports all of a test and nothing else (sendmail(1) -bv)", () => {
  assertEquals(plan({ outcomes: [sent, failed, later], envelope: { trace: "verify" } }), [
    "verify sender <>s@a.test r0=deliverable r1=undeliverable r2=undeliverable headers",
  ]);
});

Deno.test("planReports() reports all of the first attempt (sendmail(1) -v)", () => {
  const envelope = { trace: "record" as const };
  const notify = [["SUCCESS"], undefined, undefined];
  assertEquals(plan({ outcomes: [sent, failed, later], notify, envelope }), [
    "verify sender <>s@a.test r0=delivered r1=failed r2=delayed headers",
    "failure sender <>s@a.test r1=failed",
  ]);
  assertEquals(plan({ outcomes: [sent, failed], before: [sent, later], envelope }), [
    "failure sender <>s@a.test r1=failed",
  ]);
});

Deno.test("planReports() returns a list's message recipient by recipient (VERP_README)", () => {
  const situation = { outcomes: [failed, sent, failed], envelope: { sender: "list@a.test", verp: "+=" } };
  assertEquals(plan(situation), [
    "failure sender <>list+r0=b.test@a.test r0=failed",
    "failure sender <>list+r2=b.test@a.test r2=failed",
  ]);
  assertEquals(plan({ ...situation, policy: { disableVerpBounces: true } }), [
    "failure sender <>list@a.test r0=failed r2=failed",
  ]);
});

Deno.test("verpSender() names the recipient in the sender (VERP_README)", () => {
  const rows = [
    ["list@a.test", "li@b.test", "+=", "list+li=b.test@a.test"],
    ["list", "li@b.test", "-=", "list-li=b.test"],
    ["list@a.test", "li", "+=", "list+li@a.test"],
  ] as const;
  for (const [sender, recipient, delimiters, expected] of rows) {
    assertEquals(verpSender(sender, recipient, delimiters), expected);
  }
  assertEquals(["+=", "-=", "+", "+x", "+=="].map((text) => areVerpDelimiters(text, "-=+")), [
    true,
    true,
    false,
    false,
    false,
  ]);
});
