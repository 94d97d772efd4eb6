import { assertEquals } from "@std/assert";

import { expand } from "./expand.ts";
import { splitList } from "./list.ts";
import { editDistance, nearest } from "./nearest.ts";
import { formatDuration, parseDuration, parseOctets } from "./units.ts";

Deno.test("parseDuration() takes Postfix's and Dovecot's units", () => {
  const rows: readonly (readonly [string, number | undefined])[] = [
    ["5", 5000],
    ["5s", 5000],
    [" 5 m ", 300_000],
    ["1.5h", 5_400_000],
    ["2d", 172_800_000],
    ["1w", 604_800_000],
    ["5 mins", 300_000],
    ["250ms", 250],
    ["2 Hours", 7_200_000],
    ["0", 0],
    ["", undefined],
    ["s", undefined],
    ["-5s", undefined],
    ["5x", undefined],
    ["5m5s", undefined],
    ["1e9", undefined],
    ["99999999999999999w", undefined],
  ];
  for (const [text, value] of rows) assertEquals(parseDuration(text, "s"), value, text);
  assertEquals(parseDuration("2", "d"), 172_800_000);
});

Deno.test("formatDuration() gives a form that reads back", () => {
  for (const text of ["0s", "5m", "90s", "1500ms", "2d", "1w", "4000s"]) {
    assertEquals(formatDuration(parseDuration(text, "s")!), text);
  }
});

Deno.test("parseOctets() takes powers of 1024", () => {
  const rows: readonly (readonly [string, number | undefined])[] = [
    ["0", 0],
    ["10240000", 10_240_000],
    ["64 k", 65_536],
    ["10M", 10_485_760],
    ["10MB", 10_485_760],
    ["10MiB", 10_485_760],
    ["1.5g", 1_610_612_736],
    ["", undefined],
    ["M", undefined],
    ["-1", undefined],
    ["10X", undefined],
    ["99999999T", undefined],
  ];
  for (const [text, value] of rows) assertEquals(parseOctets(text), value, text);
});

Deno.test("splitList() splits at commas and blanks but not in braces (postconf(5))", () => {
  const rows: readonly (readonly [string, readonly string[] | undefined])[] = [
    ["", []],
    ["a", ["a"]],
    ["a, b\tc\n d,,e", ["a", "b", "c", "d", "e"]],
    ["{ a b } c", ["a b", "c"]],
    ["GET regexp:{{/^[^A-Z]/ Bogus}}", ["GET", "regexp:{{/^[^A-Z]/ Bogus}}"]],
    ["a } b", ["a", "}", "b"]],
    ["{ a", undefined],
  ];
  for (const [text, items] of rows) {
    assertEquals(splitList(text), items === undefined ? undefined : [...items], text);
  }
});

Deno.test("expand() knows conditional forms (postconf(5))", () => {
  const values: Readonly<Record<string, string>> = { a: "A", empty: "" };
  const rows: readonly (readonly [string, string])[] = [
    ["$a.$a", "A.A"],
    ["${a}b$(a)", "AbA"],
    ["${a?x}${empty?x}", "x"],
    ["${a:x}${empty:x}", "x"],
    ["${a?{1}:{2}}${empty?{1}:{2}}", "12"],
    ["${empty:{<$a>}}", "<A>"],
    ["${ a }", "A"],
    ["$$a $$", "$a $"],
  ];
  for (const [text, expanded] of rows) {
    const expansion = expand(text, (name) => values[name]);
    assertEquals([expansion.text, expansion.unknown, expansion.problem], [expanded, [], undefined], text);
  }
  assertEquals(expand("$b ${c}", (name) => values[name]).unknown, ["b", "c"]);
});

Deno.test("nearest() finds the name that was meant, or none", () => {
  const names = ["message_size_limit", "mailbox_size_limit", "queue", "user add"];
  assertEquals(nearest("mesage_size_limit", names), "message_size_limit");
  assertEquals(nearest("mailbox_sizelimit", names), "mailbox_size_limit");
  assertEquals(nearest("queeu", names), "queue");
  assertEquals(nearest("QUEUE", names), "queue");
  assertEquals(nearest("xyz", names), undefined);
  assertEquals(nearest("", names), undefined);
  assertEquals([editDistance("kitten", "sitting"), editDistance("ab", "ba"), editDistance("", "abc")], [
    3,
    1,
    3,
  ]);
});
