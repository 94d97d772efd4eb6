import { assertEquals, assertRejects } from "@std/assert";

import { utf8Bytes } from "../../tools/kit/base/bytes.ts";
import { openLibc } from "../../tools/kit/os/libc.ts";
import { cannotActAs } from "../../tools/kit/os/rights.ts";

import type { Disk } from "./disk.ts";
import { DiskError } from "./disk.ts";
import { testDisk } from "./disk_suite.ts";
import { personDisk } from "./person_disk.ts";

const own = { uid: Deno.uid() ?? 0, gid: Deno.gid() ?? 0 };
const nobody = { uid: 65534, gid: 65534 };
const mayActAsNobody = own.uid === 0 && cannotActAs(nobody) === undefined;
const ignore = typeof openLibc() === "string";

testDisk("personDisk of this process's own user", async () => {
  const root = await Deno.makeTempDir({ prefix: "mailsrv-person-" });
  return { disk: personDisk(own), root, close: () => Deno.remove(root, { recursive: true }) };
});

if (mayActAsNobody) {
  testDisk("personDisk of somebody else", async () => {
    const root = await Deno.makeTempDir({ prefix: "mailsrv-person-" });
    await Deno.chown(root, nobody.uid, nobody.gid);
    return { disk: personDisk(nobody), root, close: () => Deno.remove(root, { recursive: true }) };
  });
}

/** A directory of the person's, with what `prepare` puts into it. */
async function inHome(run: (disk: Disk, home: string) => Promise<void>): Promise<void> {
  const person = mayActAsNobody ? nobody : own;
  const home = await Deno.makeTempDir({ prefix: "mailsrv-person-" });
  try {
    await Deno.chown(home, person.uid, person.gid);
    await run(personDisk(person), home);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

Deno.test(
  { name: "personDisk does not follow a link, nor wait for a FIFO", ignore },
  () =>
    inHome(async (disk, home) => {
      await Deno.writeTextFile(`${home}/secret`, "x");
      await Deno.symlink(`${home}/secret`, `${home}/link`);
      await new Deno.Command("mkfifo", { args: ["-m", "666", `${home}/fifo`] }).output();
      for (const name of ["link", "fifo"]) {
        const options = { append: true, read: true } as const;
        await assertRejects(() => disk.open(`${home}/${name}`, options), DiskError, "cannot open", name);
      }
      await assertRejects(() => disk.readFile(`${home}/fifo`), DiskError, "not a regular file");
      assertEquals((await disk.readFile(`${home}/secret`)).length, 1);
    }),
);

Deno.test("personDisk makes what is the person's, and may not what the person may not", () =>
  inHome(async (disk, home) => {
    const file = await disk.open(`${home}/new`, { write: true, create: "always" });
    await file.write(utf8Bytes("x"));
    await file.close();
    if (!mayActAsNobody) {
      // Nothing else can be tried: there are no other rights to take on.
      return assertEquals(cannotActAs({ uid: own.uid + 1, gid: 1 })?.startsWith("cannot act as user"), true);
    }
    const { uid, gid } = await Deno.stat(`${home}/new`);
    assertEquals([uid, gid], [nobody.uid, nobody.gid]);
    await Deno.writeTextFile(`${home}/roots`, "x", { mode: 0o600 });
    const denied = await assertRejects(() => disk.readFile(`${home}/roots`), DiskError);
    assertEquals(denied.code, "denied");
    await assertRejects(() => disk.open(`${home}/roots`, { append: true }), DiskError, "Permission denied");
    await assertRejects(() => disk.chown(`${home}/new`, 0, 0), DiskError);
    // And root is root again.
    assertEquals(await Deno.readTextFile(`${home}/roots`), "x");
  }));
