import { assertEquals, assertThrows } from "@std/assert";

import { latin1Bytes } from "../../../tools/kit/base/bytes.ts";

import { AwaitsLiteral, BadSyntax } from "./bad_syntax.ts";
import { Cursor } from "./cursor.ts";
import { formatDateTime, parseDate, parseDateTime } from "./date.ts";
import { readFlagList, readStoreFlags, sameFlags } from "./flag.ts";
import { matchPattern } from "./list_pattern.ts";
import { formatMailboxName, parseMailboxName } from "./mailbox_name.ts";
import { formatSequenceSet, parseSequenceSet, resolveSequenceSet, star } from "./sequence_set.ts";
import { formatAstring, formatFlags, formatString } from "./writer.ts";

Deno.test("Cursor takes quoted strings with their escapes, and literals (RFC 3501 §9 string)", () => {
  assertEquals(new Cursor(['"foo\\\\bar\\"q"']).string(), 'foo\\bar"q');
  assertEquals(new Cursor(["", latin1Bytes('foo\\bar"q'), ""]).string(), 'foo\\bar"q');
  assertEquals(new Cursor(['""']).string(), "");
  for (const text of ['"a', '"a\\b"', '"a\rb"', "a", "", '"a\0b"']) {
    assertThrows(() => new Cursor([text]).string(), BadSyntax, undefined, text);
  }
});

Deno.test("Cursor takes astrings and atoms by their characters (RFC 3501 §9 astring)", () => {
  assertEquals(new Cursor(["a]b"]).astring(), "a]b");
  assertEquals(new Cursor(["a]b"]).atom(), "a");
  for (const text of ["(", "%", "*", "{", "\\", "\x7f", "\xe5", " "]) {
    assertThrows(() => new Cursor([text]).astring(), BadSyntax, undefined, text);
  }
});

Deno.test("Cursor stops at a literal that is announced but not sent (RFC 3501 §4.3)", () => {
  const pending = { octets: 3, synchronizing: true };
  assertThrows(() => new Cursor([""], pending).astring(), AwaitsLiteral);
  assertThrows(() => new Cursor(["x"], pending).string(), BadSyntax);
  assertEquals(new Cursor([""], pending).pendingLiteral(), pending);
});

Deno.test("Cursor wants the end of a command, and forgives spaces before it", () => {
  new Cursor(["  "]).end();
  assertThrows(() => new Cursor([" x"]).end(), BadSyntax);
  assertThrows(() => new Cursor(["", latin1Bytes("x"), ""]).end(), BadSyntax);
});

Deno.test("parseSequenceSet() takes the grammar and nothing else (RFC 3501 §9 sequence-set)", () => {
  assertEquals(parseSequenceSet("2,4:7,*:10"), [[2, 2], [4, 7], [star, 10]]);
  assertEquals(parseSequenceSet("4294967295"), [[4294967295, 4294967295]]);
  for (const text of ["", "0", "1:", ":1", "1,,2", "1:2:3", "01", "4294967296", "-1", "1 2"]) {
    assertEquals(parseSequenceSet(text), undefined, text);
  }
});

Deno.test("resolveSequenceSet() reads ranges from either end, and joins them (RFC 3501 §9 seq-range)", () => {
  assertEquals(resolveSequenceSet([[star, 8]], 9), [[8, 9]]);
  assertEquals(resolveSequenceSet([[8, star]], 9), [[8, 9]]);
  assertEquals(resolveSequenceSet([[9999, star]], 9), [[9, 9999]]);
  assertEquals(resolveSequenceSet([[5, 7], [1, 2], [3, 3], [6, 9]], 9), [[1, 3], [5, 9]]);
  assertEquals(resolveSequenceSet([[star, star]], 0), []);
});

Deno.test("formatSequenceSet() keeps the order (RFC 4315 §3)", () => {
  assertEquals(formatSequenceSet([1, 2, 3, 7, 5, 6]), "1:3,7,5:6");
  assertEquals(formatSequenceSet([]), "");
});

Deno.test("date-time has two columns for the day and is read with its zone (RFC 3501 §9 date-time)", () => {
  const time = Date.UTC(2026, 5, 5, 10);
  assertEquals(formatDateTime(time), '" 5-Jun-2026 10:00:00 +0000"');
  for (
    const text of [" 5-Jun-2026 10:00:00 +0000", "05-jun-2026 12:00:00 +0200", " 5-Jun-2026 04:30:00 -0530"]
  ) {
    assertEquals(parseDateTime(text), time, text);
  }
  for (
    const text of [
      "5-Jun-2026 10:00:00 +0000",
      "31-Feb-2026 10:00:00 +0000",
      " 5-Jun-2026 24:00:00 +0000",
      "x",
    ]
  ) {
    assertEquals(parseDateTime(text), undefined, text);
  }
  assertEquals(parseDate("5-Jun-2026"), Date.UTC(2026, 5, 5));
  assertEquals(parseDate("30-Feb-2026"), undefined);
});

Deno.test("flags are atoms; \\Recent and unknown system flags cannot be set (RFC 3501 §2.3.2)", () => {
  assertEquals(readFlagList(new Cursor(["(\\seen $Junk $JUNK \\DELETED)"])), [
    "\\Seen",
    "$Junk",
    "\\Deleted",
  ]);
  assertEquals(readFlagList(new Cursor(["()"])), []);
  assertEquals(readStoreFlags(new Cursor(["\\Deleted \\Seen"])), ["\\Deleted", "\\Seen"]);
  for (const text of ["(\\Recent)", "(\\Foo)", "(\\)", '("x")', "(a  b)", "( a)"]) {
    assertThrows(() => readFlagList(new Cursor([text])), BadSyntax, undefined, text);
  }
  assertEquals(sameFlags(["a", "\\Seen"], ["\\Seen", "A"]), true);
  assertEquals(sameFlags(["a"], ["b"]), false);
});

Deno.test("formatFlags() has one space between and none around (RFC 3501 §9 flag-list)", () => {
  assertEquals(formatFlags([]), "()");
  assertEquals(formatFlags([], true), "(\\Recent)");
  assertEquals(formatFlags(["\\Seen", "$Junk"], true), "(\\Seen $Junk \\Recent)");
});

Deno.test("strings are quoted, or literals where quotes cannot hold them (RFC 3501 §4.3)", () => {
  assertEquals(formatString('a "b" \\'), '"a \\"b\\" \\\\"');
  assertEquals(formatString("bl\xe5"), "{3}\r\nbl\xe5");
  assertEquals(formatString("a\r\nb"), "{4}\r\na\r\nb");
  assertEquals(formatString("a\0b"), "{3}\r\na\0b");
  assertEquals(formatAstring("INBOX"), "INBOX");
  assertEquals(formatAstring("nil"), '"nil"');
  assertEquals(formatAstring(""), '""');
  assertEquals(formatAstring("a b"), '"a b"');
});

Deno.test("mailbox names cross between mUTF-7 and Unicode; INBOX in any case (RFC 3501 §5.1, §5.1.3)", () => {
  assertEquals(parseMailboxName("X&-Y"), { kind: "name", name: "X&Y" });
  assertEquals(parseMailboxName("Bl&AOU-b&AOY-r"), { kind: "name", name: "Blåbær" });
  assertEquals(parseMailboxName("inBox"), { kind: "name", name: "INBOX" });
  assertEquals(parseMailboxName("inbox/a"), { kind: "name", name: "INBOX/a" });
  assertEquals(parseMailboxName("inboxes"), { kind: "name", name: "inboxes" });
  for (const text of ["", "/a", "a//b", "a/", "X&Y", "bl\xe5", "a\tb", "x".repeat(1001)]) {
    assertEquals(parseMailboxName(text).kind, "invalid", text);
  }
  assertEquals(formatMailboxName("Blåbær & co"), '"Bl&AOU-b&AOY-r &- co"');
});

Deno.test("LIST patterns: % stays within a level, * does not, INBOX in any case (RFC 3501 §6.3.8)", () => {
  const yes = [
    "%/b a/b",
    "* a/b",
    "% a",
    "a* a",
    "a*b/c axb/c",
    "inbox INBOX",
    "InB* INBOX",
    "%% a",
    "*%* a/b",
    "*INBOX x/INBOX",
  ];
  const no = ["% a/b", "%/% a", "a%c ab/c", "inbox inboxes", "b a", "inbox/% inbox", "%/ a"];
  const test = (line: string) => {
    const [pattern, name] = line.split(" ");
    return matchPattern(pattern!)(name!);
  };
  for (const line of yes) assertEquals(test(line), true, line);
  for (const line of no) assertEquals(test(line), false, line);
});

Deno.test("a LIST pattern full of stars takes no time to speak of", () => {
  assertEquals(matchPattern("*a".repeat(500) + "b")("a".repeat(255)), false);
});
