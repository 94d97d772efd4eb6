import { assertEquals } from "@std/assert";

import { utf8Bytes } from "../../tools/kit/base/bytes.ts";

import { forgoesTls } from "./tls_required.ts";

Deno.test("forgoesTls() finds TLS-Required: No in the header, and nothing like it elsewhere (RFC 8689 §3)", async () => {
  const rows: readonly (readonly [string, boolean])[] = [
    ["Subject: x\nTLS-Required: No\n\nbody\n", true],
    ["tls-required:no \nSubject: x\n\n", true],
    ["TLS-Required: No", true],
    ["TLS-Required: Yes\n\n", false],
    ["TLS-Required: Nope\n\n", false],
    ["TLS-Required: No\nTLS-Required: No\n\n", false],
    ["X-TLS-Required: No\n\n", false],
    ["Subject: x\n TLS-Required: No\n\n", false],
    ["Subject: x\n\nTLS-Required: No\n", false],
    ["\nTLS-Required: No\n", false],
    ["", false],
  ];
  for (const [text, want] of rows) {
    assertEquals(await forgoesTls([utf8Bytes(text)]), want, JSON.stringify(text));
    const octets = Array.from(utf8Bytes(text), (octet) => Uint8Array.of(octet));
    assertEquals(await forgoesTls(octets), want, JSON.stringify(text));
  }
});
