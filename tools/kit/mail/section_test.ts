import { assertEquals } from "@std/assert";

import { latin1Bytes, latin1Text } from "../base/bytes.ts";
import { parseMime } from "./mime.ts";
import { findSection, type SectionText, selectHeaderFields } from "./section.ts";

// Report R63: multipart(text, message/rfc822(multipart(text, html))).
const nested = [
  "Subject: outer",
  "Content-Type: multipart/mixed; boundary=out",
  "",
  "--out",
  "Content-Type: text/plain",
  "",
  "first",
  "--out",
  "Content-Type: message/rfc822",
  "Content-Description: attached",
  "",
  "Subject: inner",
  "Content-Type: multipart/alternative; boundary=in",
  "",
  "--in",
  "",
  "inner text",
  "--in",
  "Content-Type: text/html",
  "",
  "<p>inner</p>",
  "--in--",
  "--out--",
  "",
].join("\r\n");

const plain = "Subject: x\r\n\r\nbody\r\n";
const forwarded = "Content-Type: message/rfc822\r\n\r\nSubject: y\r\n\r\ntext\r\n";

function section(message: string, path: readonly number[], text?: SectionText): string | undefined {
  const range = findSection(parseMime(latin1Bytes(message)), path, text);
  return range && message.slice(range.start, range.end);
}

Deno.test("findSection() names the parts of RFC 3501 §6.4.5 (report R63)", () => {
  const cases:
    readonly (readonly [string, readonly number[], SectionText | undefined, string | undefined])[] = [
      [nested, [], undefined, nested],
      [nested, [], "HEADER", nested.slice(0, nested.indexOf("--out"))],
      [nested, [], "TEXT", nested.slice(nested.indexOf("--out"))],
      [nested, [], "MIME", undefined],
      [nested, [1], undefined, "first"],
      [nested, [1], "MIME", "Content-Type: text/plain\r\n\r\n"],
      [nested, [1], "HEADER", undefined],
      [nested, [1], "TEXT", undefined],
      [nested, [1, 1], undefined, undefined],
      [nested, [2], "MIME", "Content-Type: message/rfc822\r\nContent-Description: attached\r\n\r\n"],
      // The line end after --in-- is not the outer boundary's alone: Dovecot counts it to the part.
      [nested, [2], undefined, nested.slice(nested.indexOf("Subject: inner"), nested.indexOf("--out--"))],
      [nested, [2], "HEADER", nested.slice(nested.indexOf("Subject: inner"), nested.indexOf("--in"))],
      [nested, [2], "TEXT", nested.slice(nested.indexOf("--in"), nested.indexOf("--out--"))],
      [nested, [2, 1], undefined, "inner text"],
      [nested, [2, 1], "MIME", "\r\n"],
      [nested, [2, 2], undefined, "<p>inner</p>"],
      [nested, [2, 2], "MIME", "Content-Type: text/html\r\n\r\n"],
      [nested, [2, 3], undefined, undefined],
      [nested, [2, 2, 1], undefined, undefined],
      [nested, [3], undefined, undefined],
      [nested, [0], undefined, undefined],
      [plain, [1], undefined, "body\r\n"],
      [plain, [1], "MIME", "Subject: x\r\n\r\n"],
      [plain, [1], "HEADER", undefined],
      [plain, [2], undefined, undefined],
      [plain, [1, 1], undefined, undefined],
      [forwarded, [1], undefined, "Subject: y\r\n\r\ntext\r\n"],
      [forwarded, [1], "HEADER", "Subject: y\r\n\r\n"],
      [forwarded, [1], "TEXT", "text\r\n"],
      [forwarded, [1, 1], undefined, "text\r\n"],
      [forwarded, [], "HEADER", "Content-Type: message/rfc822\r\n\r\n"],
      ["Content-Type: multipart/mixed\r\n\r\nx", [1], undefined, undefined],
    ];
  for (const [message, path, text, expected] of cases) {
    assertEquals(section(message, path, text), expected, `${path.join(".")} ${text}`);
  }
});

Deno.test("selectHeaderFields() keeps order and folding, and ends in an empty line (RFC 3501 §6.4.5)", () => {
  const header = "To: a\nX: 1\n folded\nto: b\nno colon\nSubject : s\n\nTo: body\n";
  const cases: readonly (readonly [readonly string[], boolean, string])[] = [
    [["TO"], false, "To: a\r\nto: b\r\n\r\n"],
    [["x", "subject"], false, "X: 1\r\n folded\r\nSubject : s\r\n\r\n"],
    [["to", "x"], true, "no colon\r\nSubject : s\r\n\r\n"],
    [["none"], false, "\r\n"],
  ];
  for (const [names, not, selected] of cases) {
    assertEquals(latin1Text(selectHeaderFields(latin1Bytes(header), names, { not })), selected, names.join());
  }
  assertEquals(
    latin1Text(selectHeaderFields(latin1Bytes("A: b\r\nC: d"), ["c"], { not: false })),
    "C: d\r\n\r\n",
  );
});
