import { assert, assertEquals } from "@std/assert";

import { latin1Bytes, latin1Text } from "../../tools/kit/base/bytes.ts";
import { SeededRandom } from "../../tools/kit/base/random.ts";

import { DataDecoder, type DecoderOptions } from "./data_decoder.ts";

/** `TEXT` in LF form, then `| REST` when the end was seen. */
function decode(input: string, options: DecoderOptions, cut: (left: number) => number): string {
  const decoder = new DataDecoder(options);
  const bytes = latin1Bytes(input);
  let text = "";
  for (let at = 0; at < bytes.length;) {
    const part = bytes.subarray(at, at + cut(bytes.length - at));
    const { bytes: decoded, taken, ended } = decoder.push(part);
    text += latin1Text(decoded);
    if (ended) {
      assertEquals(decoder.octets, text.length);
      return `${text}|${latin1Text(bytes.subarray(at + taken))}`;
    }
    at += part.length;
  }
  if (!options.dots) text += latin1Text(decoder.finish());
  assertEquals(decoder.octets, text.length);
  assertEquals(decoder.has8Bit, /[\x80-\xff]/.test(text));
  return text;
}

function decodeAllWays(input: string, options: DecoderOptions): string {
  const whole = decode(input, options, (left) => left);
  assertEquals(decode(input, options, () => 1), whole, `${JSON.stringify(input)} octet by octet`);
  for (let seed = 1; seed <= 5; seed++) {
    const random = new SeededRandom(seed);
    const cut = () => 1 + random.below(5);
    assertEquals(decode(input, options, cut), whole, `${JSON.stringify(input)} at random cuts, seed ${seed}`);
  }
  return whole;
}

Deno.test("only CRLF . CRLF ends a message (RFC 5321 §4.1.1.4)", () => {
  const rows: readonly [wire: string, decoded: string][] = [
    ["a\r\n.\r\nQUIT\r\n", "a\n|QUIT\r\n"],
    [".\r\n", "|"],
    [".\r\n.\r\n", "|.\r\n"],
    ["\r\n.\r\n", "\n|"],
    ["a\r\n..\r\n.\r\n", "a\n.\n|"],
    ["a\r\n.b\r\n...c\r\n.\r\n", "a\nb\n..c\n|"],
    ["a.\r\n.\r\n", "a.\n|"],
    // Smuggling: none of these ends it; a lone dot beside a bare LF is dropped.
    ["a\n.\nb\r\n.\r\n", "a\nb\n|"],
    ["a\n.\r\nb\r\n.\r\n", "a\nb\n|"],
    ["a\r\n.\nb\r\n.\r\n", "a\nb\n|"],
    [".\n.\r\nb\r\n.\r\n", "b\n|"],
    ["a\r.\rb\r\n.\r\n", "a\r.\rb\n|"],
    ["a\r.\r\nb\r\n.\r\n", "a\r.\nb\n|"],
    ["a\r\n.\rb\r\n.\r\n", "a\n\rb\n|"],
    ["a\r\n.\r\r\nb\r\n.\r\n", "a\n\r\nb\n|"],
    ["a\r\r\n.\r\r\n.\r\n", "a\r\n\r\n|"],
    ["a\n\r.\r\nb\r\n.\r\n", "a\n\r.\nb\n|"],
    ["a\r\n\0.\r\nb\r\n.\r\n", "a\n\0.\nb\n|"],
    ["a\r\n.\0\r\nb\r\n.\r\n", "a\n\0\nb\n|"],
    ["a\r\n .\r\nb\r\n.\r\n", "a\n .\nb\n|"],
    ["a\r\n. \r\nb\r\n.\r\n", "a\n \nb\n|"],
    ["a\r\0\n.\r\nb\r\n.\r\n", "a\r\0\nb\n|"],
  ];
  for (const [wire, decoded] of rows) {
    assertEquals(decodeAllWays(wire, { dots: true }), decoded, JSON.stringify(wire));
  }
});

Deno.test("a bare CR is data, a bare LF a line end, and octets pass as they are (RFC 5321 §2.3.8)", () => {
  const rows: readonly [wire: string, decoded: string][] = [
    ["a\rb\r\n.\r\n", "a\rb\n|"],
    ["a\r\rb\r\n.\r\n", "a\r\rb\n|"],
    ["a\r\r\n.\r\n", "a\r\n|"],
    ["a\nb\r\n.\r\n", "a\nb\n|"],
    ["a\n\nb\n\r\n.\r\n", "a\n\nb\n\n|"],
    ["\r\r\n.\r\n", "\r\n|"],
    ["\n\r\n.\r\n", "\n\n|"],
    ["\0\x01\x7f\x80\xff\r\n.\r\n", "\0\x01\x7f\x80\xff\n|"],
    ["\r", ""],
    ["a\r\n.", "a\n"],
    ["a\r\n.\r", "a\n"],
  ];
  for (const [wire, decoded] of rows) {
    assertEquals(decodeAllWays(wire, { dots: true }), decoded, JSON.stringify(wire));
  }
});

Deno.test("a peer that knows no CRLF may end by LF . LF where it is let (postconf(5) smtpd_forbid_bare_newline)", () => {
  for (const wire of ["a\n.\nQ\n", "a\r\n.\nQ\n", "a\n.\r\nQ\n"]) {
    assertEquals(decodeAllWays(wire, { dots: true, lfEnds: true }), "a\n|Q\n", JSON.stringify(wire));
  }
});

Deno.test("chunks have no dots to take off and no end within (RFC 3030 §2)", () => {
  const rows: readonly [wire: string, decoded: string][] = [
    ["a\r\n.\r\nb\r\n", "a\n.\nb\n"],
    ["..a\r\n", "..a\n"],
    ["a", "a\n"],
    ["a\r", "a\r\n"],
    ["a\r\n", "a\n"],
    ["", ""],
    ["a\r\r\n\nb", "a\r\n\nb\n"],
  ];
  for (const [wire, decoded] of rows) {
    assertEquals(decodeAllWays(wire, { dots: false }), decoded, JSON.stringify(wire));
  }
});

/** The same, one octet at a time, written for reading. */
function plainDecode(input: string): string {
  let text = "";
  let rest = input;
  let afterBareLf = false;
  for (;;) {
    const end = rest.indexOf("\n");
    if (end < 0) {
      // What cannot be decided yet is held back.
      if (rest === "." || rest === ".\r") return text;
      return text + (rest.startsWith(".") ? rest.slice(1) : rest).replace(/\r$/, "");
    }
    const crlf = rest[end - 1] === "\r";
    const line = rest.slice(0, crlf ? end - 1 : end);
    rest = rest.slice(end + 1);
    if (line === "." && crlf && !afterBareLf) return `${text}|${rest}`;
    if (line !== ".") text += `${line.startsWith(".") ? line.slice(1) : line}\n`;
    afterBareLf = !crlf;
  }
}

Deno.test("any octets at any cuts are decoded as a plain reading says (RFC 5321 §4.5.2)", () => {
  for (let seed = 1; seed <= 2000; seed++) {
    const random = new SeededRandom(seed);
    let wire = "";
    for (let left = random.below(40); left > 0; left--) {
      wire += "\r\n..\r\n\r\n.a\0\xff"[random.below(13)] ?? "";
    }
    const cut = () => 1 + random.below(6);
    assertEquals(
      decode(wire, { dots: true }, cut),
      plainDecode(wire),
      `${JSON.stringify(wire)}, seed ${seed}`,
    );
  }
});

Deno.test("wireOctets counts the message as the client does (RFC 1870 §5)", () => {
  const decoder = new DataDecoder({ dots: true });
  decoder.push(latin1Bytes("ab\r\n..c\r\n.\r\n"));
  assertEquals(decoder.wireOctets, 8);
  assert(!decoder.sawBareLf);
});
