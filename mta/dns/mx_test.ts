import { assert, assertEquals } from "@std/assert";

import { parseHop } from "./hop.ts";
import { defaultHopSettings, type HopSettings } from "./hop_settings.ts";
import { findSite, maxMxRecords } from "./mx.ts";
import type { DnsRecord } from "./record.ts";
import { memoryDns, type MemoryRecords } from "./testing_memory.ts";

const settings: HopSettings = {
  ...defaultHopSettings,
  myhostname: "me.test",
  ownAddresses: ["192.0.2.25", "2001:db8::25"],
  randomizes: false,
};

interface Outcome {
  /** `NAME[ADDRESS] ...`, or `STATUS TEXT`. */
  readonly text: string;
  readonly notes: readonly string[];
  readonly isOwn: boolean;
  readonly asked: readonly string[];
}

function find(
  nexthop: string,
  records: MemoryRecords,
  changes: Partial<HopSettings> & { readonly hosts?: Readonly<Record<string, readonly string[]>> } = {},
): Outcome {
  const { hosts = {}, ...rest } = changes;
  const own = { ...settings, ...rest };
  const hop = parseHop(nexthop, own);
  if (hop.kind === "bad") throw new Error(hop.text);
  const dns = memoryDns(records);
  const steps = findSite(hop, { settings: own, random: { below: (limit) => limit - 1 } });
  let step = steps.next();
  while (step.done !== true) {
    const question = step.value;
    step = steps.next(
      question.kind === "dns" ? dns.answer(question.name, question.type) : hosts[question.name] ?? [],
    );
  }
  const site = step.value;
  return {
    text: site.kind === "found"
      ? site.hosts.map(({ name, address }) => `${name}[${address}]`).join(" ")
      : `${site.status} ${site.text}`,
    notes: site.notes,
    isOwn: site.isOwn,
    asked: dns.asked,
  };
}

const mx = (preference: number, exchange: string): DnsRecord => ({ type: "MX", preference, exchange });
const a = (address: string): DnsRecord => ({ type: address.includes(":") ? "AAAA" : "A", address });
const cname = (name: string): DnsRecord => ({ type: "CNAME", name });
const error = "Host or domain name not found. Name service error for name=";

const zone: MemoryRecords = {
  "two.test": [mx(20, "b.two.test"), mx(10, "a.two.test")],
  "a.two.test": [a("198.51.100.1"), a("2001:db8::1")],
  "b.two.test": [a("198.51.100.2")],
  "plain.test": [a("198.51.100.3")],
  "six.test": [a("2001:db8::6")],
  "null.test": [mx(0, ".")],
  "nulls.test": [mx(0, "."), mx(10, "b.two.test")],
  "empty.test": [],
  "down.test": "failed",
  "mxdown.test": [mx(10, "down.test")],
  "dangling.test": [mx(10, "gone.test"), mx(20, "empty.test")],
  "half.test": [mx(10, "gone.test"), mx(20, "b.two.test")],
  "halfdown.test": [mx(10, "down.test"), mx(20, "gone.test")],
  "alias.test": [cname("two.test")],
  "mxalias.test": [mx(10, "alias-b.test")],
  "alias-b.test": [cname("b.two.test")],
  "ring.test": [cname("ring.test")],
  "mxring.test": [mx(10, "ring.test"), mx(20, "b.two.test")],
  "double.test": [mx(10, "b.two.test"), mx(20, "b.two.test")],
};

Deno.test("findSite() finds hosts by MX, or the domain's own address (RFC 5321 §5.1)", () => {
  const rows: readonly (readonly [string, string])[] = [
    ["two.test", "a.two.test[198.51.100.1] a.two.test[2001:db8::1] b.two.test[198.51.100.2]"],
    ["plain.test", "plain.test[198.51.100.3]"],
    ["six.test", "six.test[2001:db8::6]"],
    ["alias.test", "a.two.test[198.51.100.1] a.two.test[2001:db8::1] b.two.test[198.51.100.2]"],
    ["mxalias.test", "alias-b.test[198.51.100.2]"],
    ["half.test", "b.two.test[198.51.100.2]"],
    ["double.test", "b.two.test[198.51.100.2]"],
    ["mxring.test", "b.two.test[198.51.100.2]"],
    ["[a.two.test]", "a.two.test[198.51.100.1] a.two.test[2001:db8::1]"],
    ["[198.51.100.9]:26", "198.51.100.9[198.51.100.9]"],
  ];
  for (const [nexthop, want] of rows) assertEquals(find(nexthop, zone).text, want, nexthop);
});

Deno.test("findSite() says why there is no host, for good or for now (RFC 7505, postfix-semantics §11)", () => {
  const rows: readonly (readonly [string, string])[] = [
    ["gone.test", `5.4.4 ${error}gone.test type=AAAA: Host not found`],
    ["empty.test", `5.4.4 ${error}empty.test type=AAAA: Host found but no data record of requested type`],
    ["down.test", `4.4.3 ${error}down.test type=MX: Host not found, try again`],
    ["[down.test]", `4.4.3 ${error}down.test type=AAAA: Host not found, try again`],
    ["[two.test]", `5.4.4 ${error}two.test type=AAAA: Host found but no data record of requested type`],
    ["mxdown.test", `4.4.3 ${error}down.test type=AAAA: Host not found, try again`],
    ["halfdown.test", `4.4.4 ${error}gone.test type=AAAA: Host not found`],
    ["dangling.test", `5.4.4 ${error}empty.test type=AAAA: Host found but no data record of requested type`],
    ["null.test", "5.1.0 Domain null.test does not accept mail (nullMX)"],
    ["nulls.test", "5.1.0 Domain nulls.test does not accept mail (nullMX)"],
  ];
  for (const [nexthop, want] of rows) assertEquals(find(nexthop, zone).text, want, nexthop);
  assertEquals(find("dangling.test", zone).notes, [
    "no MX host for dangling.test has a valid address record",
  ]);
});

Deno.test("findSite() does as settings say (postconf(5) smtp_...)", () => {
  const rows: readonly (readonly [Parameters<typeof find>[2], string, string])[] = [
    [{ families: ["ipv4"] }, "two.test", "a.two.test[198.51.100.1] b.two.test[198.51.100.2]"],
    [{ families: ["ipv6"] }, "two.test", "a.two.test[2001:db8::1]"],
    [{ families: ["ipv6"] }, "gone.test", `5.4.4 ${error}gone.test type=AAAA: Host not found`],
    [
      { ignoresMxLookupError: true },
      "down.test",
      `4.4.3 ${error}down.test type=AAAA: Host not found, try again`,
    ],
    [
      { defersWithoutMxAddress: true },
      "dangling.test",
      `4.4.4 ${error}empty.test type=AAAA: Host found but no data record of requested type`,
    ],
    [{ dnsSupport: "disabled", hosts: { "two.test": ["203.0.113.1"] } }, "two.test", "two.test[203.0.113.1]"],
    [
      { hostLookup: ["native"], hosts: { "b.two.test": ["203.0.113.2"] } },
      "two.test",
      "a.two.test[198.51.100.1] a.two.test[2001:db8::1] b.two.test[203.0.113.2]",
    ],
    [{ addressPreference: "ipv6", addressLimit: 1 }, "two.test", "a.two.test[2001:db8::1]"],
    [
      { usesMx: false },
      "two.test",
      `5.4.4 ${error}two.test type=AAAA: Host found but no data record of requested type`,
    ],
  ];
  for (const [changes, nexthop, want] of rows) {
    assertEquals(find(nexthop, zone, changes).text, want, `${nexthop} ${JSON.stringify(changes)}`);
  }
});

Deno.test("findSite() never sends to this host, nor to those that are worse than it (RFC 5321 §5.1)", () => {
  const own: MemoryRecords = {
    ...zone,
    "backup.test": [mx(10, "b.two.test"), mx(20, "me.test"), mx(30, "a.two.test")],
    "equal.test": [mx(10, "b.two.test"), mx(20, "a.two.test"), mx(20, "nat.test")],
    "nat.test": [a("192.0.2.25")],
    "me.test": [a("203.0.113.99")],
    "loop.test": [mx(10, "nat.test"), mx(20, "b.two.test")],
    "named.test": [mx(10, "me.test")],
    "primary.test": [mx(5, "gone.test"), mx(10, "nat.test"), mx(20, "b.two.test")],
    "own6.test": [a("2001:db8::25")],
    "zero.test": [mx(1, "z.test")],
    "z.test": [a("0.0.0.0")],
    "lo.test": [mx(1, "localhost.test")],
    "localhost.test": [a("127.9.9.9"), a("::1"), a("::ffff:127.0.0.1")],
  };
  const rows: readonly (readonly [string, string])[] = [
    ["backup.test", "b.two.test[198.51.100.2]"],
    ["equal.test", "b.two.test[198.51.100.2]"],
    ["loop.test", "5.4.6 mail for loop.test loops back to myself"],
    ["named.test", "5.4.6 mail for named.test loops back to myself"],
    ["primary.test", "4.4.4 unable to find primary relay for primary.test"],
    ["own6.test", "5.4.6 mail for own6.test loops back to myself"],
    ["[nat.test]", "5.4.6 mail for nat.test loops back to myself"],
    ["[192.0.2.25]", "5.4.6 mail for 192.0.2.25 loops back to myself"],
    ["zero.test", "5.4.6 mail for zero.test loops back to myself"],
    ["lo.test", "5.4.6 mail for lo.test loops back to myself"],
    // On another port it is another server.
    ["[nat.test]:26", "nat.test[192.0.2.25]"],
    ["[127.0.0.1]:10025", "127.0.0.1[127.0.0.1]"],
  ];
  for (const [nexthop, want] of rows) assertEquals(find(nexthop, own).text, want, nexthop);
  assertEquals(["backup.test", "loop.test", "two.test"].map((name) => find(name, own).isOwn), [
    true,
    true,
    false,
  ]);
  // Whoever is worse than this host need not be looked up.
  assert(!find("backup.test", own).asked.includes("A a.two.test"));
});

Deno.test("findSite() sends into private networks, as a relay inside one must (RFC 1918)", () => {
  const inside: MemoryRecords = { "in.test": [mx(1, "mx.in.test")], "mx.in.test": [a("10.1.2.3")] };
  assertEquals(find("in.test", inside).text, "mx.in.test[10.1.2.3]");
});

Deno.test("findSite() asks a limited number of questions of a domain with 1000 MX records", () => {
  const many = Array.from({ length: 1000 }, (_, index) => mx(10, `mx${index}.many.test`));
  const none = find("many.test", { "many.test": many });
  assertEquals(none.text.slice(0, 5), "5.4.4");
  assertEquals(none.asked.length, 1 + 2 * maxMxRecords);
  const addresses = Object.fromEntries(
    many.map((_, index) => [`mx${index}.many.test`, [a(`198.51.100.${index % 256}`)]]),
  );
  const levels = many.map((_, index) => mx(index, `mx${index}.many.test`));
  const found = find("many.test", { ...addresses, "many.test": levels });
  assertEquals(found.text.split(" ").length, 5);
  assert(found.asked.length <= 1 + 2 * 6, `${found.asked.length} questions`);
});

Deno.test("findSite() takes no more than a part of a host with thousands of addresses", () => {
  const addresses = Array.from({ length: 3000 }, (_, index) => a(`198.51.${index >> 8}.${index & 255}`));
  const found = find("fat.test", { "fat.test": [mx(1, "fat.test"), ...addresses] }, { addressLimit: 0 });
  assertEquals(found.text.split(" ").length, 100);
});
