import { assertEquals, assertRejects } from "@std/assert";

import type { Disk } from "./disk.ts";
import { DiskError } from "./disk.ts";
import { DirSync } from "./dir_sync.ts";
import { SimDisk } from "./sim_disk.ts";

/** A disk whose directory syncs wait to be let go, one after another. */
function slowDisk(): { disk: Disk; started: string[]; letGo(failure?: Error): Promise<void> } {
  const waiting: { resolve(): void; reject(failure: Error): void }[] = [];
  const started: string[] = [];
  const disk = new SimDisk();
  disk.syncDir = (path) => {
    started.push(path);
    return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
  };
  const letGo = async (failure?: Error) => {
    const first = waiting.shift()!;
    if (failure === undefined) first.resolve();
    else first.reject(failure);
    for (let turn = 0; turn < 10; turn++) await null;
  };
  return { disk, started, letGo };
}

Deno.test("those who come while a sync runs share the next one", async () => {
  const { disk, started, letGo } = slowDisk();
  const sync = new DirSync(disk);
  const done: number[] = [];
  for (let caller = 0; caller < 5; caller++) sync.sync("/d").then(() => done.push(caller));
  assertEquals(started, ["/d"]);
  await letGo();
  assertEquals([started.length, done], [2, [0]]);
  sync.sync("/d").then(() => done.push(5));
  await letGo();
  assertEquals([started.length, done], [3, [0, 1, 2, 3, 4]]);
  await letGo();
  assertEquals([started.length, done], [3, [0, 1, 2, 3, 4, 5]]);
  sync.sync("/d");
  assertEquals(started.length, 4);
  await letGo();
});

Deno.test("directories do not wait for each other", async () => {
  const { disk, started, letGo } = slowDisk();
  const sync = new DirSync(disk);
  const both = Promise.all([sync.sync("/d"), sync.sync("/e")]);
  assertEquals(started, ["/d", "/e"]);
  await letGo();
  await letGo();
  await both;
});

Deno.test("a sync that fails fails those who shared it, and nobody else", async () => {
  const { disk, letGo } = slowDisk();
  const sync = new DirSync(disk);
  const first = assertRejects(() => sync.sync("/d"), DiskError);
  const second = sync.sync("/d");
  await letGo(new DiskError("full", "sync directory", "/d"));
  await first;
  await letGo();
  await second;
});
