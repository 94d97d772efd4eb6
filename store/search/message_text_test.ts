import { assert, assertEquals } from "@std/assert";

import { concatBytes, latin1Bytes, utf8Bytes } from "../../tools/kit/base/bytes.ts";
import { realRandom, SeededRandom } from "../../tools/kit/base/random.ts";

import { fold, HeaderText, maxSearchedOctets, MessageText } from "./message_text.ts";

Deno.test("fold() makes one form of case and of spellings of accents (RFC 5051 §2)", () => {
  for (
    const [left, right] of [
      ["Straße", "STRASSE"],
      ["blåbær", "BLA\u030aBÆR"],
      ["ΌΣΟΣ", "όσος"],
      ["ﬁn", "FIN"],
      ["Ｗｉｄｅ", "wide"],
      ["abc", "ABC"],
    ] as const
  ) assertEquals(fold(left), fold(right));
  assert(fold("a") !== fold("b"));
});

Deno.test("HeaderText decodes the fields asked for, all of a name", () => {
  const header = new HeaderText(
    latin1Bytes("X: =?utf-8?Q?=C3=A5?=\nx:  b\n  c \nDate: 7 Apr 2026 23:00 -0700\n\nX: no"),
  );
  assertEquals(header.values("X"), [fold("å"), "B C"]);
  assertEquals(header.values("none"), []);
  assertEquals(header.sentDayMs(), Date.parse("2026-04-07T00:00:00Z"));
});

Deno.test("MessageText gives bodies and headers of all parts", () => {
  const message =
    'Content-Type: multipart/mixed; boundary="b"\n\n--b\n\none\n--b\nContent-Type: image/png\n\ntwo\n' +
    "--b\nContent-Type: message/rfc822\n\nSubject: three\n\nfour\n--b\nContent-Type: message/delivery-status\n\nfive\n--b--\n";
  const text = new MessageText(utf8Bytes(message));
  assertEquals(text.bodies, ["ONE", "FOUR", "FIVE"]);
  assertEquals(text.headers.length, 5);
  assertEquals(text.headers[3], "SUBJECT: THREE");
});

Deno.test("MessageText looks through a bounded part of a message", () => {
  const big = new Uint8Array(maxSearchedOctets + 1000).fill(97);
  const text = new MessageText(concatBytes([latin1Bytes("\n"), big]));
  assertEquals(text.bodies[0]!.length, maxSearchedOctets);
});

Deno.test("MessageText makes something of random octets", () => {
  const random = new SeededRandom(realRandom.below(2 ** 32));
  for (let round = 0; round < 300; round++) {
    const text = new MessageText(concatBytes([
      latin1Bytes("Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Transfer-Encoding: base64\n\n"),
      random.bytes(random.below(300)),
      latin1Bytes("\n--b\nContent-Type: text/plain; charset=utf-16\n\n"),
      random.bytes(random.below(300)),
    ]));
    assert(text.bodies.length >= 1 && text.headers.length >= 1, `seed ${random.seed}`);
  }
});
