import { assertEquals } from "@std/assert";

import { utf8Bytes } from "../../tools/kit/base/bytes.ts";

import { openHarness, queueMail, queueStates, readMail } from "./queue_harness.ts";

Deno.test("FILTER takes the whole message, whoever its recipients are (access(5))", async () => {
  const rows: readonly (readonly [filter: string, states: string])[] = [
    ["discard:gone", ""],
    ["retry:4.7.1 not now", "deferred not now, not now"],
    [
      "scan:[127.0.0.1]:10025",
      Array.from(
        { length: 2 },
        () => "mail transport unavailable",
      )
        .join(", ").replace(/^/, "deferred "),
    ],
  ];
  for (const [filter, states] of rows) {
    const { spool, clock, manager, disk } = await openHarness();
    await queueMail(spool, clock, {
      to: ["u1@ref.test", "u2@ref.test"],
      text: "\nx\n",
      envelope: { filter },
    });
    await manager.start();
    await manager.idle();
    assertEquals((await queueStates(manager)).join(), states, filter);
    assertEquals(await readMail(disk, "u1"), []);
    await manager.stop();
  }
});

Deno.test("a message accepted into hold is not tried before it is released (HOLD, access(5))", async () => {
  const { spool, clock, manager, disk } = await openHarness();
  await manager.start();
  const entry = await spool.begin();
  await entry.write(utf8Bytes("\nwaited\n"));
  await entry.commit({
    sender: "s@remote.test",
    recipients: [{ address: "u1@ref.test", original: "u1@ref.test" }],
    arrivedMs: clock.now(),
    attributes: {},
    smtpUtf8: false,
    body: "7BIT",
  }, { hold: true });
  manager.accepted(entry.id, "hold");
  await manager.idle();
  assertEquals(await manager.flush(), 0);
  assertEquals(await queueStates(manager), ["hold -"]);
  assertEquals(await manager.release(entry.id), true);
  await manager.idle();
  assertEquals((await readMail(disk, "u1")).length, 1);
  await manager.stop();
});
