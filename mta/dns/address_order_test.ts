import { assert, assertEquals } from "@std/assert";

import { SeededRandom } from "../../tools/kit/base/random.ts";

import { familyOf, orderHosts } from "./address_order.ts";

const settings = {
  addressPreference: "any",
  balancesFamilies: true,
  randomizes: false,
  addressLimit: 5,
} as const;
const unused = { below: () => 0 };

function order(text: string, changes: Partial<Parameters<typeof orderHosts>[1]> = {}): string {
  const hosts = text.split(" ").map((word) => {
    const [preference = "", address = ""] = word.split("/");
    return { preference: Number(preference), address };
  });
  return orderHosts(hosts, { ...settings, ...changes }, unused)
    .map(({ preference, address }) => `${preference}/${address}`).join(" ");
}

Deno.test("orderHosts() goes by preference, then by smtp_address_preference (RFC 5321 §5.1)", () => {
  assertEquals(order("20/192.0.2.1 10/2001:db8::1 10/192.0.2.2"), "10/2001:db8::1 10/192.0.2.2 20/192.0.2.1");
  const mixed = "10/2001:db8::1 10/192.0.2.1 20/192.0.2.2";
  assertEquals(order(mixed, { addressPreference: "ipv4" }), "10/192.0.2.1 10/2001:db8::1 20/192.0.2.2");
  assertEquals(order(mixed, { addressPreference: "ipv6" }), mixed);
});

Deno.test("orderHosts() keeps smtp_mx_address_limit, and room for the rarer family (smtp_balance_inet_protocols)", () => {
  const six = "1/2001:db8::1 1/2001:db8::2 1/2001:db8::3 1/2001:db8::4 1/2001:db8::5 1/192.0.2.1";
  assertEquals(order(six).split(" ").at(-1), "1/192.0.2.1");
  assertEquals(order(six).split(" ").length, 5);
  assertEquals(order(six, { balancesFamilies: false }).includes("192.0.2.1"), false);
  assertEquals(order(six, { addressLimit: 1 }), "1/2001:db8::1");
  assertEquals(order(six, { addressLimit: 0 }), six);
});

Deno.test("orderHosts() mixes equals only, and every one of them comes first at times (RFC 5321 §5.1)", () => {
  const hosts = [1, 2, 3].map((digit) => ({ preference: 10, address: `192.0.2.${digit}` }));
  const worse = { preference: 20, address: "2001:db8::9" };
  const random = new SeededRandom(1);
  const first = new Set<string>();
  for (let round = 0; round < 100; round++) {
    const ordered = orderHosts([worse, ...hosts], { ...settings, randomizes: true }, random);
    assertEquals(ordered.at(-1), worse);
    first.add(ordered[0]!.address);
  }
  assertEquals(first.size, 3);
});

Deno.test("orderHosts() loses nobody of a random list and keeps both families when it must cut", () => {
  for (let seed = 0; seed < 300; seed++) {
    const random = new SeededRandom(seed);
    const hosts = Array.from({ length: 1 + random.below(12) }, (_, index) => ({
      preference: random.below(3),
      address: random.below(4) === 0 ? `192.0.2.${index}` : `2001:db8::${index + 1}`,
    }));
    const addressLimit = random.below(7);
    const ordered = orderHosts(hosts, { ...settings, randomizes: true, addressLimit }, random);
    const most = addressLimit === 0 ? hosts.length : Math.min(hosts.length, addressLimit);
    assertEquals(ordered.length, most, `seed ${seed}`);
    assertEquals(new Set(ordered).size, most, `seed ${seed}`);
    if (most < 2) continue;
    const families = (list: typeof hosts) => new Set(list.map(({ address }) => familyOf(address))).size;
    assert(families([...ordered]) === families(hosts), `seed ${seed}`);
  }
});
