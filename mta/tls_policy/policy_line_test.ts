import { assertEquals } from "@std/assert";

import { parsePolicyLine, type PolicyLine } from "./policy_line.ts";

Deno.test("parsePolicyLine() reads levels and attributes, and says what is wrong (postconf(5) smtp_tls_policy_maps)", () => {
  const rows: readonly (readonly [string, PolicyLine | string])[] = [
    ["none", { level: "none", attributes: {} }],
    ["MAY", { level: "may", attributes: {} }],
    ["dane-only", { level: "dane-only", attributes: {} }],
    [
      "encrypt protocols=TLSv1.2:TLSv1.3, ciphers=HIGH exclude=aNULL:RC4",
      {
        level: "encrypt",
        attributes: { protocols: "TLSv1.2 TLSv1.3", ciphers: "high", excludeCiphers: "aNULL RC4" },
      },
    ],
    [
      "secure match=example.test:.example.test servername=hostname connection_reuse=yes",
      { level: "secure", attributes: { match: ["example.test", ".example.test"], serverName: "hostname" } },
    ],
    ["verify match=a.test match=b.test", { level: "verify", attributes: { match: ["a.test", "b.test"] } }],
    ["fingerprint match=AA:BB|CC:DD", { level: "fingerprint", attributes: { match: ["AA:BB", "CC:DD"] } }],
    ["", 'invalid security level ""'],
    ["yes", 'invalid security level "yes"'],
    ["none match=a.test", 'attribute "match" at level none'],
    ["may match=a.test", 'attribute "match" at level may'],
    ["dane match=a.test", 'attribute "match" at level dane'],
    ["secure match=", 'malformed attribute "match="'],
    ["secure match", 'malformed attribute "match"'],
    ["secure colour=red", 'unknown attribute "colour"'],
  ];
  for (const [text, want] of rows) assertEquals(parsePolicyLine(text), want, text);
});
