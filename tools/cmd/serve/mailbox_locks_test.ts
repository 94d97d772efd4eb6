import { assert, assertEquals, assertRejects } from "@std/assert";

import { realClock } from "../../kit/base/clock.ts";
import { TempFailure } from "../../kit/base/failure.ts";
import { silentLog } from "../../kit/base/log.ts";
import { realRandom } from "../../kit/base/random.ts";
import { openLibc } from "../../kit/os/libc.ts";
import { tryLockFile } from "../../kit/os/locks.ts";

import { realDisk } from "../../../store/file/real_disk.ts";
import type { MailboxLocks } from "../../../store/mailbox/mailbox_locks.ts";

import type { LockSettings, ServerMailboxLocks } from "./mailbox_locks.ts";
import { createMailboxLocks, LockDesk } from "./mailbox_locks.ts";

const ignore = typeof openLibc() === "string";

const patient: LockSettings = { kinds: ["fcntl", "dotlock"], waitMs: 60_000, staleMs: 500_000 };
const impatient: LockSettings = { ...patient, waitMs: 100 };

async function withMbox(
  action: (mbox: string, locks: (settings: LockSettings) => ServerMailboxLocks) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${directory}/u1`, "");
    await action(`${directory}/u1`, (settings) =>
      createMailboxLocks({
        disk: realDisk,
        clock: realClock,
        random: realRandom,
        log: silentLog,
        settings: () => settings,
      }));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Is the lock given within a few seconds? */
async function isTaken(locks: MailboxLocks, mbox: string): Promise<boolean> {
  const started = performance.now();
  await (await locks.lock(mbox))();
  return performance.now() - started < 5000;
}

Deno.test(
  "mailbox_delivery_lock says which locks are taken, for delivery and for readers",
  { ignore },
  async () => {
    for (const kinds of [["fcntl", "dotlock"], ["dotlock", "fcntl"], ["flock"], ["fcntl"], ["dotlock"], []]) {
      await withMbox(async (mbox, create) => {
        for (const who of ["delivery", "store"] as const) {
          const release = await create({ ...patient, kinds })[who].lock(mbox);
          for (const method of ["fcntl", "flock"] as const) {
            const result = tryLockFile(mbox, { mode: "exclusive", method });
            assertEquals(result.kind, kinds.includes(method) ? "held" : "locked", `${kinds} ${method}`);
            if (result.kind === "locked") result.lock.release();
          }
          assertEquals(await realDisk.stat(`${mbox}.lock`) !== undefined, kinds.includes("dotlock"));
          await release();
          assertEquals(await realDisk.stat(`${mbox}.lock`), undefined);
        }
      });
    }
  },
);

Deno.test("nobody waits for the lock file of a process that was killed", { ignore }, async () => {
  const child = new Deno.Command("true").spawn();
  await child.status;
  await withMbox(async (mbox, create) => {
    const { delivery, store } = create(patient);
    for (const locks of [delivery, store]) {
      // The second one is our own number from an earlier life, as in a container.
      for (const pid of [child.pid, Deno.pid]) {
        await Deno.writeTextFile(`${mbox}.lock`, `${pid}:${Deno.hostname()}`);
        assert(await isTaken(locks, mbox));
      }
    }
  });
});

Deno.test("a living program's locks are respected", { ignore }, async () => {
  const child = new Deno.Command("sleep", { args: ["60"] }).spawn();
  try {
    await withMbox(async (mbox, create) => {
      await Deno.writeTextFile(`${mbox}.lock`, `${child.pid}:${Deno.hostname()}`);
      const { delivery, store } = create(impatient);
      await assertRejects(() => delivery.lock(mbox), TempFailure, "unable to create lock file");
      await assertRejects(() => store.lock(mbox), TempFailure, "unable to create lock file");
      await Deno.remove(`${mbox}.lock`);
      const other = tryLockFile(mbox, { mode: "exclusive", method: "fcntl" });
      assert(other.kind === "locked");
      await assertRejects(() => delivery.lock(mbox), TempFailure, "held by another program");
      other.lock.release();
      assert(await isTaken(delivery, mbox));
    });
  } finally {
    child.kill("SIGKILL");
    await child.status;
  }
});

Deno.test("delivery and readers shut each other out", async () => {
  await withMbox(async (mbox, create) => {
    const { delivery, store } = create(patient);
    let inside = 0;
    await Promise.all([delivery, store, delivery, store].map(async (locks) => {
      for (let turn = 0; turn < 3; turn++) {
        const release = await locks.lock(mbox);
        assertEquals(++inside, 1);
        await realDisk.stat(mbox);
        inside--;
        await release();
      }
    }));
  });
});

Deno.test("a store worker that died holds no lock, nor gets the one it waited for", async () => {
  const given = Promise.withResolvers<void>();
  const held = new Set<string>();
  const desk = new LockDesk({
    lock: async (path) => {
      if (path === "/late") await given.promise;
      held.add(path);
      return () => {
        held.delete(path);
        return Promise.resolve();
      };
    },
  });
  await desk.lock({ path: "/a" });
  const late = desk.lock({ path: "/late" });
  await desk.releaseAll();
  assertEquals(held.size, 0);
  given.resolve();
  await assertRejects(() => late, TempFailure);
  assertEquals(held.size, 0);
  const { token } = await desk.lock({ path: "/b" });
  await desk.unlock({ token });
  assertEquals(held.size, 0);
});
