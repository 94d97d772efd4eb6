import { assert, assertEquals } from "@std/assert";

import { concatBytes, latin1Bytes, latin1Text } from "../base/bytes.ts";
import { realRandom, SeededRandom } from "../base/random.ts";
import { CrlfConverter } from "../wire/dot_stuffing.ts";
import { mimeLimits, type MimePart, parseMime } from "./mime.ts";

function toCrlf(text: string): string {
  return latin1Text(new CrlfConverter().push(latin1Bytes(text)));
}

/** `text/plain(octets/lines)`, with what it holds in brackets. */
function show(part: MimePart): string {
  const inside = part.message === undefined ? part.parts.map(show) : [`message ${show(part.message.root)}`];
  const size = `${part.bodyEnd - part.bodyStart}/${part.lines}`;
  return `${part.type}/${part.subtype}(${size})${inside.length === 0 ? "" : `[${inside.join(" ")}]`}`;
}

function bodies(part: MimePart, crlf: string): string[] {
  if (part.message !== undefined) return bodies(part.message.root, crlf);
  if (part.parts.length > 0) return part.parts.flatMap((child) => bodies(child, crlf));
  return [crlf.slice(part.bodyStart, part.bodyEnd)];
}

const mixed = (boundary: string) => `Content-Type: multipart/mixed; boundary="${boundary}"\n`;
const forwarded = "Content-Type: message/rfc822\n";

const cases: readonly (readonly [name: string, message: string, tree: string, bodies: readonly string[]])[] =
  [
    ["nothing", "", "text/plain(0/0)", [""]],
    ["only an empty line", "\n", "text/plain(0/0)", [""]],
    ["no header end", "Subject: x\n", "text/plain(0/0)", [""]],
    ["plain text", "Subject: x\n\nhello\nworld\n", "text/plain(14/2)", ["hello\r\nworld\r\n"]],
    ["a last line without an end", "\na\nb", "text/plain(4/1)", ["a\r\nb"]],
    ["bare CR", "\na\rb\r\r\nc", "text/plain(7/1)", ["a\rb\r\r\nc"]],
    [
      "two parts, preamble and epilogue",
      `${mixed("b")}\npreamble\n--b\n\none\n--b\nContent-Type: TEXT/Html\n\ntwo\n\n--b--\nepilogue\n`,
      "multipart/mixed(78/11)[text/plain(3/0) TEXT/Html(5/1)]",
      ["one", "two\r\n"],
    ],
    [
      "an empty line before the boundary (report R66)",
      `${mixed("b")}\n--b\n\nabc\n\n--b--\n`,
      "multipart/mixed(21/5)[text/plain(5/1)]",
      ["abc\r\n"],
    ],
    [
      "the boundary in the middle of a line (report R65)",
      `${mixed("BND")}\n--BND\n\nvisit --BND for details\nSECRET\n--BND--\n`,
      "multipart/mixed(51/5)[text/plain(31/1)]",
      ["visit --BND for details\r\nSECRET"],
    ],
    ["no boundary comes", `${mixed("b")}\nbody\n`, "multipart/mixed(6/1)", ["body\r\n"]],
    ["no boundary parameter", "Content-Type: multipart/mixed\n\n--b\n\nx\n", "multipart/mixed(10/3)", [
      "--b\r\n\r\nx\r\n",
    ]],
    ["only the last boundary", `${mixed("b")}\n--b--\nx\n`, "multipart/mixed(10/2)", ["--b--\r\nx\r\n"]],
    [
      "no last boundary",
      `${mixed("b")}\n--b\n\none\ntwo\n`,
      "multipart/mixed(17/4)[text/plain(10/2)]",
      ["one\r\ntwo\r\n"],
    ],
    ["a boundary that ends the message", `${mixed("b")}\n--b`, "multipart/mixed(3/0)", ["--b"]],
    [
      "a boundary and nothing behind",
      `${mixed("b")}\n--b\n`,
      "multipart/mixed(5/1)[text/plain(0/0)]",
      [""],
    ],
    [
      "empty parts and headers cut by boundaries",
      `${mixed("b")}\n--b\n--b\nContent-Type: text/x\n--b\nContent-Type: text/y\n\n--b\n\n\n--b--\n`,
      "multipart/mixed(77/10)[text/plain(0/0) text/x(0/0) text/y(0/0) text/plain(0/0)]",
      ["", "", "", ""],
    ],
    [
      "an outer boundary ends what is inside",
      `${mixed("out")}\n--out\n${mixed("in")}\n--in\n\none\n--out\n\ntwo\n--out--\n`,
      "multipart/mixed(91/10)[multipart/mixed(11/2)[text/plain(3/0)] text/plain(3/0)]",
      ["one", "two"],
    ],
    [
      "the same boundary inside and outside is the inner one's",
      `${mixed("b")}\n--b\n${mixed("b")}\n--b\n\none\n--b--\n\n--b--\n`,
      "multipart/mixed(80/9)[multipart/mixed(19/4)[text/plain(3/0)]]",
      ["one"],
    ],
    [
      "boundaries of which one begins the other",
      `${mixed("a")}\n--a\n${mixed("ab")}\n--ab\n\none\n--ab--\n--a\n\ntwo\n--a--\n`,
      "multipart/mixed(93/11)[multipart/mixed(21/4)[text/plain(3/0)] text/plain(3/0)]",
      ["one", "two"],
    ],
    [
      "a message in a message in a part",
      `${mixed("b")}\n--b\n${forwarded}\n${forwarded}\nSubject: deep\n\ntext\n--b--\n`,
      "multipart/mixed(99/9)[message/rfc822(53/4)[message message/rfc822(21/2)[message text/plain(4/0)]]]",
      ["text"],
    ],
    [
      "a forwarded message cut in its header",
      `${mixed("b")}\n--b\n${forwarded}\nSubject: cut\n--b\n${forwarded}--b--\n`,
      "multipart/mixed(93/7)[message/rfc822(14/1)[message text/plain(0/0)] message/rfc822(0/0)[message text/plain(0/0)]]",
      ["", ""],
    ],
    ["a forwarded message of nothing", `${forwarded}\n`, "message/rfc822(0/0)[message text/plain(0/0)]", [
      "",
    ]],
    [
      "a digest holds messages (RFC 2046 §5.1.5)",
      `Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: one\n\ntext\n--b\nContent-Type: text/plain\n\nx\n--b--\n`,
      "multipart/digest(72/10)[message/rfc822(20/2)[message text/plain(4/0)] text/plain(1/0)]",
      ["text", "x"],
    ],
    ["content fields without a sign of MIME", "Content-Transfer-Encoding: base64\n\nx", "text/plain(1/0)", [
      "x",
    ]],
    ["a broken content type", "Content-Type: nonsense\n\nx", "text/plain(1/0)", ["x"]],
    ["the first of two content types", "Content-Type: text/a\nContent-Type: text/b\n\n", "text/a(0/0)", [""]],
    [
      "an mbox line and lines without a colon do not end the header",
      "From a@b Tue Nov 25 01:11:53 2026\nno colon\nContent-Type: text/x\n\nx",
      "text/x(1/0)",
      ["x"],
    ],
  ];

Deno.test("parseMime() makes Dovecot's tree of anything, from LF and CRLF alike (RFC 2046 §5.1)", () => {
  for (const [name, message, tree, expected] of cases) {
    const crlf = toCrlf(message);
    const root = parseMime(latin1Bytes(message));
    assertEquals(show(root), tree, name);
    assertEquals(bodies(root, crlf), [...expected], name);
    assertEquals(parseMime(latin1Bytes(crlf)), root, name);
    assertEquals(root.bodyEnd, crlf.length, name);
  }
});

Deno.test("parseMime() reads what BODYSTRUCTURE shows (RFC 3501 §7.4.2)", () => {
  const header = "MIME-Version: 1.0\nContent-Type: Text/Plain;\n charset=UTF-8; format=flowed\n" +
    "Content-ID: <1@x>\nContent-Description: a\n b\nContent-Transfer-Encoding: Quoted-Printable\n" +
    "Content-Disposition: attachment; filename*=utf-8''%C3%A5\nContent-Language: en, de\n" +
    "Content-Location: http://x.test/\nContent-MD5: Q2hlY2s=\n\n";
  const part = parseMime(latin1Bytes(header));
  assertEquals(part, {
    type: "Text",
    subtype: "Plain",
    parameters: [["charset", "UTF-8"], ["format", "flowed"]],
    id: "<1@x>",
    description: "a b",
    encoding: "Quoted-Printable",
    disposition: { type: "attachment", parameters: [["filename*", "utf-8''%C3%A5"]] },
    language: ["en", "de"],
    location: "http://x.test/",
    md5: "Q2hlY2s=",
    headerStart: 0,
    bodyStart: toCrlf(header).length,
    bodyEnd: toCrlf(header).length,
    lines: 0,
    parts: [],
  });
});

Deno.test("parseMime() gives the envelope of a message within (RFC 3501 §7.4.2)", () => {
  const part = parseMime(latin1Bytes(`${forwarded}\nSubject: inner\nFrom: a@b.test\n\nx`));
  assertEquals(part.message!.envelope.subject, "inner");
  assertEquals(part.message!.envelope.sender, [{ mailbox: "a", host: "b.test" }]);
});

Deno.test("parseMime() keeps to its limits, as Dovecot does", () => {
  const deep = (levels: number) => forwarded.concat("\n").repeat(levels);
  assertEquals(
    show(parseMime(latin1Bytes(deep(3)), { maxDepth: 2, maxParts: 10 })),
    "message/rfc822(64/4)[message application/octet-stream(32/2)]",
  );
  const nested = `${mixed("1")}\n--1\n${mixed("2")}\n--2\n\none\n--2\n\ntwo\n--1\n\nthree\n`;
  assertEquals(
    show(parseMime(latin1Bytes(nested), { maxDepth: 2, maxParts: 10 })),
    "multipart/mixed(90/12)[application/octet-stream(22/5) text/plain(7/1)]",
  );
  assertEquals(
    show(parseMime(latin1Bytes(nested), { maxDepth: 9, maxParts: 3 })),
    "multipart/mixed(90/12)[multipart/mixed(38/9)[text/plain(31/7)]]",
  );
  const many = parseMime(latin1Bytes(`${mixed("b")}\n${"--b\n\n".repeat(mimeLimits.maxParts + 50)}`));
  assertEquals(many.parts.length, mimeLimits.maxParts - 1);
  let depth = 0;
  for (
    let part: MimePart | undefined = parseMime(latin1Bytes(deep(5000)));
    part !== undefined;
    part = part.message?.root
  ) depth++;
  assertEquals(depth, mimeLimits.maxDepth);
});

function checkOffsets(part: MimePart, start: number, end: number): void {
  assert(start <= part.headerStart && part.headerStart <= part.bodyStart);
  assert(part.bodyStart <= part.bodyEnd && part.bodyEnd <= end && part.lines >= 0);
  let from = part.bodyStart;
  for (const child of part.parts) {
    checkOffsets(child, from, part.bodyEnd);
    from = child.bodyEnd;
  }
  if (part.message !== undefined) checkOffsets(part.message.root, part.bodyStart, part.bodyEnd);
}

Deno.test("parseMime() makes of random octets a tree whose places lie inside, the same for LF and CRLF", () => {
  const random = new SeededRandom(realRandom.below(2 ** 32));
  const pieces = [
    mixed("a"),
    mixed("b"),
    mixed("ab"),
    mixed(""),
    forwarded,
    "Content-Type: multipart/digest; boundary=a\n",
    "MIME-Version: 1.0\n",
    "Subject: x\n",
    " folded\n",
    "\n",
    "--a\n",
    "--b\n",
    "--ab\n",
    "--a--\n",
    "--b--\n",
    "--ab",
    "text\n",
    "text",
    "\r",
    "\0\xff",
  ];
  for (let round = 0; round < 4000; round++) {
    let text = "";
    for (let count = random.below(25); count > 0; count--) text += pieces[random.below(pieces.length)];
    const note = `seed ${random.seed} ${JSON.stringify(text)}`;
    const crlf = toCrlf(text);
    const root = parseMime(latin1Bytes(text));
    assertEquals(parseMime(latin1Bytes(crlf)), root, note);
    assertEquals(root.bodyEnd, crlf.length, note);
    checkOffsets(root, 0, crlf.length);
    const noise = random.bytes(random.below(200));
    checkOffsets(parseMime(concatBytes([latin1Bytes(text), noise])), 0, crlf.length + 2 * noise.length);
  }
});
