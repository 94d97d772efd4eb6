import { assertEquals } from "@std/assert";

import { defaultDnsSettings, parseDnsServer, parseResolvConf, sameDnsSettings } from "./resolv_conf.ts";

Deno.test("parseResolvConf() reads name servers and options (resolv.conf(5))", () => {
  const text = [
    "# a comment",
    "; another",
    "search a.test b.test",
    "nameserver 192.0.2.53 # first",
    "\tnameserver\t2001:DB8::53",
    "nameserver nonsense",
    "nameserver fe80::1%eth0",
    "nameserver 192.0.2.99",
    "options ndots:5 timeout:3 attempts:9 rotate edns0 trust-ad",
  ].join("\n");
  const servers = ["192.0.2.53", "2001:db8::53", "fe80::1%eth0"].map((address) => ({ address, port: 53 }));
  assertEquals(parseResolvConf(text), { servers, timeoutMs: 3000, attempts: 5, rotate: true });
});

Deno.test("parseResolvConf() asks this machine when nobody is named (resolv.conf(5))", () => {
  for (const text of ["", "nameserver", "garbage\0\n\n", "options timeout:x attempts:"]) {
    assertEquals(parseResolvConf(text), defaultDnsSettings);
  }
  assertEquals(parseResolvConf("options timeout:0 attempts:0\r\n"), {
    ...defaultDnsSettings,
    timeoutMs: 1000,
    attempts: 1,
  });
});

Deno.test("parseDnsServer() takes addresses, with a port or without", () => {
  const rows: readonly (readonly [string, string | undefined, number?])[] = [
    ["192.0.2.53", "192.0.2.53", 53],
    ["192.0.2.53:5353", "192.0.2.53", 5353],
    ["2001:db8:0::53", "2001:db8::53", 53],
    ["[2001:db8::53]", "2001:db8::53", 53],
    ["[::1]:5353", "::1", 5353],
    ["ns.test", undefined],
    ["192.0.2.53:0", undefined],
    ["192.0.2.53:65536", undefined],
    ["192.0.2.53:", undefined],
    ["192.0.2", undefined],
    ["", undefined],
  ];
  for (const [text, address, port] of rows) {
    assertEquals(parseDnsServer(text), address === undefined ? undefined : { address, port: port! }, text);
  }
});

Deno.test("sameDnsSettings() compares what is asked, and how", () => {
  assertEquals(sameDnsSettings(defaultDnsSettings, { ...defaultDnsSettings }), true);
  assertEquals(sameDnsSettings(defaultDnsSettings, { ...defaultDnsSettings, rotate: true }), false);
  assertEquals(sameDnsSettings(defaultDnsSettings, parseResolvConf("nameserver 192.0.2.1")), false);
});
