import { assertEquals } from "@std/assert";

import { addressBlock } from "./address_block.ts";
import { plainAddress } from "./connection.ts";
import { addressOctets, addressText } from "./ip_octets.ts";

Deno.test("addressOctets() and addressText() agree on the canonical text (RFC 5952 §4)", () => {
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["192.0.2.1", "192.0.2.1"],
    ["::", "::"],
    ["::1", "::1"],
    ["1::", "1::"],
    ["2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
    ["10:0:0:1::", "10:0:0:1::"],
    ["::ffff:192.0.2.1", "::ffff:c000:201"],
    ["fe80::1%eth0", "fe80::1"],
    ["256.1.1.1", undefined],
    ["1.2.3", undefined],
    ["1:2:3:4:5:6:7", undefined],
    ["1:2:3:4:5:6:7:8:9", undefined],
    ["1::2::3", undefined],
    ["12345::", undefined],
    ["mail.test", undefined],
  ];
  for (const [text, canonical] of rows) {
    const octets = addressOctets(text);
    assertEquals(octets === undefined ? undefined : addressText(octets), canonical, text);
  }
});

Deno.test("addressBlock() takes an IPv6 client by its /64 (RFC 6177 §2)", () => {
  assertEquals(addressBlock("192.0.2.1"), "192.0.2.1");
  assertEquals(addressBlock("2001:db8:0:1::5"), "2001:db8:0:1::/64");
  assertEquals(addressBlock("2001:db8:0:1:ffff::9"), "2001:db8:0:1::/64");
  assertEquals(addressBlock("::1"), "::/64");
});

Deno.test("plainAddress() gives an IPv4 client of a socket for both families its own form (RFC 4291 §2.5.5.2)", () => {
  assertEquals(plainAddress("::ffff:192.0.2.1"), "192.0.2.1");
  assertEquals(plainAddress("2001:db8::1"), "2001:db8::1");
});
