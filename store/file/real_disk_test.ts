import { assert, assertEquals, assertRejects } from "@std/assert";

import { openLibc } from "../../tools/kit/os/libc.ts";

import { DiskError } from "./disk.ts";
import { testDisk } from "./disk_suite.ts";
import { realDisk } from "./real_disk.ts";

// What is opened once stays open: before the tests, which are watched.
openLibc();

testDisk("realDisk", async () => {
  const root = await Deno.makeTempDir({ prefix: "mailsrv-disk-" });
  return { disk: realDisk, root, close: () => Deno.remove(root, { recursive: true }) };
});

Deno.test("realDisk says that a disk is full", async () => {
  const file = await realDisk.open("/dev/full", { write: true });
  const error = await assertRejects(() => file.write(new Uint8Array(10), 0), DiskError);
  assertEquals([error.code, error.message], ["full", "cannot write /dev/full: No space left on device"]);
  await file.close();
});

Deno.test("realDisk tells a symbolic link from what it points to", async () => {
  const root = await Deno.makeTempDir({ prefix: "mailsrv-disk-" });
  await Deno.writeTextFile(`${root}/a`, "x");
  await Deno.symlink(`${root}/a`, `${root}/b`);
  assertEquals((await realDisk.lstat(`${root}/b`))?.kind, "link");
  assertEquals((await realDisk.stat(`${root}/b`))?.kind, "file");
  await realDisk.unlink(`${root}/b`);
  assertEquals((await realDisk.stat(`${root}/a`))?.octets, 1);
  await Deno.remove(root, { recursive: true });
});

Deno.test("realDisk lets others run while one walks over many files", async () => {
  let turns = 0;
  let isWalking = true;
  // Each of its turns needs one of the event loop; a timer would need a whole millisecond besides.
  const other = (async () => {
    while (isWalking) {
      await Deno.lstat("/");
      turns++;
    }
  })();
  for (let count = 0; count < 5000; count++) await realDisk.stat("/");
  isWalking = false;
  const turnsMeanwhile = turns;
  await other;
  assert(turnsMeanwhile > 1, `${turnsMeanwhile} turns`);
});

Deno.test("realDisk gives away a symbolic link, not what it leads to", async () => {
  if (Deno.uid() !== 0) return;
  const root = await Deno.makeTempDir({ prefix: "mailsrv-disk-" });
  await Deno.writeTextFile(`${root}/secret`, "x");
  await Deno.symlink(`${root}/secret`, `${root}/link`);
  await realDisk.chown(`${root}/link`, 65534, 65534);
  const owners = [`${root}/secret`, `${root}/link`].map((path) => Deno.lstatSync(path).uid);
  assertEquals(owners, [0, 65534]);
  await Deno.remove(root, { recursive: true });
});
