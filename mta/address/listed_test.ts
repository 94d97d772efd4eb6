import { assertEquals } from "@std/assert";

import { defaultAddressSettings } from "./default_settings.ts";
import { findListed } from "./listed.ts";
import { parseDomainList, parseStringList } from "./match_list.ts";
import type { Listing, Role } from "./resolved.ts";
import type { AddressSettings } from "./settings.ts";
import { run, type TestWorld } from "./testing_address.ts";

const settings = defaultAddressSettings("mx.ref.test", {
  recipientDelimiter: "+",
  virtualAliasDomains: parseStringList(["alias.test"], { name: "virtual_alias_domains" }),
  virtualMailboxDomains: parseStringList(["box.test"], { name: "virtual_mailbox_domains" }),
  relayDomains: parseDomainList(["relay.test", "open.relay.test"], { name: "relay_domains" }),
  aliasMaps: ["hash:/aliases"],
  virtualAliasMaps: ["hash:/virtual"],
  virtualMailboxMaps: ["hash:/boxes"],
  relayRecipientMaps: ["hash:/relay"],
  canonicalMaps: ["hash:/canonical"],
  senderCanonicalMaps: ["hash:/senders"],
  transportMaps: ["hash:/transport"],
});
const world: TestWorld = {
  users: ["joe"],
  tables: {
    "hash:/aliases": { root: "joe", "joe+list": "|x" },
    "hash:/virtual": { "ann@alias.test": "joe", "@catch.test": "joe" },
    "hash:/boxes": { "ann@box.test": "box/ann" },
    "hash:/relay": { "ann@relay.test": "x", "@all.relay.test": "x" },
    "hash:/canonical": { "old@far.test": "x@y.test" },
    "hash:/senders": { "sender@mx.ref.test": "x@y.test" },
    "hash:/transport": {
      "closed.test": "error:outside mail is not taken",
      "later.test": "retry:4.3.2 come later",
      "five.test": "error:5.7.9 nine",
      "four.test": "error:4.7.9 nine",
      "hold.test": "retry:",
    },
  },
};

function words(listing: Listing): string {
  switch (listing.kind) {
    case "listed":
      return "listed";
    case "unlisted":
      return `${listing.code} ${listing.status} ${listing.text}`;
    case "failure":
      return `failure ${listing.failure}`;
  }
}

function listed(address: string, options: { role?: Role; settings?: Partial<AddressSettings> } = {}): string {
  const { role = "recipient" } = options;
  return words(run(findListed(address, role, { ...settings, ...options.settings }), world));
}

const unknown = "550 5.1.1 User unknown in";

Deno.test("findListed() knows recipients by the tables of their class (postconf(5) smtpd_reject_unlisted_recipient)", () => {
  const rows: readonly [address: string, result: string][] = [
    ["joe@mx.ref.test", "listed"],
    ["JOE+x@localhost", "listed"],
    ["joe+list@localhost", "listed"],
    ["root+x@localhost", "listed"],
    ["eve@localhost", `${unknown} local recipient table`],
    ["Postmaster@localhost", "listed"],
    ["mailer-daemon@localhost", "listed"],
    ["double-bounce@localhost", "listed"],
    ["postmaster@alias.test", `${unknown} virtual alias table`],
    ["ann@alias.test", "listed"],
    ["ann+x@alias.test", "listed"],
    ["eve@alias.test", `${unknown} virtual alias table`],
    ["anybody@catch.test", "listed"],
    ["ann@box.test", "listed"],
    ["eve@box.test", `${unknown} virtual mailbox table`],
    ["ann@relay.test", "listed"],
    ["x@all.relay.test", "listed"],
    ["eve@relay.test", `${unknown} relay recipient table`],
    ["eve@far.test", "listed"],
    ["old@far.test", "listed"],
    ["joe%mx.ref.test@localhost", "listed"],
    ["ann%alias.test@localhost", "listed"],
    ["eve%mx.ref.test@catch.test", "listed"],
    ["eve%mx.ref.test@localhost", `${unknown} local recipient table`],
    ["eve@closed.test", "550 5.1.1 outside mail is not taken"],
    ["eve@later.test", "450 4.3.2 come later"],
    ["eve@five.test", "550 5.7.9 nine"],
    ["eve@four.test", "550 5.7.9 nine"],
    ["postmaster+x@localhost", `${unknown} local recipient table`],
    ["eve@hold.test", "450 4.1.1 Address is undeliverable"],
    ["", "listed"],
  ];
  for (const [address, result] of rows) assertEquals(listed(address), result, address);
});

Deno.test("findListed() gives senders their own status and tables (postconf(5) smtpd_reject_unlisted_sender)", () => {
  assertEquals(
    listed("eve@localhost", { role: "sender" }),
    "550 5.1.0 User unknown in local recipient table",
  );
  assertEquals(listed("eve@alias.test", { role: "sender" }), "550 5.1.7 User unknown in virtual alias table");
  assertEquals(listed("eve@closed.test", { role: "sender" }), "550 5.1.0 outside mail is not taken");
  assertEquals(listed("eve@later.test", { role: "sender" }), "450 4.3.2 come later");
  assertEquals(listed("sender@mx.ref.test", { role: "sender" }), "listed");
  assertEquals(listed("sender@mx.ref.test"), `${unknown} local recipient table`);
});

Deno.test("findListed() follows the settings: codes, words, empty tables", () => {
  const rows: readonly [address: string, changes: Partial<AddressSettings>, result: string][] = [
    ["eve@localhost", { localRecipientMaps: [] }, "listed"],
    ["eve@localhost", { localRecipientMaps: ["hash:/aliases"] }, `${unknown} local recipient table`],
    ["joe@localhost", { localRecipientMaps: ["hash:/aliases"] }, `${unknown} local recipient table`],
    ["root+x@localhost", { localRecipientMaps: ["hash:/aliases"] }, "listed"],
    ["eve@box.test", { virtualMailboxMaps: [] }, "listed"],
    ["eve@relay.test", { relayRecipientMaps: [] }, "listed"],
    ["eve@localhost", { showUserUnknownTableName: false }, "550 5.1.1 User unknown"],
    ["eve@alias.test", { showUserUnknownTableName: false }, "550 5.1.1 User unknown"],
    [
      "eve@localhost",
      { unknownLocalRecipientRejectCode: 450 },
      "450 4.1.1 User unknown in local recipient table",
    ],
    [
      "eve@alias.test",
      { unknownVirtualAliasRejectCode: 551 },
      "551 5.1.1 User unknown in virtual alias table",
    ],
    ["eve@alias.test", { virtualAliasMaps: ["hash:/none"] }, 'failure there is no table "hash:/none"'],
  ];
  for (const [address, changes, result] of rows) {
    assertEquals(listed(address, { settings: changes }), result, address);
  }
});

Deno.test("findListed() asks table after table in Postfix's order", () => {
  const asked: string[] = [];
  run(findListed("eve+x@localhost", "recipient", { ...settings, transportMaps: [] }), world, asked);
  assertEquals(asked, [
    ...["eve+x@localhost", "eve@localhost", "eve+x", "eve", "@localhost"].map((key) =>
      `hash:/canonical ${key}`
    ),
    ...["eve+x@localhost", "eve@localhost", "eve+x", "eve", "@localhost"].map((key) =>
      `hash:/virtual ${key}`
    ),
    "hash:/aliases eve+x",
    "hash:/aliases eve",
    "user eve",
  ]);
});
