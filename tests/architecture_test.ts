import { assert, assertEquals } from "@std/assert";

import { classify } from "./architecture/classify.ts";
import { checkTopLevel, rules } from "./architecture/rules.ts";
import { scan } from "./architecture/scan.ts";
import { projectFiles, topLevelNames } from "./architecture/tree.ts";

const project = projectFiles();

for (const [name, rule] of Object.entries(rules)) {
  Deno.test(`the project keeps the house's rule: ${name}`, async () => {
    assertEquals(rule(await project), []);
  });
}

Deno.test("the project has nothing at the top level that has no place there", async () => {
  assertEquals(checkTopLevel(await topLevelNames()), []);
});

/** A small tree that keeps all rules. */
const good: Readonly<Record<string, string>> = {
  "main.ts": 'import { run } from "./tools/cmd/run.ts";\n\nDeno.exit(run());\n',
  "tools/cmd/run.ts":
    'import { start } from "../../mta/reception/start.ts";\n\nimport { word } from "./word.ts";\n\n' +
    "export const run = () => start(word);\n",
  "tools/cmd/word.ts": 'export const word = "Deno.exit() // setTimeout(";\n',
  "mta/reception/start.ts":
    'import { join } from "@std/path";\n\nimport { hex } from "../../tools/kit/wire/hex.ts";\n\n' +
    'import type { Account } from "../../store/account.ts";\n\nimport { step } from "../smtp/step.ts";\n\n' +
    "export const start = (x: string, y?: Account) => join(hex(step(x)), String(y));\n",
  "mta/smtp/step.ts": 'import type { Account } from "../../store/account.ts";\n\n' +
    "// Deno.readFile, await and Date.now are words in a comment.\nexport const step = (x: string, _?: Account) => x;\n",
  "store/account.ts": "export interface Account {\n  fetch(uids: number): Promise<void>;\n}\n",
  "tools/kit/wire/hex.ts": "export const hex = (x: string) => x.replace(/[/'\"`]/g, `${x}`);\n",
  "mra/pop3/worker.ts": 'import { say } from "./session.ts";\n\nDeno.exit(say("x").length);\n',
  "mra/pop3/session.ts": 'import { hex } from "../../tools/kit/wire/hex.ts";\n\nexport const say = hex;\n',
};

function check(name: string, changes: Readonly<Record<string, string>>): readonly string[] {
  const files = Object.entries({ ...good, ...changes }).map(([path, text]) => scan({ path, text }));
  return rules[name]!(classify(files));
}

Deno.test("a tree that keeps the rules passes all of them", () => {
  for (const name of Object.keys(rules)) assertEquals(check(name, {}), [], name);
});

interface BadTree {
  readonly rule: string;
  readonly path: string;
  readonly text: string;
  readonly says: string;
}

const badTrees: readonly BadTree[] = [
  {
    rule: "checkDirection",
    path: "tools/kit/wire/up.ts",
    text: 'import type { Account } from "../../../store/account.ts";\n\nexport type A = Account;\n',
    says: "kit imports ../../../store/account.ts of store",
  },
  {
    rule: "checkDirection",
    path: "store/up.ts",
    text: 'export { say } from "../mra/pop3/session.ts";\n',
    says: "store imports ../mra/pop3/session.ts of mra",
  },
  {
    rule: "checkDirection",
    path: "mra/across.ts",
    text: 'import "../mta/smtp/step.ts";\n',
    says: "mra imports ../mta/smtp/step.ts of mta",
  },
  {
    rule: "checkDirection",
    path: "mta/reception/up.ts",
    text: 'const module = await import("../../tools/cmd/run.ts");\nexport const run = module.run;\n',
    says: "mta imports ../../tools/cmd/run.ts of cmd",
  },
  {
    rule: "checkDirection",
    path: "mta/reception/config.ts",
    text: 'export type A = import("../../tools/config/load.ts").A;\n',
    says: "of config, which stands above it",
  },
  {
    rule: "checkDirection",
    path: "tools/cmd/stray.ts",
    text: 'import "../elsewhere/x.ts";\n',
    says: "../elsewhere/x.ts is in no layer",
  },
  {
    rule: "checkPackages",
    path: "mta/reception/npm.ts",
    text: 'import "npm:left-pad@1";\n',
    says: "npm:left-pad@1 is no package of the import map",
  },
  {
    rule: "checkPackages",
    path: "store/node.ts",
    text: 'import { readFileSync } from "node:fs";\n\nexport const x = readFileSync;\n',
    says: "node:fs is imported outside its places",
  },
  {
    rule: "checkTargets",
    path: "mta/smtp/missing.ts",
    text: 'import "./nowhere.ts";\n',
    says: "./nowhere.ts is not there",
  },
  {
    rule: "checkPurity",
    path: "mta/smtp/impure.ts",
    text: 'import { start } from "../reception/start.ts";\n\nexport const x = start;\n',
    says: "which is not pure",
  },
  {
    rule: "checkPurity",
    path: "mra/pop3/path.ts",
    text: 'import { join } from "@std/path";\n\nexport const x = join;\n',
    says: "pure code imports @std/path",
  },
  {
    rule: "checkPurity",
    path: "mra/pop3/seam.ts",
    text: 'import { MailboxError } from "../../store/account.ts";\n\nexport const x = MailboxError;\n',
    says: "pure code may import only types of ../../store/account.ts",
  },
  {
    rule: "checkPurity",
    path: "mta/policy/wait.ts",
    text: "export const x = async (y: Promise<number>) => y;\n",
    says: "pure code uses async",
  },
  {
    rule: "checkPurity",
    path: "tools/kit/mail/wait.ts",
    text: "export async function x(y: Promise<number>) {\n  return await (y);\n}\n",
    says: "pure code uses await",
  },
  {
    rule: "checkPurity",
    path: "mta/smtp/load.ts",
    text: 'export const x = () => import("./step.ts");\n',
    says: "pure code loads ./step.ts while it runs",
  },
  ...[
    ["store/x.ts", "Deno.readFileSync(`x${1}`);", "Deno (Deno) outside its place"],
    ["mta/smtp/x.ts", "export type C = Deno.Conn;", "Deno (Deno) outside its place"],
    ["tools/kit/wire/x.ts", "globalThis.Deno.exit();", "Deno (Deno) outside its place"],
    ["store/x.ts", "export const now = Date.now();", "timers and clocks (Date.now)"],
    ["store/x.ts", "export const now = new Date();", "timers and clocks (new Date())"],
    ["mta/queue/x.ts", "setTimeout(() => {}, 1);", "timers and clocks (setTimeout()"],
    ["mta/queue/x.ts", "setInterval(() => {}, 1);", "timers and clocks (setInterval()"],
    ["mta/queue/x.ts", "export const x = performance.now();", "timers and clocks (performance.)"],
    ["mta/queue/x.ts", "export const x = Math.random();", "randomness (Math.random)"],
    ["mta/queue/x.ts", "export const x = crypto.randomUUID();", "randomness (crypto.randomUUID)"],
    ["mta/queue/x.ts", 'new Worker("x");', "new Worker (new Worker)"],
    ["mta/queue/x.ts", 'await fetch("http://x");', "fetch (await fetch()"],
    ["mta/queue/x.ts", 'new WebSocket("ws://x");', "WebSocket (WebSocket)"],
    ["mta/queue/x.ts", 'console.log("x");', "console (console.)"],
    ["mta/queue/x.ts", "export const x = process.env.X;", "process (process.env)"],
    ["mta/queue/x.ts", "export const x = `a ${`b ${Date.now()}`} c`;", "timers and clocks (Date.now)"],
    ["mta/queue/x.ts", "export const x = 4 / 2; /* / */ Math.random();", "randomness (Math.random)"],
  ].map(([path, text, says]) => ({ rule: "checkRuntime", path: path!, text: `${text}\n`, says: says! })),
  {
    rule: "checkLength",
    path: "mta/queue/long.ts",
    text: "// line\n".repeat(401),
    says: "401 lines, more than 400",
  },
  {
    rule: "checkImportOrder",
    path: "mta/queue/order.ts",
    text: 'import "../../store/account.ts";\n\nimport "../../tools/kit/wire/hex.ts";\n',
    says: "../../tools/kit/wire/hex.ts stands below a higher layer",
  },
  {
    rule: "checkImportOrder",
    path: "mta/smtp/order.ts",
    text: 'import "./step.ts";\n\nimport "../../tools/kit/wire/hex.ts";\n',
    says: "../../tools/kit/wire/hex.ts stands below a higher layer",
  },
  {
    rule: "checkImportOrder",
    path: "mta/queue/blank.ts",
    text: 'import "../../tools/kit/wire/hex.ts";\nimport "../../store/account.ts";\n',
    says: "no blank line before the layer of ../../store/account.ts",
  },
  {
    rule: "checkUse",
    path: "mta/queue/forgotten.ts",
    text: "export const x = 1;\n",
    says: "mta/queue/forgotten.ts: is imported by nothing",
  },
  {
    rule: "checkCycles",
    path: "tools/kit/wire/hex.ts",
    text: 'import type { Back } from "./back.ts";\n\nexport const hex = (x: string): Back => x;\n',
    says: "cycle: ",
  },
];

for (const { rule, path, text, says } of badTrees) {
  Deno.test(`${rule} fails on ${path} that has: ${text.split("\n", 1)[0]!.slice(0, 60)}`, () => {
    const back = 'import { hex } from "./hex.ts";\n\nexport type Back = ReturnType<typeof hex>;\n';
    const problems = check(rule, { [path]: text, "tools/kit/wire/back.ts": back });
    assert(problems.some((problem) => problem.includes(says)), `${says}\nis not in\n${problems.join("\n")}`);
  });
}

Deno.test("checkTopLevel fails on a name that has no place there", () => {
  assertEquals(checkTopLevel(["mta", "src", "README.md"]), ["src: has no place at the top level"]);
});

Deno.test("a test may do what the code it tests may not", () => {
  const test = 'import { step } from "./step.ts";\n\nDeno.test("x", async () => {\n  await step("x");\n});\n';
  for (const name of Object.keys(rules)) {
    assertEquals(check(name, { "mta/smtp/step_test.ts": test }), [], name);
  }
});

Deno.test("scan() tells code from comments, strings, templates and regular expressions", () => {
  const rows: readonly [text: string, code: string][] = [
    ["a // b\nc", "a     \nc"],
    ["a /* b\nc */ d", "a     \n     d"],
    [`x = "a'b\\"c" + 'd'`, `x = "      " + ' '`],
    ["`a ${b + `c ${d} e`} f`", "`  ${b + `  ${d}  `}  `"],
    ["`a ${ {b: {}} } c`", "`  ${ {b: {}} }  `"],
    ['x = /[/"]/.test(y) / 2 / z', "x = /    /.test(y) / 2 / z"],
    ["return /'/;", "return / /;"],
    ["(a + b) / c // d", "(a + b) / c     "],
    ['"http://x"; y', '"        "; y'],
  ];
  for (const [text, code] of rows) assertEquals(scan({ path: "x.ts", text }).code, code, text);
});

Deno.test("scan() finds imports of all forms with their lines", () => {
  const text = [
    'import a, { type B } from "./a.ts";',
    'import type { C } from "./c.ts";',
    "export {",
    "  d,",
    '} from "./d.ts";',
    'export type * from "./e.ts";',
    'import "./f.ts";',
    '// import "./no.ts";',
    'const g = await import("./g.ts");',
    'const h = import.meta.resolve("./h.ts");',
    'const i = new URL("./i.ts", import.meta.url);',
    "const j = 'import \"./no.ts\"';",
  ].join("\n");
  const found = scan({ path: "x.ts", text }).imports;
  assertEquals(
    found.map(({ specifier, line, typeOnly, dynamic }) =>
      `${line} ${specifier}${typeOnly ? " type" : ""}${dynamic ? " dynamic" : ""}`
    ),
    [
      "1 ./a.ts",
      "2 ./c.ts type",
      "5 ./d.ts",
      "6 ./e.ts type",
      "7 ./f.ts",
      "9 ./g.ts dynamic",
      "10 ./h.ts dynamic",
      "11 ./i.ts dynamic",
    ],
  );
});
