import { assert, assertEquals } from "@std/assert";

import { checkCitations, checkHabits, citationProblems } from "./architecture/citations.ts";
import { classify } from "./architecture/classify.ts";
import { scan } from "./architecture/scan.ts";
import { projectFiles } from "./architecture/tree.ts";

Deno.test("every citation names an RFC and a section in the form of the house (RFC 7322 §3.5)", async () => {
  assertEquals(checkCitations(await projectFiles()), []);
});

Deno.test("citationProblems() finds numbers that cannot be and sections without their sign (RFC 7322 §3.5)", () => {
  const rows: readonly [text: string, problem: string | undefined][] = [
    ["RFC 5321 §4.1.2", undefined],
    ["(RFC 5321 §4.1.2, §4.5.3.1.4)", undefined],
    ["RFC 3501 §2.3.2 \\Recent", undefined],
    ["RFC 1939 (POP3)", undefined],
    ["RFC 5322 §A.1.2.", undefined],
    ["RFC 1870, 6152, 6531", undefined],
    ["RFC 1939 §5 and RFC822.SIZE", undefined],
    ["RFC 53210 §4", "there is no RFC 53210"],
    ["RFC 21", "there is no RFC 21"],
    ["RFC5321 says", "RFC5321 lacks its space"],
    ["RFC 5321 4.1.2", '"RFC 5321 4.1" lacks its §'],
    ["RFC 5321 section 4", '"RFC 5321 section" lacks its §'],
    ["RFC 5321 §four", '"RFC 5321 §four" names no section'],
    ["RFC 5321 § 4.1", undefined],
  ];
  for (const [text, problem] of rows) assertEquals(citationProblems(text)[0]?.problem, problem, text);
});

Deno.test("nothing is put off, cast away, ignored or skipped", async () => {
  assertEquals(checkHabits(await projectFiles()), []);
});

Deno.test("checkHabits() finds each of the habits that the house does not have", () => {
  const rows: readonly [path: string, text: string, what: string | undefined][] = [
    ["mta/a.ts", "// TODO: later\n", "a thing to be done"],
    ["mta/a.ts", "// TODO(RFC 5321 §4.1): later\n", undefined],
    ["mta/a.ts", "/* FIXME */\n", "a thing to be done"],
    ["mta/a.ts", 'const word = "TODO";\n', undefined],
    ["mta/a.ts", "const x = y as any;\n", "a cast away from types"],
    ["mta/a.ts", "const x = y as unknown as X;\n", "a cast away from types"],
    ["mta/a.ts", "const x = y as X;\n", undefined],
    ["tools/std/a.ts", "const x = y as unknown as X;\n", undefined],
    ["mta/a.ts", "// as any\n", undefined],
    ["mta/a.ts", "// @ts-" + "ignore\n", "a type error ignored"],
    ["mta/a_test.ts", "Deno.test.ignore(1);\n", "a test that does not run"],
    ["mta/a_test.ts", 'Deno.test({ name: "x", ignore: true });\n', "a test that does not run"],
    ["mta/a.ts", "debugger;\n", "a debugger statement"],
  ];
  for (const [path, text, what] of rows) {
    const problems = checkHabits(classify([scan({ path, text })]));
    if (what === undefined) assertEquals(problems, [], text);
    else assert(problems[0]?.includes(what), `${text} gave ${problems}`);
  }
});
