import { assertEquals } from "@std/assert";

import { readerLimits } from "./reader_limits.ts";

Deno.test("one address gets half of a reader's places, and no more time for TLS than for its login", () => {
  const rows: readonly (readonly [connections: number, perAddress: number])[] = [[1, 1], [2, 1], [3, 2], [
    1000,
    500,
  ]];
  for (const [connections, connectionsPerAddress] of rows) {
    assertEquals(readerLimits({ connections, loginTimeoutMs: 180_000 }), {
      connections,
      connectionsPerAddress,
      handshakeMs: 60_000,
    });
  }
  assertEquals(readerLimits({ connections: 10, loginTimeoutMs: 5000 }).handshakeMs, 5000);
});
