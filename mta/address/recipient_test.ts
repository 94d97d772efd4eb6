import { assertEquals } from "@std/assert";

import { canonicalAddress, localAddress, parseLocalPart } from "./recipient.ts";

const settings = { myorigin: "ref.test", recipientDelimiter: "+-" };

Deno.test("canonicalAddress() completes and normalizes the domain", () => {
  const rows: readonly (readonly [string, string])[] = [
    ["Joe", "Joe@ref.test"],
    ["joe@REF.test", "joe@ref.test"],
    ["joe@ref.test.", "joe@ref.test"],
    ["u1@bücher.test", "u1@xn--bcher-kva.test"],
    ["@relay.test,@other.test:joe@ref.test", "joe@ref.test"],
    ['"odd user"@Ref.test', '"odd user"@ref.test'],
    ['"a@b"', '"a@b"@ref.test'],
    ["", ""],
    ["@", ""],
  ];
  for (const [given, canonical] of rows) assertEquals(canonicalAddress(given, settings), canonical, given);
});

Deno.test("parseLocalPart() folds the name and cuts off the extension", () => {
  assertEquals(parseLocalPart("Joe", settings), { user: "joe" });
  assertEquals(parseLocalPart("joe+Lists-x", settings), {
    user: "joe",
    extension: "lists-x",
    delimiter: "+",
  });
  assertEquals(parseLocalPart("joe-x", settings), { user: "joe", extension: "x", delimiter: "-" });
  assertEquals(parseLocalPart('"odd user+x"', settings), {
    user: "odd user",
    extension: "x",
    delimiter: "+",
  });
  assertEquals(parseLocalPart("+joe", settings), { user: "+joe" });
  assertEquals(parseLocalPart("MAILER-DAEMON", settings), { user: "mailer-daemon" });
  assertEquals(parseLocalPart("joe+x", { recipientDelimiter: "" }), { user: "joe+x" });
});

Deno.test("localAddress() quotes what must be quoted (RFC 5321 §4.1.2)", () => {
  assertEquals(localAddress("odd user", "ref.test"), '"odd user"@ref.test');
  assertEquals(localAddress("joe", "ref.test"), "joe@ref.test");
});
