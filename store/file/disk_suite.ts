/** What every `Disk` does: one suite, run by `real_disk_test.ts` and `sim_disk_test.ts`. */

import { assert, assertEquals, assertRejects } from "@std/assert";

import { utf8Bytes, utf8Text } from "../../tools/kit/base/bytes.ts";

import type { Disk, DiskErrorCode } from "./disk.ts";
import { DiskError, writeFileAtomically } from "./disk.ts";

export interface DiskUnderTest {
  readonly disk: Disk;
  /** An existing empty directory. */
  readonly root: string;
  close(): Promise<void>;
}

async function assertFails(code: DiskErrorCode, call: () => Promise<unknown>): Promise<void> {
  const error = await assertRejects(call, DiskError);
  assertEquals(error.code, code, error.message);
}

async function put(disk: Disk, path: string, text: string): Promise<void> {
  const file = await disk.open(path, { write: true, create: "ifMissing", truncate: true });
  await file.write(utf8Bytes(text), 0);
  await file.close();
}

async function get(disk: Disk, path: string): Promise<string> {
  return utf8Text(await disk.readFile(path));
}

type Case = (disk: Disk, root: string) => Promise<void>;

const cases: Readonly<Record<string, Case>> = {
  "gives back what was written, at any position": async (disk, root) => {
    const file = await disk.open(`${root}/a`, { read: true, write: true, create: "always" });
    await file.write(utf8Bytes("hello world"), 0);
    await file.write(utf8Bytes("W"), 6);
    const buffer = new Uint8Array(5);
    assertEquals(await file.read(buffer, 6), 5);
    assertEquals(utf8Text(buffer), "World");
    assertEquals(await file.read(buffer, 11), 0);
    assertEquals(await file.read(buffer, 100), 0);
    await file.write(utf8Bytes("!"));
    assertEquals((await file.stat()).octets, 12);
    await file.truncate(5);
    await file.sync();
    await file.close();
    assertEquals(await get(disk, `${root}/a`), "hello");
  },
  "fills a gap with zeros": async (disk, root) => {
    const file = await disk.open(`${root}/a`, { write: true, create: "always" });
    await file.write(utf8Bytes("x"), 3);
    await file.close();
    assertEquals(await disk.readFile(`${root}/a`), new Uint8Array([0, 0, 0, 120]));
  },
  "appends whatever the position": async (disk, root) => {
    await put(disk, `${root}/a`, "one");
    const file = await disk.open(`${root}/a`, { append: true, read: true, create: "ifMissing" });
    await file.write(utf8Bytes("two"));
    await file.write(utf8Bytes("three"), 0);
    await file.close();
    assertEquals(await get(disk, `${root}/a`), "onetwothree");
  },
  "truncates at open only when told": async (disk, root) => {
    await put(disk, `${root}/a`, "long text");
    await (await disk.open(`${root}/a`, { write: true })).close();
    assertEquals(await get(disk, `${root}/a`), "long text");
    await (await disk.open(`${root}/a`, { write: true, truncate: true })).close();
    assertEquals(await get(disk, `${root}/a`), "");
  },
  "creates exclusively, and with the mode asked for": async (disk, root) => {
    await (await disk.open(`${root}/a`, { write: true, create: "always" })).close();
    await (await disk.open(`${root}/b`, { write: true, create: "always", mode: 0o640 })).close();
    await assertFails("exists", () => disk.open(`${root}/a`, { write: true, create: "always" }));
    assertEquals((await disk.stat(`${root}/a`))?.mode, 0o600);
    assertEquals((await disk.stat(`${root}/b`))?.mode, 0o640);
  },
  "says what is missing": async (disk, root) => {
    await assertFails("notFound", () => disk.open(`${root}/none`, { read: true }));
    await assertFails("notFound", () => disk.open(`${root}/none/x`, { write: true, create: "always" }));
    await assertFails("notFound", () => disk.readFile(`${root}/none`));
    await assertFails("notFound", () => disk.list(`${root}/none`));
    await assertFails("notFound", () => disk.rename(`${root}/none`, `${root}/b`));
    await assertFails("notFound", () => disk.link(`${root}/none`, `${root}/b`));
    await assertFails("notFound", () => disk.unlink(`${root}/none`));
    await assertFails("notFound", () => disk.rmdir(`${root}/none`));
    await assertFails("notFound", () => disk.mkdir(`${root}/none/x`));
    await assertFails("notFound", () => disk.touch(`${root}/none`, 0));
    await assertFails("notFound", () => disk.syncDir(`${root}/none`));
    assertEquals(await disk.stat(`${root}/none`), undefined);
    assertEquals(await disk.lstat(`${root}/none/x`), undefined);
  },
  "tells files from directories": async (disk, root) => {
    await disk.mkdir(`${root}/d`);
    await put(disk, `${root}/f`, "x");
    assertEquals((await disk.stat(`${root}/d`))?.kind, "directory");
    assertEquals((await disk.stat(`${root}/f`))?.kind, "file");
    const entries = [...await disk.list(root)].sort((one, other) => one.name < other.name ? -1 : 1);
    assertEquals(entries, [{ name: "d", kind: "directory" }, { name: "f", kind: "file" }]);
    await assertFails("notDirectory", () => disk.list(`${root}/f`));
    await assertFails("notDirectory", () => disk.open(`${root}/f/x`, { write: true, create: "always" }));
    await assertFails("notDirectory", () => disk.rmdir(`${root}/f`));
    await assertFails("other", () => disk.unlink(`${root}/d`));
    await assertFails("other", () => disk.open(`${root}/d`, { write: true }));
    await assertFails("other", () => disk.readFile(`${root}/d`));
  },
  "refuses to read more than it may": async (disk, root) => {
    await put(disk, `${root}/a`, "12345");
    assertEquals(utf8Text(await disk.readFile(`${root}/a`, 5)), "12345");
    await assertFails("other", () => disk.readFile(`${root}/a`, 4));
  },
  "makes directories, with parents when told": async (disk, root) => {
    await disk.mkdir(`${root}/d`);
    await assertFails("exists", () => disk.mkdir(`${root}/d`));
    await disk.mkdir(`${root}/d`, { parents: true });
    await disk.mkdir(`${root}/x/y/z`, { parents: true });
    assertEquals((await disk.stat(`${root}/x/y/z`))?.mode, 0o700);
    await assertFails("notEmpty", () => disk.rmdir(`${root}/x`));
    await disk.rmdir(`${root}/x/y/z`);
    assertEquals(await disk.list(`${root}/x/y`), []);
  },
  "renames over what is there": async (disk, root) => {
    await put(disk, `${root}/a`, "a");
    await put(disk, `${root}/b`, "b");
    const before = await disk.stat(`${root}/a`);
    await disk.rename(`${root}/a`, `${root}/b`);
    assertEquals(await get(disk, `${root}/b`), "a");
    assertEquals(await disk.stat(`${root}/a`), undefined);
    assertEquals((await disk.stat(`${root}/b`))?.inode, before?.inode);
  },
  "renames directories with what is in them": async (disk, root) => {
    await disk.mkdir(`${root}/d`);
    await put(disk, `${root}/d/f`, "x");
    await disk.rename(`${root}/d`, `${root}/e`);
    assertEquals(await get(disk, `${root}/e/f`), "x");
    await disk.mkdir(`${root}/g`);
    await put(disk, `${root}/g/h`, "x");
    await assertFails("notEmpty", () => disk.rename(`${root}/e`, `${root}/g`));
  },
  "links a second name to one file": async (disk, root) => {
    await put(disk, `${root}/a`, "x");
    await disk.link(`${root}/a`, `${root}/b`);
    assertEquals((await disk.stat(`${root}/a`))?.links, 2);
    await assertFails("exists", () => disk.link(`${root}/a`, `${root}/b`));
    await disk.unlink(`${root}/a`);
    assertEquals(await get(disk, `${root}/b`), "x");
    assertEquals((await disk.stat(`${root}/b`))?.links, 1);
  },
  "keeps an open file usable after its name is gone": async (disk, root) => {
    await put(disk, `${root}/a`, "text");
    const file = await disk.open(`${root}/a`, { read: true });
    await disk.unlink(`${root}/a`);
    const buffer = new Uint8Array(9);
    assertEquals(await file.read(buffer, 0), 4);
    await file.close();
  },
  "lets two readers share one open file": async (disk, root) => {
    await put(disk, `${root}/a`, "0123456789");
    const file = await disk.open(`${root}/a`, { read: true });
    const buffers = Array.from({ length: 10 }, () => new Uint8Array(1));
    await Promise.all(buffers.map((buffer, position) => file.read(buffer, position)));
    assertEquals(buffers.map(utf8Text).join(""), "0123456789");
    await file.close();
  },
  "sets time and mode": async (disk, root) => {
    await put(disk, `${root}/a`, "");
    await disk.touch(`${root}/a`, 1_750_000_000_250);
    await disk.chmod(`${root}/a`, 0o644);
    const info = await disk.stat(`${root}/a`);
    assertEquals(info?.modifiedMs, 1_750_000_000_250);
    assertEquals(info?.mode, 0o644);
    await disk.chown(`${root}/a`, info!.uid, info!.gid);
  },
  "replaces a file atomically": async (disk, root) => {
    for (const text of ["one", "two"]) {
      await writeFileAtomically(disk, `${root}/a`, utf8Bytes(text), { temporary: `${root}/.a` });
      assertEquals(await get(disk, `${root}/a`), text);
    }
    assertEquals((await disk.list(root)).length, 1);
  },
  "names the action and the path when it fails": async (disk, root) => {
    const error = await assertRejects(() => disk.open(`${root}/none`, { read: true }), DiskError);
    assert(error.message.startsWith(`cannot open ${root}/none: `), error.message);
  },
};

/** Registers the suite for one kind of disk. */
export function testDisk(name: string, open: () => Promise<DiskUnderTest>): void {
  for (const [sentence, run] of Object.entries(cases)) {
    Deno.test(`${name} ${sentence}`, async () => {
      const { disk, root, close } = await open();
      try {
        await run(disk, root);
      } finally {
        await close();
      }
    });
  }
}
