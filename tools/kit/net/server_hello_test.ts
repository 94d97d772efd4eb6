import { assertEquals } from "@std/assert";

import { concatBytes } from "../base/bytes.ts";

import { parseServerHello } from "./server_hello.ts";

/** A record with a ServerHello. */
function hello(
  suite: number,
  options: { readonly version?: number; readonly sessionIdOctets?: number } = {},
): Uint8Array {
  const two = (value: number) => [value >> 8, value & 0xff];
  // An unrelated extension first: renegotiation_info.
  const extensions = [
    0xff,
    0x01,
    0,
    1,
    0,
    ...(options.version === undefined ? [] : [0, 43, 0, 2, ...two(options.version)]),
  ];
  const sessionId = new Uint8Array(options.sessionIdOctets ?? 32);
  const body = concatBytes([
    Uint8Array.of(3, 3),
    new Uint8Array(32),
    Uint8Array.of(sessionId.length),
    sessionId,
    Uint8Array.of(...two(suite), 0, ...two(extensions.length), ...extensions),
  ]);
  return concatBytes([
    Uint8Array.of(22, 3, 3, ...two(body.length + 4), 2, 0, ...two(body.length)),
    body,
    new Uint8Array(100).fill(23),
  ]);
}

Deno.test("parseServerHello() reads version and cipher suite (RFC 8446 §4.1.3, RFC 5246 §7.4.1.3)", () => {
  assertEquals(parseServerHello(hello(0x1302, { version: 0x0304 })), {
    protocol: "TLSv1.3",
    cipher: "TLS_AES_256_GCM_SHA384",
    bits: 256,
  });
  assertEquals(parseServerHello(hello(0xc02b)), {
    protocol: "TLSv1.2",
    cipher: "ECDHE-ECDSA-AES128-GCM-SHA256",
    bits: 128,
  });
  assertEquals(
    parseServerHello(hello(0xcca8, { sessionIdOctets: 0 }))?.cipher,
    "ECDHE-RSA-CHACHA20-POLY1305",
  );
  assertEquals(parseServerHello(hello(0x00ff))?.cipher, "0x00ff");
});

Deno.test("parseServerHello() waits for the whole of it and takes nothing else for one", () => {
  const whole = hello(0x1301, { version: 0x0304 });
  const end = whole.length - 100;
  for (let length = 0; length < end; length++) {
    assertEquals(parseServerHello(whole.subarray(0, length)), undefined);
  }
  assertEquals(parseServerHello(whole.subarray(0, end))?.protocol, "TLSv1.3");
  assertEquals(parseServerHello(Uint8Array.of(21, 3, 3, 0, 2, 2, 40)), undefined);
});
