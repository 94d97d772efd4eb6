import { assertEquals, assertStringIncludes } from "@std/assert";

import { expand, namesIn } from "./expand.ts";

const values: Readonly<Record<string, string>> = { set: "v", empty: "", level: "3.6", two: "a b" };
const run = (text: string) => expand(text, (name) => values[name]);

const rows: readonly (readonly [text: string, expanded: string])[] = [
  ["plain", "plain"],
  ["$set ${set} $(set) ${ set }", "v v v v"],
  ["$set.$empty_ x", "v. x"],
  ["$$set $$$set", "$set $v"],
  ["${set?yes}|${empty?yes}|${none?yes}", "yes||"],
  ["${set:no}|${empty:no}|${none:no}", "|no|no"],
  ["${set?{yes}:{no}} ${empty?{yes}:{no}}", "yes no"],
  ["${set ? {a} : {b} } ${empty?{a}:b c}", "a b c"],
  ["${set?a:b}", "a:b"],
  ["${set? y} ${set?  {  y z } }", " y y z"],
  ["${set?{${empty?{x}:{$set $set}}}}", "v v"],
  ["${{a} == {b}}|${{a} != {b}}|", "|true|"],
  ["${{2} < {10}?{n}:{s}} ${{a2} < {a10}?{n}:{s}} ${{007} == {7}?{y}:{n}}", "n s y"],
  ["${{$set}=={v}?{y}:{n}} ${{} == {$empty}?{y}:{n}} ${{-1} < {0}?{y}:{n}}", "y y y"],
  ["${{a} == {b} : {c}}", "c"],
  ["${{$level} >=level {3.5} ? {new} : {old}}", "new"],
  ["${{3.10} >level {3.9}?{y}:{n}} ${{3.10} > {3.9}?{y}:{n}} ${{3} ==level {3.0}?{y}:{n}}", "y n y"],
  ["${{3.6} <level {3.6.1}?{y}:{n}} ${{4} <=level {3.9}?{y}:{n}}", "y n"],
];

Deno.test("expand() puts in names, conditions and comparisons (postconf(5))", () => {
  for (const [text, expanded] of rows) {
    const { text: found, problem } = run(text);
    assertEquals([found, problem], [expanded, undefined], text);
  }
});

const mistakes: readonly (readonly [text: string, problem: string])[] = [
  ["a$ b", "expected a setting's name"],
  ["${}", "expected a setting's name"],
  ["${ b", "expected a setting's name"],
  ["$(set}", "expected a setting's name"],
  ["${set-x}", "expected ? or :"],
  ["${set?{a}b}", "expected :"],
  ["${set?{a}:{b} c}", "unexpected after }"],
  ["${none:{a}b}", "unexpected after }"],
  ["${{a} === {b}}", "expected { } after =="],
  ["${{a} = {b}}", "expected one of =="],
  ["${{a} == b}", "expected { }"],
  ["${set?{".repeat(101) + "}}".repeat(101), "more than 100 deep"],
  ["${{foo} <level {3}}", `"foo" is no compatibility level`],
];

Deno.test("expand() tells what is wrong with the writing", () => {
  for (const [text, problem] of mistakes) assertStringIncludes(run(text).problem ?? "none", problem, text);
});

Deno.test("expand() lists names that there are not", () => {
  const { text, unknown } = expand("$set $none ${gone?x}", (name) => values[name]);
  assertEquals([text, unknown], ["v  ", ["none", "gone"]]);
});

Deno.test("namesIn() finds names in all branches", () => {
  assertEquals(namesIn("$a ${b?{$c}:{$(d)}} $$e ${{$f} == {x} ? {${ g }}}"), ["a", "b", "c", "d", "f", "g"]);
});

Deno.test("expand() takes any text", () => {
  const pieces = ["$", "{", "}", "(", ")", "?", ":", "set", " ", "==", "$$", "level"];
  let seed = 7;
  for (let round = 0; round < 3000; round++) {
    let text = "";
    for (let piece = 0; piece < 9; piece++) {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      text += pieces[(seed >> 8) % pieces.length];
    }
    run(text);
  }
});
