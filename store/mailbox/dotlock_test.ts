import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";

import { utf8Bytes, utf8Text } from "../../tools/kit/base/bytes.ts";
import { ManualClock } from "../../tools/kit/base/clock.ts";
import { silentLog } from "../../tools/kit/base/log.ts";
import { SeededRandom } from "../../tools/kit/base/random.ts";

import { MailboxError } from "../account.ts";
import type { Disk } from "../file/disk.ts";
import { DiskError } from "../file/disk.ts";
import { SimDisk } from "../file/sim_disk.ts";
import { SimProcesses, storeContext } from "../mailbox_fixture.ts";
import { acquireDotlock, Dotlocks } from "./dotlock.ts";

const waits = { waitMs: 5000, staleMs: 120_000 };

class World {
  static #seed = 0;
  readonly clock = new ManualClock(Date.UTC(2026, 0, 1));
  readonly disk = new SimDisk({ now: () => this.clock.now() });

  static async create(): Promise<World> {
    const world = new World();
    await world.disk.mkdir("/m");
    return world;
  }

  /** A process of the host `mx`, where `gone` are no more. */
  dotlocks(id: number, options: { readonly gone?: readonly number[]; readonly disk?: Disk } = {}): Dotlocks {
    const { gone = [], disk = this.disk } = options;
    const process = { id, host: "mx", isGone: (other: number) => Promise.resolve(gone.includes(other)) };
    const random = new SeededRandom(++World.#seed);
    return new Dotlocks({ disk, clock: this.clock, random, log: silentLog, process });
  }

  async leave(text: string): Promise<void> {
    const file = await this.disk.open("/m/x.lock", { write: true, create: "always" });
    await file.write(utf8Bytes(text), 0);
    await file.close();
  }

  async names(): Promise<readonly string[]> {
    return (await this.disk.list("/m")).map(({ name }) => name);
  }

  /** Lets time pass until `promise` is settled. */
  async pass<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const mark = () => {
      settled = true;
    };
    promise.then(mark, mark);
    while (!settled) {
      for (let turn = 0; turn < 50; turn++) await Promise.resolve();
      if (!settled) this.clock.advance(10);
    }
    return await promise;
  }
}

Deno.test("a lock file tells its owner as Dovecot does, and nothing is left of it", async () => {
  const world = await World.create();
  const release = await world.dotlocks(7).take("/m/x", waits);
  assertEquals(await world.names(), ["x.lock"]);
  assertEquals(utf8Text(await world.disk.readFile("/m/x.lock")), "7:mx");
  await release!();
  assertEquals(await world.names(), []);
});

Deno.test("a lock file is waited for, and taken when it is let go", async () => {
  const world = await World.create();
  const release = await world.dotlocks(1).take("/m/x", waits);
  const since = world.clock.now();
  world.clock.after(500, () => release!());
  const second = await world.pass(world.dotlocks(2).take("/m/x", waits));
  assertEquals(world.clock.now() - since <= 600, true);
  assertEquals(utf8Text(await world.disk.readFile("/m/x.lock")), "2:mx");
  await second!();
});

Deno.test("a lock of a living process, of another host or of nobody known is respected", async () => {
  for (
    const owner of ["3:mx", "4:other", "4", "", "0:mx", "-4:mx", "4294967300:mx", "4:mx:x", "x".repeat(1000)]
  ) {
    const world = await World.create();
    await world.leave(owner);
    const since = world.clock.now();
    const taken = await world.pass(world.dotlocks(2, { gone: [4, 0, -4, 4294967300] }).take("/m/x", waits));
    assertEquals(taken, undefined, owner);
    assertEquals(Math.abs(world.clock.now() - since - waits.waitMs) < 100, true);
    assertEquals(await world.names(), ["x.lock"]);
  }
});

Deno.test("a lock whose owner is gone is removed at once", async () => {
  // With Dovecot's form, and with a line end as others may write it; and our own number from an earlier life.
  for (const owner of ["4:mx", "4:mx\n", "2:mx"]) {
    const world = await World.create();
    await world.leave(owner);
    const since = world.clock.now();
    const release = await world.dotlocks(2, { gone: [4] }).take("/m/x", waits);
    assertEquals(world.clock.now(), since);
    await release!();
    assertEquals(await world.names(), []);
  }
});

Deno.test("a dead program's lock is removed when it is old, whoever it was", async () => {
  const world = await World.create();
  await world.leave("");
  world.clock.advance(waits.staleMs + 1000);
  const release = await world.dotlocks(1).take("/m/x", waits);
  assertEquals(await world.names(), ["x.lock"]);
  await release!();
});

Deno.test("a lock that this process holds is never stale to it", async () => {
  const world = await World.create();
  const dotlocks = world.dotlocks(1, { gone: [1] });
  const release = await dotlocks.take("/m/x", waits);
  world.clock.advance(waits.staleMs * 2);
  assertEquals(await world.pass(dotlocks.take("/m/x", waits)), undefined);
  await release!();
  await (await dotlocks.take("/m/x", waits))!();
});

Deno.test("who was taken for dead does not remove the lock of the next", async () => {
  const world = await World.create();
  const slow = await world.dotlocks(1).take("/m/x", waits);
  world.clock.advance(waits.staleMs + 1000);
  const next = await world.dotlocks(2).take("/m/x", waits);
  await slow!();
  assertEquals(utf8Text(await world.disk.readFile("/m/x.lock")), "2:mx");
  await next!();
});

Deno.test("however many find a stale lock, one at a time has it", async () => {
  for (let seed = 0; seed < 30; seed++) {
    const world = await World.create();
    await world.leave("9:mx");
    let inside = 0;
    const work = async (dotlocks: Dotlocks, delay: number) => {
      for (let turn = 0; turn < delay; turn++) await null;
      const release = await dotlocks.take("/m/x", { ...waits, waitMs: 60_000 });
      assertEquals(++inside, 1);
      for (let turn = 0; turn < 20; turn++) await null;
      inside--;
      await release!();
    };
    const random = new SeededRandom(seed);
    const processes = [world.dotlocks(1, { gone: [9] }), world.dotlocks(2, { gone: [9] })];
    await world.pass(
      Promise.all(Array.from({ length: 8 }, (_, index) => work(processes[index % 2]!, random.below(30)))),
    );
    assertEquals(await world.names(), []);
  }
});

Deno.test("without links the lock file is made by its name", async () => {
  const world = await World.create();
  world.disk.fault = ({ action }) => action === "link" ? "other" : undefined;
  const release = await world.dotlocks(1).take("/m/x", waits);
  assertEquals(await world.names(), ["x.lock"]);
  assertEquals(await world.pass(world.dotlocks(2).take("/m/x", waits)), undefined);
  await release!();
  assertEquals(await world.names(), []);
});

Deno.test("a full disk does not keep the lock away, a directory of others' does", async () => {
  const world = await World.create();
  world.disk.fault = ({ action }) => action === "write" ? "full" : undefined;
  await (await world.dotlocks(1).take("/m/x", waits))!();
  world.disk.fault = undefined;
  await world.disk.chmod("/m", 0o500);
  const denied = await assertRejects(() => world.dotlocks(1).take("/m/x", waits), DiskError);
  assertEquals(denied.code, "denied");
});

Deno.test("a mailbox whose lock stays taken is in use, by the file's name", async () => {
  const world = await World.create();
  const { disk, clock } = world;
  const context = storeContext({ disk, clock, seed: 1, processes: new SimProcesses() });
  await world.leave("1:other");
  const problem = await assertRejects(
    () => world.pass(acquireDotlock(context, "/m/x", waits)),
    MailboxError,
    "x.lock",
  );
  assertInstanceOf(problem, MailboxError);
  assertEquals(problem.code, "inUse");
});
