import { assertEquals } from "@std/assert";

import type { Bytes } from "../../tools/kit/base/bytes.ts";
import { concatBytes, utf8Bytes, utf8Text } from "../../tools/kit/base/bytes.ts";

import { SeparatorQuoter } from "./separator_quoter.ts";

const separator = "From z@remote.test  Tue Nov 25 01:11:53 2025";

/** Quotes `text` given in pieces of `size` octets. */
function quote(text: string, size: number): string {
  const quoter = new SeparatorQuoter();
  const bytes = utf8Bytes(text);
  const parts: Bytes[] = [];
  for (let start = 0; start < bytes.length; start += size) {
    parts.push(quoter.push(bytes.slice(start, start + size)));
  }
  return utf8Text(concatBytes([...parts, quoter.finish()]));
}

Deno.test("SeparatorQuoter changes only what would begin another message, whatever the cuts (reports R77)", () => {
  const rows: readonly (readonly [string, string])[] = [
    ["From now on all is well\n\nFrom here too\n", "From now on all is well\n\nFrom here too\n"],
    [`a\n${separator}\n`, `a\n${separator}\n`],
    [`a\n\n${separator}\nb\n`, `a\n\n>${separator}\nb\n`],
    [`a\r\n\r\n${separator}\r\nb\n`, `a\r\n\r\n>${separator}\r\nb\n`],
    [`a\r\r\n${separator}\n`, `a\r\r\n${separator}\n`],
    [`\n${separator}\n\n${separator}\n`, `\n>${separator}\n\n>${separator}\n`],
    [`${separator}\n`, `>${separator}\n`],
    [`a\n\n${separator}`, `a\n\n>${separator}\n`],
    [`a\n\n>${separator}\n`, `a\n\n>${separator}\n`],
    ["a\n\nFro", "a\n\nFro\n"],
    ["a\n\r", "a\n\r\n"],
    ["\n\n\nx", "\n\n\nx\n"],
    ["", ""],
  ];
  for (const [text, want] of rows) {
    for (let size = 1; size <= text.length + 1; size++) {
      assertEquals(quote(text, size), want, `${JSON.stringify(text)} by ${size}`);
    }
  }
});

Deno.test("SeparatorQuoter holds no more of a line than a separator may have", () => {
  const quoter = new SeparatorQuoter();
  const line = `From ${"x".repeat(2000)}`;
  assertEquals(utf8Text(quoter.push(utf8Bytes(line))), line);
  assertEquals(utf8Text(quoter.finish()), "\n");
});
