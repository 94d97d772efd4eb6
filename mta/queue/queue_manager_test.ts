import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";

import { ManualClock } from "../../tools/kit/base/clock.ts";

import { SimDisk } from "../../store/file/sim_disk.ts";

import { openHarness, queueMail, queueStates, readMail } from "./queue_harness.ts";

const text = "Subject: x\n\nhello\n";
const day = 86_400_000;

Deno.test("a message for a local user is delivered, logged in Postfix's words, and removed", async () => {
  const { clock, spool, manager, lines, told, disk } = await openHarness();
  await manager.start();
  const id = await queueMail(spool, clock, { to: ["u1@ref.test"], text });
  manager.accepted(id);
  await manager.idle();
  assertEquals(await readMail(disk, "u1"), [
    `Return-Path: <s@remote.test>\nX-Original-To: u1@ref.test\nDelivered-To: u1@ref.test\n${text}`,
  ]);
  assertEquals(lines, [
    `qmgr info: ${id}: from=<s@remote.test>, size=18, nrcpt=1 (queue active)`,
    `local info: ${id}: to=<u1@ref.test>, relay=local, delay=0, delays=0/0/0/0, dsn=2.0.0, ` +
    "status=sent (delivered to maildir)",
    `qmgr info: ${id}: removed`,
  ]);
  assertEquals(told, ["u1 INBOX"]);
  assertEquals(await queueStates(manager), []);
});

Deno.test("what was queued before a start is delivered after it", async () => {
  const clock = new ManualClock();
  const disk = new SimDisk({ now: () => clock.now() });
  const before = await openHarness({ disk, clock });
  await queueMail(before.spool, clock, { to: ["u1@ref.test"], text });
  const { manager } = await openHarness({ disk, clock });
  await manager.start();
  await manager.idle();
  assertEquals((await readMail(disk, "u1")).length, 1);
});

Deno.test("an unknown user is reported to the sender (RFC 3464)", async () => {
  const { clock, spool, manager, lines, disk } = await openHarness();
  const id = await queueMail(spool, clock, {
    sender: "u2@ref.test",
    to: ["nosuch@ref.test", "u1@ref.test"],
    text,
  });
  await manager.start();
  await manager.idle();
  assertEquals((await readMail(disk, "u1")).length, 1);
  const [bounce] = await readMail(disk, "u2");
  assertStringIncludes(bounce!, "Return-Path: <>\nX-Original-To: u2@ref.test\nDelivered-To: u2@ref.test\n");
  assertStringIncludes(bounce!, '<nosuch@ref.test>: unknown user: "nosuch"');
  assertStringIncludes(bounce!, "Final-Recipient: rfc822; nosuch@ref.test\n");
  assertStringIncludes(bounce!, "Status: 5.1.1\n");
  assertStringIncludes(bounce!, `X-Postfix-Queue-ID: ${id}\n`);
  assertStringIncludes(bounce!, text);
  assert(!bounce!.includes("u1@ref.test"));
  const bounced = lines.find((line) => line.includes("status=bounced"));
  assertMatch(bounced!, /dsn=5\.1\.1, status=bounced \(unknown user: "nosuch"\)$/);
  assertEquals(await queueStates(manager), []);
});

Deno.test("nothing is reported to the null sender, nor to who did not ask (reports R18, RFC 3461 §4.1)", async () => {
  const { clock, spool, manager, lines } = await openHarness();
  await queueMail(spool, clock, { sender: "", to: ["nosuch@ref.test"], text });
  await queueMail(spool, clock, {
    to: [],
    text,
    envelope: {
      recipients: [{ address: "nosuch@ref.test", original: "nosuch@ref.test", notify: ["NEVER"] }],
    },
  });
  await manager.start();
  await manager.idle();
  assertEquals(await queueStates(manager), []);
  assertEquals(lines.filter((line) => line.startsWith("bounce")).length, 1);
  assert(lines.some((line) => line.startsWith("bounce warning") && line.includes("its sender is <>")));
});

Deno.test("mail for elsewhere waits with a reason, until its time is up", async () => {
  const { clock, spool, manager, lines } = await openHarness();
  const id = await queueMail(spool, clock, { sender: "u1@ref.test", to: ["x@remote.test"], text });
  await manager.start();
  await manager.idle();
  const reason = "mail transport unavailable";
  assertEquals(await queueStates(manager), [`deferred ${reason}`]);
  assertMatch(
    lines[1]!,
    /^smtp info: .*relay=none, .*dsn=4\.3\.0, status=deferred \(mail transport unavailable/,
  );
  for (let minutes = 0; minutes < 119 * 60; minutes += 10) {
    clock.advance(600_000);
    await manager.idle();
  }
  const attempts = lines.filter((line) => line.includes("queue active")).length;
  assert(attempts > 100 && attempts < 130, `${attempts} attempts`);
  assertEquals((await queueStates(manager)).length, 1);
  clock.advance(3 * 3_600_000);
  await manager.idle();
  assert(lines.includes(`qmgr info: ${id}: from=<u1@ref.test>, status=expired, returned to sender`));
  assertEquals(await queueStates(manager), []);
});

Deno.test("attempts come at growing intervals (postconf(5) minimal_backoff_time)", async () => {
  const { clock, spool, manager, lines } = await openHarness();
  const startMs = clock.now();
  await queueMail(spool, clock, { to: ["x@remote.test"], text });
  await manager.start();
  const times: number[] = [];
  for (let minutes = 0; minutes < 360; minutes++) {
    await manager.idle();
    if (lines.splice(0).length > 0) times.push((clock.now() - startMs) / 60_000);
    clock.advance(60_000);
  }
  assertEquals(times.slice(0, 5), [0, 5, 10, 20, 40]);
  // Then every 4000 seconds; this clock goes by minutes.
  for (let index = 6; index < times.length; index++) assertEquals(times[index]! - times[index - 1]!, 67);
});

Deno.test("flush tries deferred mail at once, and list tells why it waits", async () => {
  const { clock, spool, manager, disk } = await openHarness();
  await disk.mkdir("/home/u1/maildir/tmp", { parents: true });
  await disk.chmod("/home/u1/maildir/tmp", 0o500);
  const id = await queueMail(spool, clock, { to: ["u1@ref.test"], text });
  await manager.start();
  await manager.idle();
  const [state] = await queueStates(manager);
  assertMatch(
    state!,
    /^deferred cannot update mailbox \/home\/u1\/maildir for user u1\. .*Permission denied$/,
  );
  await disk.chmod("/home/u1/maildir/tmp", 0o700);
  assertEquals(manager.flushId("0000000000"), false);
  assertEquals(manager.flushId(id), true);
  await manager.idle();
  assertEquals((await readMail(disk, "u1")).length, 1);
  assertEquals(await manager.flush(), 0);
});

Deno.test("hold keeps a message back, release lets it go, remove deletes it without a report", async () => {
  const { clock, spool, manager, lines, disk } = await openHarness();
  await manager.start();
  const held = await queueMail(spool, clock, { to: ["x@remote.test"], text });
  const removed = await queueMail(spool, clock, { to: ["x@remote.test"], text });
  manager.accepted(held);
  manager.accepted(removed);
  await manager.idle();
  assertEquals(await manager.hold(held), true);
  assertEquals(await manager.remove(removed), true);
  assertEquals(await manager.remove(removed), false);
  assert(lines.includes(`qmgr info: ${removed}: removed`));
  clock.advance(day * 6);
  await manager.idle();
  assertMatch((await queueStates(manager)).join(), /^hold mail transport unavailable/);
  const again = await openHarness({ disk, clock });
  await again.manager.start();
  assertEquals(again.manager.flushId(held), false);
  assertEquals(await again.manager.release(held), true);
  assertEquals(await again.manager.release(held), false);
  await again.manager.idle();
  assertEquals(again.lines.filter((line) => line.includes("queue active")).length, 2);
});

Deno.test("a message is removed or held after the attempt that is in progress", async () => {
  const { clock, spool, manager, disk } = await openHarness();
  await manager.start();
  const one = await queueMail(spool, clock, { to: ["x@remote.test"], text });
  const two = await queueMail(spool, clock, { to: ["x@remote.test"], text });
  const done = await queueMail(spool, clock, { to: ["u1@ref.test"], text });
  for (const id of [one, two, done]) manager.accepted(id);
  assertEquals(await Promise.all([manager.remove(one), manager.hold(two), manager.hold(done)]), [
    true,
    true,
    false,
  ]);
  assertMatch((await queueStates(manager)).join(), /^hold mail/);
  assertEquals((await readMail(disk, "u1")).length, 1);
});

Deno.test("aliases lead to users, and to remote addresses by a message of their own", async () => {
  const { clock, spool, manager, lines, disk } = await openHarness({
    aliases: { team: "u1, u2, x@remote.test" },
  });
  const id = await queueMail(spool, clock, { to: ["Team+a@ref.test"], text });
  await manager.start();
  await manager.idle();
  assertEquals((await readMail(disk, "u1"))[0]?.split("\n")[2], "Delivered-To: Team+a@ref.test");
  assertEquals((await readMail(disk, "u2")).length, 1);
  const log = lines.filter((line) => line.startsWith(`local info: ${id}`)).join("\n");
  assertMatch(
    log,
    /to=<team\+a@ref\.test>|to=<u1@ref\.test>, orig_to=<Team\+a@ref\.test>, .*delivered to maildir/,
  );
  assertMatch(
    log,
    /to=<Team\+a@ref\.test>, relay=local, .*status=sent \(forwarded as [0-9A-F]{10}\)/,
  );
  assertMatch((await queueStates(manager)).join(), /^deferred mail transport unavailable/);
});

Deno.test("who has the message already does not get it again when another must wait", async () => {
  const { clock, spool, manager, disk } = await openHarness({ aliases: { team: "u1, u2" } });
  await disk.mkdir("/home/u2", { parents: true });
  await disk.chmod("/home/u2", 0o500);
  await queueMail(spool, clock, { to: ["team@ref.test", "u3@ref.test"], text });
  await manager.start();
  await manager.idle();
  await disk.chmod("/home/u2", 0o700);
  await manager.flush();
  await manager.idle();
  for (const user of ["u1", "u2", "u3"]) assertEquals((await readMail(disk, user)).length, 1, user);
  assertEquals(await queueStates(manager), []);
});

Deno.test("a message that comes back is a loop (local(8))", async () => {
  const { clock, spool, manager, lines } = await openHarness();
  await queueMail(spool, clock, {
    sender: "",
    to: ["u1@ref.test"],
    text: `Delivered-To: u1@ref.test\n${text}`,
  });
  await manager.start();
  await manager.idle();
  assertMatch(lines.join("\n"), /dsn=5\.4\.6, status=bounced \(mail forwarding loop for u1@ref\.test\)/);
});

Deno.test("mail for postmaster that leads nowhere is thrown away with a warning (local(8))", async () => {
  const { clock, spool, manager, lines } = await openHarness();
  await queueMail(spool, clock, { to: ["postmaster@ref.test"], text });
  await manager.start();
  await manager.idle();
  assert(lines.includes("- warning: required alias not found: postmaster"));
  assertEquals(await queueStates(manager), []);
});

Deno.test("a full disk keeps the message, and it is delivered when there is room again", async () => {
  for (const format of ["maildir", "mbox"] as const) {
    const { clock, spool, manager, lines, disk } = await openHarness({ format });
    await queueMail(spool, clock, { to: ["u1@ref.test", "u2@ref.test"], text });
    disk.capacityOctets = 0;
    await manager.start();
    await manager.idle();
    assert(lines.some((line) => line.includes("the message stays in the queue")));
    assertMatch(
      (await queueStates(manager)).join(),
      /^active cannot update mailbox .*No space left on device/,
    );
    disk.capacityOctets = Infinity;
    clock.advance(300_000);
    await manager.idle();
    for (const user of ["u1", "u2"]) assertEquals((await readMail(disk, user)).length, 1);
    assertEquals(await queueStates(manager), []);
  }
});

Deno.test("what was delivered and could not be recorded is not delivered again", async () => {
  const { clock, spool, manager, disk } = await openHarness();
  await queueMail(spool, clock, { to: ["u1@ref.test", "x@remote.test"], text });
  disk.fault = ({ action, path }) =>
    action === "write" && path.startsWith("/q/incoming/") && !path.endsWith(".tmp") ? "full" : undefined;
  await manager.start();
  await manager.idle();
  disk.fault = undefined;
  clock.advance(300_000);
  await manager.idle();
  assertEquals((await readMail(disk, "u1")).length, 1);
  assertMatch(
    (await queueStates(manager)).join(),
    /^deferred delivered to maildir, mail transport unavailable/,
  );
});

Deno.test("a report that cannot be queued is made later, and the message is kept until then", async () => {
  const { clock, spool, manager, disk } = await openHarness();
  await queueMail(spool, clock, { sender: "u2@ref.test", to: ["nosuch@ref.test"], text });
  disk.fault = ({ action, path }) => action === "open" && path.endsWith(".tmp") ? "full" : undefined;
  await manager.start();
  await manager.idle();
  assertEquals((await queueStates(manager)).length, 1);
  disk.fault = undefined;
  clock.advance(300_000);
  await manager.idle();
  assertEquals((await readMail(disk, "u2")).length, 1);
});

Deno.test("stop waits for attempts in progress and starts no more", async () => {
  const { clock, spool, manager, disk } = await openHarness();
  await manager.start();
  manager.accepted(await queueMail(spool, clock, { to: ["u1@ref.test"], text }));
  await manager.stop();
  assertEquals((await readMail(disk, "u1")).length, 1);
  manager.accepted(await queueMail(spool, clock, { to: ["u1@ref.test"], text }));
  await manager.idle();
  assertEquals((await queueStates(manager)).length, 1);
  assertEquals(clock.nextDue(), undefined);
});

Deno.test("a thousand messages are delivered once each", async () => {
  const { clock, spool, manager, disk } = await openHarness();
  await manager.start();
  await Promise.all(Array.from({ length: 1000 }, async (_, index) => {
    manager.accepted(
      await queueMail(spool, clock, { to: [`u${index % 7}@ref.test`], text: `number ${index}\n` }),
    );
  }));
  await manager.idle();
  const all: string[] = [];
  for (let user = 0; user < 7; user++) all.push(...await readMail(disk, `u${user}`));
  assertEquals(new Set(all.map((mail) => mail.split("\n").at(-2))).size, 1000);
  assertEquals(all.length, 1000);
});
