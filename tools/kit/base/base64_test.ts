import { assertEquals } from "@std/assert";

import { decodeBase64, encodeBase64 } from "./base64.ts";
import { utf8Bytes, utf8Text } from "./bytes.ts";

Deno.test("decodeBase64() is strict and the reverse of encodeBase64() (RFC 4648 §3, §4)", () => {
  for (const text of ["", "f", "fo", "foo", "foob", "fooba", "foobar", "\0u1\0pw1", "\u00ff?>"]) {
    const encoded = encodeBase64(utf8Bytes(text));
    assertEquals(encoded, btoa(String.fromCharCode(...utf8Bytes(text))));
    assertEquals(utf8Text(decodeBase64(encoded)!), text);
  }
  for (
    const bad of [
      "A",
      "AA",
      "AAA",
      "====",
      "A===",
      "AA=A",
      "=AAA",
      "AA==AAAA",
      "AB==",
      "AAB=",
      "AA A",
      "AAAA\n",
      "AA-_",
    ]
      .concat("*", "AAA\u0101", "ÿÿÿÿ")
  ) assertEquals(decodeBase64(bad), undefined, bad);
});
