import { assertEquals } from "@std/assert";

import { concatBytes, utf8Bytes, utf8Text } from "../../../tools/kit/base/bytes.ts";
import { SeededRandom } from "../../../tools/kit/base/random.ts";
import { decodeQuotedPrintable } from "../../../tools/kit/mail/transfer_encoding.ts";

import { LineFolder } from "./fold_lines.ts";
import { QuotedPrintableEncoder } from "./quoted_printable.ts";
import { SevenBitConverter } from "./to_7bit.ts";

/** The whole at once, octet by octet, and cut at random: all the same. */
function inAllCuts(
  text: string,
  create: () => { push(chunk: Uint8Array): Uint8Array; finish?(): Uint8Array },
): string {
  const bytes = utf8Bytes(text);
  const random = new SeededRandom(text.length);
  const run = (next: () => number): string => {
    const converter = create();
    const out: Uint8Array[] = [];
    for (let at = 0; at < bytes.length;) {
      const end = Math.min(bytes.length, at + next());
      out.push(converter.push(bytes.slice(at, end)).slice());
      at = end;
    }
    if (converter.finish !== undefined) out.push(converter.finish());
    return utf8Text(concatBytes(out));
  };
  const whole = run(() => bytes.length);
  assertEquals(run(() => 1), whole);
  assertEquals(run(() => 1 + random.below(9)), whole);
  return whole;
}

Deno.test("lines longer than the limit are broken with a blank (RFC 5321 §4.5.3.1.6)", () => {
  const rows: readonly [text: string, folded: string][] = [
    ["", ""],
    ["12345\n", "12345\n"],
    ["123456\n", "12345\n 6\n"],
    ["1234567890123\n", "12345\n 6789\n 0123\n"],
    ["1\n123456\n", "1\n12345\n 6\n"],
    ["123456", "12345\n 6"],
  ];
  for (const [text, folded] of rows) assertEquals(inAllCuts(text, () => new LineFolder(5)), folded, text);
  assertEquals(inAllCuts("123456\n", () => new LineFolder(0)), "123456\n");
});

Deno.test("quoted-printable comes out as it went in, in lines of at most 76 octets (RFC 2045 §6.7)", () => {
  const rows = [
    "",
    "a=b\n",
    "blank at the end \ntab\t\n",
    `${"ü".repeat(100)}\n`,
    "no end ",
    "\n\n",
    "x".repeat(200),
  ];
  for (const text of rows) {
    const encoder = new QuotedPrintableEncoder();
    const encoded = encoder.push(utf8Bytes(text)) + encoder.finish();
    // deno-lint-ignore no-control-regex
    assertEquals(/^[\x0a\x20-\x7e\t]*$/.test(encoded), true);
    for (const line of encoded.split("\n")) {
      assertEquals(line.length <= 76, true, line);
      assertEquals(/[ \t]$/.test(line), false, line);
    }
    assertEquals(utf8Text(decodeQuotedPrintable(utf8Bytes(encoded))), text);
  }
});

Deno.test("parts that say 8bit become quoted-printable, multiparts 7bit, others stay (RFC 6152 §3)", () => {
  const leaf =
    "Subject: x\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\nblå=\n";
  assertEquals(
    inAllCuts(leaf, () => new SevenBitConverter()),
    "Subject: x\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\nbl=C3=A5=3D\n",
  );
  const multipart = [
    "MIME-Version: 1.0",
    'Content-Type: multipart/mixed; boundary="b"',
    "Content-Transfer-Encoding: 8BIT",
    "",
    "preamble",
    "--b",
    "Content-Transfer-Encoding: 8bit",
    "",
    "é",
    "--b",
    "Content-Transfer-Encoding: base64",
    "",
    "w6k=",
    "--b",
    "Content-Type: message/rfc822",
    "Content-Transfer-Encoding: 8bit",
    "",
    "Subject: inner",
    "Content-Transfer-Encoding: 8bit",
    "",
    "ø",
    "--b--",
    "",
  ];
  const converted = [...multipart];
  converted[2] = "Content-Transfer-Encoding: 7bit";
  converted[6] = "Content-Transfer-Encoding: quoted-printable";
  converted[8] = "=C3=A9";
  converted[15] = "Content-Transfer-Encoding: 7bit";
  converted[18] = "Content-Transfer-Encoding: quoted-printable";
  converted[20] = "=C3=B8";
  assertEquals(
    inAllCuts(multipart.join("\n"), () => new SevenBitConverter()),
    converted.join("\n"),
  );
  const plain = "Subject: x\n\nblå\n";
  assertEquals(inAllCuts(plain, () => new SevenBitConverter()), plain);
});
