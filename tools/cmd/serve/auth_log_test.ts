import { assertEquals } from "@std/assert";

import { formatLoginFailure, formatRefusal } from "./auth_log.ts";

const peer = { address: "192.0.2.1", port: 40_000, localAddress: "192.0.2.25", localPort: 143 };

Deno.test("a refused login is logged with its address, as log watchers look for it", () => {
  assertEquals(
    formatRefusal({ protocol: "imap", user: "joe@ref.test", peer }, "Password mismatch"),
    "passwd-file(joe@ref.test,192.0.2.1): Password mismatch",
  );
});

Deno.test("a name that somebody typed cannot have another address banned", () => {
  const rows: readonly (readonly [user: string, shown: string])[] = [
    ["joe,198.51.100.1): unknown user", "joe?198.51.100.1???unknown?user"],
    ["joe rip=198.51.100.1", "joe?rip?198.51.100.1"],
    ["a\r\nb\x1b[2J\u009b\u2028<c>", "a??b?[2J???c?"],
    ["müller", "müller"],
    ["x".repeat(1000), "x".repeat(100)],
  ];
  for (const [user, shown] of rows) {
    const who = { protocol: "pop3", user, peer } as const;
    assertEquals(formatRefusal(who, "unknown user"), `passwd-file(${shown},192.0.2.1): unknown user`);
    assertEquals(formatLoginFailure(who, "x"), `pop3: login of ${shown} from 192.0.2.1: x`);
  }
});
