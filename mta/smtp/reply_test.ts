import { assertEquals } from "@std/assert";

import { utf8Text } from "../../tools/kit/base/bytes.ts";

import { formatReply, reply } from "./reply.ts";

Deno.test("formatReply() sends lines of 512 octets at most, whatever a list in the DNS says (RFC 5321 §4.5.3.1.5)", () => {
  const rows: readonly (readonly [text: string, line: string])[] = [
    ["x".repeat(1000), `554 5.7.1 ${"x".repeat(500)}\r\n`],
    ["ä".repeat(1000), `554 5.7.1 ${"ä".repeat(250)}\r\n`],
    ["€".repeat(1000), `554 5.7.1 ${"€".repeat(166)}\r\n`],
    ["listed\r\n250 2.0.0 Ok\0", "554 5.7.1 listed  250 2.0.0 Ok \r\n"],
  ];
  for (const [text, line] of rows) {
    assertEquals(utf8Text(formatReply(reply(554, "5.7.1", text))), line);
  }
});
