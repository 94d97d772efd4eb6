import { assertEquals } from "@std/assert";

import { formatPolicyLine } from "./policy_line.ts";
import { fixStatus } from "./status.ts";
import { settleRefusal } from "./reply_text.ts";
import { strangerFacts } from "./testing_policy.ts";

Deno.test("formatPolicyLine() writes what smtpd(8) logs (postfix-semantics §1.3)", () => {
  const line = { action: "reject", text: "554 5.7.1 <u1@ref.test>: Relay access denied" } as const;
  const head = "reject: RCPT from unknown[198.51.100.7]: 554 5.7.1 <u1@ref.test>: Relay access denied;";
  assertEquals(
    formatPolicyLine("RCPT", strangerFacts, line),
    `NOQUEUE: ${head} from=<a@remote.test> to=<u1@ref.test> proto=ESMTP helo=<c.test>`,
  );
  const login = { user: "joe", mechanism: "PLAIN" };
  assertEquals(
    formatPolicyLine("RCPT", { ...strangerFacts, login, queueId: "4bX" }, line),
    `4bX: ${head} from=<a@remote.test> to=<u1@ref.test> proto=ESMTP helo=<c.test> sasl_method=PLAIN sasl_username=joe`,
  );
  const early = { ...strangerFacts, helo: undefined, sender: undefined, recipient: undefined };
  assertEquals(
    formatPolicyLine("CONNECT", early, { action: "info", text: "hello" }),
    "NOQUEUE: info: CONNECT from unknown[198.51.100.7]: hello; proto=SMTP",
  );
  assertEquals(
    formatPolicyLine("HELO", { ...early, helo: "a\nb: postfix" }, { action: "warn", text: "x" }),
    "NOQUEUE: warn: EHLO from unknown[198.51.100.7]: x; proto=SMTP helo=<a?b: postfix>",
  );
});

Deno.test("fixStatus() gives a status that fits what is refused (access(5))", () => {
  const rows = [
    ["5.1.1", "Sender address", "5.1.7"],
    ["4.1.2", "Sender address", "4.1.8"],
    ["5.1.7", "Recipient address", "5.1.3"],
    ["5.1.8", "Recipient address", "5.1.2"],
    ["5.1.1", "Recipient address", "5.1.1"],
    ["5.1.1", "Client host", "5.0.0"],
    ["5.7.1", "Client host", "5.7.1"],
  ] as const;
  for (const [status, of, fixed] of rows) assertEquals(fixStatus(status, of), fixed, `${status} ${of}`);
});

Deno.test("settleRefusal() sends no more than a reply may hold (RFC 5321 §4.5.3.1.5)", () => {
  const settle = (code: number, status: string, text: string) =>
    settleRefusal({ code, status, text }, { softBounce: false });
  assertEquals(settle(554, "4.7.1", "No").refusal, { code: 554, status: "5.7.1", text: "No" });
  assertEquals(settle(250, "2.0.0", "Yes").refusal, {
    code: 450,
    status: "4.7.1",
    text: "Service unavailable",
  });
  assertEquals(settle(250, "2.0.0", "Yes").warning, "response code configuration error: 250 2.0.0 Yes");
  const long = settle(554, "5.7.1", "é".repeat(600)).refusal.text;
  assertEquals(new TextEncoder().encode(`554 5.7.1 ${long}`).length, 510);
  assertEquals(settle(554, "5.7.1", `a${"é".repeat(600)}`).refusal.text.endsWith("é"), true);
});
