import { assert, assertEquals } from "@std/assert";

import { realRandom, SeededRandom } from "../base/random.ts";
import {
  equalAddresses,
  formatAddress,
  needsSmtpUtf8,
  normalizeAddress,
  parsePath,
  type PathReason,
  quoteLocalPart,
  splitAddress,
  unquoteLocalPart,
} from "./address.ts";

Deno.test("parsePath() reads the paths of RFC 5321 §4.1.2", () => {
  const cases: readonly (readonly [text: string, path: string, rest: string])[] = [
    ["<>", "", ""],
    ["<> BODY=8BITMIME", "", "BODY=8BITMIME"],
    ["<a@b.test>", "a@b.test", ""],
    ["<a@b.test>  SIZE=38677 AUTH=<> ", "a@b.test", "SIZE=38677 AUTH=<>"],
    ["<postmaster>", "postmaster", ""],
    ["<Postmaster>", "Postmaster", ""],
    ["<@a.test,@b.test:u@c.test>", "u@c.test", ""],
    ["<@[IPv6:::1]:u@c.test>", "u@c.test", ""],
    ["<a@[192.0.2.1]>", "a@[192.0.2.1]", ""],
    ["<a@[IPv6:2001:db8::1]>", "a@[IPv6:2001:db8::1]", ""],
    // Report R03.
    ['<"odd user"@ref.test>', '"odd user"@ref.test', ""],
    ['<"u1"@ref.test>', "u1@ref.test", ""],
    ['<"u\\1"@ref.test>', "u1@ref.test", ""],
    ['<"a>b@c d"@ref.test> SIZE=1', '"a>b@c d"@ref.test', "SIZE=1"],
    ['<"a\\"b"@ref.test>', '"a\\"b"@ref.test', ""],
    ['<""@ref.test>', '""@ref.test', ""],
    // Reports R05, R07.
    [
      "<SRS0=Ab1c=ft=sender.test=news@remote.test> BODY=8BITMIME",
      "SRS0=Ab1c=ft=sender.test=news@remote.test",
      "BODY=8BITMIME",
    ],
    ["<boun+ces@remote.test>", "boun+ces@remote.test", ""],
    ["<blå@remote.test> SMTPUTF8", "blå@remote.test", "SMTPUTF8"],
    ["<u1@bücher.test>", "u1@bücher.test", ""],
    ["<a@under_score.test>", "a@under_score.test", ""],
    [`<${"a".repeat(64)}@b.test>`, `${"a".repeat(64)}@b.test`, ""],
  ];
  for (const [text, path, rest] of cases) {
    assertEquals(parsePath(text, { strict: true }), { kind: "ok", path, rest }, text);
    assertEquals(parsePath(text), { kind: "ok", path, rest }, text);
  }
});

Deno.test("parsePath() refuses what is no path, strict or not (reports R04, R08, R24)", () => {
  const cases: readonly (readonly [text: string, reason: PathReason])[] = [
    ["<>>>>>", "text after the path"],
    ["<a@remote.test>>>", "text after the path"],
    ["<a@remote.test>SIZE=1", "text after the path"],
    ["<a@remote.test", "no closing angle bracket"],
    ["<", "no closing angle bracket"],
    ['<"a@remote.test>', "no closing angle bracket"],
    ["<a@b..test>", "bad domain"],
    ["<a@.b.test>", "bad domain"],
    ["<a@>", "bad domain"],
    ["<a@b@c.test>", "bad domain"],
    ["<a@b test>", "bad domain"],
    ["<a@[192.0.2.999]>", "bad domain"],
    ["<a@[::1]>", "bad domain"],
    ["<a@[192.0.2.1>", "bad domain"],
    [`<a@${"b".repeat(64)}.test>`, "bad domain"],
    [`<a@${"b.".repeat(127)}test>`, "bad domain"],
    ['<a"b@remote.test>', "bad local part"],
    ["<a\0b@remote.test>", "bad local part"],
    ['<"a\0b"@remote.test>', "bad local part"],
    ['<"a\rb"@remote.test>', "bad local part"],
    ['<"a"b@remote.test>', "bad local part"],
    ["<@b.test>", "bad source route"],
    ["<@a.test,b.test:u@c.test>", "bad source route"],
    ["<a b@c.test>", "bad local part"],
    ["< a@c.test>", "bad local part"],
    ["<a@c.test >", "bad domain"],
    ["<(x)a@c.test>", "bad local part"],
    ["<a\u0085@c.test>", "bad local part"],
    ["<a\ufffd@c.test>", "bad local part"],
    ["<a\ud800@c.test>", "bad local part"],
    ["", "no path"],
    [`<${"a".repeat(2000)}@b.test>`, "too long"],
  ];
  for (const [text, reason] of cases) {
    assertEquals(parsePath(text, { strict: true }), { kind: "malformed", reason }, text);
    assertEquals(parsePath(text), { kind: "malformed", reason }, text);
  }
});

Deno.test("parsePath() takes what Postfix takes, unless strict (postconf(5) strict_rfc821_envelopes)", () => {
  const cases: readonly (readonly [text: string, path: string, rest: string, strictReason: PathReason])[] = [
    ["a@b.test", "a@b.test", "", "no path"],
    [" <a@b.test>", "a@b.test", "", "no path"],
    ["a@b.test SIZE=1", "a@b.test", "SIZE=1", "no path"],
    ['"a b"@c.test X=1', '"a b"@c.test', "X=1", "no path"],
    ["postmaster", "postmaster", "", "no path"],
    ["<user>", "user", "", "no domain"],
    ["<a..b@c.test>", '"a..b"@c.test', "", "bad local part"],
    ["<a.@c.test>", '"a."@c.test', "", "bad local part"],
    ["<a@c.test.>", "a@c.test.", "", "bad domain"],
    [`<${"a".repeat(65)}@b.test>`, `${"a".repeat(65)}@b.test`, "", "too long"],
    [
      `<${"a".repeat(64)}@${"b".repeat(63)}.${"b".repeat(63)}.${"b".repeat(63)}.test>`,
      `${"a".repeat(64)}@${"b".repeat(63)}.${"b".repeat(63)}.${"b".repeat(63)}.test`,
      "",
      "too long",
    ],
  ];
  for (const [text, path, rest, reason] of cases) {
    assertEquals(parsePath(text), { kind: "ok", path, rest }, text);
    assertEquals(parsePath(text, { strict: true }), { kind: "malformed", reason }, text);
  }
  for (const text of ["a@b.test>", "a@b.test, c@d.test", "Name <a@b.test>", ">"]) {
    assertEquals(parsePath(text).kind, "malformed", text);
  }
});

Deno.test("parsePath() never throws, and what it gives it takes again", () => {
  const random = new SeededRandom(realRandom.below(2 ** 32));
  const alphabet = [...'<>@"\\.,: ab[]1-é=\0\r\t', "IPv6:", "::1", "xn--", "\ud83d\ude00", "\udc00"];
  for (let round = 0; round < 20_000; round++) {
    let text = random.below(2) === 0 ? "<" : "";
    for (let length = random.below(14); length > 0; length--) text += alphabet[random.below(alphabet.length)];
    if (random.below(2) === 0) text += ">";
    const result = parsePath(text);
    if (result.kind !== "ok") continue;
    const again = parsePath(`<${result.path}>`);
    assertEquals(
      again,
      { kind: "ok", path: result.path, rest: "" },
      `seed ${random.seed}: ${JSON.stringify(text)}`,
    );
    assertEquals(formatAddress(splitAddress(result.path)), result.path);
  }
});

Deno.test("splitAddress() cuts at the @ outside quotes", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["a@b.test", "a", "b.test"],
    ['"a@b"@c.test', '"a@b"', "c.test"],
    ['"a@b"', '"a@b"', ""],
    ["postmaster", "postmaster", ""],
    ["", "", ""],
    ["a@[IPv6:::1]", "a", "[IPv6:::1]"],
  ];
  for (const [address, localPart, domain] of cases) {
    assertEquals(splitAddress(address), { localPart, domain }, address);
    assertEquals(formatAddress({ localPart, domain }), address);
  }
});

Deno.test("quoteLocalPart() quotes what must be, unquoteLocalPart() undoes it (RFC 5321 §4.1.2)", () => {
  const cases: readonly (readonly [plain: string, wire: string])[] = [
    ["user", "user"],
    ["first.last+tag", "first.last+tag"],
    ["odd user", '"odd user"'],
    ['a"b\\c', '"a\\"b\\\\c"'],
    ["a@b", '"a@b"'],
    [".a", '".a"'],
    ["", '""'],
    ["blå", "blå"],
  ];
  for (const [plain, wire] of cases) {
    assertEquals(quoteLocalPart(plain), wire);
    assertEquals(unquoteLocalPart(wire), plain);
  }
  assertEquals(unquoteLocalPart('"a\\b"'), "ab");
});

Deno.test("equalAddresses() looks through case, quoting and forms of the domain (RFC 5890 §2.3.2.4)", () => {
  assert(equalAddresses("U1@Bücher.test", "u1@XN--BCHER-KVA.test."));
  assert(equalAddresses('"u1"@a.test', "u1@a.test"));
  assert(equalAddresses("", ""));
  assert(!equalAddresses("", '""'));
  assert(!equalAddresses("u1@a.test", "u1@b.test"));
  assert(!equalAddresses("u1", "u1@b.test"));
  assertEquals(normalizeAddress("A.B@C.Test"), "a.b@c.test");
  assert(needsSmtpUtf8("blå@a.test") && !needsSmtpUtf8("bla@a.test"));
});
