/** The small files beside mailboxes: locks, subscriptions, the last UIDVALIDITY. */

import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";

import { utf8Bytes, utf8Text } from "../../tools/kit/base/bytes.ts";
import { ManualClock } from "../../tools/kit/base/clock.ts";
import { silentLog } from "../../tools/kit/base/log.ts";
import { SeededRandom } from "../../tools/kit/base/random.ts";

import { MailboxError } from "../account.ts";
import { SimDisk } from "../file/sim_disk.ts";
import type { StoreContext } from "./context.ts";
import { acquireDotlock } from "./dotlock.ts";
import { formatSubscriptions, parseSubscriptions } from "./subscriptions.ts";
import { UidValidityCounter } from "./uid_validity.ts";

interface World extends StoreContext {
  readonly disk: SimDisk;
  readonly clock: ManualClock;
}

async function world(): Promise<World> {
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  const disk = new SimDisk({ now: () => clock.now() });
  await disk.mkdir("/m");
  return { disk, clock, random: new SeededRandom(1), log: silentLog, host: "mail.ref.test" };
}

/** Lets time pass until `promise` is settled. */
async function passTime<T>(clock: ManualClock, promise: Promise<T>): Promise<T> {
  let settled = false;
  const mark = () => {
    settled = true;
  };
  promise.then(mark, mark);
  while (!settled) {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    clock.advance(50);
  }
  return await promise;
}

Deno.test("a lock file is waited for, and taken when it is let go", async () => {
  const context = await world();
  const unlock = await acquireDotlock(context, "/m/x");
  context.clock.after(500, () => unlock());
  const second = await passTime(context.clock, acquireDotlock(context, "/m/x"));
  assertEquals((await context.disk.list("/m")).map(({ name }) => name), ["x.lock"]);
  await second();
  assertEquals(await context.disk.list("/m"), []);
});

Deno.test("a lock that stays taken is told as in use, by the file's name", async () => {
  const context = await world();
  const touch = () => {
    context.disk.touch("/m/x.lock", context.clock.now());
    context.clock.after(1000, touch);
  };
  await acquireDotlock(context, "/m/x");
  touch();
  const problem = await assertRejects(
    () => passTime(context.clock, acquireDotlock(context, "/m/x", { waitMs: 5000 })),
    MailboxError,
    "x.lock",
  );
  assertInstanceOf(problem, MailboxError);
  assertEquals(problem.code, "inUse");
});

Deno.test("a dead program's lock is removed after two minutes, once", async () => {
  const context = await world();
  await acquireDotlock(context, "/m/x");
  context.clock.advance(121_000);
  const unlock = await acquireDotlock(context, "/m/x");
  assertEquals((await context.disk.list("/m")).map(({ name }) => name), ["x.lock"]);
  await unlock();
});

Deno.test("subscriptions are read in both of Dovecot's forms and written in the newer", () => {
  assertEquals(parseSubscriptions("V\t2\n\nWork\t2026\nEntw&APw-rfe\ninbox\n", "."), [
    "Work/2026",
    "Entwürfe",
    "INBOX",
  ]);
  assertEquals(parseSubscriptions("INBOX\nWork.2026\n&bad\n\n", "."), ["INBOX", "Work/2026"]);
  assertEquals(parseSubscriptions("Work/2026\n", "/"), ["Work/2026"]);
  assertEquals(formatSubscriptions(["Work/2026", "Entwürfe"]), "V\t2\n\nWork\t2026\nEntw&APw-rfe\n");
});

Deno.test("UIDVALIDITY grows with every mailbox, also beyond what others used (RFC 3501 §2.3.1.1)", async () => {
  const context = await world();
  const counter = new UidValidityCounter(context, "/m");
  const first = await counter.next();
  assertEquals(first, Date.UTC(2026, 0, 1) / 1000);
  assertEquals(await new UidValidityCounter(context, "/m").next(), first + 1);
  assertEquals(await counter.next(first + 10), first + 11);
  await counter.atLeast(first + 20);
  assertEquals(await counter.next(), first + 21);
  const names = (await context.disk.list("/m")).map(({ name }) => name).sort();
  const hex = (first + 21).toString(16);
  assertEquals(names, ["dovecot-uidvalidity", `dovecot-uidvalidity.${hex}`]);
  assertEquals(utf8Text(await context.disk.readFile("/m/dovecot-uidvalidity")), hex);
});

Deno.test("UIDVALIDITY goes on from the file when the marker is lost", async () => {
  const context = await world();
  const file = await context.disk.open("/m/dovecot-uidvalidity", { write: true, create: "always" });
  await file.write(utf8Bytes("ffff0000"));
  await file.close();
  assertEquals(await new UidValidityCounter(context, "/m").next(), 0xffff0001);
});
