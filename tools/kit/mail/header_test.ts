import { assert, assertEquals } from "@std/assert";

import { latin1Bytes, latin1Text } from "../base/bytes.ts";
import { realRandom, SeededRandom } from "../base/random.ts";
import { fieldValues, firstValue, type HeaderOptions, parseHeader, unfoldedValue } from "./header.ts";

function show(text: string, options: HeaderOptions = {}): { fields: string[]; body: string } {
  const octets = latin1Bytes(text);
  const header = parseHeader(octets, options);
  return {
    fields: header.fields.map((field) => `${field.name}|${unfoldedValue(header, field)}`),
    body: latin1Text(octets.subarray(header.bodyStart)),
  };
}

Deno.test("parseHeader() cuts fields out of what real mail brings (RFC 5322 §2.2)", () => {
  const cases: readonly (readonly [text: string, fields: readonly string[], body: string])[] = [
    ["", [], ""],
    ["\nbody", [], "body"],
    ["\r\nbody", [], "body"],
    ["A: b\nC: d\n\nbody\n", ["A|b", "C|d"], "body\n"],
    ["A: b\r\nC:d\r\n\r\nbody\r\n", ["A|b", "C|d"], "body\r\n"],
    ["A: b\nC: d", ["A|b", "C|d"], ""],
    ["A: b\n c\n\td\nE: f\n\n", ["A|b c\td", "E|f"], ""],
    ["A:\r\n b\r\n\r\n", ["A| b"], ""],
    ["A : b\n\n", ["A|b"], ""],
    ["A: b\rc\r\n\r\n", ["A|b c"], ""],
    ["S: bl\xe5\n\n", ["S|bl\xe5"], ""],
    ["A:\n\n", ["A|"], ""],
    ["A: b\n \n c\n\nx", ["A|b  c"], "x"],
  ];
  for (const [text, fields, body] of cases) {
    assertEquals(show(text), { fields: [...fields], body }, JSON.stringify(text));
    assertEquals(show(text, { badLine: "end" }), { fields: [...fields], body }, JSON.stringify(text));
  }
});

Deno.test("parseHeader() keeps bad lines for readers and ends the header there for receiving", () => {
  const cases: readonly (readonly [string, readonly string[], readonly string[], string])[] = [
    ["A: b\nno colon\nC: d\n\nbody", ["A|b", "no colon|", "C|d"], ["A|b"], "no colon\nC: d\n\nbody"],
    ["two words: b\nC: d\n\n", ["two words|b", "C|d"], [], "two words: b\nC: d\n\n"],
    [" folded\nC: d\n\n", [" folded|", "C|d"], [], " folded\nC: d\n\n"],
    ["A\xe5: b\n\n", ["A\xe5|b"], [], "A\xe5: b\n\n"],
    [
      "From a@b Tue Nov 25 01:11:53 2026\nA: b\n\nx",
      [
        "From a@b Tue Nov 25 01:11:53 2026|",
        "A|b",
      ],
      ["From a@b Tue Nov 25 01:11:53 2026|", "A|b"],
      "x",
    ],
    [">From a@b Tue\nA: b\n\nx", [">From a@b Tue|", "A|b"], [">From a@b Tue|", "A|b"], "x"],
  ];
  for (const [text, kept, ended, body] of cases) {
    assertEquals(show(text).fields, [...kept], JSON.stringify(text));
    assertEquals(show(text, { badLine: "end" }), { fields: [...ended], body }, JSON.stringify(text));
  }
});

Deno.test("parseHeader() gives places in the octets", () => {
  const octets = latin1Bytes("xxA: b\r\n c\r\nD: e\r\n\r\nbody");
  const header = parseHeader(octets, { start: 2 });
  assertEquals(header.fields.map((field) => latin1Text(octets.subarray(field.start, field.end))), [
    "A: b\r\n c\r\n",
    "D: e\r\n",
  ]);
  assertEquals([header.end, header.bodyStart], [18, 20]);
  assertEquals(parseHeader(octets, { start: 2, end: 8 }).bodyStart, 8);
});

Deno.test("fieldValues() and firstValue() look names up without regard to case", () => {
  const header = parseHeader(latin1Bytes("Received: a\nreceived:  b \nX: y\nFROM x y: z\n\n"));
  assertEquals(fieldValues(header, "RECEIVED"), ["a", "b"]);
  assertEquals(firstValue(header, "received"), "a");
  assertEquals(firstValue(header, "from"), undefined);
});

Deno.test("parseHeader() covers random octets with fields that touch each other, in bounded names", () => {
  const random = new SeededRandom(realRandom.below(2 ** 32));
  const pieces = ["A: b", "\n", "\r\n", " c", "\t", "From x", ":", "\r", "\xff", "\0", "no colon"];
  for (let round = 0; round < 4000; round++) {
    let text = "";
    for (let count = random.below(20); count > 0; count--) text += pieces[random.below(pieces.length)];
    for (const badLine of ["keep", "end"] as const) {
      const header = parseHeader(latin1Bytes(text), { badLine });
      let at = 0;
      for (const field of header.fields) {
        assertEquals(field.start, at, `seed ${random.seed}`);
        assert(field.start < field.valueStart && field.valueStart <= field.end, `seed ${random.seed}`);
        at = field.end;
      }
      assertEquals(header.end, at);
      assert(header.bodyStart >= at && header.bodyStart <= at + 2 && header.bodyStart <= text.length);
    }
  }
  assert(parseHeader(latin1Bytes("x".repeat(1_000_000))).fields[0]!.name.length <= 1000);
});
