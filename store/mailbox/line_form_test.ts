import { assertEquals } from "@std/assert";

import { concatBytes, latin1Bytes, latin1Text } from "../../tools/kit/base/bytes.ts";

import { countBareLf, LfWriter, toCrlf } from "./line_form.ts";

const pairs: readonly (readonly [given: string, lf: string, crlf: string])[] = [
  ["", "", ""],
  ["a\nb\n", "a\nb\n", "a\r\nb\r\n"],
  ["a\r\nb\r\n", "a\nb\n", "a\r\nb\r\n"],
  ["a\rb\r\n\r", "a\rb\n\r", "a\rb\r\n\r"],
  ["\n\r\n\n", "\n\n\n", "\r\n\r\n\r\n"],
];

Deno.test("either line form is stored as LF and read as CRLF; a CR alone is no line end (RFC 5321 §2.3.8)", () => {
  for (const [given, lf, crlf] of pairs) {
    for (const step of [1, 2, 100]) {
      const writer = new LfWriter();
      const parts = [];
      for (let at = 0; at < given.length; at += step) {
        parts.push(writer.push(latin1Bytes(given.slice(at, at + step))));
      }
      parts.push(writer.end());
      assertEquals(latin1Text(concatBytes(parts)), lf);
      assertEquals([writer.lfOctets, writer.crlfOctets], [lf.length, crlf.length], JSON.stringify(given));
    }
    assertEquals(latin1Text(toCrlf(latin1Bytes(lf))), crlf);
  }
});

Deno.test("a line end cut by a buffer's end is one line end", () => {
  assertEquals(latin1Text(toCrlf(latin1Bytes("\na\n"), true)), "\na\r\n");
  assertEquals(countBareLf(latin1Bytes("\n\n"), true), 1);
});
