import { assertEquals } from "@std/assert";

import { concatBytes, utf8Bytes } from "../../tools/kit/base/bytes.ts";

import type { SourceKind } from "./source.ts";
import { sourceEntries } from "./source.ts";

function read(kind: SourceKind, text: string | Uint8Array) {
  const warnings: string[] = [];
  const bytes = typeof text === "string" ? utf8Bytes(text) : text;
  const entries = [...sourceEntries(bytes, { kind, file: "F", warn: (warning) => warnings.push(warning) })];
  return { entries: entries.map(({ key, value, line }) => [key, value, line]), warnings };
}

const rows: readonly {
  readonly name: string;
  readonly kind: SourceKind;
  readonly text: string;
  readonly entries: readonly (readonly [string, string, number])[];
  readonly warnings?: readonly string[];
}[] = [
  {
    name: "keys, blanks, values",
    kind: "map",
    text: "a b\nc\t \td e \n",
    entries: [["a", "b", 1], ["c", "d e", 2]],
  },
  { name: "lower-case keys", kind: "map", text: "KEY Value\n", entries: [["key", "Value", 1]] },
  {
    name: "comments and empty lines",
    kind: "map",
    text: "# x\n\n  # y\na b # c\n",
    entries: [["a", "b # c", 4]],
  },
  {
    name: "continued lines, with comments and empty lines inside",
    kind: "map",
    text: "a b\n  c\n# x\n\n  # y\n\td\ne f\n",
    entries: [["a", "b  c\td", 1], ["e", "f", 7]],
  },
  { name: "CRLF", kind: "map", text: "a b\r\nc d\r\n", entries: [["a", "b", 1], ["c", "d", 2]] },
  { name: "no end of line at the end", kind: "map", text: "a b", entries: [["a", "b", 1]] },
  { name: "a byte order mark", kind: "map", text: "\ufeffa b\n", entries: [["a", "b", 1]] },
  { name: "an empty file", kind: "map", text: "", entries: [] },
  {
    name: "quoted keys, which keep their quotes",
    kind: "map",
    text: `"a b"@c d e\n"x\\"y z" w\n"" empty\n`,
    entries: [[`"a b"@c`, "d e", 1], [`"x\\"y z"`, "w", 2], [`""`, "empty", 3]],
  },
  {
    name: "a key alone",
    kind: "map",
    text: "x y\na\n",
    entries: [["x", "y", 1]],
    warnings: ["F, line 2: expected format: key whitespace value"],
  },
  {
    name: "an alias line in a map",
    kind: "map",
    text: "a: b\n",
    entries: [["a:", "b", 1]],
    warnings: [`F, line 1: record is in "key: value" format; is this an alias file?`],
  },
  {
    name: "an open quote",
    kind: "map",
    text: `"a b\nc d\n`,
    entries: [["c", "d", 2]],
    warnings: [`F, line 1: unbalanced '"' in '"a b' -- ignoring this line`],
  },
  {
    name: "a continuation of nothing",
    kind: "map",
    text: "  a b\nc d\n",
    entries: [["c", "d", 2]],
    warnings: [`F, line 1: logical line must not start with whitespace: "  a b"`],
  },
  {
    name: "aliases",
    kind: "alias",
    text:
      'postmaster: root\nRoot: jane,\n   bob\nlist: :include:/x\ncmd: "|prog a:b"\nno-space:x\nspaced : y\n',
    entries: [
      ["postmaster", "root", 1],
      ["root", "jane,   bob", 2],
      ["list", ":include:/x", 4],
      ["cmd", `"|prog a:b"`, 5],
      ["no-space", "x", 6],
      ["spaced", "y", 7],
    ],
  },
  {
    name: "quoted names of aliases, which lose their quotes",
    kind: "alias",
    text: `"quoted name": x\n"a:b": c\n"a@b": z\nj\\ k: w\n"|cmd": v\n`,
    entries: [["quoted name", "x", 1], ["a:b", "c", 2], ["a@b", "z", 3], ["j k", "w", 4], ["|cmd", "v", 5]],
  },
  {
    name: "alias lines without name or value",
    kind: "alias",
    text: `noname\n: empty\nempty:\n"open: x\na: b\n`,
    entries: [["a", "b", 5]],
    warnings: [1, 2, 3, 4].map((line) => `F, line ${line}: need name:value pair`),
  },
  {
    name: "an alias with a domain",
    kind: "alias",
    text: "jane@example.com: x\n",
    entries: [],
    warnings: ["F, line 1: name must be local"],
  },
];

for (const { name, kind, text, entries, warnings = [] } of rows) {
  Deno.test(`sourceEntries() of a ${kind} reads ${name} (postmap(1))`, () => {
    assertEquals(read(kind, text), { entries: entries.map((entry) => [...entry]), warnings: [...warnings] });
  });
}

Deno.test("sourceEntries() leaves out lines that are not UTF-8 (postmap(1))", () => {
  const bytes = concatBytes([utf8Bytes("a b\nbad"), Uint8Array.of(0xff), utf8Bytes(" value\nü ö\n")]);
  assertEquals(read("map", bytes), {
    entries: [["a", "b", 1], ["ü", "ö", 3]],
    warnings: [`F, line 2: non-UTF-8 input "bad? value" -- ignoring this line`],
  });
});

Deno.test("sourceEntries() keeps case when asked", () => {
  const [entry] = sourceEntries(utf8Bytes("KeY v\n"), {
    kind: "map",
    file: "F",
    warn: () => {},
    fold: false,
  });
  assertEquals(entry, { key: "KeY", value: "v", line: 1 });
});

Deno.test("sourceEntries() reads any octets without throwing", () => {
  let seed = 7;
  const next = () => seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
  const alphabet = utf8Bytes(`a: "\\\n\t#@\r,|ü{}`);
  for (let round = 0; round < 300; round++) {
    const bytes = Uint8Array.from({ length: 60 }, () => alphabet[(next() >>> 8) % alphabet.length]!);
    for (const kind of ["map", "alias"] as const) {
      for (const [key, value, line] of read(kind, bytes).entries) {
        if (key === "" || value === "" || Number(line) < 1) throw new Error(`seed 7, round ${round}`);
      }
    }
  }
});
