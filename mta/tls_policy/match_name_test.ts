import { assertEquals } from "@std/assert";

import { certificateNames, matchesName } from "./match_name.ts";

Deno.test("matchesName() lets * stand for one whole label, and .parent for all below (RFC 6125 §6.4.3)", () => {
  const rows: readonly (readonly [name: string, pattern: string, want: boolean])[] = [
    ["mx.example.test", "mx.example.test", true],
    ["MX.Example.Test.", "mx.example.test", true],
    ["mx.example.test", "example.test", false],
    ["*.example.test", "mx.example.test", true],
    ["*.example.test", "example.test", false],
    ["*.example.test", "a.b.example.test", false],
    ["m*.example.test", "mx.example.test", false],
    ["*.test", "example.test", false],
    ["*", "test", false],
    ["mx.example.test", ".example.test", true],
    ["a.b.example.test", ".example.test", true],
    ["*.example.test", ".example.test", true],
    ["example.test", ".example.test", false],
    ["badexample.test", ".example.test", false],
    [".example.test", ".example.test", false],
    ["mx.example.test\0.evil.test", "mx.example.test", false],
    ["192.0.2.1", "192.0.2.1", true],
    ["xn--bcher-kva.test", "bücher.test", true],
    ["", "", false],
  ];
  for (const [name, pattern, want] of rows) {
    assertEquals(matchesName(name, pattern), want, `${name} ${pattern}`);
  }
});

Deno.test("certificateNames() counts the common name only where there is no other (RFC 6125 §6.4.4)", () => {
  assertEquals(certificateNames({ names: ["a.test"], subject: "b.test" }), ["a.test"]);
  assertEquals(certificateNames({ names: [], subject: "b.test" }), ["b.test"]);
  assertEquals(certificateNames({ names: [], subject: "" }), []);
});
