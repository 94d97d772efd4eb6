import { assertEquals } from "@std/assert";

import { realRandom, SeededRandom } from "../base/random.ts";
import {
  parseContentDisposition,
  parseContentType,
  parseLanguages,
  parseMimeToken,
  rawParameter,
} from "./parameter.ts";

function show(value: string): string | undefined {
  const content = parseContentType(value);
  return content &&
    [`${content.type}/${content.subtype}`, ...content.parameters.map(([name, text]) => `${name}=${text}`)]
      .join("|");
}

Deno.test("parseContentType() reads type and parameters, skipping what is broken (RFC 2045 §5.1)", () => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ["text/plain", "text/plain"],
    [" Text / HTML ; Charset=UTF-8", "Text/HTML|Charset=UTF-8"],
    ['multipart/mixed; boundary="a b\\"c"', 'multipart/mixed|boundary=a b"c'],
    ["text/plain (comment); charset (c) = (d) us-ascii (e)", "text/plain|charset=us-ascii"],
    ["multipart/mixed;\r\n\tboundary=--=_abc", "multipart/mixed|boundary=--"],
    ["multipart/mixed; boundary==_abc", "multipart/mixed|boundary==_abc"],
    ["application/x; name==?utf-8?b?YQ==?=; x=y", "application/x|name==?utf-8?b?YQ==?=|x=y"],
    ["text/plain;; charset=x;", "text/plain|charset=x"],
    ["text/plain; charset", "text/plain"],
    ["text/plain; charset=", "text/plain|charset="],
    ["text/plain; a b=c; d=e", "text/plain|d=e"],
    ["text/plain charset=x; d=e", "text/plain|d=e"],
    ['text/plain; a="b; c=d', "text/plain"],
    ["text/plain; name=J\xf6.txt", "text/plain|name=J\xf6.txt"],
    ["multipart/related; start=<a@b>; type=text/html; x=y", "multipart/related|start=<a@b>|type=text|x=y"],
    ["text/plain; a=(b (c", "text/plain"],
    ["text/plain; a=b (c; d=e", "text/plain|a=b"],
    ['text/plain; a=; b=""; a=c', "text/plain|a=|b=|a=c"],
    ["text", undefined],
    ["text/", undefined],
    ["/plain", undefined],
    ["", undefined],
    ["(x", undefined],
  ];
  for (const [value, shown] of cases) assertEquals(show(value), shown, value);
});

Deno.test("parameters in pieces are put together (RFC 2231 §3, §4, report R67)", () => {
  const cases: readonly (readonly [value: string, raw: string])[] = [
    [
      "filename*0*=us-ascii'en'This%20is; filename*1*=%2A; filename*2=\" it!%20\"",
      "filename*=us-ascii'en'This%20is%2A%20it!%2520",
    ],
    ["filename*=utf-8''bl%C3%A5.txt", "filename*=utf-8''bl%C3%A5.txt"],
    ["filename*=''bl%C3%A5.txt", "filename*=''bl%C3%A5.txt"],
    ["filename*=bl%E5.txt", "filename*=bl%E5.txt"],
    ["filename*=iso-8859-1''bl%E5.txt", "filename*=iso-8859-1''bl%E5.txt"],
    ["filename*0=one; filename*1=two", "filename=onetwo"],
    ["filename*1=two; FileName*0=one", "FileName=onetwo"],
    ["filename*0=one; filename*2=three", "filename*0=one|filename*2=three"],
    ["filename*0=a; filename*1*=%E5", "filename*=''a%E5"],
    ["filename=plain; filename*=utf-8''x", "filename=plain|filename*=utf-8''x"],
    ['filename="=?utf-8?Q?bl=C3=A5?="', "filename==?utf-8?Q?bl=C3=A5?="],
    ["filename*0=a; x=y; filename*0=b; filename*1=c", "filename=ac|x=y"],
    ["filename*01=b; filename*0=a", "filename*01=b|filename=a"],
    ["filename*1=b", "filename*1=b"],
    ["filename*=utf-8'en'it's%zz%4", "filename*=utf-8'en'it's%zz%4"],
    ["filename**=x", "filename**=x"],
    ["filename*utf=x", "filename*utf=x"],
  ];
  for (const [value, raw] of cases) {
    const disposition = parseContentDisposition(`attachment; ${value}`);
    assertEquals(disposition!.parameters.map(([name, given]) => `${name}=${given}`).join("|"), raw, value);
  }
});

Deno.test("parseContentDisposition(), parseMimeToken() and parseLanguages() read the other fields (RFC 2183 §2)", () => {
  assertEquals(parseContentDisposition(" INLINE "), { type: "INLINE", parameters: [] });
  assertEquals(parseContentDisposition(";\r\n filename=x"), undefined);
  assertEquals(rawParameter([["A", "b"]], "a"), "b");
  assertEquals(parseMimeToken(" Base64 (really)"), "Base64");
  assertEquals(parseMimeToken("base64 x"), undefined);
  assertEquals(parseMimeToken(""), undefined);
  assertEquals(parseLanguages("en, de-CH (Swiss) ,fr"), ["en", "de-CH", "fr"]);
  assertEquals(parseLanguages(""), []);
  assertEquals(parseLanguages('en us, "de", ,fr (x, y), ('), ["fr"]);
});

Deno.test("parseContentType() never throws and stays linear", () => {
  const random = new SeededRandom(realRandom.below(2 ** 32));
  const alphabet = [..."ab/;=\"*01'%\\() \r\n\xe5"];
  for (let round = 0; round < 5000; round++) {
    let text = "a/b;";
    for (let length = random.below(30); length > 0; length--) text += alphabet[random.below(alphabet.length)];
    parseContentType(text);
  }
  parseContentType(`a/b${Array.from({ length: 20_000 }, (_, index) => `;a*${index}*=b`).reverse().join("")}`);
  for (const piece of [";", ";a=b", ';a="', ";a*0=b", "; (", ";a==", " "]) {
    parseContentType(`a/b${piece.repeat(100_000)}`);
  }
});
