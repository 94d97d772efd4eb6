import { assertEquals } from "@std/assert";

import { concatBytes, latin1Bytes, latin1Text } from "../../tools/kit/base/bytes.ts";

import { TopCutter } from "./top.ts";

function cut(text: string, lines: number, chunkOctets: number): string {
  const cutter = new TopCutter(lines);
  const bytes = latin1Bytes(text);
  const kept: Uint8Array[] = [];
  for (let start = 0; start < bytes.length && !cutter.done; start += chunkOctets) {
    kept.push(cutter.take(bytes.slice(start, start + chunkOctets)));
  }
  return latin1Text(concatBytes(kept));
}

Deno.test("TopCutter gives header, empty line and so many body lines, however it is cut (RFC 1939 §7)", () => {
  const header = "A: b\r\n c\r\nD:\r\n\r\n";
  const rows: readonly [text: string, lines: number, kept: string][] = [
    [`${header}one\r\ntwo\r\n`, 0, header],
    [`${header}one\r\ntwo\r\n`, 1, `${header}one\r\n`],
    [`${header}one\r\ntwo\r\n`, 2, `${header}one\r\ntwo\r\n`],
    [`${header}one\r\ntwo\r\n`, 99, `${header}one\r\ntwo\r\n`],
    [`${header}\r\n\r\nthree\r\n`, 2, `${header}\r\n\r\n`],
    [`${header}no end`, 1, `${header}no end`],
    [`${header}`, 0, header],
    ["A: only a header\r\n", 0, "A: only a header\r\n"],
    ["\r\nbody\r\n", 0, "\r\n"],
    ["A: b\n\none\ntwo\n", 1, "A: b\n\none\n"],
    ["", 5, ""],
  ];
  for (const [text, lines, kept] of rows) {
    for (const octets of [1, 2, 3, 7, 1000]) {
      assertEquals(cut(text, lines, octets), kept, `${JSON.stringify(text)} ${lines} ${octets}`);
    }
  }
});
