import { assert, assertEquals } from "@std/assert";

import { defaultAddressSettings } from "./default_settings.ts";
import { parseDomainList, parseStringList } from "./match_list.ts";
import { isFailure } from "./lookup.ts";
import { resolveAddress } from "./resolve.ts";
import type { Resolved } from "./resolved.ts";
import type { AddressSettings } from "./settings.ts";
import { run, type TestWorld } from "./testing_address.ts";

const settings = defaultAddressSettings("mx.ref.test", {
  recipientDelimiter: "+",
  ownAddresses: ["127.0.0.1", "192.0.2.25", "2001:db8::25"],
  virtualAliasDomains: parseStringList(["alias.test", "hash:/domains"], { name: "virtual_alias_domains" }),
  virtualMailboxDomains: parseStringList(["box.test"], { name: "virtual_mailbox_domains" }),
  relayDomains: parseDomainList(["relay.test"], { name: "relay_domains" }),
  transportMaps: ["hash:/transport"],
  relocatedMaps: ["hash:/relocated"],
});
const world: TestWorld = {
  tables: {
    "hash:/domains": { "tabled.test": "anything" },
    "hash:/transport": {
      "joe@moved.test": "smtp:[one.test]:26",
      "kept.test": ":",
      ".wild.test": "lmtp:unix:/socket",
      "hop.test": ":[hop.test]",
      "reset.test": "relay:",
      "dead.test": "error:",
      "gone.test": "error:5.1.2 gone away",
      "plain.test": "discard",
      "alias.test": "smtp:never",
    },
    "hash:/relocated": { "old@ref.test": "new@other.test", "old@mx.ref.test": "new@other.test" },
  },
};

function resolve(
  address: string,
  options: { readonly settings?: AddressSettings; readonly sender?: string; readonly world?: TestWorld } = {},
): Resolved {
  const result = run(
    resolveAddress(address, options.settings ?? settings, options.sender),
    options.world ?? world,
  );
  assert(!isFailure(result), address);
  return result;
}

function words(resolved: Resolved): string {
  const { transport, nexthop, recipient, routed, problem } = resolved;
  const flags = `${routed ? " routed" : ""}${problem === undefined ? "" : ` ${problem}`}`;
  return `${resolved.class} ${transport}:${nexthop} ${recipient}${flags}`;
}

Deno.test("resolveAddress() finds class, transport and next hop (trivial-rewrite(8))", () => {
  const rows: readonly [address: string, result: string][] = [
    ["joe", "local local:mx.ref.test joe@mx.ref.test"],
    ["joe@localhost", "local local:mx.ref.test joe@localhost"],
    ["joe@MX.ref.test.", "local local:mx.ref.test joe@mx.ref.test"],
    ["joe@sub.mx.ref.test", "default smtp:sub.mx.ref.test joe@sub.mx.ref.test"],
    ["joe@[192.0.2.25]", "local local:mx.ref.test joe@[192.0.2.25]"],
    ["joe@[IPv6:2001:DB8:0::25]", "local local:mx.ref.test joe@[IPv6:2001:db8::25]"],
    ["joe@[192.0.2.26]", "default smtp:[192.0.2.26] joe@[192.0.2.26]"],
    ["joe@alias.test", "alias error:5.1.1 User unknown in virtual alias table joe@alias.test"],
    ["joe@tabled.test", "alias error:5.1.1 User unknown in virtual alias table joe@tabled.test"],
    ["joe@box.test", "virtual virtual:box.test joe@box.test"],
    ["joe@sub.box.test", "default smtp:sub.box.test joe@sub.box.test"],
    ["joe@sub.relay.test", "relay relay:sub.relay.test joe@sub.relay.test"],
    ["joe@far.test", "default smtp:far.test joe@far.test"],
    // Routing through us.
    ["joe%far.test@mx.ref.test", "default smtp:far.test joe@far.test"],
    ["far.test!joe@mx.ref.test", "default smtp:far.test joe@far.test"],
    ["joe@far.test@mx.ref.test", "default smtp:far.test joe@far.test"],
    ['"joe@far.test"@mx.ref.test', "default smtp:far.test joe@far.test"],
    ['"joe%far.test"@mx.ref.test', "default smtp:far.test joe@far.test"],
    ['"far.test!joe"@mx.ref.test', "default smtp:far.test joe@far.test"],
    ["joe%localhost@mx.ref.test", "local local:mx.ref.test joe@localhost"],
    ["@mx.ref.test:joe@far.test", "default smtp:far.test joe@far.test"],
    // Routing through others.
    ["joe%far.test@relay.test", "relay relay:relay.test joe%far.test@relay.test routed"],
    ["a!joe@relay.test", "relay relay:relay.test a!joe@relay.test routed"],
    ['"joe@far.test"@relay.test', 'relay relay:relay.test "joe@far.test"@relay.test routed'],
    // What Postfix 3.7 makes of less usual ones.
    ["joe@", "default smtp: joe@ bad address syntax"],
    ["joe%", "default smtp: joe@ bad address syntax"],
    ["joe%far.test%", "default smtp:far.test joe@far.test"],
    ['"a@b"@', "default smtp:b a@b"],
    ["joe@far.test..", "default smtp:far.test. joe@far.test.. bad address syntax"],
    ["far.test!old%b..test@mx.ref.test", "default smtp:b..test far.test!old@b..test bad address syntax"],
    ["a.b%[127.0.0.1]@localhost", "local local:mx.ref.test a.b@[127.0.0.1]"],
    ["wild.test!ann%[127.0.0.1]@localhost", "default smtp:wild.test ann@wild.test"],
    ["box.test!ann%[127.0.0.1]@localhost", "virtual virtual:box.test ann@box.test"],
    [
      "-joe@far.test@relay.test",
      'relay relay:relay.test "-joe@far.test"@relay.test routed bad address syntax',
    ],
    // Nobody.
    ["", "local local:mx.ref.test MAILER-DAEMON@mx.ref.test"],
    ['""@localhost', "local local:mx.ref.test MAILER-DAEMON@localhost"],
    ["-joe@far.test", "default smtp:far.test -joe@far.test bad address syntax"],
    ["joe@1.2.3.4", "default smtp:1.2.3.4 joe@1.2.3.4 bad address syntax"],
    ["joe@b..test", "default smtp:b..test joe@b..test bad address syntax"],
    // transport(5)
    ["joe+x@moved.test", "default smtp:[one.test]:26 joe+x@moved.test"],
    ["ann@moved.test", "default smtp:moved.test ann@moved.test"],
    ["joe@kept.test", "default smtp:kept.test joe@kept.test"],
    ["joe@a.b.wild.test", "default lmtp:unix:/socket joe@a.b.wild.test"],
    ["joe@wild.test", "default smtp:wild.test joe@wild.test"],
    ["joe@hop.test", "default smtp:[hop.test] joe@hop.test"],
    ["joe@reset.test", "default relay:reset.test joe@reset.test"],
    ["joe@dead.test", "default error:Address is undeliverable joe@dead.test"],
    ["joe@gone.test", "default error:5.1.2 gone away joe@gone.test"],
    ["joe@plain.test", "default discard:plain.test joe@plain.test"],
    ["old+x@mx.ref.test", "local error:5.1.6 User has moved to new@other.test old+x@mx.ref.test"],
  ];
  for (const [address, result] of rows) assertEquals(words(resolve(address)), result, address);
});

Deno.test("resolveAddress() lets strangers route through us when told so (postconf(5) allow_untrusted_routing)", () => {
  const open: AddressSettings = { ...settings, allowUntrustedRouting: true, allowMinUser: true };
  assertEquals(
    words(resolve("joe%far.test@relay.test", { settings: open })),
    "relay relay:relay.test joe%far.test@relay.test",
  );
  assertEquals(words(resolve("-joe@far.test", { settings: open })), "default smtp:far.test -joe@far.test");
});

Deno.test("resolveAddress() takes relay hosts and transports by sender (postconf(5) sender_dependent_relayhost_maps)", () => {
  const changed: AddressSettings = {
    ...settings,
    relayhost: "[smart.test]:587",
    relayTransport: "relay:[inner.test]",
    senderDependentRelayhostMaps: ["hash:/hops"],
    senderDependentDefaultTransportMaps: ["hash:/ways"],
    transportMaps: ["hash:/star"],
  };
  const tables = {
    ...world.tables,
    "hash:/hops": { "ann@x.test": "[ann.test]", "@dunno.test": "DUNNO", "<>": "[null.test]" },
    "hash:/ways": { "bob@x.test": "slow:", "eve@x.test": "slow:[eve.test]" },
    "hash:/star": { "here.test": "smtp:here" },
  };
  const rows: readonly [address: string, sender: string | undefined, result: string][] = [
    ["joe@far.test", undefined, "smtp:[smart.test]:587"],
    ["joe@far.test", "ann@x.test", "smtp:[ann.test]"],
    ["joe@far.test", "x@dunno.test", "smtp:[smart.test]:587"],
    ["joe@far.test", "", "smtp:[null.test]"],
    ["joe@far.test", "bob@x.test", "slow:[smart.test]:587"],
    ["joe@far.test", "eve@x.test", "slow:[eve.test]"],
    ["joe@relay.test", "eve@x.test", "relay:[inner.test]"],
    ["joe@here.test", "ann@x.test", "smtp:here"],
    ["joe@localhost", "ann@x.test", "local:mx.ref.test"],
  ];
  for (const [address, sender, result] of rows) {
    const { transport, nexthop } = resolve(address, {
      settings: changed,
      world: { tables },
      ...(sender === undefined ? {} : { sender }),
    });
    assertEquals(`${transport}:${nexthop}`, result, `${address} from ${sender}`);
  }
});

Deno.test("resolveAddress() says what decided: list, table, key, line", () => {
  assertEquals(resolve("joe@tabled.test").found, {
    table: "hash:/domains",
    key: "tabled.test",
    line: 1,
    value: "anything",
    note: undefined,
  });
  assertEquals(resolve("joe@relay.test").found?.key, "relay.test");
  assertEquals(resolve("joe@a.wild.test").route, {
    parameter: "transport_maps",
    table: "hash:/transport",
    key: ".wild.test",
    line: 3,
    value: "lmtp:unix:/socket",
  });
  assertEquals(resolve("old@mx.ref.test").route?.parameter, "relocated_maps");
});

Deno.test("resolveAddress() asks for `*` last, and for parents without a dot when told to (transport(5))", () => {
  const asked: string[] = [];
  const tables = { "hash:/t": { "*": "smtp:[star.test]" }, "hash:/relocated": {}, "hash:/domains": {} };
  const changed: AddressSettings = { ...settings, transportMaps: ["hash:/t"], relocatedMaps: [] };
  const resolved = run(resolveAddress("joe+x@a.far.test", changed), { tables }, asked);
  assert(!isFailure(resolved));
  assertEquals(resolved.nexthop, "[star.test]");
  assertEquals(asked.filter((question) => question.startsWith("hash:/t ")).map((text) => text.slice(8)), [
    "joe+x@a.far.test",
    "joe@a.far.test",
    "a.far.test",
    ".far.test",
    ".test",
    "*",
  ]);
  const parents: AddressSettings = {
    ...changed,
    parentDomainMatches: { transportMaps: true, accessMaps: true },
  };
  const bare: string[] = [];
  run(resolveAddress("joe@a.far.test", parents), { tables: { ...tables, "hash:/t": {} } }, bare);
  assert(bare.includes("hash:/t far.test") && !bare.includes("hash:/t .far.test"));
});

Deno.test("resolveAddress() warns of a domain in two classes, and fails when a list cannot be read", () => {
  const twice: AddressSettings = {
    ...settings,
    mydestination: parseStringList(["mx.ref.test", "alias.test"], { name: "mydestination" }),
  };
  const { class: kind, warnings } = resolve("joe@alias.test", { settings: twice });
  assertEquals(kind, "local");
  assertEquals(warnings, ["do not list domain alias.test in BOTH mydestination and virtual_alias_domains"]);
  const boxes: AddressSettings = {
    ...settings,
    virtualMailboxDomains: parseStringList(["relay.test", "mx.ref.test"], {
      name: "virtual_mailbox_domains",
    }),
  };
  assertEquals(resolve("joe@relay.test", { settings: boxes }).warnings, [
    "do not list domain relay.test in BOTH virtual_mailbox_domains and relay_domains",
  ]);
  const relayed: AddressSettings = {
    ...settings,
    relayDomains: parseDomainList(["mx.ref.test"], { name: "relay_domains" }),
  };
  assertEquals(resolve("joe@mx.ref.test", { settings: relayed }).warnings, []);
  const broken = { tables: { ...world.tables, "hash:/domains": "no such file" } };
  const failed = run(resolveAddress("joe@far.test", settings), broken);
  assertEquals("failure" in failed && failed.failure, "no such file");
});
