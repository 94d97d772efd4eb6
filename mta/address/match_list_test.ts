import { assertEquals } from "@std/assert";

import { matchDomain } from "./domain_list.ts";
import { isFixedTable } from "./fixed_table.ts";
import { type ListResult, parseDomainList, parseNetworkList, parseStringList } from "./match_list.ts";
import { matchNetwork } from "./network_list.ts";
import { matchString } from "./string_list.ts";
import { run, type TestWorld } from "./testing_address.ts";

const words = (text: string) => text.split(" ").filter((word) => word !== "");

/** `item`, `table key`, `no item` for what is excluded, `-`. */
function said(result: ListResult): string {
  if (result.kind === "none") return "-";
  if (result.kind === "failure") return `failure ${result.failure}`;
  const where = result.table === result.list ? result.key : `${result.table} ${result.key}`;
  return result.kind === "excluded" ? `no ${where}` : where;
}

const access = {
  "a.test": "OK",
  ".dot.test": "OK",
  "192.0.2": "OK",
  "198.51.100.": "OK",
  "203.0.113.9": "REJECT no",
};
const world: TestWorld = {
  tables: { "hash:/t": access, "pcre:/p": { "x.y.test": "found" }, "hash:/broken": "cannot open" },
};

Deno.test("matchString() takes whole names only (postconf(5) mydestination)", () => {
  const rows: readonly [items: string, name: string, result: string][] = [
    ["ref.test", "ref.test", "ref.test"],
    ["ref.test", "REF.TEST.", "ref.test"],
    ["ref.test", "a.ref.test", "-"],
    [".ref.test", "a.ref.test", "-"],
    ["bücher.test", "xn--bcher-kva.test", "bücher.test"],
    ["xn--bcher-kva.test", "BÜCHER.test", "xn--bcher-kva.test"],
    ["!a.test hash:/t", "a.test", "no !a.test"],
    ["hash:/t !a.test", "a.test", "hash:/t a.test"],
    ["!hash:/t a.test", "a.test", "no hash:/t a.test"],
    ["!!a.test", "a.test", "!!a.test"],
    ["hash:/t", "x.a.test", "-"],
    ["hash:/t", "x.dot.test", "-"],
    ["hash:/broken a.test", "a.test", "failure cannot open"],
    ["a.test hash:/broken", "a.test", "a.test"],
    ["[192.0.2.1]", "[192.0.2.1]", "[192.0.2.1]"],
    ["", "a.test", "-"],
  ];
  for (const [items, name, result] of rows) {
    const list = parseStringList(words(items), { name: "mydestination" });
    assertEquals(said(run(matchString(list, name), world)), result, `${items}: ${name}`);
  }
});

Deno.test("matchDomain() takes names below in or not (postconf(5) parent_domain_matches_subdomains)", () => {
  const rows: readonly [items: string, subdomains: boolean, name: string, result: string][] = [
    ["ref.test", true, "a.b.ref.test", "ref.test"],
    ["ref.test", true, "xref.test", "-"],
    ["ref.test", false, "a.ref.test", "-"],
    [".ref.test", false, "a.ref.test", ".ref.test"],
    [".ref.test", false, "ref.test", "-"],
    [".ref.test", true, "a.ref.test", "-"],
    ["!bad.ref.test ref.test", true, "x.bad.ref.test", "no !bad.ref.test"],
    ["!bad.ref.test ref.test", true, "ref.test", "ref.test"],
    ["hash:/t", true, "x.y.a.test", "hash:/t a.test"],
    ["hash:/t", false, "x.a.test", "-"],
    ["hash:/t", true, "x.dot.test", "hash:/t .dot.test"],
    ["hash:/t", true, "dot.test", "-"],
    ["hash:/t", false, "x.y.dot.test", "hash:/t .dot.test"],
    ["pcre:/p", true, "x.y.test", "pcre:/p x.y.test"],
    ["pcre:/p", true, "a.x.y.test", "-"],
  ];
  for (const [items, subdomains, name, result] of rows) {
    const list = parseDomainList(words(items), { name: "relay_domains", subdomains });
    assertEquals(said(run(matchDomain(list, name), world)), result, `${items}: ${name}`);
  }
  const letter = parseDomainList([".ref.test", "hash:/t"], { name: "relay_domains", dottedKeys: false });
  assertEquals(said(run(matchDomain(letter, "x.dot.test"), world)), "-");
  assertEquals(said(run(matchDomain(letter, "x.ref.test"), world)), "-");
  assertEquals(letter.warnings, ['".ref.test" matches nothing: names below are meant without the dot']);
});

Deno.test("matchNetwork() compares item by item, the name before the address (postconf(5) mynetworks)", () => {
  const rows: readonly [items: string, name: string, address: string, result: string][] = [
    ["127.0.0.0/8", "localhost", "127.0.0.1", "127.0.0.0/8"],
    ["127.0.0.0/8", "localhost", "::1", "-"],
    ["[::1]/128", "localhost", "::1", "[::1]/128"],
    ["[::1]", "localhost", "::1", "[::1]"],
    ["[2001:db8::]/32", "unknown", "2001:db8:1::1", "[2001:db8::]/32"],
    ["[2001:db8::]/32", "unknown", "2001:db9::1", "-"],
    ["192.0.2.5", "unknown", "192.0.2.5", "192.0.2.5"],
    ["192.0.2.5", "unknown", "192.0.2.50", "-"],
    ["!192.0.2.5 192.0.2.0/24", "unknown", "192.0.2.5", "no !192.0.2.5"],
    ["192.0.2.0/24 !192.0.2.5", "unknown", "192.0.2.5", "192.0.2.0/24"],
    ["0.0.0.0/0", "unknown", "203.0.113.1", "0.0.0.0/0"],
    ["0.0.0.0/0", "unknown", "::1", "-"],
    ["example.test", "mail.EXAMPLE.test", "203.0.113.1", "example.test"],
    ["example.test", "notexample.test", "203.0.113.1", "-"],
    [".example.test", "mail.example.test", "203.0.113.1", "-"],
    ["unknown", "unknown", "203.0.113.1", "unknown"],
    [".example.test", "example.test", "203.0.113.1", "-"],
    ["hash:/t", "mx.a.test", "203.0.113.1", "hash:/t a.test"],
    ["hash:/t", "unknown", "203.0.113.9", "no hash:/t 203.0.113.9"],
    ["hash:/t", "unknown", "192.0.2.7", "hash:/t 192.0.2"],
    ["hash:/t", "unknown", "198.51.100.7", "hash:/t 198.51.100."],
    ["!hash:/t 203.0.113.0/24", "unknown", "203.0.113.9", "no hash:/t 203.0.113.9"],
    ["192.0.2.5/24", "unknown", "::1", "-"],
    ["10.0.0.0/8 192.0.2.5/24", "unknown", "10.0.0.1", "10.0.0.0/8"],
    ["", "unknown", "127.0.0.1", "-"],
  ];
  for (const [items, name, address, result] of rows) {
    const list = parseNetworkList(words(items), { name: "mynetworks" });
    const found = said(run(matchNetwork(list, { name, address }), world));
    assertEquals(found, result, `${items}: ${name}[${address}]`);
  }
  const wrong = parseNetworkList(["192.0.2.5/24"], { name: "mynetworks" });
  assertEquals(
    said(run(matchNetwork(wrong, { name: "unknown", address: "192.0.2.5" }), world)),
    'failure mynetworks: non-null host address bits in "192.0.2.5/24", perhaps you should use "192.0.2.0/24" instead',
  );
});

Deno.test("matchNetwork() weighs what a line says, unless told to read as Postfix does", () => {
  const rows: readonly [value: string, weighed: string, postfix: string][] = [
    ["OK", "match", "match"],
    ["permit_mynetworks", "match", "match"],
    ["REJECT", "excluded", "match"],
    ["reject go away", "excluded", "match"],
    ["550", "excluded", "match"],
    ["450 4.7.1 later", "excluded", "match"],
    ["DEFER", "excluded", "match"],
    ["DUNNO", "none", "match"],
    ["REJECTED", "match", "match"],
    ["5500", "match", "match"],
  ];
  for (const [value, weighed, postfix] of rows) {
    const tables = { "hash:/t": { "192.0.2.1": value } };
    const options = { name: "mynetworks" };
    const client = { name: "unknown", address: "192.0.2.1" };
    const ours = run(matchNetwork(parseNetworkList(["hash:/t"], options), client), { tables });
    const theirs = run(
      matchNetwork(parseNetworkList(["hash:/t"], { ...options, tableActions: false }), client),
      { tables },
    );
    assertEquals([ours.kind, theirs.kind], [weighed, postfix], value);
  }
  const list = parseNetworkList(["hash:/t"], { name: "mynetworks" });
  const tables = { "hash:/t": { "192.0.2.": "REJECT" } };
  assertEquals(run(matchNetwork(list, { name: "unknown", address: "192.0.2.1" }), { tables }), {
    kind: "excluded",
    list: "mynetworks",
    table: "hash:/t",
    key: "192.0.2.",
    line: 1,
    value: "REJECT",
    note: "REJECT in a table of mynetworks is no trust (Postfix would take any line for trust); " +
      'Postfix does not look for the key "192.0.2." here',
  });
});

Deno.test("matchNetwork() asks a table for Postfix's keys first (postconf(5) mynetworks)", () => {
  const keys = (items: string, dottedKeys: boolean, client: { name: string; address: string }) => {
    const asked: string[] = [];
    const tables = { "hash:/t": {}, "cidr:/t": {} };
    run(
      matchNetwork(parseNetworkList([items], { name: "mynetworks", dottedKeys }), client),
      { tables },
      asked,
    );
    return asked.map((question) => question.split(" ")[1]).join(" ");
  };
  const client = { name: "a.b.test", address: "192.0.2.1" };
  assertEquals(keys("hash:/t", false, client), "a.b.test b.test test 192.0.2.1");
  assertEquals(
    keys("hash:/t", true, client),
    "a.b.test b.test test 192.0.2.1 .b.test .test 192.0.2 192.0.2. 192.0 192.0. 192 192.",
  );
  assertEquals(keys("cidr:/t", true, client), "a.b.test 192.0.2.1");
  assertEquals(
    keys("hash:/t", true, { name: "unknown", address: "2001:db8::1" }),
    "unknown 2001:db8::1 2001:db8: 2001:db8 2001",
  );
});

Deno.test("parse...List() tells what is wrong with an item, and where it stands (postconf(5) mynetworks)", () => {
  const rows: readonly [item: string, problem: string][] = [
    ["192.0.2/24", 'bad net/mask pattern: "192.0.2/24"'],
    ["192.0.2.0/33", 'bad net/mask pattern: "192.0.2.0/33"'],
    ["[::1", 'bad address pattern: "[::1"'],
    ["::1", 'an IPv6 address stands in brackets: "[::1]", not "::1"'],
    ["!2001:db8::/32", 'an IPv6 address stands in brackets: "[2001:db8::]/32", not "2001:db8::/32"'],
    ["/etc/networks", 'the file "/etc/networks" was not read in'],
    ["!", 'there is nothing behind the "!" of "!"'],
  ];
  for (const [item, problem] of rows) {
    assertEquals(parseNetworkList([item], { name: "mynetworks" }).problems, [problem], item);
  }
  const placed = parseNetworkList([{ text: "192.0.2.1/24", file: "/etc/postfix/nets", line: 3 }], {
    name: "mynetworks",
  });
  assertEquals(placed.problems, [
    '/etc/postfix/nets, line 3: non-null host address bits in "192.0.2.1/24", ' +
    'perhaps you should use "192.0.2.0/24" instead (in mynetworks)',
  ]);
  assertEquals(parseNetworkList(["10.0.0"], { name: "mynetworks" }).warnings, [
    '"10.0.0" is taken for a name: a network is written a.b.c.d/len',
  ]);
  const list = parseNetworkList([{ text: "192.0.2.1", file: "/nets", line: 3 }], { name: "mynetworks" });
  assertEquals(run(matchNetwork(list, { name: "unknown", address: "192.0.2.1" }), world), {
    kind: "match",
    list: "mynetworks",
    table: "/nets",
    key: "192.0.2.1",
    line: 3,
  });
});

Deno.test("isFixedTable() knows by its name which table takes parts of keys", () => {
  const rows: readonly [spec: string, fixed: boolean][] = [
    ["hash:/x", true],
    ["static:all", true],
    ["unix:passwd.byname", true],
    ["inline:{a=b}", true],
    ["sqlite:/x", true],
    ["regexp:/x", false],
    ["pcre:{{/x/ y}}", false],
    ["cidr:/x", false],
    ["socketmap:unix:/x:y", false],
    ["tcp:localhost:1", false],
    ["proxy:hash:/x", true],
    ["proxy:pcre:/x", false],
    ["unionmap:{pcre:/a, hash:/b}", true],
    ["pipemap:{pcre:/a,{cidr:/b}}", false],
  ];
  for (const [spec, fixed] of rows) assertEquals(isFixedTable(spec), fixed, spec);
});
