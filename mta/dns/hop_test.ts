import { assertEquals } from "@std/assert";

import { parseHop, splitHops } from "./hop.ts";

Deno.test("parseHop() reads domains, hosts, literals and ports (transport(5))", () => {
  const rows: readonly (readonly [text: string, want: string])[] = [
    ["example.test", "domain example.test 25"],
    ["Example.TEST.", "domain example.test 25"],
    ["example.test:2525", "domain example.test 2525"],
    ["example.test:submission", "domain example.test 587"],
    ["bücher.test", "domain xn--bcher-kva.test 25"],
    ["[mx.example.test]", "host mx.example.test 25"],
    ["[mx.example.test]:smtps", "host mx.example.test 465"],
    ["192.0.2.1", "address 192.0.2.1 25"],
    ["[192.0.2.1]:587", "address 192.0.2.1 587"],
    ["192.0.2.1:587", "address 192.0.2.1 587"],
    ["[IPv6:2001:DB8::1]", "address 2001:db8::1 25"],
    ["[2001:db8::1]:26", "address 2001:db8::1 26"],
    ["2001:db8::1", "address 2001:db8::1 25"],
    ["", "no host"],
    ["[]:25", "no host"],
    [":25", "no host"],
    ["[a.test", "unbalanced brackets"],
    ["a.test]", "unbalanced brackets"],
    ["[a.test]25", "unbalanced brackets"],
    ["a.test:", 'unknown service ""'],
    ["a.test:0", 'unknown service "0"'],
    ["a.test:65536", 'unknown service "65536"'],
    ["a.test:toString", 'unknown service "toString"'],
    ["a..test", "invalid host or domain name"],
    ["-x=y", "invalid host or domain name"],
    ["a/../b", "invalid host or domain name"],
  ];
  for (const [text, want] of rows) {
    const hop = parseHop(text, { defaultPort: 25, usesMx: true });
    const got = hop.kind === "hop"
      ? `${hop.target} ${hop.host} ${hop.port}`
      : hop.text.replace(`bad next hop "${text}": `, "");
    assertEquals(got, want, text);
  }
  const lmtp = parseHop("example.test", { defaultPort: 24, usesMx: false });
  assertEquals(lmtp.kind === "hop" && `${lmtp.target} ${lmtp.port}`, "host 24");
});

Deno.test("splitHops() takes lists with commas and blanks (postconf(5) relayhost)", () => {
  assertEquals(splitHops("[a.test]:587, b.test  c.test,"), ["[a.test]:587", "b.test", "c.test"]);
  assertEquals(splitHops("  "), []);
});
