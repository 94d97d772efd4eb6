import { assertEquals } from "@std/assert";

import { latin1Bytes } from "../../tools/kit/base/bytes.ts";

import type { Parsed } from "./command.ts";
import { parseCommand, parseMessageNumber, parseTop } from "./command.ts";

Deno.test("parseCommand() takes keywords in any case and arguments as they are (RFC 1939 §3)", () => {
  const rows: readonly [line: string, keyword: string | undefined, argument?: string][] = [
    ["QUIT", "QUIT", ""],
    ["quit", "QUIT", ""],
    ["rEtR 1", "RETR", "1"],
    ["PASS  two  spaces ", "PASS", " two  spaces "],
    ["", "", ""],
    [" STAT", "", "STAT"],
    ["PASS a\tb", "PASS", "a\tb"],
    ["USER bl\xc3\xa5", "USER", "blå"],
    ["USER bl\xe5", undefined],
    ["USER u1\0", undefined],
    ["USER u1\rx", undefined],
    ["\x7f", undefined],
  ];
  for (const [line, keyword, argument] of rows) {
    const command = parseCommand(latin1Bytes(line));
    assertEquals(command?.keyword, keyword, JSON.stringify(line));
    assertEquals(command?.argument, argument, JSON.stringify(line));
  }
});

function show<T>(parsed: Parsed<T>): T | string {
  return parsed.ok ? parsed.value : parsed.text;
}

Deno.test("parseMessageNumber() takes one number and says what else it found (RFC 1939 §3)", () => {
  const rows: readonly [argument: string, result: number | string][] = [
    ["1", 1],
    ["007", 7],
    ["1 ", 1],
    ["0", 0],
    ["4294967295", 4294967295],
    ["4294967296", "Message number too large: 4294967296"],
    ["99999999999999999999999", "Message number too large: 99999999999999999999999"],
    ["", "Invalid message number: "],
    ["x", "Invalid message number: x"],
    ["-1", "Invalid message number: -1"],
    ["+1", "Invalid message number: +1"],
    ["1 2", "Noise after message number:  2"],
    ["1x", "Noise after message number: x"],
    ["1e3", "Noise after message number: e3"],
    [" 1", "Invalid message number:  1"],
  ];
  for (const [argument, result] of rows) assertEquals(show(parseMessageNumber(argument)), result, argument);
});

Deno.test("parseTop() takes a number and a count of lines (RFC 1939 §7)", () => {
  const rows: readonly [argument: string, result: { number: number; lines: number } | string][] = [
    ["1 0", { number: 1, lines: 0 }],
    ["12 99 ", { number: 12, lines: 99 }],
    ["", "Invalid message number: "],
    ["1", "Noise after message number: "],
    ["x y", "Invalid message number: x y"],
    ["1 y", "Invalid size: y"],
    ["1 -1", "Invalid size: -1"],
    ["1 2 3", "Noise after size:  3"],
    ["1 99999999999999999999", "Size too large: 99999999999999999999"],
  ];
  for (const [argument, result] of rows) assertEquals(show(parseTop(argument)), result, argument);
});
