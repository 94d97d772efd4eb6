import { assert, assertEquals } from "@std/assert";

import { canonicalIp, isIpv4, isIpv6, matchesCidr, parseCidr, parseIp } from "./ip.ts";

Deno.test("isIpv4() and isIpv6() know addresses from what only looks like them (RFC 4291 §2.2)", () => {
  for (const text of ["0.0.0.0", "192.0.2.1", "255.255.255.255"]) assert(isIpv4(text), text);
  for (const text of ["", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.4 ", "a.b.c.d", "1..2.3"]) {
    assert(!isIpv4(text), text);
  }
  for (
    const text of ["::", "::1", "1::", "2001:DB8::1", "1:2:3:4:5:6:7:8", "::ffff:192.0.2.1", "1::2:3:4:5:6:7"]
  ) {
    assert(isIpv6(text), text);
  }
  for (
    const text of [
      "",
      ":",
      ":::",
      "1::2::3",
      "1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:8:9",
      "1:2:3:4:5:6:7::8",
      "12345::",
      "fe80::1%eth0",
      "::1.2.3",
      "1.2.3.4::",
      "192.0.2.1",
      "g::",
    ]
  ) assert(!isIpv6(text), text);
});

Deno.test("canonicalIp() writes one text for one address (RFC 5952 §4)", () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ["2001:DB8:0:0:0:0:0:1", "2001:db8::1"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["0:0:0:0:0:0:0:0", "::"],
    ["1:0:0:0:0:0:0:0", "1::"],
    ["::FFFF:c000:0201", "::ffff:192.0.2.1"],
    ["192.0.2.1", "192.0.2.1"],
    ["nonsense", undefined],
  ];
  for (const [text, canonical] of cases) assertEquals(canonicalIp(text), canonical, text);
});

Deno.test("parseCidr() refuses host bits with what to write instead (postconf(5) mynetworks)", () => {
  const cases: readonly (readonly [string, string])[] = [
    [
      "10.1.2.3/8",
      'non-null host address bits in "10.1.2.3/8", perhaps you should use "10.0.0.0/8" instead',
    ],
    [
      "[2001:db8::1]/32",
      'non-null host address bits in "2001:db8::1/32", perhaps you should use "2001:db8::/32" instead',
    ],
    ["10.0.0.0/33", 'bad net/mask pattern: "10.0.0.0/33"'],
    ["10.0.0/8", 'bad net/mask pattern: "10.0.0/8"'],
    ["10.0.0.0/", 'bad net/mask pattern: "10.0.0.0/"'],
    ["[10.0.0.0]/8", 'bad net/mask pattern: "[10.0.0.0]/8"'],
    ["host.test", 'bad address pattern: "host.test"'],
  ];
  for (const [text, reason] of cases) assertEquals(parseCidr(text), { kind: "malformed", reason }, text);
});

Deno.test("matchesCidr() compares the bits that count, within one family", () => {
  const cases: readonly (readonly [string, string, boolean])[] = [
    ["192.0.2.0/24", "192.0.2.255", true],
    ["192.0.2.0/24", "192.0.3.0", false],
    ["192.0.2.128/25", "192.0.2.127", false],
    ["192.0.2.128/25", "192.0.2.129", true],
    ["0.0.0.0/0", "203.0.113.9", true],
    ["0.0.0.0/0", "::1", false],
    ["::/0", "192.0.2.1", false],
    ["[::1]/128", "::1", true],
    ["2001:db8::/33", "2001:db8:8000::", false],
    ["2001:db8::/33", "2001:db8:7fff::", true],
    ["192.0.2.1", "192.0.2.1", true],
    ["192.0.2.1", "192.0.2.2", false],
    ["192.0.2.0/24", "unknown", false],
  ];
  for (const [text, address, expected] of cases) {
    const result = parseCidr(text);
    assert(result.kind === "ok", text);
    assertEquals(matchesCidr(result.cidr, address), expected, `${text} ${address}`);
    const octets = parseIp(address);
    if (octets !== undefined) assertEquals(matchesCidr(result.cidr, octets), expected, `${text} ${address}`);
  }
  const result = parseCidr("[2001:DB8::]/32");
  assert(result.kind === "ok");
  assertEquals(result.cidr, { octets: parseIp("2001:db8::"), bits: 32 });
});
