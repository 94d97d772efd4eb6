import { assertEquals } from "@std/assert";

import { settingsView } from "../../config/mta/view.ts";
import { load } from "../../config/testing_load.ts";

import { checkLists } from "./lists.ts";
import { checkNames } from "./names.ts";
import { checkRestrictions } from "./restriction_rules.ts";

async function found(text: string): Promise<readonly string[]> {
  const loaded = await load(text);
  const view = settingsView(loaded);
  return [...checkNames(loaded.settings), ...checkLists(view), ...checkRestrictions(view)]
    .map(({ level, text }) => `${level}: ${text}`);
}

const words =
  "error: in parameter smtpd_relay_restrictions or smtpd_recipient_restrictions, specify at least one working " +
  "instance of: reject_unauth_destination, defer_unauth_destination, reject, defer, defer_if_permit or " +
  "check_relay_domains";

const rows: readonly (readonly [text: string, found: readonly string[]])[] = [
  ["", []],
  [`myhostname = "box.localdomain"`, [
    "warning: myhostname: box.localdomain is no full name of the Internet: others refuse mail of a server that calls itself so",
  ]],
  [`mydestination = ".example.net, box"`, [
    `warning: mydestination: ".example.net" matches nothing: names in this list match exactly, never the hosts below`,
    `warning: mydestination: "box" is no full domain: nobody else can send mail there`,
  ]],
  [`relay_domains = "a.example"\nvirtual_mailbox_domains = "A.example"`, [
    "warning: relay_domains: do not list domain a.example in BOTH virtual_mailbox_domains and relay_domains",
  ]],
  [`smtpd_relay_restrictions = ""`, [words]],
  [`smtpd_relay_restrictions = "warn_if_reject reject_unauth_destination"`, [words]],
  [`smtpd_relay_restrictions = "permit, reject"`, [
    `warning: smtpd_relay_restrictions: restriction "reject" after "permit" is ignored`,
    words,
  ]],
  [`smtpd_relay_restrictions = ""\nsmtpd_recipient_restrictions = "permit_mynetworks, defer_if_permit"`, []],
  [
    `smtpd_relay_restrictions = "strict"\n[restriction_classes]\nstrict = "strict, permit_mynetworks, reject"`,
    [],
  ],
  [`smtpd_relay_restrictions = "strict"\n[restriction_classes]\nstrict = "permit, reject"`, [
    `warning: strict: restriction "reject" after "permit" is ignored`,
    words,
  ]],
  [`smtpd_helo_restrictions = "reject_unknown_helo_hostnam"`, [
    `error: smtpd_helo_restrictions: unknown restriction "reject_unknown_helo_hostnam": did you mean "reject_unknown_helo_hostname"?`,
  ]],
  [`mynetworks = "172.16.0.0/12"`, [
    "note: mynetworks: 172.16.0.0/12 holds 172.17.0.1: in a container of Docker with forwarded ports all the world comes from there, and could send its mail through this server",
  ]],
];

Deno.test("check tells of names, lists and restrictions (postfix(1) check)", async () => {
  for (const [text, lines] of rows) assertEquals(await found(text), lines, text);
});
