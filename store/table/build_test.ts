import { assertEquals, assertRejects } from "@std/assert";

import { utf8Bytes } from "../../tools/kit/base/bytes.ts";
import { ConfigError } from "../../tools/kit/base/failure.ts";
import { SeededRandom } from "../../tools/kit/base/random.ts";

import { DiskError, writeFileAtomically } from "../file/disk.ts";
import { SimDisk } from "../file/sim_disk.ts";

import type { BuildOptions } from "./build.ts";
import { buildTable } from "./build.ts";
import { queryTable } from "./table_suite.ts";

async function setting(text: string, path = "/d/t") {
  const disk = new SimDisk();
  await disk.mkdir("/d");
  await writeFileAtomically(disk, path, utf8Bytes(text), { temporary: "/d/new", mode: 0o644 });
  const build = (options: Partial<BuildOptions> = {}) =>
    buildTable({ kind: "map", path, disk, random: new SeededRandom(1), ...options });
  const value = async (key: string) => (await queryTable(`hash:${path}`, key, { disk }))?.value;
  return { disk, build, value };
}

Deno.test("buildTable() makes FILE.cdb and counts its entries (postmap(1))", async () => {
  const { build, value } = await setting("a 1\nB 2\n");
  assertEquals(await build(), { path: "/d/t.cdb", entries: 2, warnings: [] });
  assertEquals([await value("a"), await value("b"), await value("c")], ["1", "2", undefined]);
});

Deno.test("buildTable() keeps the first of duplicates with a warning, or without, or the last (postmap(1) -w -r)", async () => {
  const { build, value } = await setting("a 1\nA 2\nb 3\na 4\n");
  assertEquals((await build()).warnings, [
    `/d/t, line 2: duplicate entry: "a"`,
    `/d/t, line 4: duplicate entry: "a"`,
  ]);
  assertEquals(await value("a"), "1");
  assertEquals((await build({ duplicates: "first" })).warnings, []);
  assertEquals(await value("a"), "1");
  assertEquals((await build({ duplicates: "last" })).warnings, []);
  assertEquals(await value("a"), "4");
});

Deno.test("buildTable() of aliases warns as postalias does and adds its end mark (aliases(5))", async () => {
  const { build, value } = await setting("postmaster: jane\nnovalue:\nx@y: z\njane: bob,\n  ann\n");
  const built = await build({ kind: "alias" });
  assertEquals(built.warnings, ["/d/t, line 2: need name:value pair", "/d/t, line 3: name must be local"]);
  assertEquals([built.entries, await value("@"), await value("jane")], [3, "@", "bob,  ann"]);
});

Deno.test("buildTable() gives the database the reading rights of its source (postmap(1))", async () => {
  const { disk, build } = await setting("a 1\n");
  for (const [source, database] of [[0o644, 0o644], [0o600, 0o600], [0o640, 0o640]] as const) {
    await disk.chmod("/d/t", source);
    await build();
    assertEquals((await disk.stat("/d/t.cdb"))?.mode, database);
  }
});

Deno.test("buildTable() says what is wrong with a source that is not there", async () => {
  const { build, disk } = await setting("a 1\n");
  await assertRejects(
    () => build({ path: "/d/none" }),
    ConfigError,
    "open /d/none: No such file or directory",
  );
  await assertRejects(() => build({ path: "/d" }), ConfigError, "open /d: Is a directory");
  assertEquals((await disk.list("/d")).map(({ name }) => name), ["t"]);
});

Deno.test("buildTable() on a full disk keeps the old database and leaves nothing behind", async () => {
  const { disk, build, value } = await setting("a 1\n");
  await build();
  await writeFileAtomically(disk, "/d/t", utf8Bytes("a 2\n"), { temporary: "/d/new" });
  disk.capacityOctets = 100;
  await assertRejects(() => build(), DiskError, "No space left on device");
  disk.capacityOctets = Infinity;
  assertEquals(await value("a"), "1");
  assertEquals((await disk.list("/d")).map(({ name }) => name).sort(), ["t", "t.cdb"]);
});

Deno.test("buildTable() by two at a time leaves one whole database", async () => {
  const { disk, build, value } = await setting("a 1\nb 2\n");
  await Promise.all([build({ random: new SeededRandom(2) }), build({ random: new SeededRandom(3) })]);
  assertEquals([await value("a"), await value("b")], ["1", "2"]);
  assertEquals((await disk.list("/d")).map(({ name }) => name).sort(), ["t", "t.cdb"]);
});

Deno.test("buildTable() removes what builds that died left behind, and nothing younger", async () => {
  let nowMs = 0;
  const disk = new SimDisk({ now: () => nowMs });
  for (
    const [name, atMs] of [["t.cdb.tmp-old", 0], ["t.cdb.tmp-young", 3_000_000], ["t", 3_000_000]] as const
  ) {
    nowMs = atMs;
    await writeFileAtomically(disk, `/${name}`, utf8Bytes("a 1\n"), { temporary: "/new" });
  }
  nowMs = 4_000_000;
  await buildTable({ kind: "map", path: "/t", disk, random: new SeededRandom(1) });
  assertEquals((await disk.list("/")).map(({ name }) => name).sort(), ["t", "t.cdb", "t.cdb.tmp-young"]);
});

Deno.test("buildTable() tells when its source was changed meanwhile", async () => {
  let nowMs = 0;
  const disk = new SimDisk({ now: () => ++nowMs });
  await writeFileAtomically(disk, "/t", utf8Bytes("a 1\n"), { temporary: "/new" });
  const random = {
    bytes: (length: number) => {
      disk.touch("/t", 10_000);
      return new Uint8Array(length);
    },
    below: () => 0,
  };
  const { warnings } = await buildTable({ kind: "map", path: "/t", disk, random });
  assertEquals(warnings, ["/t was changed while /t.cdb was being built; build it again"]);
});
