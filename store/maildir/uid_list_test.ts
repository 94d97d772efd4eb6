import { assertEquals } from "@std/assert";

import {
  crlfOctetsOfFields,
  formatUidListHeader,
  formatUidListLine,
  parseUidList,
  withCrlfOctets,
} from "./uid_list.ts";

const guid = "5adca0100da8066bcd09000083ecc375";

Deno.test("a uidlist of Dovecot's is read: added lines, fields, flags in names", () => {
  const list = parseUidList(`3 V17 N1 G${guid}\n1 :a\n5 W310 Gx :b:2,S\n7 :c,S=3,W=4\n`)!;
  assertEquals([list.uidValidity, list.uidNext, list.guid, list.damaged], [17, 8, guid, false]);
  assertEquals(Array.from(list.entries), [
    ["a", { uid: 1, fields: "" }],
    ["b", { uid: 5, fields: "W310 Gx" }],
    ["c,S=3,W=4", { uid: 7, fields: "" }],
  ]);
});

Deno.test("the next UID is never below what the header says, whatever lines are left", () => {
  assertEquals(parseUidList("3 V17 N100 G0\n1 :a\n")!.uidNext, 100);
});

Deno.test("a torn or unreadable line counts for nothing and asks for a new file", () => {
  for (const tail of ["8 :torn", "8 :zero\0\0\0\n", "x :y\n", "0 :y\n", "9\n", "9 \n", "\0\0\0"]) {
    const list = parseUidList(`3 V17 N8 G0\n7 :c\n${tail}`)!;
    assertEquals([list.entries.size, list.damaged, list.uidNext], [1, true, 8], JSON.stringify(tail));
  }
});

Deno.test("a later line of the same file wins, and both are counted", () => {
  const list = parseUidList("3 V17 N8 G0\n3 :a\n7 :a\n")!;
  assertEquals([list.entries.get("a")!.uid, list.lines], [7, 2]);
});

Deno.test("Courier's older form is read and written anew", () => {
  const list = parseUidList("1 17 9\n3 a\n8 b:2,S\n")!;
  assertEquals([list.uidValidity, list.uidNext, list.damaged], [17, 9, true]);
  assertEquals(list.entries.get("b")!.uid, 8);
});

Deno.test("a header that cannot be read makes no list", () => {
  for (const text of ["", "3 V17 N8", "3 N8\n", "3 V0 N1\n", "2 V1 N1\n", "3 V1 N99999999999\n", "junk\n"]) {
    assertEquals(parseUidList(text), undefined, JSON.stringify(text));
  }
});

Deno.test("what is written is read back the same", () => {
  const text = formatUidListHeader({ uidValidity: 17, uidNext: 9, guid }) +
    formatUidListLine("a", { uid: 3, fields: "" }) + formatUidListLine("b", { uid: 8, fields: "W12 P3" });
  assertEquals(text, `3 V17 N9 G${guid}\n3 :a\n8 W12 P3 :b\n`);
  assertEquals(parseUidList(text)!.entries.get("b"), { uid: 8, fields: "W12 P3" });
});

Deno.test("sizes stand in a field of their own", () => {
  assertEquals(crlfOctetsOfFields("G1 W310"), 310);
  assertEquals(crlfOctetsOfFields("XW310"), undefined);
  assertEquals(withCrlfOctets("W1 G2", 310), "W310 G2");
});
