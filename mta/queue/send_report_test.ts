import { assert, assertEquals, assertMatch } from "@std/assert";

import type { DeliveryOutcome, QueuedMessage } from "../../store/spool/spool.ts";

import type { Transport } from "../delivery/delivery.ts";
import type { HarnessOptions } from "./queue_harness.ts";
import { openHarness, queueMail, readMail } from "./queue_harness.ts";

const text = "Subject: x\nMessage-ID: <1@remote.test>\n\nhello\n";
const hour = 3_600_000;

const later: DeliveryOutcome = { kind: "deferred", status: "4.3.2", text: "later on" };
const relayed: DeliveryOutcome = { kind: "delivered", status: "2.0.0", text: "250 ok", how: "relayed" };

/** Mail for elsewhere comes to what `fate` is at the time; each message that was taken is kept. */
class Elsewhere implements Transport {
  readonly name = "smtp";
  readonly taken: QueuedMessage[] = [];
  fate: DeliveryOutcome = later;

  deliver(...[{ message, recipients }, done]: Parameters<Transport["deliver"]>): Promise<void> {
    this.taken.push(message);
    for (const index of recipients) {
      const { address } = message.envelope.recipients[index]!;
      const step = { address, relay: "mx.far.test", outcome: this.fate, connectMs: 0, transmitMs: 0 };
      done(index, { outcome: this.fate, steps: [step] });
    }
    return Promise.resolve();
  }
}

async function open(options: HarnessOptions = {}) {
  const elsewhere = new Elsewhere();
  const harness = await openHarness({ elsewhere, ...options });
  await harness.manager.start();
  const { clock, spool, manager, disk } = harness;
  return {
    ...harness,
    elsewhere,
    send: async (mail: Parameters<typeof queueMail>[2]) => {
      const id = await queueMail(spool, clock, mail);
      manager.accepted(id);
      await manager.idle();
      return id;
    },
    /** Lets time pass, in steps that let the queue work. */
    pass: async (ms: number) => {
      for (let passed = 0; passed < ms; passed += hour / 4) {
        clock.advance(Math.min(hour / 4, ms - passed));
        await manager.idle();
      }
    },
    subjects: async (user: string) =>
      (await readMail(disk, user)).map((mail) => /^Subject: (.*)$/m.exec(mail)![1]!).toSorted(),
  };
}

Deno.test("a sender is warned once that mail waits, also when the server starts anew (postconf(5) delay_warning_time)", async () => {
  const settings = { delayWarningMs: 4 * hour };
  const world = await open({ settings });
  await world.send({ sender: "u1@ref.test", to: ["a@far.test"], text });
  await world.pass(3 * hour);
  assertEquals(await world.subjects("u1"), []);
  await world.pass(3 * hour);
  assertEquals(await world.subjects("u1"), ["Delayed Mail (still being retried)"]);
  const [warning] = await readMail(world.disk, "u1");
  assertMatch(
    warning!,
    /^Action: delayed\nStatus: 4\.3\.2\nDiagnostic-Code: X-Postfix; later on\nWill-Retry-Until: /m,
  );
  assert(!warning!.includes("hello"));
  await world.manager.stop();
  const again = await open({ settings, disk: world.disk, clock: world.clock });
  await again.pass(10 * hour);
  assertEquals((await again.subjects("u1")).length, 1);
  again.elsewhere.fate = relayed;
  await again.pass(2 * hour);
  assertEquals((await again.subjects("u1")).length, 1);
});

Deno.test("a sender who was warned hears that it is over (postconf(5) confirm_delay_cleared)", async () => {
  const world = await open({ settings: { delayWarningMs: hour }, reports: { confirmDelayCleared: true } });
  await world.send({ sender: "u1@ref.test", to: ["a@far.test"], text });
  await world.send({ sender: "u2@ref.test", to: ["a@far.test"], text, envelope: { ret: "FULL" } });
  await world.pass(2 * hour);
  world.elsewhere.fate = relayed;
  await world.pass(2 * hour);
  for (const user of ["u1", "u2"]) {
    assertEquals(await world.subjects(user), [
      "Delayed Mail (still being retried)",
      "Successful Mail Delivery Report",
    ]);
  }
});

Deno.test("mail that is given up comes back whole, with its last reason (RFC 5321 §4.5.4.1)", async () => {
  const world = await open({ reports: { isThreaded: true } });
  await world.send({ sender: "u1@ref.test", to: ["a@far.test"], text });
  await world.pass(5 * 24 * hour + 2 * hour);
  const [report] = await readMail(world.disk, "u1");
  assertMatch(report!, /^Action: failed\nStatus: 4\.3\.2\nDiagnostic-Code: X-Postfix; later on$/m);
  assertMatch(report!, /^References: <1@remote\.test>$/m);
  assertMatch(report!, /^Return-Path: <u1@ref\.test>\nSubject: x\nMessage-ID: <1@remote\.test>\n\nhello\n/m);
});

Deno.test("what bounces back at a report ends at postmaster, and there it ends (postconf(5) notify_classes)", async () => {
  const reports = { notifyClasses: ["2bounce"], doubleBounceNoticeRecipient: "nosuch@far.test" };
  const world = await open({ reports });
  world.elsewhere.fate = { kind: "failed", status: "5.1.1", text: "no" };
  await world.send({ sender: "s@far.test", to: ["a@far.test"], text });
  await world.pass(hour);
  assertEquals(
    world.elsewhere.taken.map(({ envelope }) => `${envelope.sender} > ${envelope.recipients[0]!.address}`),
    [
      "s@far.test > a@far.test",
      " > s@far.test",
      "double-bounce@mx.ref.test > nosuch@far.test",
    ],
  );
  assert(world.lines.some((line) => line.includes("undeliverable postmaster notification discarded")));
});

Deno.test("each recipient of a list's message has it from a sender of its own (VERP_README)", async () => {
  const world = await open();
  world.elsewhere.fate = relayed;
  await world.send({
    sender: "list@ref.test",
    to: ["a@far.test", "b@far.test"],
    text,
    envelope: { verp: "+=" },
  });
  assertEquals(world.elsewhere.taken.map(({ envelope }) => envelope.sender).toSorted(), [
    "list+a=far.test@ref.test",
    "list+b=far.test@ref.test",
  ]);
  assertEquals(world.elsewhere.taken.map(({ envelope }) => envelope.verp), [undefined, undefined]);
});

Deno.test("a report is 8-bit mail where a host's words are (RFC 6152 §3)", async () => {
  const world = await open();
  world.elsewhere.fate = { kind: "failed", status: "5.1.1", text: "Empfänger unbekannt" };
  await world.send({ sender: "s@far.test", to: ["a@far.test"], text });
  assertEquals(world.elsewhere.taken.map(({ envelope }) => envelope.body), ["7BIT", "8BITMIME"]);
});

Deno.test("with SMTPUTF8 a report goes back by SMTPUTF8 (RFC 6533 §3)", async () => {
  const world = await open();
  world.elsewhere.fate = { kind: "failed", status: "5.6.7", text: "SMTPUTF8 is required" };
  await world.send({
    sender: "u1@ref.test",
    to: ["ü@far.test"],
    text,
    envelope: { smtpUtf8: true, body: "8BITMIME" },
  });
  const [report] = await readMail(world.disk, "u1");
  assertMatch(report!, /^Content-Type: message\/global-delivery-status$/m);
  assertMatch(report!, /^Final-Recipient: utf-8; ü@far\.test$/m);
  assertMatch(report!, /^Content-Type: message\/global$/m);
});
