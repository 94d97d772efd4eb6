import { assert, assertEquals } from "@std/assert";

import { SeededRandom } from "../kit/base/random.ts";

import { settingsTemplate } from "./template.ts";
import { scanToml } from "./toml.ts";

const brief = (text: string) =>
  scanToml(text).statements.map(({ section, key, value, line }) => [section, key, value, line]);

Deno.test("scanToml() gives every statement its section and line (TOML v1.0)", () => {
  const text =
    "\ufeff# x\r\na = 1\r\n[s]\r\nb = [ 1, # one\r\n  2,\r\n]\r\n[t.u] # y\r\n\r\nc.d = '''\nx = 1\n[no]\n'''\r\n\"e f\" = \"#]\"\r\n";
  assertEquals(brief(text), [
    ["", "a", 1, 2],
    ["s", "b", [1, 2], 4],
    ["t.u", "c.d", { d: "x = 1\n[no]\n" }, 9],
    ["t.u", "e f", "#]", 13],
  ]);
  assertEquals(scanToml(text).sections, [{ name: "s", line: 3 }, { name: "t.u", line: 7 }]);
});

Deno.test("scanToml() is not misled by quotes and brackets inside text (TOML v1.0)", () => {
  const rows: readonly (readonly [string, unknown])[] = [
    [`a = "x # y"`, "x # y"],
    [`a = "\\"["`, '"['],
    [`a = '\\'`, "\\"],
    [`a = ["]", '[', "\\"]"]`, ["]", "[", '"]']],
    [`a = """q " "" [ \\""""`, 'q " "" [ "'],
    [`a = [["x"], []]`, [["x"], []]],
    [`a = true # [`, true],
  ];
  for (const [text, value] of rows) {
    assertEquals(brief(`${text}\nb = 1`), [["", "a", value, 1], ["", "b", 1, 2]], text);
  }
});

Deno.test("scanToml() goes on after each mistake", () => {
  const scanned = scanToml('a = [1,\nb = 2\nc = \'x\nd = 4\n]\n= 5\ne = """\nf = 6\n');
  assertEquals(scanned.statements.map(({ key }) => key), ["b", "d", "f"]);
  assertEquals(scanned.problems.map(({ line }) => line), [1, 3, 5, 6, 7]);
});

Deno.test("scanToml() reads any text without throwing, and no line twice", () => {
  const seed = 20260101;
  const random = new SeededRandom(seed);
  const template = settingsTemplate({ hostname: "localhost", firstAccount: "jane" });
  const noise = [
    `"`,
    "'",
    "[",
    "]",
    "{",
    "}",
    "=",
    "#",
    "\n",
    "\\",
    `"""`,
    "'''",
    ".",
    ",",
    "\0",
    "\r",
    "$",
    "é",
  ];
  for (let round = 0; round < 300; round++) {
    let text = template;
    for (let change = 0; change < 8; change++) {
      const at = random.below(text.length);
      text = text.slice(0, at) + noise[random.below(noise.length)]! + text.slice(at + random.below(40));
    }
    const { statements, sections } = scanToml(text);
    const lines = [...statements, ...sections].map(({ line }) => line);
    assertEquals(new Set(lines).size, lines.length, `seed ${seed}, round ${round}`);
    assert(
      lines.every((line) => line >= 1 && line <= text.split("\n").length),
      `seed ${seed}, round ${round}`,
    );
  }
});
