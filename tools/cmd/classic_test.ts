import { assertEquals, assertThrows } from "@std/assert";

import { classicRow, classicRows } from "./classic.ts";
import { UsageError } from "./command.ts";
import { commands } from "./commands.ts";

Deno.test("every classic name leads to a command that there is", () => {
  const names = commands.map(({ name }) => name);
  for (const [program, { command }] of Object.entries(classicRows)) {
    assertEquals(names.includes(command), true, `${program}: ${command}`);
  }
  assertEquals(Object.keys(classicRows), [
    "sendmail",
    "mailq",
    "newaliases",
    "postmap",
    "postalias",
    "postqueue",
    "postcat",
    "postsuper",
    "postconf",
  ]);
});

Deno.test("classicRow() goes by the link's own name, whatever its directory", () => {
  assertEquals(classicRow("/usr/sbin/mailq")?.command, "queue list");
  assertEquals(classicRow("./mailsrv"), undefined);
  assertEquals(classicRow("constructor"), undefined);
});

interface ExpectedCall {
  readonly command?: string;
  readonly options: Readonly<Record<string, string | true>>;
  readonly rest: readonly string[];
}

const calls: readonly (readonly [string, readonly string[], ExpectedCall])[] = [
  ["postmap", ["hash:/etc/postfix/access"], { options: {}, rest: ["hash:/etc/postfix/access"] }],
  ["postmap", ["-q", "key", "hash:t"], { command: "map query", options: {}, rest: ["key", "hash:t"] }],
  ["postmap", ["-qkey", "hash:t"], { command: "map query", options: {}, rest: ["key", "hash:t"] }],
  ["postmap", ["-q", "-", "t"], { command: "map query", options: {}, rest: ["-", "t"] }],
  ["postmap", ["-s", "t"], { command: "map dump", options: {}, rest: ["t"] }],
  ["postmap", ["-s", "t", "u"], { command: "map dump", options: {}, rest: ["t"] }],
  ["postmap", ["-r", "t"], { options: { replace: true }, rest: ["t"] }],
  ["postmap", ["-wfFpo", "t"], {
    options: { keep: true, exact: true, files: true, "default-mode": true },
    rest: ["t"],
  }],
  ["postmap", ["-d", "key", "t", "u"], { command: "map delete", options: {}, rest: ["key", "t", "u"] }],
  ["postmap", ["-i", "-r", "t"], { command: "map add", options: { replace: true }, rest: ["t"] }],
  ["postmap", ["-hmq", "-", "t"], {
    command: "map query",
    options: { header: true, mime: true },
    rest: ["-", "t"],
  }],
  ["postmap", ["-jsF", "t"], { command: "map dump", options: { files: true, json: true }, rest: ["t"] }],
  ["postalias", ["-d", "-", "t"], { command: "alias delete", options: {}, rest: ["-", "t"] }],
  ["postalias", ["-fq", "Key", "t"], {
    command: "alias query",
    options: { exact: true },
    rest: ["Key", "t"],
  }],
  ["postalias", ["hash:/etc/aliases"], { options: {}, rest: ["hash:/etc/aliases"] }],
  ["postqueue", ["-p"], { options: {}, rest: [] }],
  ["postqueue", ["-j"], { options: { json: true }, rest: [] }],
  ["postqueue", ["-f"], { command: "queue flush", options: {}, rest: [] }],
  ["postqueue", ["-i", "ABC"], { command: "queue flush", options: {}, rest: ["ABC"] }],
  ["postcat", ["-q", "ABC"], { options: {}, rest: ["ABC"] }],
  ["postcat", ["-bh", "-q", "ABC"], { options: { parts: "bh" }, rest: ["ABC"] }],
  ["postcat", ["deferred/ABC"], { options: { file: true }, rest: ["deferred/ABC"] }],
  ["postsuper", ["-d", "ALL"], { command: "queue delete", options: {}, rest: ["ALL"] }],
  ["postsuper", ["-H", "ABC"], { command: "queue release", options: {}, rest: ["ABC"] }],
  ["postsuper", ["-d", "ABC", "-dDEF"], { command: "queue delete", options: {}, rest: ["ABC", "DEF"] }],
  ["postsuper", ["-r", "ALL", "deferred", "hold"], {
    command: "queue requeue",
    options: { state: "deferred,hold" },
    rest: ["ALL"],
  }],
  ["postsuper", ["-e", "-"], { command: "queue expire", options: {}, rest: ["-"] }],
  ["postsuper", ["-f", "ABC"], { command: "queue expire", options: { release: true }, rest: ["ABC"] }],
  ["postqueue", ["-s", "ref.test"], { command: "queue flush", options: { site: "ref.test" }, rest: [] }],
  ["postconf", ["-dh", "myhostname"], { options: {}, rest: ["-dh", "myhostname"] }],
  ["mailq", [], { options: {}, rest: [] }],
];

Deno.test("classic programs' own options are understood (postmap(1), postqueue(1), postcat(1), postsuper(1))", () => {
  for (const [program, args, call] of calls) {
    const translated: ExpectedCall = classicRows[program]!.translate(args);
    assertEquals(translated, call, `${program} ${args.join(" ")}`);
  }
});

Deno.test("classic programs refuse what they do not have", () => {
  const wrong: readonly (readonly [string, readonly string[]])[] = [
    ["postqueue", []],
    ["postqueue", ["-x"]],
    ["postmap", ["-Z", "t"]],
    ["postmap", []],
    ["postmap", ["-d", "key", "-q", "key", "t"]],
    ["postmap", ["-s", "-i", "t"]],
    ["postmap", ["-j", "t"]],
    ["postmap", ["-h", "-q", "key", "t"]],
    ["postalias", ["-h", "-q", "-", "t"]],
    ["postsuper", []],
    ["postsuper", ["-d"]],
  ];
  for (const [program, args] of wrong) assertThrows(() => classicRows[program]!.translate(args), UsageError);
});
