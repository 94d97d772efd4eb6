import { assertEquals } from "@std/assert";

import { mailboxEntries } from "./entries.ts";
import { canonicalFlags, changeFlags } from "./flags.ts";
import { canonicalName, compareNames, nameProblem, parentsOf } from "./name.ts";

Deno.test("INBOX has one spelling (RFC 3501 §5.1)", () => {
  const names: readonly (readonly [given: string, name: string])[] = [
    ["inbox", "INBOX"],
    ["InBox/child", "INBOX/child"],
    ["Inboxes", "Inboxes"],
    ["Work/", "Work"],
  ];
  for (const [given, name] of names) assertEquals(canonicalName(given), name);
});

Deno.test("names sort with INBOX first and children behind their parents", () => {
  const sorted = ["INBOX", "a", "a/b", "a-b", "b"];
  assertEquals(sorted.toReversed().sort(compareNames), sorted);
  assertEquals(parentsOf("a/b/c"), ["a", "a/b"]);
});

Deno.test("names of ordinary people pass, traps do not", () => {
  for (const name of ["Ä ö", "a.b", "~x", "a&b", "日本語", "..."]) {
    assertEquals(nameProblem(name), undefined, name);
  }
  for (const name of ["", "/", "a//b", "a\u0007", "\udc00", "x/".repeat(40) + "x"]) {
    assertEquals(typeof nameProblem(name), "string", name);
  }
});

Deno.test("names that only have children are listed as such", () => {
  const entries = mailboxEntries({
    names: ["INBOX", "a/b/c", "Sent"],
    directories: ["empty"],
    subscribed: ["a/b/c", "not there"],
    specialUses: new Map([["Sent", "\\Sent"]]),
    mayHaveChildren: () => false,
  });
  assertEquals(
    entries.map((entry) => [entry.name, entry.selectable, entry.hasChildren, entry.mayHaveChildren]),
    [
      ["INBOX", true, false, false],
      ["Sent", true, false, false],
      ["a", false, true, true],
      ["a/b", false, true, true],
      ["a/b/c", true, false, false],
      ["empty", false, false, true],
    ],
  );
  assertEquals(entries.filter((entry) => entry.subscribed).map((entry) => entry.name), ["a/b/c"]);
  assertEquals(entries[1]!.specialUse, "\\Sent");
});

Deno.test("flags have one spelling and order; \\Recent is never stored (RFC 3501 §2.3.2)", () => {
  assertEquals(canonicalFlags(["work", "\\SEEN", "Work", "\\Recent", "\\answered", "$Junk", "\\Other"]), [
    "\\Answered",
    "\\Seen",
    "$Junk",
    "work",
  ]);
  assertEquals(changeFlags(["\\Seen", "Work"], "remove", ["WORK"]), ["\\Seen"]);
  assertEquals(changeFlags(["Work"], "add", ["work", "\\Draft"]), ["\\Draft", "Work"]);
  assertEquals(changeFlags(["Work"], "replace", []), []);
});
