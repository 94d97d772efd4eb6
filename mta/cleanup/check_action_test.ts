import { assertEquals } from "@std/assert";

import { parseCheckAction } from "./check_action.ts";

function told(value: string, isHeader = true): string {
  const { action, warning } = parseCheckAction(value, { parameter: "header_checks", isHeader });
  return `${Object.values(action).join("|")}${warning === undefined ? "" : ` (${warning})`}`;
}

Deno.test("parseCheckAction() knows every action of header_checks(5)", () => {
  const rows: readonly (readonly [string, string])[] = [
    ["DUNNO", "none"],
    ["OK by me", "none"],
    ["", "none"],
    ["REJECT", "reject|5.7.1|message content rejected"],
    ["Reject  No spam ", "reject|5.7.1|No spam"],
    ["REJECT 5.7.7 No spam", "reject|5.7.7|No spam"],
    ["REJECT 4.7.0 Later", "reject|4.7.0|Later"],
    ["REJECT 2.1.0 Fine", "reject|4.1.0|Fine (bad DSN action in 2.1.0 Fine -- need 4.x.x or 5.x.x)"],
    ["WARN odd", "log|warning|odd"],
    ["info", "log|info|"],
    ["HOLD look at it", "hold|look at it"],
    ["DISCARD", "discard|"],
    ["PASS trusted", "pass|trusted"],
    ["STRIP it", "strip|it"],
    ["IGNORE", "ignore"],
    ["FILTER smtp:[127.0.0.1]:10025", "filter|smtp:[127.0.0.1]:10025"],
    ["FILTER", "none (missing FILTER command argument in header_checks map)"],
    ["FILTER x", "none (bad FILTER command x in header_checks -- need transport:destination)"],
    ["REDIRECT a@b.test", "redirect|a@b.test"],
    ["REDIRECT a", 'none (bad REDIRECT target "a" in header_checks map -- need user@domain)'],
    ["BCC a@b.test", "bcc|a@b.test"],
    ["BCC", 'none (bad BCC address "" in header_checks map -- need user@domain)'],
    ["PREPEND X-A: b", "prepend|X-A: b"],
    ["PREPEND", "none (PREPEND action without text in header_checks map)"],
    [
      "PREPEND a b",
      'none (bad PREPEND header text "a b" in header_checks map -- need "headername: headervalue")',
    ],
    ["REPLACE Subject: x", "replace|Subject: x"],
    ["MAYBE", "none (unknown command in header_checks map: MAYBE)"],
    ["550 no", "none (unknown command in header_checks map: 550 no)"],
  ];
  for (const [value, expected] of rows) assertEquals(told(value), expected, value);
  assertEquals(told("REPLACE any line", false), "replace|any line");
});
