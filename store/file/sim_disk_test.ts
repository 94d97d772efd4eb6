import { assert, assertEquals, assertRejects } from "@std/assert";

import { utf8Bytes, utf8Text } from "../../tools/kit/base/bytes.ts";

import type { Disk } from "./disk.ts";
import { DiskError } from "./disk.ts";
import { testDisk } from "./disk_suite.ts";
import { SimDisk, SimStop } from "./sim_disk.ts";

testDisk("SimDisk", async () => {
  const disk = new SimDisk();
  await disk.mkdir("/root");
  return { disk, root: "/root", close: async () => {} };
});

async function put(disk: Disk, path: string, text: string): Promise<void> {
  const file = await disk.open(path, { write: true, create: "ifMissing", truncate: true });
  await file.write(utf8Bytes(text), 0);
  await file.sync();
  await file.close();
}

/** What 200 power cuts leave of `path`: its text, or nothing. */
async function outcomes(disk: SimDisk, path: string): Promise<Set<string | undefined>> {
  const seen = new Set<string | undefined>();
  for (let seed = 0; seed < 200; seed++) {
    const after = disk.crash(seed);
    seen.add(await after.stat(path) === undefined ? undefined : utf8Text(await after.readFile(path)));
  }
  return seen;
}

Deno.test("a power cut spares what was synced, contents and name", async () => {
  const disk = new SimDisk();
  await put(disk, "/a", "text");
  await disk.syncDir("/");
  assertEquals(await outcomes(disk, "/a"), new Set(["text"]));
});

Deno.test("a power cut may or may not spare a name that was not synced", async () => {
  const disk = new SimDisk();
  await put(disk, "/a", "text");
  assertEquals(await outcomes(disk, "/a"), new Set(["text", undefined]));
  await disk.syncDir("/");
  await disk.unlink("/a");
  assertEquals(await outcomes(disk, "/a"), new Set(["text", undefined]));
});

Deno.test("a power cut loses or tears writes that were not synced", async () => {
  const disk = new SimDisk();
  await put(disk, "/a", "");
  await disk.syncDir("/");
  const file = await disk.open("/a", { append: true });
  await file.write(utf8Bytes("one"));
  await file.write(utf8Bytes("two"));
  const seen = await outcomes(disk, "/a");
  for (const text of ["", "o", "one", "onet", "onetwo", "one\0\0\0"]) assert(seen.has(text), text);
  await file.sync();
  assertEquals(await outcomes(disk, "/a"), new Set(["onetwo"]));
});

Deno.test("a power cut leaves a rename done or undone, never half", async () => {
  const disk = new SimDisk();
  await disk.mkdir("/new");
  await disk.mkdir("/tmp");
  await put(disk, "/tmp/a", "text");
  await disk.syncDir("/tmp");
  await disk.syncDir("/");
  await disk.rename("/tmp/a", "/new/a");
  const seen = new Set<string>();
  for (let seed = 0; seed < 100; seed++) {
    const after = disk.crash(seed);
    seen.add(`${(await after.list("/tmp")).length} ${(await after.list("/new")).length}`);
  }
  assertEquals(seen, new Set(["1 0", "0 1"]));
  await disk.syncDir("/new");
  assertEquals((await disk.crash(7).list("/new")).length, 1);
});

Deno.test("a power cut leaves the old file or the new one where one replaced the other", async () => {
  const disk = new SimDisk();
  await put(disk, "/a", "old");
  await disk.syncDir("/");
  await put(disk, "/b", "new");
  await disk.rename("/b", "/a");
  assertEquals(await outcomes(disk, "/a"), new Set(["old", "new"]));
});

Deno.test("the same seed gives the same disk after a power cut", async () => {
  const disk = new SimDisk();
  for (let count = 0; count < 20; count++) await put(disk, `/${count}`, "x");
  const names = async (after: SimDisk) => (await after.list("/")).map((entry) => entry.name);
  assertEquals(await names(disk.crash(5)), await names(disk.crash(5)));
});

Deno.test("stopAfter(n) stops the nth operation and all after it", async () => {
  const disk = new SimDisk();
  disk.stopAfter(2);
  await disk.mkdir("/a");
  await assertRejects(() => disk.mkdir("/b"), SimStop, "operation 2: make directory /b");
  await assertRejects(() => disk.stat("/a"), SimStop);
  assertEquals(disk.operations, 3);
});

Deno.test("a full disk takes what fits and says so", async () => {
  const disk = new SimDisk({ capacityOctets: 5 });
  const file = await disk.open("/a", { write: true, create: "always" });
  const error = await assertRejects(() => file.write(utf8Bytes("1234567"), 0), DiskError);
  assertEquals(error.code, "full");
  assertEquals((await file.stat()).octets, 5);
  await disk.unlink("/a");
  await put(disk, "/b", "12345");
});

Deno.test("faults are injected by operation", async () => {
  const disk = new SimDisk();
  disk.fault = ({ action, path }) => action === "open" && path === "/b" ? "denied" : undefined;
  await put(disk, "/a", "x");
  assertEquals((await assertRejects(() => put(disk, "/b", "x"), DiskError)).code, "denied");
});

Deno.test("a directory without the write bit refuses new names", async () => {
  const disk = new SimDisk();
  await disk.mkdir("/d");
  await disk.chmod("/d", 0o500);
  assertEquals((await assertRejects(() => put(disk, "/d/a", "x"), DiskError)).code, "denied");
});

Deno.test("symbolic links are followed, within bounds", async () => {
  const disk = new SimDisk();
  await disk.mkdir("/d");
  await put(disk, "/d/a", "x");
  disk.symlink("d", "/e");
  disk.symlink("loop", "/loop");
  assertEquals(utf8Text(await disk.readFile("/e/a")), "x");
  assertEquals((await disk.lstat("/e"))?.kind, "link");
  await assertRejects(() => disk.stat("/loop"), DiskError);
});
