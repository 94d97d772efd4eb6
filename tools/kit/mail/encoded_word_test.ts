import { assert, assertEquals } from "@std/assert";

import { latin1Text, utf8Bytes } from "../base/bytes.ts";
import { decodeEncodedWords, encodePhrase } from "./encoded_word.ts";

Deno.test("decodeEncodedWords() decodes words and keeps the right blanks (RFC 2047 §6.2)", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["plain", "plain"],
    ["", ""],
    // Reports R68, R69, R70, R64.
    ["=?utf-8?Q?a?= =?utf-8?Q?b?=", "ab"],
    ["=?utf-8?Q?a?=\r\n =?utf-8?Q?b?=", "ab"],
    ['"Q, R" =?utf-8?Q?S=C3=A5?= t', '"Q, R" Så t'],
    ["=?utf-8?Q?A=C3=A5?= <a@x.test>, =?utf-8?Q?B=C3=A5?= <b@x.test>", "Aå <a@x.test>, Bå <b@x.test>"],
    ["=?utf-8?B?YmzDpWLDpnI=?=", "blåbær"],
    // The examples of RFC 2047 §8.
    ["(=?ISO-8859-1?Q?a?=)", "(a)"],
    ["(=?ISO-8859-1?Q?a?= b)", "(a b)"],
    ["(=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=)", "(ab)"],
    ["(=?ISO-8859-1?Q?a_b?=)", "(a b)"],
    ["(=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=)", "(a b)"],
    // A character cut in two, a language tag, other charsets, a word inside a word.
    ["=?utf-8?B?w6U=?= =?utf-8?B?ww==?= =?utf-8?Q?=A6?=", "åæ"],
    ["=?us-ascii*en?Q?Keith?=", "Keith"],
    ["=?iso-8859-1?q?=E5?= =?utf-8?q?=C3=A6?=", "åæ"],
    ["x=?utf-8?Q?=C3=A5?=y", "xåy"],
    ["=?utf-8?Q?a b?=", "a b"],
    ["=?utf-8?X?ab?=", "=?utf-8?X?ab?="],
    ["=?utf-8?Q?ab", "=?utf-8?Q?ab"],
    ["=?utf-8?Q??=", ""],
    ["=?x-none?Q?=C3=A5?=", "å"],
    ["bl\xc3\xa5 =?utf-8?Q?b?=", "blå b"],
    ["bl\xe5", "blå"],
  ];
  for (const [text, decoded] of cases) assertEquals(decodeEncodedWords(text), decoded, text);
  assertEquals(decodeEncodedWords("=?".repeat(200_000)).length, 400_000);
  assertEquals(decodeEncodedWords("=?a?q?".repeat(100_000)).length, 600_000);
});

Deno.test("encodePhrase() is decoded to what it was (RFC 2047 §2, §5)", () => {
  for (
    const text of ["plain", "ä,ö", "Blåbær ".repeat(20), "你好".repeat(60), "=?x", "😀".repeat(30), "a\nb"]
  ) {
    const encoded = encodePhrase(text);
    assertEquals(decodeEncodedWords(encoded), text);
    assertEquals(latin1Text(utf8Bytes(encoded)), encoded);
    for (const word of encoded.split(" ")) assert(word.length <= 75, word);
  }
  assertEquals(encodePhrase("John Doe"), "John Doe");
  assertEquals(encodePhrase('John "Q." Doe'), '"John \\"Q.\\" Doe"');
  assertEquals(encodePhrase("Mail Delivery System"), "Mail Delivery System");
  assertEquals(encodePhrase("J\u00f6rg"), "=?utf-8?Q?J=C3=B6rg?=");
});
