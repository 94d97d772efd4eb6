import { assert, assertEquals } from "@std/assert";

import {
  baseOf,
  compareArrival,
  crlfOctetsOf,
  fileOctetsOf,
  flagsOfLetters,
  formatFileName,
  lettersOf,
  lettersOfFlags,
  uniqueName,
} from "./file_name.ts";

const keywords = {
  nameOf: (letter: string) => ({ a: "$Junk", c: "Work" })[letter],
  letterOf: (keyword: string) => ({ $junk: "a", work: "c" })[keyword.toLowerCase()],
};

Deno.test("flags become letters in ASCII order, whatever order they were set in (cr.yp.to maildir)", () => {
  assertEquals(lettersOfFlags(["\\Deleted", "\\Seen", "\\Answered", "\\Flagged"], keywords), "FRST");
  assertEquals(lettersOfFlags(["work", "\\Draft", "$Forwarded", "$Junk", "unknown"], keywords), "DPac");
});

Deno.test("letters that mean nothing here are kept, those that do follow the flags", () => {
  assertEquals(lettersOfFlags(["\\Seen"], keywords, "XFb"), "SXb");
  assertEquals(flagsOfLetters("SXFbac", keywords), ["\\Flagged", "\\Seen", "$Junk", "Work"]);
});

Deno.test("a file name has one :2, after a flag was set (cr.yp.to maildir)", () => {
  const names: readonly (readonly [name: string, base: string, letters: string])[] = [
    ["1.a.h,S=300:2,", "1.a.h,S=300", ""],
    ["1.a.h:2,FS", "1.a.h", "FS"],
    ["1.a.h", "1.a.h", ""],
    ["1.a.h:1,x", "1.a.h", ""],
  ];
  for (const [name, base, letters] of names) {
    assertEquals(baseOf(name), base);
    assertEquals(lettersOf(name), letters);
    assertEquals(formatFileName(baseOf(name), "S"), `${base}:2,S`);
  }
});

Deno.test("sizes are read from the name where it has them", () => {
  assertEquals(fileOctetsOf("1.a.h,S=300,W=310"), 300);
  assertEquals(crlfOctetsOf("1.a.h,S=300,W=310"), 310);
  for (const base of ["1.a.h", "1.a.h,W=", "1.a.h,W=12x", "1.a.h,W=-1"]) {
    assertEquals(crlfOctetsOf(base), undefined);
  }
});

Deno.test("order of arrival is by seconds, then microseconds, then name", () => {
  const sorted = ["9.M1.h", "10.M5P1.h", "10.V1I2M90.h", "10.V1I2M100000.h", "11.b.h", "11.c.h"];
  assertEquals(sorted.toReversed().sort(compareArrival), sorted);
});

Deno.test("unique names hold nothing that a file name or flags would stumble over", () => {
  const name = uniqueName({ nowMs: 1234.5678, randomHex: "ab", count: 3, host: "a/b:c" });
  assertEquals(name, "1.M234567RabQ3.a\\057b\\072c");
  assert(!name.includes(":"));
});
