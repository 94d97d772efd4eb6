import { assertEquals } from "@std/assert";

import { latin1Bytes } from "../../tools/kit/base/bytes.ts";
import { SeededRandom } from "../../tools/kit/base/random.ts";

import { decodeName, encodeName } from "./name.ts";

Deno.test("encodeName() and decodeName() are each other's reverse, in lower case (RFC 1035 §3.1)", () => {
  const rows: readonly (readonly [string, string])[] = [
    ["a.test", "a.test"],
    ["A.TeSt.", "a.test"],
    [".", "."],
    ["bücher.test", "xn--bcher-kva.test"],
    ["0/25.2.0.192.in-addr.arpa", "0/25.2.0.192.in-addr.arpa"],
    ["_25._tcp.mx.test", "_25._tcp.mx.test"],
    ["a\\.b.test", "a\\.b.test"],
    ["a\\032b.test", "a\\032b.test"],
    ["\\255\\000.test", "\\255\\000.test"],
    ["a\\\\b.test", "a\\\\b.test"],
    [`${"x".repeat(63)}.test`, `${"x".repeat(63)}.test`],
  ];
  for (const [text, canonical] of rows) {
    const bytes = encodeName(text)!;
    assertEquals(decodeName(bytes, 0), { name: canonical, end: bytes.length }, text);
  }
});

Deno.test("encodeName() refuses what is no name (RFC 1035 §2.3.4)", () => {
  const long = `${"x".repeat(63)}.`.repeat(4);
  for (const text of ["", "..", "a..b", ".a", `${"x".repeat(64)}.test`, long, "a\\", "a\\999.test"]) {
    assertEquals(encodeName(text), undefined, text);
  }
  assertEquals(encodeName(long.slice(0, -3))?.length, 255);
});

Deno.test("decodeName() follows pointers back, and no loop (RFC 1035 §4.1.4)", () => {
  const text = (bytes: string, start: number) => decodeName(latin1Bytes(bytes), start);
  assertEquals(text("\x04test\0\x01a\xc0\x00!", 6), { name: "a.test", end: 10 });
  assertEquals(text("\x04test\0\x01a\xc0\x00\x01b\xc0\x06", 10), { name: "b.a.test", end: 14 });
  for (
    const [bytes, start] of [
      ["\xc0\x00", 0],
      ["\x01a\xc0\x00", 0],
      ["\x01a\xc0\x04\x01b\xc0\x00", 4],
      ["\x01a\xc0\x02", 2],
      ["\xc0\x02\xc0\x00", 2],
      ["\xc0", 0],
      ["\x05ab", 0],
      ["\x40" + "a".repeat(64) + "\0", 0],
      ["\x80ab\0", 0],
      ["\x01a", 0],
      ["", 0],
      ["\0", 9],
      [`${`\x3f${"x".repeat(63)}`.repeat(4)}\0`, 0],
    ] as const
  ) assertEquals(text(bytes, start), undefined, JSON.stringify(bytes));
});

Deno.test("decodeName() ends for any octets, from anywhere (seed 1)", () => {
  const random = new SeededRandom(1);
  for (let round = 0; round < 3000; round++) {
    const bytes = random.bytes(1 + random.below(300));
    for (let at = 0; at < bytes.length; at++) {
      if (random.below(3) === 0) bytes[at] = 0xc0;
    }
    const read = decodeName(bytes, random.below(bytes.length));
    if (read !== undefined && !read.name.includes("\\")) {
      assertEquals(decodeName(encodeName(read.name)!, 0)?.name, read.name);
    }
  }
});
