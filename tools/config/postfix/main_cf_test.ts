import { assertEquals } from "@std/assert";

import { logicalLines, parseMainCf } from "./main_cf.ts";

Deno.test("logicalLines() passes over comments also inside a value (postconf(5))", () => {
  const text = "# top\na = 1\n# c\n\n \t\n   # d\n \t2\n  3  \t\nb = x # y\n";
  assertEquals(logicalLines(text), [{ text: "a = 1 \t2  3  \t", line: 2 }, { text: "b = x # y", line: 9 }]);
});

const rows: readonly (readonly [text: string, pairs: readonly string[]])[] = [
  ["a=b\n", ["a=b"]],
  ["a = b c  \n", ["a=b c"]],
  ["a =\nb = \n", ["a=", "b="]],
  ["a=b=c = d", ["a=b=c = d"]],
  ["a =\n  x\n\n# y\n  z", ["a=x  z"]],
  ["a = 1\r\nb = 2\r\n \r\n", ["a=1", "b=2"]],
  ["a = x\\\n y\n", ["a=x\\ y"]],
  ["\ufeffa = 1\n#b = 2\n # c = 3\n", ["a=1"]],
  ["a = 1\na = 2\n", ["a=1", "a=2"]],
  ["a = #b\n", ["a=#b"]],
  ["", []],
  ["\n\n#", []],
];

Deno.test("parseMainCf() reads name = value (postconf(5))", () => {
  for (const [text, pairs] of rows) {
    const { entries, problems } = parseMainCf(text);
    assertEquals([entries.map(({ name, value }) => `${name}=${value}`), problems], [pairs, []], text);
  }
});

const faults: readonly (readonly [text: string, told: readonly string[]])[] = [
  ["a = 1\nb c = 2\n", [`2: missing '=' after attribute name: "b c = 2"`]],
  ["word\na = 1", [`1: missing '=' after attribute name: "word"`]],
  ["= x", [`1: missing attribute name: "= x"`]],
  ["  a = 1\nb = 2", [`1: a setting must not begin with a blank: "a = 1"`]],
  ["a = 1\n\na = 2\n", ["3: overriding earlier entry: a=1 (line 1)"]],
  ["a = \ufffd", ["1: a: the value is not UTF-8 text"]],
];

Deno.test("parseMainCf() tells the line of what is wrong", () => {
  for (const [text, told] of faults) {
    const { problems, warnings } = parseMainCf(text);
    assertEquals([...problems, ...warnings].map(({ line, text }) => `${line}: ${text}`), told, text);
  }
});

Deno.test("parseMainCf() lets the last definition win", () => {
  assertEquals(parseMainCf("a = 1\na = 2\n").settings.get("a"), { name: "a", value: "2", line: 2 });
});
