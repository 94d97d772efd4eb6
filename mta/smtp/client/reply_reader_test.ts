import { assertEquals } from "@std/assert";

import { latin1Bytes } from "../../../tools/kit/base/bytes.ts";

import { parseFeatures } from "./features.ts";
import { ReplyReader } from "./reply_reader.ts";

/** What comes out first, whole and octet by octet. */
function read(text: string): string {
  const show = (reader: ReplyReader): string => {
    const reply = reader.next();
    if (reply === undefined) return "";
    return typeof reply === "string" ? `bad ${reply}` : `${reply.code} ${reply.status ?? "-"} ${reply.text}`;
  };
  const whole = new ReplyReader();
  whole.push(latin1Bytes(text));
  const first = show(whole);
  const slow = new ReplyReader();
  let later = "";
  for (const octet of latin1Bytes(text)) {
    slow.push(new Uint8Array([octet]));
    later ||= show(slow);
  }
  assertEquals(later, first, text.slice(0, 100));
  return first;
}

Deno.test("replies are read in every form that servers give them (RFC 5321 §4.2.1, RFC 2034 §4)", () => {
  const rows: readonly [text: string, reply: string][] = [
    ["250 Ok\r\n", "250 - 250 Ok"],
    ["250\r\n", "250 - 250"],
    ["250 \r\n", "250 - 250"],
    ["250 2.1.0 Ok\n", "250 2.1.0 250 2.1.0 Ok"],
    ["550-5.1.1 no\r\n550 5.1.1 such\r\n", "550 5.1.1 550-5.1.1 no 550 5.1.1 such"],
    ["550 2.1.0 contradicts\r\n", "550 - 550 2.1.0 contradicts"],
    ["550 5.1.1\r\n", "550 5.1.1 550 5.1.1"],
    ["550 5.1.1x\r\n", "550 - 550 5.1.1x"],
    ["550 a\x1b[2Jb\r\n", "550 - 550 a?[2Jb"],
    ["250-unfinished\r\n", ""],
    ["2500 Ok\r\n", "bad 2500 Ok"],
    ["Ok\r\n", "bad Ok"],
    ["\r\n", "bad "],
    [`250 ${"x".repeat(20_000)}\r\n`, "bad a reply line longer than 16384 octets"],
    ["250-x\r\n".repeat(1000), "bad a reply of more than 1000 lines"],
    [`250-${"x".repeat(16_000)}\r\n`.repeat(20), "bad a reply longer than 262144 octets"],
  ];
  for (const [text, reply] of rows) assertEquals(read(text), reply, text.slice(0, 60));
});

Deno.test("EHLO's lines are read leniently, and some overlooked where that is set (RFC 5321 §4.1.1.1)", () => {
  const lines = [
    "mx.test",
    "size 1000",
    "AUTH=PLAIN",
    "auth LOGIN plain",
    "DSN",
    "SMTPUTF8",
    "STARTTLS",
    "X-NEW",
    "",
  ];
  const features = parseFeatures({ code: 250, status: undefined, lines, text: "" }, ["dsn"]);
  assertEquals(features, {
    pipelining: false,
    maxOctets: 1000,
    eightBit: false,
    utf8: true,
    dsn: false,
    startTls: true,
    chunking: false,
    requireTls: false,
    mechanisms: ["PLAIN", "LOGIN"],
  });
  const bare = parseFeatures({ code: 250, status: undefined, lines: ["mx", "SIZE"], text: "" }, []);
  assertEquals(bare.maxOctets, 0);
});
