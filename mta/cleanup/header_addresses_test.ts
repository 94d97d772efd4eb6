import { assertEquals } from "@std/assert";

import { latin1Text, utf8Bytes } from "../../tools/kit/base/bytes.ts";

import { findHeaderAddresses, replaceHeaderAddresses } from "./header_addresses.ts";

Deno.test("findHeaderAddresses() finds each address and nothing else (RFC 5322 §3.4)", () => {
  const rows: readonly (readonly [string, string])[] = [
    [" ann", "ann"],
    [" ann@x.test", "ann@x.test"],
    [" Ann <ann@x.test>, bob", "ann@x.test bob"],
    [' "Lee, Ann" <ann>', "ann"],
    [" =?utf-8?q?Lee=2C?= <ann>", "ann"],
    [" ann (home) @ x . test", "ann@x.test"],
    [" ann@x.test (Ann), (c) bob (d)", "ann@x.test bob"],
    [' "odd one"@x.test', '"odd one"@x.test'],
    [' "ann"@x.test', "ann@x.test"],
    [" <@relay.test,@b.test:ann@x.test>", "ann@x.test"],
    [" Team: ann, Bob <bob>;, eve", "ann bob eve"],
    [" undisclosed-recipients:;", ""],
    [" ann@[192.0.2.1], b@[IPv6:::1]", "ann@[192.0.2.1] b@[IPv6:::1]"],
    [" site!ann, ann%x", "site!ann ann%x"],
    ["\n\tann,\n\tbob\n", "ann bob"],
    [" Ann Lee", ""],
    [" <>", ""],
    [" <ann@x.test, bob", ""],
    [" ann@x@y", ""],
    [" ann@", ""],
    [" @x.test", ""],
    [' "ann, bob', ""],
    [" ann\\@x.test", ""],
    ["", ""],
    [" ,,ann,;", "ann"],
  ];
  for (const [value, expected] of rows) {
    assertEquals(findHeaderAddresses(value).map(({ address }) => address).join(" "), expected, value);
  }
});

Deno.test("replaceHeaderAddresses() keeps names, comments and folds", () => {
  const rows: readonly (readonly [string, string])[] = [
    [" ann\n", " NEW\n"],
    [' "Lee, A." <ann> (c),\n\tbob (Bob)\n', ' "Lee, A." <NEW> (c),\n\tNEW (Bob)\n'],
    [" < ann @ x . test >\n", " < NEW >\n"],
    [" ann (home) @ x.test\n", " NEW (home)\n"],
    [" A <@r.test:ann@x.test>\n", " A <NEW>\n"],
    [" t: a, b;\n", " t: NEW, NEW;\n"],
  ];
  for (const [value, expected] of rows) {
    const changes = findHeaderAddresses(value).map((place) => [place, "NEW"] as const);
    assertEquals(replaceHeaderAddresses(value, changes), expected);
  }
});

Deno.test("addresses in UTF-8 are read and written as such; other octets are left alone (RFC 6532 §3.2)", () => {
  const value = latin1Text(utf8Bytes(" Å <å@ä.test>, \n"));
  const [place] = findHeaderAddresses(value);
  assertEquals(place!.address, "å@ä.test");
  assertEquals(
    replaceHeaderAddresses(value, [[place!, "ö@ä.test"]]),
    latin1Text(utf8Bytes(" Å <ö@ä.test>, \n")),
  );
  assertEquals(findHeaderAddresses(" \xe5@x.test"), []);
});
