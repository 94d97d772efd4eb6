import { assertEquals } from "@std/assert";

import { noHosts, parseHosts } from "./hosts.ts";

Deno.test("parseHosts() reads names and addresses (hosts(5))", () => {
  const hosts = parseHosts([
    "# comment",
    "127.0.0.1\tlocalhost",
    "::1 localhost ip6-localhost # loopback",
    "192.0.2.5 NAS.lan nas",
    "192.0.2.6 other.lan nas",
    "192.0.2.5 second.lan",
    "2001:DB8:0::5 nas.lan",
    "nonsense name.lan",
    "192.0.2.7",
    "192.0.2.8 - 1.2.3.4",
    "",
  ].join("\n"));
  assertEquals(
    ["127.0.0.1", "::1", "192.0.2.5", "2001:db8::5", "192.0.2.7", "192.0.2.8", "x"].map(hosts.nameOf),
    [
      "localhost",
      "localhost",
      "nas.lan",
      "nas.lan",
      undefined,
      undefined,
      undefined,
    ],
  );
  assertEquals(["nas.lan", "nas", "Localhost", "second.lan", "name.lan"].map(hosts.addressesOf), [
    ["192.0.2.5", "2001:db8::5"],
    ["192.0.2.5", "192.0.2.6"],
    ["127.0.0.1", "::1"],
    ["192.0.2.5"],
    [],
  ]);
  assertEquals([noHosts.nameOf("127.0.0.1"), noHosts.addressesOf("localhost")], [undefined, []]);
});
