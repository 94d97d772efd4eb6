import { assertEquals } from "@std/assert";

import { formatMutf7, parseMutf7 } from "./mutf7.ts";

const pairs: readonly (readonly [name: string, text: string])[] = [
  ["INBOX", "INBOX"],
  ["Entwürfe", "Entw&APw-rfe"],
  ["X&Y", "X&-Y"],
  ["&&", "&-&-"],
  ["~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"],
  ["Blåbær", "Bl&AOU-b&AOY-r"],
  ["😀", "&2D3eAA-"],
  ["ü&", "&APw-&-"],
  ["tab\there", "tab&AAk-here"],
  ["", ""],
];

Deno.test("mailbox names go to modified UTF-7 and back (RFC 3501 §5.1.3)", () => {
  for (const [name, text] of pairs) {
    assertEquals(formatMutf7(name), text);
    assertEquals(parseMutf7(text), name);
  }
});

Deno.test("parseMutf7() takes only what formatMutf7() writes (RFC 3501 §5.1.3)", () => {
  const malformed = [
    "&",
    "a&b",
    "&AGE-",
    "&APw",
    "&APw-&APw-",
    "&AP-",
    "&APx-",
    "&2D0-",
    "bl\u00e5",
    "&!-",
    "a\tb",
  ];
  for (const text of malformed) assertEquals(parseMutf7(text), undefined, text);
});
