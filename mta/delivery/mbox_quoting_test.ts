import { assertEquals, assertMatch } from "@std/assert";

import { concatBytes, utf8Bytes, utf8Text } from "../../tools/kit/base/bytes.ts";

import { formatFromLine, MboxQuoter } from "./mbox_quoting.ts";

/** Quotes `text` given in pieces of `size` octets. */
function quote(text: string, size: number): string {
  const quoter = new MboxQuoter();
  const bytes = utf8Bytes(text);
  const parts = [];
  for (let start = 0; start < bytes.length; start += size) {
    parts.push(quoter.push(bytes.slice(start, start + size)));
  }
  return utf8Text(concatBytes([...parts, quoter.finish()]));
}

Deno.test("MboxQuoter quotes lines that begin with From, whatever the cuts (reports R77)", () => {
  const rows: readonly (readonly [string, string])[] = [
    ["Subject: x\n\nFrom now on\n", "Subject: x\n\n>From now on\n\n"],
    ["From x\n>From y\n>>From z\n", ">From x\n>>From y\n>>>From z\n\n"],
    ["From: x\nFromage\n From x\n> From x\nFro", "From: x\nFromage\n From x\n> From x\nFro\n\n"],
    ["x From y\n>>>", "x From y\n>>>\n\n"],
    ["", "\n"],
    ["x", "x\n\n"],
    ["From ", ">From \n\n"],
    ["x\nFrom", "x\nFrom\n\n"],
  ];
  for (const [text, want] of rows) {
    for (let size = 1; size <= text.length + 1; size++) {
      assertEquals(quote(text, size), want, `${text} by ${size}`);
    }
  }
});

Deno.test("formatFromLine() is the line that readers look for", () => {
  assertMatch(
    formatFromLine("s@remote.test", 1_764_033_113_000),
    /^From s@remote\.test {2}[A-Z][a-z]{2} Nov [ 2][0-9] \d\d:\d\d:53 2025\n$/,
  );
  assertMatch(formatFromLine("", 0), /^From MAILER-DAEMON {2}/);
  assertEquals(formatFromLine("a\nb", 0).split("\n").length, 2);
});
