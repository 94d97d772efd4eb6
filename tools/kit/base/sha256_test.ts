import { assertEquals } from "@std/assert";

import { utf8Bytes } from "./bytes.ts";
import { hmacSha256, sha256 } from "./sha256.ts";

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (octet) => octet.toString(16).padStart(2, "0")).join("");
}

Deno.test("sha256() agrees with the platform's at every length around a block (FIPS 180-4)", async () => {
  for (let length = 0; length < 200; length++) {
    const bytes = new Uint8Array(length).map((_, index) => index * 7 + length);
    assertEquals(
      hex(sha256(bytes)),
      hex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))),
      `${length}`,
    );
  }
});

Deno.test("hmacSha256() gives the results of test vectors 2 and 6 (RFC 4231 §4)", () => {
  assertEquals(
    hex(hmacSha256(utf8Bytes("Jefe"), utf8Bytes("what do ya want for nothing?"))),
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  );
  assertEquals(
    hex(
      hmacSha256(
        new Uint8Array(131).fill(0xaa),
        utf8Bytes("Test Using Larger Than Block-Size Key - Hash Key First"),
      ),
    ),
    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
  );
});
