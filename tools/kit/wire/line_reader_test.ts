import { assert, assertEquals } from "@std/assert";

import { latin1Bytes, latin1Text } from "../base/bytes.ts";
import { realClock } from "../base/clock.ts";
import { realRandom, SeededRandom } from "../base/random.ts";
import { type Line, LineReader } from "./line_reader.ts";

function show(line: Line): string {
  return line.kind === "line" ? `${latin1Text(line.bytes)}|${line.end}` : "tooLong";
}

/** What comes out when `text` comes in chunks that end at `cuts`. */
function readLines(text: string, maxOctets: number, cuts: readonly number[]): string[] {
  const reader = new LineReader({ maxOctets });
  const bytes = latin1Bytes(text);
  const lines: string[] = [];
  let start = 0;
  for (const cut of [...cuts, bytes.length]) {
    reader.push(bytes.subarray(start, cut));
    start = cut;
    for (let line = reader.next(); line !== undefined; line = reader.next()) lines.push(show(line));
  }
  return lines;
}

const cases: readonly (readonly [name: string, input: string, lines: readonly string[]])[] = [
  ["nothing", "", []],
  ["a line without an end", "NOOP", []],
  ["CRLF", "EHLO a\r\nQUIT\r\n", ["EHLO a|crlf", "QUIT|crlf"]],
  ["bare LF", "one\ntwo\r\n", ["one|lf", "two|crlf"]],
  ["bare CR stays", "a\rb\r\n\rc\r\r\n", ["a\rb|crlf", "\rc\r|crlf"]],
  ["empty lines", "\r\n\n\r\n", ["|crlf", "|lf", "|crlf"]],
  ["exactly the limit", "0123456789\r\n0123456789\n", ["0123456789|crlf", "0123456789|lf"]],
  ["one more than the limit", "0123456789a\r\nok\r\n", ["tooLong", "ok|crlf"]],
  ["one more than the limit, being CR", "0123456789\r\r\nok\r\n", ["tooLong", "ok|crlf"]],
  ["limit, CR, then something else", "0123456789\rx\nok\n", ["tooLong", "ok|lf"]],
  ["a very long line", "x".repeat(9000) + "\r\nok\r\n" + "y".repeat(5000), ["tooLong", "ok|crlf", "tooLong"]],
];

Deno.test("LineReader gives the same lines whole, byte by byte and at random cuts (RFC 5321 §2.3.8)", () => {
  const random = new SeededRandom(realRandom.below(2 ** 32));
  for (const [name, input, expected] of cases) {
    assertEquals(readLines(input, 10, []), [...expected], `${name}, whole`);
    const everywhere = Array.from(input, (_, index) => index);
    assertEquals(readLines(input, 10, everywhere), [...expected], `${name}, byte by byte`);
    for (let round = 0; round < 30; round++) {
      const cuts = everywhere.filter(() => random.below(4) === 0);
      assertEquals(readLines(input, 10, cuts), [...expected], `${name}, seed ${random.seed} cuts ${cuts}`);
    }
  }
});

Deno.test("LineReader.take() gives raw octets between lines (RFC 3030 §2)", () => {
  const reader = new LineReader({ maxOctets: 100 });
  reader.push(latin1Bytes("BDAT 7\r\nab\r\ncd\nNOOP\r\nrest"));
  assertEquals(show(reader.next()!), "BDAT 7|crlf");
  assertEquals(latin1Text(reader.take(7)), "ab\r\ncd\n");
  assertEquals(show(reader.next()!), "NOOP|crlf");
  assertEquals(reader.next(), undefined);
  assertEquals(reader.buffered, 4);
  assertEquals(latin1Text(reader.take(2)), "re");
  assertEquals(latin1Text(reader.take(100)), "st");
  assertEquals(reader.take(100).length, 0);
  reader.push(latin1Bytes("ok\r\n"));
  assertEquals(show(reader.next()!), "ok|crlf");
});

Deno.test("LineReader never writes over what it handed out", () => {
  const reader = new LineReader({ maxOctets: 2000 });
  const lines: string[] = [];
  const kept: Line[] = [];
  for (let count = 0; count < 3000; count++) {
    const text = `${count} ${"x".repeat(count % 97)}`;
    lines.push(`${text}|crlf`);
    reader.push(latin1Bytes(`${text}\r\n`));
    kept.push(reader.next()!);
  }
  assertEquals(kept.map(show), lines);
});

Deno.test("LineReader takes a copy: the caller may use its chunk again", () => {
  const reader = new LineReader({ maxOctets: 100 });
  const chunk = latin1Bytes("abc\r\n");
  reader.push(chunk);
  chunk.fill(0);
  assertEquals(show(reader.next()!), "abc|crlf");
});

Deno.test("LineReader keeps nothing of a line that is too long", () => {
  const reader = new LineReader({ maxOctets: 100 });
  const chunk = new Uint8Array(100_000).fill(120);
  reader.push(chunk);
  assertEquals(reader.next(), { kind: "tooLong" });
  for (let count = 0; count < 100; count++) {
    reader.push(chunk);
    assertEquals(reader.next(), undefined);
    assertEquals(reader.buffered, 0);
  }
  reader.push(latin1Bytes("\nok\r\n"));
  assertEquals(show(reader.next()!), "ok|crlf");
});

Deno.test("LineReader.clear() forgets buffered octets and half a line (RFC 3207 §4.2)", () => {
  const reader = new LineReader({ maxOctets: 5 });
  reader.push(latin1Bytes("RSET\r\nMA"));
  reader.clear();
  assertEquals(reader.buffered, 0);
  assertEquals(reader.next(), undefined);
  reader.push(latin1Bytes("0123456789"));
  assertEquals(reader.next(), { kind: "tooLong" });
  reader.clear();
  reader.push(latin1Bytes("ok\r\n"));
  assertEquals(show(reader.next()!), "ok|crlf");
});

Deno.test("LineReader.maxOctets may change between lines (RFC 4954 §4)", () => {
  const reader = new LineReader({ maxOctets: 4 });
  reader.maxOctets = 12;
  reader.push(latin1Bytes("0123456789\r\n"));
  assertEquals(show(reader.next()!), "0123456789|crlf");
});

Deno.test("LineReader is not quadratic: 4 MB in one chunk, and 1 MB byte by byte in one line", () => {
  const started = realClock.monotonic();
  const many = new LineReader({ maxOctets: 100 });
  many.push(latin1Bytes("0123456789012345678901234567890123456789\r\n".repeat(100_000)));
  let count = 0;
  while (many.next() !== undefined) count++;
  assertEquals(count, 100_000);
  const slow = new LineReader({ maxOctets: 2_000_000 });
  const octet = latin1Bytes("x");
  for (let index = 0; index < 1_000_000; index++) {
    slow.push(octet);
    assert(slow.next() === undefined);
  }
  assert(realClock.monotonic() - started < 10_000);
});
