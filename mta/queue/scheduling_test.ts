/** The queue manager beside sites that are slow, down or busy: who waits, how long, and what is kept in memory. */

import { assert, assertEquals, assertMatch } from "@std/assert";

import { ManualClock } from "../../tools/kit/base/clock.ts";

import { SimDisk } from "../../store/file/sim_disk.ts";
import type { QueueId } from "../../store/spool/spool.ts";

import type { DeliveryJob, DeliveryReport, Transport } from "../delivery/delivery.ts";
import { delivered, undelivered } from "../delivery/delivery.ts";
import type { Harness, Mail } from "./queue_harness.ts";
import { openHarness, queueMail, queueStates } from "./queue_harness.ts";

const text = "Subject: x\n\nhello\n";

type Answer = "sent" | "down" | "wait";

/** A transport whose sites answer as the test says: at once, or when `release` is called. */
function testTransport(answer: (nexthop: string) => Answer) {
  const waiting: (() => void)[] = [];
  const jobs: { readonly nexthop: string; readonly recipients: number; readonly id: QueueId }[] = [];
  const reportOf = (address: string, isDown: boolean): DeliveryReport => {
    const outcome = isDown
      ? undelivered("4.4.1", "connect to x[192.0.2.1]:25: Connection refused")
      : delivered("ok");
    return {
      outcome,
      steps: [{ address, relay: isDown ? "none" : "x[192.0.2.1]:25", outcome, connectMs: 0, transmitMs: 0 }],
    };
  };
  const transport: Transport = {
    name: "smtp",
    deliver: async ({ message, nexthop, recipients }: DeliveryJob, done) => {
      jobs.push({ nexthop, recipients: recipients.length, id: message.id });
      const said = answer(nexthop);
      if (said === "wait") await new Promise<void>((resolve) => waiting.push(resolve));
      for (const index of recipients) {
        done(index, reportOf(message.envelope.recipients[index]!.address, said === "down"));
      }
    },
  };
  return { transport, jobs, waiting };
}

async function send({ spool, clock, manager }: Harness, mail: Omit<Mail, "text">): Promise<QueueId> {
  const id = await queueMail(spool, clock, { ...mail, text });
  manager.accepted(id);
  return id;
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 2000; turn++) await null;
}

Deno.test("recipients at one site share deliveries of fifty (postconf(5) default_destination_recipient_limit)", async () => {
  const { transport, jobs } = testTransport(() => "sent");
  const harness = await openHarness({ elsewhere: transport });
  const to = [...Array.from({ length: 120 }, (_, index) => `r${index}@a.test`), "x@b.test"];
  await send(harness, { to });
  await harness.manager.idle();
  assertEquals(jobs.map(({ nexthop, recipients }) => `${nexthop} ${recipients}`), [
    "a.test 50",
    "a.test 50",
    "a.test 20",
    "b.test 1",
  ]);
  assertEquals(await queueStates(harness.manager), []);
});

Deno.test("with VERP each recipient has a delivery of its own (VERP_README)", async () => {
  const { transport, jobs } = testTransport(() => "sent");
  const harness = await openHarness({ elsewhere: transport });
  await send(harness, { to: ["a@a.test", "b@a.test"], envelope: { verp: "+=" } });
  await harness.manager.idle();
  assertEquals(jobs.map(({ recipients }) => recipients), [1, 1]);
});

Deno.test("mail for a site that is down waits untried, and says why; flush tries it at once (postqueue(1) -f)", async () => {
  let answer: Answer = "down";
  const { transport, jobs } = testTransport(() => answer);
  const harness = await openHarness({ elsewhere: transport });
  const { manager, clock, lines } = harness;
  for (let count = 0; count < 20; count++) await send(harness, { to: [`r${count}@down.test`] });
  await manager.idle();
  assert(jobs.length <= 5, `${jobs.length} tries`);
  const untried = lines.filter((line) =>
    line.includes("status=deferred (delivery temporarily suspended: connect to")
  );
  assertEquals(untried.length + jobs.length, 20);
  assertMatch(untried[0]!, /^smtp info: \w+: to=<r\d+@down\.test>, relay=none, .*dsn=4\.4\.1, /);

  clock.advance(299_000);
  const before = jobs.length;
  answer = "sent";
  await manager.flush();
  await manager.idle();
  assertEquals(jobs.length - before, 20);
  assertEquals(await queueStates(manager), []);
});

Deno.test("a site that refuses to talk is down, one that does not take a message is not", async () => {
  const outcome = undelivered("4.3.2", "host x[192.0.2.1] refused to talk to me: 421 4.3.2 busy");
  for (const [isOfSite, most] of [[true, 5], [false, 20], [undefined, 20]] as const) {
    let tries = 0;
    const transport: Transport = {
      name: "smtp",
      deliver: ({ recipients }, done) => {
        tries++;
        for (const index of recipients) done(index, { outcome, isOfSite, steps: [] });
        return Promise.resolve();
      },
    };
    const harness = await openHarness({ elsewhere: transport });
    for (let count = 0; count < 20; count++) await send(harness, { to: [`r${count}@busy.test`] });
    await harness.manager.idle();
    assert(isOfSite === true ? tries <= most : tries === most, `${isOfSite}: ${tries} tries`);
  }
});

Deno.test("a slow site keeps no more than its share of the queue in memory, and others pass it", async () => {
  const { transport, jobs, waiting } = testTransport((nexthop) => nexthop === "slow.test" ? "wait" : "sent");
  const harness = await openHarness({ elsewhere: transport, settings: { messageActiveLimit: 100 } });
  for (let count = 0; count < 200; count++) {
    await send(harness, { sender: `s${count}@ref.test`, to: [`r${count}@slow.test`] });
  }
  await settle();
  const active = (await queueStates(harness.manager)).filter((state) => state.startsWith("active"));
  assertEquals([jobs.length, active.length], [5, 10]);
  for (let count = 0; count < 20; count++) await send(harness, { to: [`r${count}@quick${count}.test`] });
  await settle();
  assertEquals(jobs.filter(({ nexthop }) => nexthop.startsWith("quick")).length, 20);
  while (waiting.length > 0) {
    for (const go of waiting.splice(0)) go();
    await settle();
  }
  await harness.manager.idle();
  assertEquals(new Set(jobs.map(({ id }) => id)).size, 220);
  assertEquals(await queueStates(harness.manager), []);
});

Deno.test("a bulk sender keeps no more than its share of the queue, and others pass it", async () => {
  const { transport, jobs, waiting } = testTransport((nexthop) => nexthop.startsWith("b") ? "wait" : "sent");
  const harness = await openHarness({ elsewhere: transport, settings: { messageActiveLimit: 50 } });
  for (let count = 0; count < 300; count++) {
    await send(harness, { sender: "bulk@ref.test", to: [`r@b${count}.test`] });
  }
  await send(harness, { sender: "joe@ref.test", to: ["ann@quick.test"] });
  await settle();
  assertEquals(jobs.filter(({ nexthop }) => nexthop === "quick.test").length, 1);
  assertEquals(jobs.length, 6);
  while (waiting.length > 0) {
    for (const go of waiting.splice(0)) go();
    await settle();
  }
  assertEquals(new Set(jobs.map(({ id }) => id)).size, 301);
  assertEquals(await queueStates(harness.manager), []);
});

Deno.test("a message that is parked can be held, deleted and listed", async () => {
  const { transport, waiting } = testTransport(() => "wait");
  const harness = await openHarness({ elsewhere: transport, settings: { messageActiveLimit: 10 } });
  const ids: QueueId[] = [];
  for (let count = 0; count < 4; count++) ids.push(await send(harness, { to: [`r${count}@slow.test`] }));
  await settle();
  assertEquals(await harness.manager.hold(ids[1]!), true);
  assertEquals(await harness.manager.remove(ids[2]!), true);
  assertEquals(await queueStates(harness.manager), ["active -", "incoming -", "hold -"]);
  for (let turn = 0; turn < 3; turn++) {
    for (const go of waiting.splice(0)) go();
    await settle();
  }
  assertEquals(await queueStates(harness.manager), ["hold -"]);
});

Deno.test("a stop leaves what waits for its turn where it is, and the next start takes it up", async () => {
  const { transport, waiting, jobs } = testTransport(() => "wait");
  const first = await openHarness({ elsewhere: transport });
  for (let count = 0; count < 30; count++) await send(first, { to: [`r${count}@slow.test`] });
  await settle();
  const stopped = first.manager.stop();
  for (const go of waiting.splice(0)) go();
  await stopped;
  assertEquals(jobs.length, 5);
  const again = testTransport(() => "sent");
  const second = await openHarness({ disk: first.disk, clock: first.clock, elsewhere: again.transport });
  await second.manager.start();
  await second.manager.idle();
  assertEquals(again.jobs.length, 25);
  assertEquals(await queueStates(second.manager), []);
});

Deno.test("an expired message goes back to its sender after its next attempt (postsuper(1) -e)", async () => {
  const { transport } = testTransport(() => "down");
  const harness = await openHarness({ elsewhere: transport });
  const { manager, lines } = harness;
  const id = await send(harness, { sender: "u1@ref.test", to: ["x@down.test"] });
  await manager.idle();
  assertEquals([await manager.expire(id), await manager.expire(id), await manager.expire("0000000000")], [
    true,
    false,
    false,
  ]);
  assertMatch((await queueStates(manager)).join(), /^deferred /);
  manager.flushId(id);
  await manager.idle();
  assert(lines.includes(`qmgr info: ${id}: from=<u1@ref.test>, status=force-expired, returned to sender`));
  assertEquals(await queueStates(manager), []);
});

Deno.test("the mark of an expired message survives a stop, and hold", async () => {
  const { transport } = testTransport(() => "down");
  const first = await openHarness({ elsewhere: transport });
  const id = await send(first, { sender: "u1@ref.test", to: ["x@down.test"] });
  await first.manager.idle();
  await first.manager.expire(id);
  await first.manager.hold(id);
  await first.manager.stop();
  const second = await openHarness({ disk: first.disk, clock: first.clock, elsewhere: transport });
  await second.manager.start();
  assertEquals((await second.spool.find(id))?.marks, ["expired"]);
  await second.manager.release(id);
  await second.manager.idle();
  assertEquals(await queueStates(second.manager), []);
});

Deno.test("a message given back to maildrop is taken in again and tried (postsuper(1) -r)", async () => {
  let answer: Answer = "down";
  const { transport, jobs } = testTransport(() => answer);
  const harness = await openHarness({ elsewhere: transport });
  const { manager } = harness;
  const id = await send(harness, { to: ["x@down.test"] });
  await manager.idle();
  answer = "sent";
  assertEquals([await manager.requeue(id), manager.queueOf(id)], [true, "maildrop"]);
  assertEquals(await manager.requeue("0000000000"), false);
  await manager.collect();
  await manager.idle();
  assertEquals(jobs.length, 2);
  assertEquals(await queueStates(manager), []);
});

Deno.test("a sender is told once that a message still waits (postconf(5) delay_warning_time)", async () => {
  const { transport } = testTransport(() => "down");
  const harness = await openHarness({ elsewhere: transport, settings: { delayWarningMs: 3_600_000 } });
  const { manager, clock, lines } = harness;
  await send(harness, { sender: "u1@ref.test", to: ["x@down.test"] });
  for (let minutes = 0; minutes < 300; minutes += 5) {
    await manager.idle();
    clock.advance(300_000);
  }
  await manager.idle();
  assertEquals(lines.filter((line) => line.includes("delay notification")).length, 1);
});

/** A wall clock that somebody sets, over a monotonic one that goes on. */
class SetClock extends ManualClock {
  offsetMs = 0;
  override now(): number {
    return super.now() + this.offsetMs;
  }
}

Deno.test("who sets the clock makes no mail wait longer than it would have, and loses none", async () => {
  const hour = 3_600_000;
  for (const offsetMs of [-1000 * hour, -hour, hour]) {
    let answer: Answer = "down";
    const { transport, jobs } = testTransport(() => answer);
    const clock = new SetClock();
    const disk = new SimDisk({ now: () => clock.now() });
    const harness = await openHarness({ disk, clock, elsewhere: transport });
    await send(harness, { sender: "u1@ref.test", to: ["x@down.test"] });
    await harness.manager.idle();
    clock.offsetMs = offsetMs;
    clock.advance(300_000);
    await harness.manager.idle();
    assertEquals(jobs.length, 2, `${offsetMs}: not tried when it was due`);
    await harness.manager.stop();
    const again = await openHarness({ disk, clock, elsewhere: transport });
    clock.offsetMs = 0;
    await again.manager.start();
    answer = "sent";
    clock.advance(4_000_000);
    await again.manager.idle();
    assertEquals(await queueStates(again.manager), [], `${offsetMs}`);
  }
});

Deno.test("out of space, of descriptors, or read-only: nothing is accepted, nothing is lost, and all goes on by itself", async () => {
  for (const code of ["full", "denied", "other"] as const) {
    let answer: Answer = "down";
    const { transport } = testTransport(() => answer);
    const harness = await openHarness({ elsewhere: transport });
    const { manager, clock, disk, spool } = harness;
    for (let count = 0; count < 5; count++) await send(harness, { to: [`r${count}@x.test`] });
    await manager.idle();
    const held = await send(harness, { to: ["held@x.test"] });
    await manager.idle();
    disk.fault = ({ action }) => action === "close" ? undefined : code;
    const refused = await spool.begin().then(() => undefined, (thrown: unknown) => thrown);
    assertEquals(
      refused instanceof Error && "status" in refused ? refused.status : refused,
      code === "full" ? "4.3.1" : "4.3.0",
      code,
    );
    await manager.hold(held).catch(() => {});
    clock.advance(3 * 3_600_000);
    await manager.idle();
    disk.fault = undefined;
    answer = "sent";
    for (let hours = 0; hours < 3; hours++) {
      clock.advance(3_600_000);
      await manager.idle();
    }
    assertEquals(await queueStates(manager), [], code);
  }
});
