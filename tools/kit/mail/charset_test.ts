import { assertEquals } from "@std/assert";

import { latin1Bytes, utf8Bytes } from "../base/bytes.ts";
import { decodeCharset } from "./charset.ts";

Deno.test("decodeCharset() knows the names that mail uses (RFC 2046 §4.1.2)", () => {
  const cases: readonly (readonly [charset: string, octets: string, text: string])[] = [
    ["utf-8", "bl\xc3\xa5", "blå"],
    ["UTF8", "bl\xc3\xa5", "blå"],
    [" ISO-8859-1 ", "bl\xe5", "blå"],
    ["windows-1252", "\x80", "€"],
    ["koi8-r", "\xf0\xd2", "Пр"],
    ["iso-2022-jp", "\x1b$B%F\x1b(B", "テ"],
    ["gb2312", "\xc4\xe3", "你"],
    ["cp936", "\xc4\xe3", "你"],
    ["ks_c_5601-1987", "\xb0\xa1", "가"],
    ["utf-16le", "a\0b\0", "ab"],
    ["utf-7", "Hi Mom +Jjo-!  +-", "Hi Mom ☺!  +"],
  ];
  for (const [charset, octets, text] of cases) {
    assertEquals(decodeCharset(latin1Bytes(octets), charset), text, charset);
  }
});

Deno.test("decodeCharset() guesses where the name says nothing or is wrong", () => {
  for (const charset of ["", "us-ascii", "unknown-8bit", "x-no-such", "iso-2022-kr", "default_charset"]) {
    assertEquals(decodeCharset(utf8Bytes("blå"), charset), "blå", charset);
    assertEquals(decodeCharset(latin1Bytes("bl\xe5"), charset), "blå", charset);
  }
  for (let count = 0; count < 1000; count++) decodeCharset(utf8Bytes("a"), `x-${count}`);
  assertEquals(decodeCharset(latin1Bytes("a\xff"), "utf-8"), "a\ufffd");
});
