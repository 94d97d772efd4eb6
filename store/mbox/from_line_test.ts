import { assertEquals } from "@std/assert";

import { formatFromLine, parseFromLine } from "./from_line.ts";

const noon = Date.UTC(2026, 0, 1, 12, 30, 15);

Deno.test("separator lines of many writers are read", () => {
  const lines: readonly (readonly [line: string, receivedMs: number])[] = [
    ["From a@b.test Thu Jan  1 12:30:15 2026 +0000", noon],
    ["From a@b.test  Thu Jan  1 12:30:15 UTC 2026", noon],
    ["From a@b.test Thu Jan 1 13:30:15 +0100 2026", noon],
    ["From a@b.test Thu, Jan  1 07:30:15 2026 -0500", noon],
    ["From a@b.test Thu Jan  1 12:30 2026 GMT", noon - 15_000],
    ['From "odd user"@b.test Thu Jan  1 12:30:15 2026 +0000', noon],
    ["From MAILER-DAEMON Thu Jan  1 12:30:15 2026 +0000 remote from uucp", noon],
    ["From a@b.test Thu Jan  1 12:30:15 2026", new Date(2026, 0, 1, 12, 30, 15).getTime()],
    ["From  Thu Jan  1 12:30:15 2026", new Date(2026, 0, 1, 12, 30, 15).getTime()],
  ];
  for (const [line, receivedMs] of lines) assertEquals(parseFromLine(line), receivedMs, line);
});

Deno.test("a sentence that begins with From is no separator (mbox)", () => {
  const lines = [
    "From now on all is well",
    "From a@b.test",
    "From: a@b.test Thu Jan  1 12:30:15 2026",
    ">From a@b.test Thu Jan  1 12:30:15 2026",
    "from a@b.test Thu Jan  1 12:30:15 2026",
    "From a@b.test Thu Jan 32 12:30:15 2026",
    "From a@b.test Thu Jan  1 25:30:15 2026",
    "From Thursday Jan 1 on",
  ];
  for (const line of lines) assertEquals(parseFromLine(line), undefined, line);
});

Deno.test("what is written is read back to the second", () => {
  for (const receivedMs of [noon, noon + 86_400_000 * 200]) {
    assertEquals(parseFromLine(formatFromLine("u1@ref.test", receivedMs)), receivedMs);
  }
});

Deno.test("a long hostile line is settled at once", () => {
  assertEquals(parseFromLine(`From ${"Thu ".repeat(5000)}`), undefined);
});
