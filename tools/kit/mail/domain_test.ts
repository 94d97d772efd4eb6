import { assert, assertEquals } from "@std/assert";

import { isValidDomain, normalizeDomain, parseAddressLiteral, toAscii } from "./domain.ts";

Deno.test("isValidDomain() takes names of hosts, also with underscores and in Unicode (RFC 1035 §2.3.1)", () => {
  const label63 = "a".repeat(63);
  for (
    const domain of [
      "localhost",
      "mail.example.test",
      "EXAMPLE.TEST",
      "a_b.test",
      "3com.test",
      "xn--bcher-kva.test",
      "bücher.test",
      "example.test.",
      `${label63}.test`,
      `${label63}.${label63}.${label63}.${"a".repeat(61)}`,
    ]
  ) assert(isValidDomain(domain), domain);
  for (
    const domain of [
      "",
      ".",
      ".test",
      "b..test",
      "test..",
      "-a.test",
      "a-.test",
      "a b.test",
      "a\0b.test",
      "a@b",
      "1.2.3.4",
      `${label63}a.test`,
      `${label63}.${label63}.${label63}.${label63}.a`,
      "[192.0.2.1]",
      "bü cher.test",
      "bü/cher.test",
      "bü%41.test",
    ]
  ) assert(!isValidDomain(domain), domain);
});

Deno.test("normalizeDomain() makes one of the Unicode, upper case and ASCII forms (RFC 5890 §2.3.2.4, report R23)", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["bücher.test", "xn--bcher-kva.test"],
    ["BÜCHER.test", "xn--bcher-kva.test"],
    ["bu\u0308cher.test", "xn--bcher-kva.test"],
    ["XN--BCHER-KVA.test", "xn--bcher-kva.test"],
    ["Example.TEST.", "example.test"],
    ["straße.test", "xn--strae-oqa.test"],
    ["例え。テスト", "xn--r8jz45g.xn--zckzah"],
    ["[192.0.2.1]", "[192.0.2.1]"],
    ["[ipv6:2001:DB8:0:0::1]", "[IPv6:2001:db8::1]"],
    ["[unknown:x]", "[unknown:x]"],
    ["", ""],
  ];
  for (const [domain, normal] of cases) assertEquals(normalizeDomain(domain), normal, domain);
});

Deno.test("toAscii() gives nothing for what has no ASCII form", () => {
  assertEquals(toAscii("bücher.test/x"), undefined);
  assertEquals(toAscii("ü@b.test"), undefined);
  assertEquals(toAscii("ü:25"), undefined);
  assertEquals(toAscii("xn--ü.test"), undefined);
});

Deno.test("parseAddressLiteral() reads IPv4 and tagged IPv6 only (RFC 5321 §4.1.3)", () => {
  assertEquals(parseAddressLiteral("[192.0.2.1]"), { family: 4, address: "192.0.2.1" });
  assertEquals(parseAddressLiteral("[IPv6:2001:DB8::1]"), { family: 6, address: "2001:db8::1" });
  for (const text of ["[::1]", "[IPv6:192.0.2.1]", "[192.0.2]", "192.0.2.1", "[]", "[x:y]", "[192.0.2.1"]) {
    assertEquals(parseAddressLiteral(text), undefined, text);
  }
});
