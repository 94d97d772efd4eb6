import { assertEquals, assertThrows } from "@std/assert";

import type { PcreOptions } from "./pcre_regex.ts";
import { parsePcre } from "./pcre_regex.ts";
import { parsePosixRegex } from "./posix_regex.ts";
import { emitRegex } from "./regex_emit.ts";
import { RegexMachine } from "./regex_machine.ts";
import { maxSubject, regexMatcher } from "./regex_matcher.ts";
import type { RegexTree } from "./regex_tree.ts";
import { RegexError, waysToMatch } from "./regex_tree.ts";

const noOptions: PcreOptions = {
  ignoreCase: false,
  lines: false,
  dotAll: true,
  extended: false,
  ungreedy: false,
  dollarEnd: false,
  anchored: false,
};
const pcre = (pattern: string, options: Partial<PcreOptions> = {}) =>
  parsePcre(pattern, { ...noOptions, ...options });
const posix = (pattern: string, options: { readonly lines?: boolean; readonly basic?: boolean } = {}) =>
  parsePosixRegex(pattern, { ignoreCase: false, lines: false, basic: false, ...options });

/** What the groups have, or `undefined`: no match. */
function groups(tree: RegexTree, subject: string): readonly string[] | undefined {
  const found = regexMatcher(tree).match(subject);
  return found && Array.from({ length: tree.groups }, (_, index) => found(index + 1));
}

Deno.test("PCRE: what the language writes otherwise (pcre2pattern(3))", () => {
  const rows: readonly (readonly [string, string, readonly string[] | undefined])[] = [
    ["^a\\Z", "a\n", []],
    ["^a\\z", "a\n", undefined],
    ["^a$", "a\n", []],
    ["(?m)^b$", "a\nb\nc", []],
    ["(?-s)a.c", "a\nc", undefined],
    ["a.c", "a\nc", []],
    ["(?|(a)b|c(d))", "cd", ["d"]],
    ["(?>(a+))b", "aab", ["aa"]],
    ["(a++)a", "aaa", undefined],
    ["(?<word>x)(?P=word)\\k<word>\\g{-1}", "xxxx", ["x"]],
    ["(?:(a)|b)*", "ab", ["a"]],
    ["(?x) a  b # comment\n c", "abc", []],
    ["[[:^digit:]\\d]{3}", "a1b", []],
    ["^[^\\W_]+$", "a_", undefined],
    ["(?i:A)b", "ab", []],
    ["(?i:A)b", "aB", undefined],
    ["\\x{20ac}\\Q.*\\E", "€.*", []],
    ["(?U)(a+)", "aaa", ["a"]],
    ["(?U)(a+?)", "aaa", ["aaa"]],
  ];
  for (const [pattern, subject, expected] of rows) {
    assertEquals(groups(pcre(pattern), subject), expected, `${pattern} on ${JSON.stringify(subject)}`);
  }
});

Deno.test("PCRE: flags A, E and x (pcre_table(5))", () => {
  assertEquals(groups(pcre("b", { anchored: true }), "ab"), undefined);
  assertEquals(groups(pcre("a|b", { anchored: true }), "ab"), []);
  assertEquals(groups(pcre("a$", { dollarEnd: true }), "a\n"), undefined);
  assertEquals(groups(pcre("a b", { extended: true }), "ab"), []);
});

Deno.test("PCRE: what is not there is named, with its place", () => {
  const rows: readonly (readonly [string, string])[] = [
    ["a(?R)", "offset 3: recursion and calls of groups are not supported"],
    ["(a)(?1)", "recursion and calls"],
    ["(?(1)a|b)", "conditions (?(...)...) are not supported"],
    ["(*SKIP)a", "verbs such as (*SKIP) are not supported"],
    ["(?C1)a", "callouts"],
    ["\\X", "\\X is not supported"],
    ["\\p{Nonsense}", 'unknown property "Nonsense"'],
    ["(a", "offset 2: missing closing parenthesis"],
    ["a)", "offset 1: unmatched closing parenthesis"],
    ["(".repeat(300) + ")".repeat(300), "too deeply nested"],
    ["a{99999}", "number too big"],
  ];
  for (const [pattern, problem] of rows) assertThrows(() => pcre(pattern), RegexError, problem);
});

Deno.test("POSIX: `\\d` is a letter, and that is said (regex(7))", () => {
  assertEquals(posix("\\d").warning, '"\\d" is the letter d in a POSIX pattern; a digit is [0-9]');
  assertEquals([groups(posix("^\\d$"), "d"), groups(posix("^\\d$"), "5")], [[], undefined]);
  assertEquals(posix("\\w\\.\\<").warning, undefined);
});

Deno.test("POSIX: flag m makes lines, flag x basic patterns (regexp_table(5))", () => {
  assertEquals(groups(posix("^b", { lines: true }), "a\nb"), []);
  assertEquals(groups(posix("a.b", { lines: true }), "a\nb"), undefined);
  assertEquals(groups(posix("a[^x]b", { lines: true }), "a\nb"), undefined);
  assertEquals(groups(posix("\\(a\\)\\1(b)", { basic: true }), "aa(b)"), ["a"]);
});

Deno.test("the machine answers as the language's engine does, where both can run", () => {
  const patterns = [
    "^(a|ab)(c|bcd)?$",
    "(a*)(b?)(a+)",
    "a{2,3}?(.*)",
    "(x)?y|(z+)",
    "\\b(\\w+)\\b",
    "^$",
    "(?m)(^b|c$)",
  ];
  const subjects = ["", "a", "ab", "abcd", "aaabaa", "xy", "zzz", "y", "a b", "b\nc", "€x€", "😀b"];
  for (const pattern of patterns) {
    const tree = pcre(pattern);
    const machine = RegexMachine.compile(tree)!;
    for (const subject of subjects) {
      const slots = machine.exec(subject);
      const found = emitRegex(tree).exec(subject);
      const ours = slots && Array.from(
        { length: tree.groups + 1 },
        (_, group) =>
          slots[group * 2] === undefined ? undefined : subject.slice(slots[group * 2], slots[group * 2 + 1]),
      );
      assertEquals(ours, found === null ? undefined : [...found], `${pattern} on "${subject}"`);
    }
  }
});

Deno.test("no subject makes a pattern take exponential time that can be run in linear time", () => {
  const hostile = `${"a".repeat(20_000)}!`;
  for (
    const pattern of [
      "^(a+)+$",
      "^(a|aa)+$",
      "^(a|a?)+$",
      "^((a*)*)*$",
      "(.*a){12}$",
      "^(([a-z])+.)+[A-Z]([a-z])+$",
    ]
  ) {
    const matcher = regexMatcher(pcre(pattern));
    assertEquals([matcher.isExplosive, matcher.match(hostile)], [false, undefined], pattern);
  }
});

Deno.test("nor does one of several parts take a subject's length to the power of their number, be it short", () => {
  const patterns = ["^s:.*a.*a.*a.*a.*x", "a?".repeat(30) + "b", "a{1,200}a{1,200}a{1,200}a{1,200}b"];
  for (const pattern of patterns) {
    for (const length of [50, 1000, 4000]) {
      assertEquals(regexMatcher(pcre(pattern)).match(`s:${"a".repeat(length)}`), undefined, pattern);
    }
  }
  assertEquals(waysToMatch(pcre("^.*a.*b.*"), 100), 1_030_301);
  assertEquals(waysToMatch(pcre("^(?:a|b)c?d{2,5}"), 100), 16);
});

Deno.test("a pattern that only the language's engine can run is told of when it may explode", () => {
  for (const pattern of ["^(a+)+(?=b)", "(a|b)*\\1", "(?>a*)*b"]) {
    assertEquals(regexMatcher(pcre(pattern)).isExplosive, true, pattern);
  }
  for (const pattern of ["^a+$", "(a+)\\1", "(?=a)b+", "^(?>a+)b"]) {
    assertEquals(regexMatcher(pcre(pattern)).isExplosive, false, pattern);
  }
});

Deno.test("of a subject only the first 102,400 characters are looked at (postconf(5) header_size_limit)", () => {
  const subject = "x".repeat(maxSubject);
  assertEquals(groups(pcre("y"), `${subject}y`), undefined);
  assertEquals(groups(pcre("x$"), `${subject}y`), []);
});
