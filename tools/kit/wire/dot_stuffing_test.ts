import { assertEquals, assertStrictEquals } from "@std/assert";

import { concatBytes, latin1Bytes, latin1Text } from "../base/bytes.ts";
import { realRandom, SeededRandom } from "../base/random.ts";
import { countCrlfOctets, CrlfConverter, DotStuffer } from "./dot_stuffing.ts";

function chunksOf(text: string, cuts: readonly number[]): Uint8Array[] {
  const bytes = latin1Bytes(text);
  return [...cuts, bytes.length].map((cut, index) => bytes.subarray(cuts[index - 1] ?? 0, cut));
}

function stuff(text: string, cuts: readonly number[]): string {
  const stuffer = new DotStuffer();
  const chunks = chunksOf(text, cuts).map((chunk) => stuffer.push(chunk));
  return latin1Text(concatBytes([...chunks, stuffer.finish()]));
}

function convert(text: string, cuts: readonly number[]): string {
  const converter = new CrlfConverter();
  return latin1Text(concatBytes(chunksOf(text, cuts).map((chunk) => converter.push(chunk))));
}

const cases: readonly (readonly [input: string, stuffed: string, converted: string])[] = [
  ["", ".\r\n", ""],
  ["a\nb\n", "a\r\nb\r\n.\r\n", "a\r\nb\r\n"],
  ["a\r\nb\r\n", "a\r\nb\r\n.\r\n", "a\r\nb\r\n"],
  ["a\nb", "a\r\nb\r\n.\r\n", "a\r\nb"],
  [".\n", "..\r\n.\r\n", ".\r\n"],
  ["first\n.\n.dot\nlast\n", "first\r\n..\r\n..dot\r\nlast\r\n.\r\n", "first\r\n.\r\n.dot\r\nlast\r\n"],
  ["..\r\n...x", "...\r\n....x\r\n.\r\n", "..\r\n...x"],
  ["\n\n.\n", "\r\n\r\n..\r\n.\r\n", "\r\n\r\n.\r\n"],
  ["a\rb\r\r\nc\r", "a\rb\r\r\nc\r\r\n.\r\n", "a\rb\r\r\nc\r"],
  ["a.b\nc.\n", "a.b\r\nc.\r\n.\r\n", "a.b\r\nc.\r\n"],
];

Deno.test("DotStuffer and CrlfConverter give the same whole, byte by byte and at random cuts (RFC 5321 §4.5.2)", () => {
  const random = new SeededRandom(realRandom.below(2 ** 32));
  for (const [input, stuffed, converted] of cases) {
    const everywhere = Array.from(input, (_, index) => index);
    const cuttings = [[], everywhere];
    for (let round = 0; round < 20; round++) cuttings.push(everywhere.filter(() => random.below(3) === 0));
    for (const cuts of cuttings) {
      assertEquals(stuff(input, cuts), stuffed, `seed ${random.seed} cuts ${cuts}`);
      assertEquals(convert(input, cuts), converted, `seed ${random.seed} cuts ${cuts}`);
    }
  }
});

Deno.test("DotStuffer hands an unchanged chunk back without copying", () => {
  const chunk = latin1Bytes("a line\r\nanother\r\n");
  assertStrictEquals(new DotStuffer().push(chunk), chunk);
});

Deno.test("countCrlfOctets() counts what CrlfConverter makes, chunk by chunk", () => {
  for (const [input, , converted] of cases) {
    assertEquals(countCrlfOctets(latin1Bytes(input)), converted.length, JSON.stringify(input));
    const bytes = latin1Bytes(input);
    let sum = 0;
    for (let index = 0; index < bytes.length; index++) {
      sum += countCrlfOctets(bytes.subarray(index, index + 1), bytes[index - 1]);
    }
    assertEquals(sum, converted.length, JSON.stringify(input));
  }
});
