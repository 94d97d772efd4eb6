import { assertEquals } from "@std/assert";

import { StsCache } from "./sts_cache.ts";
import { parseStsPolicy, parseStsRecord, stsAllows, type StsPolicy } from "./sts_policy.ts";

Deno.test("parseStsRecord() takes the id of the one record of the domain (RFC 8461 §3.1)", () => {
  const rows: readonly (readonly [readonly string[], string | undefined])[] = [
    [["v=STSv1; id=20160831085700Z;"], "20160831085700Z"],
    [["v=STSv1;id=1"], "1"],
    [["v=spf1 -all", "v=STSv1; other=x; id=2 ;"], "2"],
    [["v=STSv1; id=1", "v=STSv1; id=2"], undefined],
    [["v=STSv1"], undefined],
    [["v=STSv1; id="], undefined],
    [["v=STSv1; id=a-b"], undefined],
    [[`v=STSv1; id=${"9".repeat(33)}`], undefined],
    [["v=STSv2; id=1"], undefined],
    [[" v=STSv1; id=1"], undefined],
    [[], undefined],
  ];
  for (const [texts, want] of rows) assertEquals(parseStsRecord(texts), want, texts.join("|"));
});

Deno.test("parseStsPolicy() reads a policy, and says what is wrong (RFC 8461 §3.2)", () => {
  const rows: readonly (readonly [string, StsPolicy | string])[] = [
    [
      "version: STSv1\r\nmode: enforce\r\nmx: mail.example.test\r\nmx: *.Example.net\r\nmax_age: 604800\r\n",
      { mode: "enforce", mx: ["mail.example.test", "*.example.net"], maxAgeSeconds: 604_800 },
    ],
    ["version: STSv1\nmode: none\nmax_age: 1", { mode: "none", mx: [], maxAgeSeconds: 1 }],
    [
      "version:STSv1\nmode:testing \nmode: enforce\nmx:a.test\nx-y: z\n\nmax_age: 9999999999",
      { mode: "testing", mx: ["a.test"], maxAgeSeconds: 31_557_600 },
    ],
    ["", "no version: STSv1"],
    ["version: STSv2\nmode: none\nmax_age: 1", "no version: STSv1"],
    ["version: STSv1\nmode: strict\nmax_age: 1", 'unknown mode "strict"'],
    ["version: STSv1\nmode: enforce\nmax_age: 1", "no mx"],
    ["version: STSv1\nmode: enforce\nmx: a.test", 'malformed max_age ""'],
    ["version: STSv1\nmode: enforce\nmx: a.test\nmax_age: -1", 'malformed max_age "-1"'],
    ["version: STSv1\nmode: enforce\nmx: *\nmax_age: 1", 'malformed mx "*"'],
    ["version: STSv1\nmode: enforce\nmx: a.*.test\nmax_age: 1", 'malformed mx "a.*.test"'],
    ["<html>", 'malformed line "<html>"'],
  ];
  for (const [text, want] of rows) assertEquals(parseStsPolicy(text), want, text);
});

Deno.test("stsAllows() takes *. for one label (RFC 8461 §4.1)", () => {
  const policy: StsPolicy = { mode: "enforce", mx: ["mail.example.test", "*.example.net"], maxAgeSeconds: 1 };
  const rows: readonly (readonly [string, boolean])[] = [
    ["mail.example.test", true],
    ["MAIL.Example.test.", true],
    ["mx.mail.example.test", false],
    ["mx.example.net", true],
    ["example.net", false],
    ["a.b.example.net", false],
    [".example.net", false],
    ["net", false],
  ];
  for (const [host, want] of rows) assertEquals(stsAllows(policy, host), want, host);
});

Deno.test("StsCache keeps a policy for its max_age, and a failure for some minutes (RFC 8461 §3.3)", () => {
  const cache = new StsCache({ maxDomains: 2 });
  const policy: StsPolicy = { mode: "enforce", mx: ["a.test"], maxAgeSeconds: 60 };
  cache.keep("a.test", "1", { policy, nowMs: 0 });
  assertEquals(cache.find("a.test", 59_999)?.id, "1");
  assertEquals(cache.find("a.test", 60_000), undefined);
  cache.keepFailure("a.test", "2", { text: "no", nowMs: 0 });
  assertEquals(cache.findFailure("a.test", "2", 299_999), "no");
  assertEquals(cache.findFailure("a.test", "3", 0), undefined);
  assertEquals(cache.findFailure("a.test", "2", 300_000), undefined);
  for (const name of ["b.test", "c.test", "d.test"]) cache.keep(name, "1", { policy, nowMs: 0 });
  assertEquals(["b.test", "c.test", "d.test"].map((name) => cache.find(name, 0)?.id), [undefined, "1", "1"]);
});
