import { assertEquals } from "@std/assert";

import { utf8Bytes } from "../../kit/base/bytes.ts";

import { checkAccessTable } from "./access_lines.ts";
import { formatFinding, tidyFindings } from "./finding.ts";
import { tableLines } from "./table_lines.ts";
import { checkTrustedTable } from "./trusted_lines.ts";

const options = { classes: ["strict"], dottedKeys: true, parentsMatch: true };

function access(text: string, type = "hash", changes: Partial<typeof options> = {}): readonly string[] {
  const table = { spec: `${type}:/a`, file: "/a", lines: tableLines(type, utf8Bytes(`${text}\n`)) };
  return checkAccessTable(table, { ...options, ...changes }).map(formatFinding);
}

const rows: readonly (readonly [line: string, found: readonly string[]])[] = [
  ["a.example OK", []],
  ["a.example relay later text", []],
  ["a.example 1", []],
  ["a.example REJECT 5.7.1 go away", []],
  ["a.example 554 5.7.1 go away", []],
  ["a.example DEFER_IF_PERMIT wait", []],
  ["a.example strict, permit_mynetworks, reject", []],
  ["a.example PREPEND X-Spam: yes", []],
  ["a.example FILTER smtp:[10.0.0.1]", []],
  ["a.example 554", [
    `warning: a.example: "554" alone is a number, and every number means OK: write "554 text" to refuse, or REJECT`,
  ]],
  ["a.example REJECTED", [
    `error: a.example: "REJECTED" is neither an action of access(5) nor a restriction (did you mean REJECT?): the answer is 451`,
  ]],
  ["a.example check_client_access hash:/x", [
    `error: a.example: "check_client_access hash:/x" has a ":", which the restrictions that a table names cannot have: the answer is 451; put it into smtpd_restriction_classes`,
  ]],
  ["a.example REDIRECT nobody", [
    `error: a.example: REDIRECT must be followed by an address user@domain, not "nobody"`,
  ]],
  ["a.example PREPEND X-Spam", [
    `error: a.example: PREPEND must be followed by a header field Name: value, not "X-Spam"`,
  ]],
  [".a.example OK", [
    "note: .a.example: here it means the hosts below a.example; Postfix never asks for this key: there one writes a.example",
  ]],
  ["192.168.2. REJECT", [
    "note: 192.168.2.: here it means the network 192.168.2; Postfix never asks for this key: there one writes 192.168.2",
  ]],
];

Deno.test("checkAccessTable() tells which lines do not do what they say (access(5))", () => {
  for (const [line, found] of rows) {
    assertEquals(access(line), found.map((text) => `/a, line 1: ${text}`), line);
  }
});

Deno.test("checkAccessTable() tells of keys by what is asked (postconf(5) parent_domain_matches_subdomains)", () => {
  assertEquals(access(".a.example OK", "hash", { parentsMatch: false }), []);
  assertEquals(access(".a.example OK", "hash", { dottedKeys: false }), [
    "/a, line 1: note: .a.example: it has no effect: Postfix never asks for this key: there one writes a.example",
  ]);
});

Deno.test("checkAccessTable() reads the values of pattern tables (regexp_table(5), cidr_table(5))", () => {
  const text = "# c\nif /x/\n/^a\\/b/i 554\nendif\n!/c d/ REJECTED x";
  assertEquals(access(text, "regexp").map((line) => line.split(": ").slice(0, 2).join(": ")), [
    "/a, line 3: warning",
    "/a, line 5: error",
  ]);
  assertEquals(access("10.0.0.0/8 554\n!192.0.2.0/24  OK", "cidr").length, 1);
});

const trust = { list: "mynetworks", tableActions: true, dottedKeys: true };

function trusted(text: string, changes: Partial<typeof trust> = {}): readonly string[] {
  const table = { spec: "hash:/a", file: "/a", lines: tableLines("hash", utf8Bytes(text)) };
  return tidyFindings(checkTrustedTable(table, { ...trust, ...changes })).map(formatFinding);
}

const seed = "120.114.141.60 OK\n.baidu.com OK\nav.com REJECT\n192.168.2. REJECT\n10.1.2.3/32 OK\n";

Deno.test("checkTrustedTable() tells what Postfix makes of a table in mynetworks (postconf(5) mynetworks)", () => {
  assertEquals(trusted(seed), [
    "/a, line 2: note: .baidu.com: matches hosts below baidu.com here; Postfix asks tables in mynetworks for whole addresses only",
    "/a, line 3: note: av.com: REJECT gives no trust here; Postfix does not look at values in mynetworks and trusts it",
    "/a, line 4: note: 192.168.2.: REJECT gives no trust here; Postfix does not look at values in mynetworks and trusts it",
    "/a, line 4: note: 192.168.2.: matches 192.168.2.0/24 here; Postfix asks tables in mynetworks for whole addresses only",
  ]);
});

Deno.test("checkTrustedTable() warns where Postfix's letter is kept (mynetworks_table_actions = no)", () => {
  assertEquals(trusted("av.com REJECT\n192.168 OK\n", { tableActions: false, dottedKeys: false }), [
    `/a, line 1: warning: av.com: REJECT is not looked at: a line in mynetworks gives trust, whatever its value; take it out, write "!" before an item of mynetworks, or set mynetworks_table_actions = yes`,
    "/a, line 2: warning: 192.168: has no effect: tables in mynetworks are asked for whole addresses only; write 192.168.0.0/16 as a network in mynetworks",
  ]);
});
