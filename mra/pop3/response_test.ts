import { assert, assertEquals } from "@std/assert";

import { concatBytes, latin1Text, utf8Text } from "../../tools/kit/base/bytes.ts";

import { capabilityLines, formatError, formatOk, listingChunks } from "./response.ts";

Deno.test("a response is one line of at most 512 octets, whatever a client wrote (RFC 2449 §4)", () => {
  assertEquals(utf8Text(formatOk()), "+OK\r\n");
  assertEquals(utf8Text(formatOk("1 2")), "+OK 1 2\r\n");
  assertEquals(utf8Text(formatError("Locked.", "IN-USE")), "-ERR [IN-USE] Locked.\r\n");
  assertEquals(utf8Text(formatError("a\r\n+OK b\0")), "-ERR a??+OK b?\r\n");
  const long = formatError("x".repeat(1000));
  assertEquals(long.length, 512);
  assertEquals(latin1Text(long.subarray(-2)), "\r\n");
});

Deno.test("listingChunks() leaves out what is undefined and keeps chunks small (RFC 1939 §5)", () => {
  const lines = Array.from({ length: 5000 }, (_, index) => index % 7 === 0 ? undefined : `${index + 1} x`);
  const chunks = [...listingChunks(lines.length, (number) => lines[number - 1])];
  assert(chunks.length > 4);
  assert(chunks.every((chunk) => chunk.length < 16384));
  assertEquals(
    latin1Text(concatBytes(chunks)),
    lines.filter((line) => line !== undefined).map((line) => `${line}\r\n`).join(""),
  );
  assertEquals([...listingChunks(0, () => "x")], []);
  assertEquals([...listingChunks(5, () => undefined)], []);
});

Deno.test("capabilityLines() offers what the state allows (RFC 2449 §5)", () => {
  const base = ["CAPA", "TOP", "UIDL", "RESP-CODES", "PIPELINING", "AUTH-RESP-CODE"];
  const mechanisms = ["PLAIN", "LOGIN"];
  const rows: readonly [offer: Parameters<typeof capabilityLines>[0], more: readonly string[]][] = [
    [{ loggedIn: false, stls: true, cleartext: true, mechanisms }, ["STLS", "USER", "SASL PLAIN LOGIN"]],
    [{ loggedIn: false, stls: true, cleartext: false, mechanisms: [] }, ["STLS"]],
    [{ loggedIn: false, stls: false, cleartext: true, mechanisms }, ["USER", "SASL PLAIN LOGIN"]],
    [{ loggedIn: true, stls: true, cleartext: true, mechanisms }, []],
  ];
  for (const [offer, more] of rows) assertEquals(capabilityLines(offer), [...base, ...more]);
});
