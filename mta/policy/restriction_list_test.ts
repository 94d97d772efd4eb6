import { assertEquals } from "@std/assert";

import { parseRestrictions } from "./restriction_list.ts";
import { argumentKindOf, removedRestrictions, restrictionNames, warnIfReject } from "./restriction_names.ts";
import { ruleNames } from "./rules.ts";

const shown = (written: string | readonly string[]) =>
  parseRestrictions(written, { list: "client" }).calls.map(({ name, argument }) =>
    argument === undefined ? name : `${name} <${argument}>`
  );

Deno.test("parseRestrictions() reads names and what stands behind them (postconf(5) smtpd_client_restrictions)", () => {
  const rows: readonly [string | readonly string[], readonly string[]][] = [
    ["", []],
    ["permit_mynetworks,\n  reject", ["permit_mynetworks", "reject"]],
    ["Permit_MyNetworks REJECT", ["permit_mynetworks", "reject"]],
    ["check_client_access hash:/a, permit", ["check_client_access <hash:/a>", "permit"]],
    ["hash:/a reject", ["type:table <hash:/a>", "reject"]],
    ["reject_rbl_client zen.test=127.0.0.[2..11] reject", [
      "reject_rbl_client <zen.test=127.0.0.[2..11]>",
      "reject",
    ]],
    ["check_client_access inline:{a=OK, b=REJECT}", ["check_client_access <inline:{a=OK, b=REJECT}>"]],
    ["check_client_access {inline:{a=OK}}", ["check_client_access <inline:{a=OK}>"]],
    ["check_policy_service { inet:127.0.0.1:9, timeout=3s }", [
      "check_policy_service <{ inet:127.0.0.1:9, timeout=3s }>",
    ]],
    [["check_policy_service", "inet:127.0.0.1:9, timeout=3s"], [
      "check_policy_service <{ inet:127.0.0.1:9, timeout=3s }>",
    ]],
    [["check_client_access hash:/a", "permit reject"], [
      "check_client_access <hash:/a>",
      "permit",
      "reject",
    ]],
    ["sleep 3 warn_if_reject reject", ["sleep <3>", "warn_if_reject", "reject"]],
    ["reject_unknown_client, reject_unknown_hostname", [
      "reject_unknown_client_hostname",
      "reject_unknown_helo_hostname",
    ]],
    ["reject_unknown_address reject_rbl bl.test check_recipient_maps", [
      "reject_unknown_sender_domain",
      "reject_rbl_client <bl.test>",
      "reject_unlisted_recipient",
    ]],
    ["check_client_access permit", ["check_client_access", "permit"]],
    ["Strangers", ["Strangers"]],
  ];
  for (const [written, calls] of rows) assertEquals(shown(written), calls, String(written));
});

Deno.test("parseRestrictions() tells what the server would answer 451 for, and what has no effect", () => {
  const rows: readonly [string, readonly string[]][] = [
    ["permit_mynetworks, reject", []],
    ["permit_mynetwork", ['unknown restriction "permit_mynetwork": did you mean "permit_mynetworks"?']],
    ["qqq", ['unknown restriction "qqq"']],
    ["friends", []],
    ["check_client_access", ["check_client_access must be followed by type:table"]],
    ["check_client_access reject", ["check_client_access must be followed by type:table"]],
    ["reject_rbl_client, reject", ["reject_rbl_client must be followed by a domain name"]],
    ["check_policy_service", ["check_policy_service must be followed by inet:host:port or unix:path"]],
    ["sleep soon", [
      "sleep must be followed by a number of seconds",
      'unknown restriction "soon"',
    ]],
    ["reject_maps_rbl", [
      'there is no restriction "reject_maps_rbl" any more: write reject_rbl_client DOMAIN',
    ]],
    ["reject warn_if_reject", ["warn_if_reject stands before a restriction"]],
  ];
  for (const [written, problems] of rows) {
    const parsed = parseRestrictions(written, { list: "client", classes: ["friends"] });
    assertEquals(parsed.problems, problems, written);
  }
  assertEquals(parseRestrictions("hash:/a", { list: "data" }).problems, [
    'write check_client_access, check_sender_access or the like before "hash:/a"',
  ]);
  assertEquals(parseRestrictions("reject, permit_mynetworks", { list: "client" }).warnings, [
    'restriction "permit_mynetworks" after "reject" is ignored',
  ]);
  assertEquals(parseRestrictions("warn_if_reject reject, permit", { list: "client" }).warnings, []);
});

Deno.test("every name has a rule, and every rule a name", () => {
  const named = [...restrictionNames.filter((name) => name !== warnIfReject), ...removedRestrictions.keys()];
  assertEquals([...ruleNames()].sort(), named.sort());
  for (const name of removedRestrictions.keys()) assertEquals(argumentKindOf(name), undefined);
});
