import { assertEquals } from "@std/assert";

import { encodeBase64 } from "../base/base64.ts";
import { latin1Bytes, latin1Text } from "../base/bytes.ts";
import { realRandom, SeededRandom } from "../base/random.ts";
import { decodeBase64, decodeQ, decodeQuotedPrintable, decodeTransfer } from "./transfer_encoding.ts";

Deno.test("decodeBase64() reads what is there (RFC 2045 §6.8)", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["", ""],
    ["aGVsbG8=", "hello"],
    ["aGVsbG8", "hello"],
    ["aGVs\r\nbG8=\r\n", "hello"],
    ["aG Vs!bG8=", "hello"],
    ["aGk=aGk=", "hihi"],
    ["a", ""],
    ["====", ""],
  ];
  for (const [encoded, text] of cases) {
    assertEquals(latin1Text(decodeBase64(latin1Bytes(encoded))), text, encoded);
  }
  assertEquals(decodeBase64(latin1Bytes("aGVsbG8="), { maxOctets: 2 }).length, 2);
});

Deno.test("decodeQuotedPrintable() reads what is there (RFC 2045 §6.7)", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["a=20b", "a b"],
    ["a=e5", "a\xe5"],
    ["soft=\r\nbreak", "softbreak"],
    ["soft=\nbreak", "softbreak"],
    ["soft= \t\r\nbreak", "softbreak"],
    ["blanks  \r\nat \tthe end\t\n", "blanks\r\nat \tthe end\n"],
    ["end=", "end"],
    ["blanks at the end  ", "blanks at the end"],
    ["a=ZZb=4", "a=ZZb=4"],
    ["a = b", "a = b"],
  ];
  for (const [encoded, text] of cases) {
    assertEquals(latin1Text(decodeQuotedPrintable(latin1Bytes(encoded))), text, encoded);
  }
  assertEquals(decodeQuotedPrintable(latin1Bytes("a=20b"), { maxOctets: 2 }).length, 2);
  assertEquals(latin1Text(decodeQ(latin1Bytes("S=C3=A5_t=5F=x"))), "S\xc3\xa5 t_=x");
});

Deno.test("decodeTransfer() chooses by name and leaves unknown encodings alone (RFC 2045 §6.1)", () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ["BASE64", "aGk=", "hi"],
    [" Quoted-Printable", "a=20b", "a b"],
    ["8bit", "a=20", "a=20"],
    ["x-uuencode", "a=20", "a=20"],
  ];
  for (const [encoding, octets, text] of cases) {
    assertEquals(latin1Text(decodeTransfer(latin1Bytes(octets), encoding)), text, encoding);
  }
});

Deno.test("decodeBase64() reads what is written strictly", () => {
  const random = new SeededRandom(realRandom.below(2 ** 32));
  for (let round = 0; round < 200; round++) {
    const octets = random.bytes(random.below(300));
    assertEquals(decodeBase64(latin1Bytes(encodeBase64(octets))), octets, `seed ${random.seed}`);
  }
});
