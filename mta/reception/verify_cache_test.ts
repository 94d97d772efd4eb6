import { assertEquals } from "@std/assert";

import { utf8Bytes, utf8Text } from "../../tools/kit/base/bytes.ts";
import { createLog, silentLog } from "../../tools/kit/base/log.ts";

import { SimDisk } from "../../store/file/sim_disk.ts";

import { VerifyCache, type VerifyEntry } from "./verify_cache.ts";

const path = "/data/verify_cache";
const entry: VerifyEntry = { status: "deliverable", probedMs: 1, updatedMs: 2, text: "250 Ok" };

async function openDisk(): Promise<SimDisk> {
  const disk = new SimDisk();
  await disk.mkdir("/data", { parents: true });
  return disk;
}

async function write(disk: SimDisk, text: string): Promise<void> {
  const file = await disk.open(path, { write: true, create: "ifMissing", truncate: true });
  await file.write(utf8Bytes(text), 0);
  await file.close();
}

async function lines(disk: SimDisk): Promise<readonly string[]> {
  return utf8Text(await disk.readFile(path)).split("\n").filter((line) => line !== "");
}

Deno.test("VerifyCache finds after a restart what it had, the last of each address", async () => {
  const disk = await openDisk();
  const cache = await VerifyCache.open({ disk, path, log: silentLog });
  const other: VerifyEntry = { status: "deferred", probedMs: 5, updatedMs: 0, text: 'a"\n\tå' };
  cache.put("a@x.test", other);
  cache.put("a@x.test", entry);
  cache.put("b@x.test", other);
  await cache.flush();
  const again = await VerifyCache.open({ disk, path, log: silentLog });
  assertEquals([again.get("a@x.test"), again.get("b@x.test"), again.size], [entry, other, 2]);
  again.put("c@x.test", entry);
  await again.flush();
  const third = await VerifyCache.open({ disk, path, log: silentLog });
  assertEquals([third.size, (await lines(disk)).length], [3, 4]);
});

Deno.test("VerifyCache passes over what it cannot read, also a last line that was cut", async () => {
  const disk = await openDisk();
  const good = JSON.stringify(["a@x.test", "deliverable", 1, 2, "250 Ok"]);
  const damaged = [
    "nonsense",
    "[]",
    "{}",
    '["b@x.test","maybe",1,2,""]',
    '["b@x.test","deferred","1",2,""]',
    "null",
  ];
  await write(disk, `${damaged.join("\n")}\n${good}\n["c@x.test","deliv`);
  const cache = await VerifyCache.open({ disk, path, log: silentLog });
  assertEquals([cache.get("a@x.test"), cache.size], [entry, 1]);
  cache.put("d@x.test", entry);
  await cache.flush();
  const again = await VerifyCache.open({ disk, path, log: silentLog });
  assertEquals([again.get("d@x.test"), again.size], [entry, 2]);
});

Deno.test("VerifyCache begins its file anew when most of it is old", async () => {
  const disk = await openDisk();
  const cache = await VerifyCache.open({ disk, path, log: silentLog });
  for (let round = 0; round < 1200; round++) {
    cache.put(`a${round % 3}@x.test`, { ...entry, probedMs: round });
    await cache.flush();
  }
  const kept = await lines(disk);
  assertEquals(kept.length <= 1000, true);
  const again = await VerifyCache.open({ disk, path, log: silentLog });
  assertEquals([again.size, again.get("a2@x.test")?.probedMs], [3, 1199]);
});

Deno.test("VerifyCache is bounded: what has not changed for longest goes", async () => {
  const cache = await VerifyCache.open({ disk: await openDisk(), path: "", log: silentLog, maxEntries: 2 });
  for (const name of ["a", "b", "a", "c"]) cache.put(name, { ...entry, text: "x".repeat(10_000) });
  await cache.flush();
  assertEquals(["a", "b", "c"].map((name) => cache.get(name)?.text.length), [500, undefined, 500]);
});

Deno.test("VerifyCache works without its file, and complains once", async () => {
  const told: string[] = [];
  const log = createLog(({ text }) => told.push(text), { now: () => 0, part: "verify" });
  const cache = await VerifyCache.open({ disk: new SimDisk(), path: "/nowhere/verify_cache", log });
  for (const name of ["a", "b"]) {
    cache.put(name, entry);
    await cache.flush();
  }
  assertEquals([cache.size, told.length], [2, 1]);
});
