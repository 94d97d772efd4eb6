import { assertEquals } from "@std/assert";

import { ManualClock } from "../../tools/kit/base/clock.ts";

import { LoginGuard, type LoginGuardOptions } from "./login_guard.ts";

function world(options: Partial<LoginGuardOptions> = {}) {
  const clock = new ManualClock();
  const guard = new LoginGuard({
    clock,
    maxFailuresOfClient: 3,
    maxFailuresOfUser: 5,
    timeUnitMs: 60_000,
    ...options,
  });
  return { clock, guard };
}

Deno.test("LoginGuard refuses a client for now after so many failed logins, and lets it try again later (RFC 4954 §6)", () => {
  const { clock, guard } = world();
  const from = (host: number, user: string) => ({ address: `192.0.2.${host}`, user });
  for (const user of ["a", "b", "c"]) {
    assertEquals(guard.refuse(from(1, user)), undefined);
    guard.failed(from(1, user));
  }
  assertEquals(guard.refuse(from(1, "d")), {
    code: 454,
    status: "4.7.0",
    lines: ["Temporary authentication failure: too many failed logins"],
  });
  assertEquals(guard.refuse({ address: "192.0.2.1" })?.code, 454);
  assertEquals(guard.refuse(from(2, "d")), undefined);
  guard.succeeded(from(1, "a"));
  assertEquals(guard.refuse(from(1, "a"))?.code, 454);
  clock.advance(60_000);
  assertEquals(guard.refuse(from(1, "d")), undefined);
});

Deno.test("LoginGuard protects a user from guesses that come from many addresses", () => {
  const { guard } = world();
  for (let host = 1; host <= 5; host++) guard.failed({ address: `192.0.2.${host}`, user: "U1" });
  assertEquals(guard.refuse({ address: "192.0.2.99", user: "u1" })?.code, 454);
  assertEquals(guard.refuse({ address: "192.0.2.99", user: "u2" }), undefined);
  guard.succeeded({ address: "192.0.2.99", user: "u1" });
  assertEquals(guard.refuse({ address: "192.0.2.99", user: "u1" }), undefined);
});

Deno.test("LoginGuard takes an IPv6 /64 for one client (RFC 6177 §2)", () => {
  const { guard } = world();
  for (let host = 1; host <= 3; host++) guard.failed({ address: `2001:db8::${host}` });
  assertEquals(guard.refuse({ address: "2001:db8::ffff:4" })?.code, 454);
  assertEquals(guard.refuse({ address: "2001:db8:0:1::4" }), undefined);
});

Deno.test("LoginGuard is bounded, and off where its limits are 0", () => {
  const { guard } = world({ maxEntries: 10 });
  for (let host = 1; host <= 50; host++) guard.failed({ address: `192.0.2.${host}`, user: `u${host}` });
  assertEquals(guard.size, 10);
  const { guard: off } = world({ maxFailuresOfClient: 0, maxFailuresOfUser: 0 });
  for (let count = 0; count < 50; count++) off.failed({ address: "192.0.2.1", user: "u1" });
  assertEquals([off.refuse({ address: "192.0.2.1", user: "u1" }), off.size], [undefined, 0]);
});
