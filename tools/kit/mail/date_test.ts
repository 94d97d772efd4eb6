import { assertEquals } from "@std/assert";

import { realRandom, SeededRandom } from "../base/random.ts";
import { formatCtime, formatDateTime, localZoneMinutes, parseCtime, parseDateTime } from "./date.ts";

const utc = (text: string) => Date.parse(text);

Deno.test("parseDateTime() reads what mailers write (RFC 5322 §3.3, §4.3)", () => {
  const cases: readonly (readonly [string, string, number])[] = [
    ["Tue, 7 Apr 2026 10:00:01 +0000", "2026-04-07T10:00:01Z", 0],
    ["Tue,  7 Apr 2026 10:00:01 +0200 (CEST)", "2026-04-07T08:00:01Z", 120],
    ["7 Apr 2026 10:00 -0330", "2026-04-07T13:30:00Z", -210],
    ["Tue, 07 April 2026 10:00:01 GMT", "2026-04-07T10:00:01Z", 0],
    ["tue, 7 apr 2026 10:00:01 pdt", "2026-04-07T17:00:01Z", -420],
    ["Fri, 21 Nov 97 09(comment (nested)):   55  :  06 -0600", "1997-11-21T15:55:06Z", -360],
    ["21 Nov 49 09:55 Z", "2049-11-21T09:55:00Z", 0],
    ["21 Nov 50 09:55 Z", "1950-11-21T09:55:00Z", 0],
    ["21 Nov 103 09:55 Z", "2003-11-21T09:55:00Z", 0],
    ["Tue, 7 Apr 2026 10:00:01", "2026-04-07T10:00:01Z", 0],
    ["Tue, 7 Apr 2026 10:00:01 +02:00", "2026-04-07T08:00:01Z", 120],
    ["Tue, 7 Apr 2026 10:00:01 GMT+0200", "2026-04-07T08:00:01Z", 120],
    ["Tue, 7 Apr 2026 10:00:01 -0000", "2026-04-07T10:00:01Z", 0],
    ["7-Apr-2026 10:00:01 +0000", "2026-04-07T10:00:01Z", 0],
    ["Tue, 7 Apr 2026 23:59:60 +0000", "2026-04-08T00:00:00Z", 0],
    ["Tue\r\n , 7 Apr 2026\r\n 10:00:01 +0000 (open", "2026-04-07T10:00:01Z", 0],
    ["Tue, 29 Feb 2028 00:00:00 +0000", "2028-02-29T00:00:00Z", 0],
    ["Tue Apr  7 10:00:01 2026", "2026-04-07T10:00:01Z", 0],
    ["Tue Apr 7 10:00:01 CEST 2026", "2026-04-07T08:00:01Z", 120],
  ];
  for (const [text, time, zoneMinutes] of cases) {
    assertEquals(parseDateTime(text), { timeMs: utc(time), zoneMinutes }, text);
  }
  for (
    const text of [
      "",
      "yesterday",
      "31 Feb 2026 10:00 +0000",
      "7 Foo 2026 10:00 +0000",
      "7 Apr 2026 24:00 +0000",
      "7 Apr 2026",
      "7 Apr 2026 10:60 +0000",
      "7 Apr 2026 10:00 +9900",
      "2026-04-07T10:00:01Z",
    ]
  ) assertEquals(parseDateTime(text), undefined, text);
});

Deno.test("formatDateTime() and formatCtime() are read back", () => {
  const timeMs = utc("2026-04-07T10:00:01Z");
  assertEquals(formatDateTime(timeMs, 0), "Tue, 7 Apr 2026 10:00:01 +0000");
  assertEquals(formatDateTime(timeMs, 330), "Tue, 7 Apr 2026 15:30:01 +0530");
  assertEquals(formatDateTime(timeMs, -210), "Tue, 7 Apr 2026 06:30:01 -0330");
  assertEquals(formatCtime(timeMs, 0), "Tue Apr  7 10:00:01 2026");
  assertEquals(formatCtime(utc("2025-11-25T01:11:53Z"), 0), "Tue Nov 25 01:11:53 2025");
  const random = new SeededRandom(realRandom.below(2 ** 32));
  for (let round = 0; round < 500; round++) {
    const time = random.below(2 ** 32) * 1000;
    const zoneMinutes = random.below(1440) - 720;
    assertEquals(parseDateTime(formatDateTime(time, zoneMinutes)), { timeMs: time, zoneMinutes });
    assertEquals(parseCtime(formatCtime(time, 0)), { timeMs: time, zoneMinutes: 0 });
    assertEquals(parseDateTime(formatDateTime(time)), { timeMs: time, zoneMinutes: localZoneMinutes(time) });
  }
});

Deno.test("parseCtime() reads the separators of mbox files", () => {
  for (
    const text of [
      "Tue Apr  7 10:00:01 2026",
      "Tue Apr 07 10:00:01 2026 +0000",
      "Tue Apr  7 10:00:01 GMT 2026",
      "Tue Apr  7 10:00:01 +0000 2026 remote from x",
    ]
  ) assertEquals(parseCtime(text)?.timeMs, utc("2026-04-07T10:00:01Z"), text);
  assertEquals(parseCtime("Tue Apr  7 10:00 2026")?.timeMs, utc("2026-04-07T10:00:00Z"));
  for (const text of ["", "here", "Tue Apr 7 2026", "Tue Apr 7 25:00:01 2026"]) {
    assertEquals(parseCtime(text), undefined, text);
  }
});

Deno.test("parseDateTime() stays linear", () => {
  for (const piece of ["(", "()", " ", "1", "a", "1 Apr ", "(((("]) parseDateTime(piece.repeat(500_000));
});
