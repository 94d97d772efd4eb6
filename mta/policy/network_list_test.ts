import { assertEquals } from "@std/assert";

import { findDomain, parseDomainList } from "./domain_list.ts";
import { findNetwork, parseNetworkList } from "./network_list.ts";

Deno.test("findNetwork() takes the first item that matches name or address (postconf(5) mynetworks)", () => {
  const rows: readonly [items: string, name: string, address: string, item: string | undefined][] = [
    ["127.0.0.0/8", "localhost", "127.0.0.1", "127.0.0.0/8"],
    ["127.0.0.0/8", "localhost", "::1", undefined],
    ["[::1]/128", "localhost", "::1", "[::1]/128"],
    ["[2001:db8::]/32", "unknown", "2001:db8:1::1", "[2001:db8::]/32"],
    ["[2001:db8::]/32", "unknown", "2001:db9::1", undefined],
    ["192.0.2.5", "unknown", "192.0.2.5", "192.0.2.5"],
    ["192.0.2.5", "unknown", "192.0.2.50", undefined],
    ["!192.0.2.5 192.0.2.0/24", "unknown", "192.0.2.5", undefined],
    ["!192.0.2.5 192.0.2.0/24", "unknown", "192.0.2.6", "192.0.2.0/24"],
    ["192.0.2.0/24 !192.0.2.5", "unknown", "192.0.2.5", "192.0.2.0/24"],
    ["0.0.0.0/0", "unknown", "203.0.113.1", "0.0.0.0/0"],
    ["0.0.0.0/0", "unknown", "::1", undefined],
    ["example.test", "example.test", "203.0.113.1", "example.test"],
    ["example.test", "mail.EXAMPLE.test", "203.0.113.1", "example.test"],
    ["example.test", "notexample.test", "203.0.113.1", undefined],
    [".example.test", "example.test", "203.0.113.1", undefined],
    [".example.test", "mail.example.test", "203.0.113.1", ".example.test"],
    ["unknown", "unknown", "203.0.113.1", undefined],
    ["", "unknown", "127.0.0.1", undefined],
  ];
  for (const [items, name, address, item] of rows) {
    const list = parseNetworkList(items.split(" ").filter((text) => text !== ""));
    assertEquals(list.problems, [], items);
    assertEquals(findNetwork(list, { name, address }), item, `${items}: ${name}[${address}]`);
  }
});

Deno.test("parseNetworkList() tells what is wrong with an item (postconf(5) mynetworks)", () => {
  const rows: readonly [item: string, problem: string][] = [
    [
      "192.0.2.5/24",
      'non-null host address bits in "192.0.2.5/24", perhaps you should use "192.0.2.0/24" instead',
    ],
    ["192.0.2/24", 'bad net/mask pattern: "192.0.2/24"'],
    ["192.0.2.0/33", 'bad net/mask pattern: "192.0.2.0/33"'],
    ["::1", 'write an IPv6 address in brackets: "::1"'],
    ["2001:db8::/32", 'write an IPv6 address in brackets: "2001:db8::/32"'],
    [
      "hash:/etc/postfix/networks",
      'tables and files are not looked up in this list: "hash:/etc/postfix/networks"',
    ],
  ];
  for (const [item, problem] of rows) assertEquals(parseNetworkList([item]).problems, [problem], item);
});

Deno.test("findDomain() matches exact names, or names below too (postconf(5) parent_domain_matches_subdomains)", () => {
  const rows: readonly [items: string, subdomains: boolean, domain: string, item: string | undefined][] = [
    ["ref.test", false, "ref.test", "ref.test"],
    ["ref.test", false, "REF.TEST.", "ref.test"],
    ["ref.test", false, "a.ref.test", undefined],
    [".ref.test", false, "a.ref.test", undefined],
    ["ref.test", true, "a.b.ref.test", "ref.test"],
    ["ref.test", true, "xref.test", undefined],
    ["!bad.ref.test ref.test", true, "x.bad.ref.test", undefined],
    ["!bad.ref.test ref.test", true, "ref.test", "ref.test"],
    ["bücher.test", false, "xn--bcher-kva.test", "bücher.test"],
    ["xn--bcher-kva.test", false, "BÜCHER.test", "xn--bcher-kva.test"],
  ];
  for (const [items, subdomains, domain, item] of rows) {
    assertEquals(
      findDomain(parseDomainList(items.split(" "), { subdomains }), domain),
      item,
      `${items}: ${domain}`,
    );
  }
});
