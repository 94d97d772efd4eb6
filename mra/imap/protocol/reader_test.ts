import { assertEquals } from "@std/assert";

import { latin1Bytes, latin1Text } from "../../../tools/kit/base/bytes.ts";
import { SeededRandom } from "../../../tools/kit/base/random.ts";

import { limitsAfterLogin } from "./limits.ts";
import { Reader } from "./reader.ts";

/** What a reader makes of chunks: every literal is taken up to 100 octets, streamed at 101, refused above. */
function readAll(chunks: readonly Uint8Array[]): string[] {
  const reader = new Reader();
  reader.limits = limitsAfterLogin;
  const events: string[] = [];
  let streamed = "";
  for (const chunk of chunks) {
    reader.push(chunk);
    for (let event = reader.next(); event !== undefined; event = reader.next()) {
      switch (event.kind) {
        case "command":
          events.push(
            event.pieces.map((piece) => typeof piece === "string" ? piece : `<${latin1Text(piece)}>`).join(
              "",
            ),
          );
          break;
        case "literal":
          events.push(`literal ${event.literal.octets}${event.literal.synchronizing ? "" : "+"}`);
          if (event.literal.octets === 101) reader.streamLiteral();
          else if (event.literal.octets > 100) reader.refuseLiteral();
          else reader.takeLiteral();
          break;
        case "octets":
          streamed += latin1Text(event.bytes);
          if (event.last) events.push(`streamed ${streamed.length}`);
          break;
        case "tooLong":
          events.push("too long");
      }
    }
  }
  return events;
}

const cases: readonly (readonly [string, readonly string[]])[] = [
  ["a NOOP\r\nb NOOP\r\n", ["a NOOP", "b NOOP"]],
  ["a NOOP\nb\n", ["a NOOP", "b"]],
  ["a LOGIN {2}\r\nu1 {3+}\r\npw1\r\nb NOOP\r\n", [
    "literal 2",
    "literal 3+",
    "a LOGIN <u1> <pw1>",
    "b NOOP",
  ]],
  ["a X {0}\r\n\r\n", ["literal 0", "a X <>"]],
  ["a X {3}\r\n\r\n\n y\r\n", ["literal 3", "a X <\r\n\n> y"]],
  // A refused literal that the client waits with is not sent; the next line is a command.
  ["a X {500}\r\nb NOOP\r\n", ["literal 500", "b NOOP"]],
  // One that comes unasked is thrown away with the rest of its command (RFC 7888 §4).
  [`a X {500+}\r\n${"b NOOP\r\n".repeat(62)}1234 {4+}\r\n\r\nc rest\r\nd NOOP\r\n`, [
    "literal 500+",
    "d NOOP",
  ]],
  [`a X {101}\r\n${"x".repeat(101)} y\r\n`, ["literal 101", "streamed 101", " y"]],
  [`a ${"x".repeat(70_000)}\r\nb NOOP\r\n`, ["too long", "b NOOP"]],
  [`a ${"x".repeat(70_000)} {6+}\r\nc X\r\n\r\nb NOOP\r\n`, ["too long", "b NOOP"]],
  ["{5}\r\nhello\r\n", ["literal 5", "<hello>"]],
  ["a {12345678901234567890+}\r\nb NOOP\r\n", ["literal 12345678901234567000+"]],
];

Deno.test("Reader cuts octets into commands, whole, one by one and anyhow (RFC 3501 §2.2.1, RFC 7888 §4)", () => {
  const seed = 20260605;
  const random = new SeededRandom(seed);
  for (const [text, expected] of cases) {
    const bytes = latin1Bytes(text);
    assertEquals(readAll([bytes]), expected, text.slice(0, 60));
    assertEquals(
      readAll(Array.from(bytes, (octet) => Uint8Array.of(octet))),
      expected,
      `one by one: ${text.slice(0, 60)}`,
    );
    for (let round = 0; round < 10; round++) {
      const chunks: Uint8Array[] = [];
      for (let at = 0; at < bytes.length;) {
        const length = 1 + random.below(bytes.length > 1000 ? 5000 : 7);
        chunks.push(bytes.subarray(at, at + length));
        at += length;
      }
      assertEquals(readAll(chunks), expected, `seed ${seed}: ${text.slice(0, 60)}`);
    }
  }
});

Deno.test("Reader keeps little of a line that never ends (limits.ts)", () => {
  const reader = new Reader();
  let tooLong = 0;
  for (let round = 0; round < 1000; round++) {
    reader.push(new Uint8Array(4096).fill(120));
    for (let event = reader.next(); event !== undefined; event = reader.next()) tooLong++;
    if (tooLong > 0) assertEquals(reader.hasMore, false);
  }
  assertEquals(tooLong, 1);
});

Deno.test("Reader forgets everything at STARTTLS (RFC 3501 §6.2.1)", () => {
  const reader = new Reader();
  reader.push(latin1Bytes("a STARTTLS\r\nb LOGIN {3}\r\nb NOOP\r\n"));
  assertEquals(reader.next()?.kind, "command");
  reader.drop();
  assertEquals(reader.next(), undefined);
  reader.push(latin1Bytes("c NOOP\r\n"));
  assertEquals(reader.next(), { kind: "command", pieces: ["c NOOP"] });
});

Deno.test("Reader gives a line as it is, with what looks like a literal (RFC 3501 §6.2.2)", () => {
  const reader = new Reader();
  reader.push(latin1Bytes("AHUx {3}\r\nDO"));
  assertEquals(reader.nextLine(), { kind: "line", text: "AHUx {3}" });
  assertEquals(reader.nextLine(), undefined);
  reader.push(latin1Bytes("NE\r\n"));
  assertEquals(reader.nextLine(), { kind: "line", text: "DONE" });
});
