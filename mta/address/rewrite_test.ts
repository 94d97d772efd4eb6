import { assertEquals } from "@std/assert";

import { addressWords } from "./address_words.ts";
import { defaultAddressSettings } from "./default_settings.ts";
import { findDelimiter } from "./extension.ts";
import { plainLocalPart, requote, rewriteAddress } from "./rewrite.ts";
import type { AddressSettings } from "./settings.ts";

const settings = defaultAddressSettings("mx.ref.test");

Deno.test("rewriteAddress() completes addresses (trivial-rewrite(8))", () => {
  const rows: readonly [changes: Partial<AddressSettings>, address: string, result: string][] = [
    [{}, "joe", "joe@mx.ref.test"],
    [{}, "", ""],
    [{}, "@", ""],
    [{}, '""', '""'],
    [{}, "joe@FAR.test.", "joe@far.test"],
    [{}, "joe@far.test..", "joe@far.test.."],
    [{}, "joe@.", "joe@."],
    [{}, "@a.test,@b.test:joe@far.test", "joe@far.test"],
    [{}, "@[IPv6:::1]:joe@far.test", "joe@far.test"],
    [{}, "a.test!b.test!joe", "b.test!joe@a.test"],
    [{}, "joe%a.test%b.test", "joe%a.test@b.test"],
    [{}, "a.test!joe%b.test", "joe%b.test@a.test"],
    [{}, "joe%a.test@far.test", "joe%a.test@far.test"],
    [{}, '"a!b%c"', '"a!b%c"@mx.ref.test'],
    [{}, '"a@b"', '"a@b"@mx.ref.test'],
    [{}, "joe@short", "joe@short"],
    [{ appendDotMydomain: true }, "joe@short", "joe@short.ref.test"],
    [{ appendDotMydomain: true }, "joe@[192.0.2.1]", "joe@[192.0.2.1]"],
    [{ appendDotMydomain: true }, "short!joe", "joe@short.ref.test"],
    [{ swapBangpath: false }, "a.test!joe", "a.test!joe@mx.ref.test"],
    [{ swapBangpath: false }, "a.test!joe%b.test", "a.test!joe@b.test"],
    [{ allowPercentHack: false }, "joe%a.test", "joe%a.test@mx.ref.test"],
    [{ appendAtMyorigin: false }, "joe", "joe"],
    [{ appendAtMyorigin: false }, "joe.", "joe"],
    [{}, "joe@bücher.test", "joe@xn--bcher-kva.test"],
    [{}, 'a"b@far.test', 'a"b@far.test'],
  ];
  for (const [changes, address, result] of rows) {
    assertEquals(rewriteAddress(address, { ...settings, ...changes }), result, address);
  }
});

Deno.test("requote() and plainLocalPart() take quotes wherever they stand (RFC 5321 §4.1.2)", () => {
  const rows: readonly [local: string, plain: string, quoted: string][] = [
    ["joe", "joe", "joe"],
    ['"joe"', "joe", "joe"],
    ['"odd user"', "odd user", '"odd user"'],
    ['a.test!"odd user"', "a.test!odd user", '"a.test!odd user"'],
    ["\\joe", "joe", "joe"],
    ['"a\\"b"', 'a"b', '"a\\"b"'],
    ["a..b", "a..b", '"a..b"'],
  ];
  for (const [local, plain, quoted] of rows) {
    assertEquals(plainLocalPart(local), plain, local);
    assertEquals(requote(`${local}@x.test`), `${quoted}@x.test`, local);
  }
});

Deno.test("findDelimiter() cuts at the first delimiter, but not every name (postconf(5) recipient_delimiter)", () => {
  const rows: readonly [name: string, delimiters: string, at: number | undefined][] = [
    ["joe+x", "+", 3],
    ["joe+x-y", "-+", 3],
    ["joe-x+y", "-+", 3],
    ["joe+", "+", 3],
    ["joe", "+", undefined],
    ["joe+x", "", undefined],
    ["+joe+x", "+", undefined],
    ["Postmaster", "s", undefined],
    ["postmaster+x", "+", 10],
    ["owner-list", "-", undefined],
    ["list-request", "-", undefined],
    ["owner-list+x", "+", 10],
    ["-request", "-", undefined],
  ];
  for (const [name, recipientDelimiter, at] of rows) {
    assertEquals(findDelimiter(name, { recipientDelimiter }), at, name);
  }
  assertEquals(findDelimiter("owner-list", { recipientDelimiter: "-", ownerRequestSpecial: false }), 5);
});

Deno.test("addressWords() reads what stands behind a key (virtual(5))", () => {
  const rows: readonly [text: string, words: string][] = [
    ["a@x.test", "a@x.test"],
    ["a, b;c  d", "a|b|c|d"],
    ["Ann B <a@x.test>", "a@x.test"],
    ['"B, Ann" <a@x.test>, b', "a@x.test|b"],
    ['"odd, user"@x.test', '"odd, user"@x.test'],
    ["a (comment, with comma) b", "a|b"],
    ["team: a, b;", "a|b"],
    ["joe@[IPv6:::1]", "joe@[IPv6:::1]"],
    ["<>", ""],
    ["()", ""],
    ["", ""],
    [",,", ""],
  ];
  for (const [text, words] of rows) assertEquals(addressWords(text).join("|"), words, text);
});
