import { assertEquals } from "@std/assert";

import { latin1Bytes, latin1Text } from "../base/bytes.ts";
import { parseHeader } from "./header.ts";
import { describePart, type Surroundings } from "./mime_header.ts";

const alone: Surroundings = { isMimePart: false, isInDigest: false };

function describe(header: string, surroundings = alone): string {
  const description = describePart(parseHeader(latin1Bytes(header)), surroundings);
  const { type, subtype, encoding } = description.fields;
  const boundary = description.kind === "multipart" && description.boundary !== undefined
    ? ` ${latin1Text(description.boundary)}`
    : "";
  return `${description.kind} ${type}/${subtype} ${encoding}${boundary}`;
}

Deno.test("describePart() knows the defaults of the place (RFC 2045 §5.2, RFC 2046 §5.1.5)", () => {
  assertEquals(describe(""), "leaf text/plain 7bit");
  assertEquals(describe("", { isMimePart: true, isInDigest: true }), "message message/rfc822 7bit");
  assertEquals(
    describe("Content-Type: text/x\n", { isMimePart: true, isInDigest: true }),
    "leaf text/x 7bit",
  );
  assertEquals(
    describe("Content-Type: junk\n", { isMimePart: true, isInDigest: true }),
    "leaf text/plain 7bit",
  );
});

Deno.test("describePart() heeds Content-* fields only with a sign of MIME (RFC 2045 §4)", () => {
  const encoded = "Content-Transfer-Encoding: base64\n";
  assertEquals(describe(encoded), "leaf text/plain 7bit");
  assertEquals(describe(`MIME-Version: 1.0\n${encoded}`), "leaf text/plain base64");
  assertEquals(describe(`${encoded}Content-Type: text/x\n`), "leaf text/x base64");
  assertEquals(describe(encoded, { isMimePart: true, isInDigest: false }), "leaf text/plain base64");
});

Deno.test("describePart() tells what a part may hold", () => {
  assertEquals(describe("Content-Type: MESSAGE/RFC822\n"), "message MESSAGE/RFC822 7bit");
  assertEquals(describe("Content-Type: message/partial\n"), "leaf message/partial 7bit");
  assertEquals(describe("Content-Type: Multipart/x; Boundary=a.b\n"), "multipart Multipart/x 7bit a.b");
  assertEquals(describe("Content-Type: multipart/x\n"), "multipart multipart/x 7bit");
});
