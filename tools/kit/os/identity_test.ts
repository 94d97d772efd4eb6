import { assertEquals, assertMatch } from "@std/assert";

import { realClock, sleep } from "../base/clock.ts";

import { openLibc } from "./libc.ts";
import { hostName, processUid, qualifyHostName, startedAs } from "./identity.ts";
import { onSignals } from "./signals.ts";

// Once and for good: the tests are watched for what they open and do not close.
openLibc();

Deno.test("qualifyHostName() finds the dotted name (postconf(5) myhostname)", () => {
  const hosts = "127.0.0.1 localhost\n# 10.0.0.1 mail.wrong.test mail\n10.0.0.1 mail.ref.test mail # main\n";
  const rows: readonly (readonly [string, string])[] = [
    ["mx.ref.test", "mx.ref.test"],
    ["mail", "mail.ref.test"],
    ["other", "other.localdomain"],
    ["", "localhost.localdomain"],
  ];
  for (const [name, qualified] of rows) assertEquals(qualifyHostName(name, hosts), qualified);
});

Deno.test("hostName(), startedAs() and processUid() tell who runs", () => {
  assertMatch(hostName(), /^[^.\s]+\.\S+$/);
  assertMatch(startedAs() ?? "", /deno/);
  assertEquals(processUid() ?? null, Deno.uid());
});

Deno.test("onSignals() calls the handler of a signal until it is told to stop", async () => {
  let heard = "";
  const stop = onSignals({ SIGHUP: () => heard = "HUP", SIGTERM: () => heard = "TERM" });
  Deno.kill(Deno.pid, "SIGHUP");
  // A listener for signals does not keep a program alive; a timer does.
  for (let turn = 0; turn < 500 && heard === ""; turn++) await sleep(realClock, 2);
  assertEquals(heard, "HUP");
  stop();
});
