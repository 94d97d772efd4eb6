import { assertEquals, assertRejects } from "@std/assert";

import { utf8Bytes, utf8Text } from "../../tools/kit/base/bytes.ts";
import { SeededRandom } from "../../tools/kit/base/random.ts";

import { realDisk } from "../file/real_disk.ts";
import { SimDisk } from "../file/sim_disk.ts";

import { cdbHash } from "./cdb_format.ts";
import { CdbReader } from "./cdb_reader.ts";
import { CdbWriter } from "./cdb_writer.ts";

type Records = readonly (readonly [key: string, value: string, line: number])[];

async function writeCdb(disk: SimDisk | typeof realDisk, path: string, records: Records): Promise<void> {
  const writer = await CdbWriter.create(disk, path, { temporary: `${path}.tmp` });
  for (const [key, value, line] of records) await writer.add(utf8Bytes(key), utf8Bytes(value), line);
  await writer.finish();
}

async function find(
  reader: CdbReader,
  key: string,
): Promise<readonly [string, number | undefined] | undefined> {
  const record = await reader.find(utf8Bytes(key));
  return record === undefined ? undefined : [utf8Text(record.value), record.line];
}

Deno.test("cdbHash() is h * 33 xor octet from 5381 (cdb(5))", () => {
  assertEquals([cdbHash(utf8Bytes("")), cdbHash(utf8Bytes("a")), cdbHash(utf8Bytes("one"))], [
    5381,
    177604,
    193420161,
  ]);
});

Deno.test("A database of no records is whole and has nothing", async () => {
  const disk = new SimDisk();
  await writeCdb(disk, "/t", []);
  const reader = await CdbReader.open(disk, "/t");
  assertEquals(await find(reader, "x"), undefined);
  assertEquals(await find(reader, ""), undefined);
  await reader.close();
});

Deno.test("A database gives keys of every length, the first of duplicates, and lines", async () => {
  const disk = new SimDisk();
  const long = "k".repeat(5000);
  const huge = "v".repeat(600_000);
  await writeCdb(disk, "/t", [["", "empty key", 1], ["a", "", 2], ["a", "second", 3], [long, "long key", 9], [
    "big",
    huge,
    0,
  ]]);
  const reader = await CdbReader.open(disk, "/t");
  assertEquals(await find(reader, ""), ["empty key", 1]);
  assertEquals(await find(reader, "a"), ["", 2]);
  assertEquals(await find(reader, long), ["long key", 9]);
  assertEquals(await find(reader, "big"), [huge, undefined]);
  const keys: string[] = [];
  for await (const { key } of reader.records()) keys.push(utf8Text(key));
  assertEquals(keys, ["", "a", "a", long, "big"]);
  await reader.close();
});

Deno.test("A database too large to keep in memory is read by positions", async () => {
  const disk = new SimDisk();
  const filler = "x".repeat(400);
  const records = Array.from(
    { length: 12_000 },
    (_, index) => [`key${index}`, `${filler}${index}`, index + 1] as const,
  );
  await writeCdb(disk, "/t", records);
  const reader = await CdbReader.open(disk, "/t");
  await disk.unlink("/t");
  for (let index = 0; index < records.length; index += 97) {
    assertEquals(await find(reader, `key${index}`), [`${filler}${index}`, index + 1]);
    assertEquals(await find(reader, `other${index}`), undefined);
  }
  await reader.close();
});

Deno.test("A database is refused over 4 GB before anything is overwritten (cdb(5))", async () => {
  const disk = new SimDisk();
  const writer = await CdbWriter.create(disk, "/t", { temporary: "/t.tmp" });
  const pretended = new Uint8Array(0);
  Object.defineProperty(pretended, "length", { value: 2 ** 32 - 2000 });
  await assertRejects(() => writer.add(utf8Bytes("k"), pretended, 0), Error, "at most 4 GB");
  await writer.abandon();
  assertEquals(await disk.list("/"), []);
});

const cdbProgram = await findProgram("cdb");
if (cdbProgram === undefined) console.log("tinycdb's cdb is not here: its files are not tried");

Deno.test({
  name: "tinycdb reads our databases, and lists them whole",
  ignore: cdbProgram === undefined,
  fn: async () => {
    await inTemporaryDirectory(async (directory) => {
      const path = `${directory}/t.cdb`;
      const records = Array.from(
        { length: 3000 },
        (_, index) => [`key${index}`, `value ü ${index}`, index + 1] as const,
      );
      await writeCdb(realDisk, path, records);
      for (const index of [0, 1, 77, 2999]) {
        assertEquals(await run("cdb", ["-q", path, `key${index}`]), `value ü ${index}`);
      }
      const listed = (await run("cdb", ["-d", path])).trimEnd().split("\n");
      assertEquals(listed.length, 3000);
      assertEquals(listed[0], "+4,10:key0->value ü 0");
      const statistics = await run("cdb", ["-s", path]);
      assertEquals(/number of records: (\d+)/.exec(statistics)?.[1], "3000");
    });
  },
});

Deno.test({
  name: "We read the databases of tinycdb",
  ignore: cdbProgram === undefined,
  fn: async () => {
    await inTemporaryDirectory(async (directory) => {
      const path = `${directory}/t.cdb`;
      const source = Array.from({ length: 2000 }, (_, index) => `key${index} value ${index}\n`).join("");
      await Deno.writeTextFile(`${directory}/t`, `${source}key7 again\n`);
      await run("cdb", ["-c", "-m", path, `${directory}/t`]);
      const reader = await CdbReader.open(realDisk, path);
      for (let index = 0; index < 2000; index++) {
        assertEquals(await find(reader, `key${index}`), [`value ${index}`, undefined]);
      }
      assertEquals(await find(reader, "key2000"), undefined);
      let count = 0;
      for await (const _record of reader.records()) count++;
      assertEquals(count, 2001);
      await reader.close();
    });
  },
});

Deno.test("A crash at any step of writing leaves the old database or the new one, whole", async () => {
  const outcomes = new Set<string>();
  for (let stop = 1; stop < 14; stop++) {
    for (let seed = 0; seed < 6; seed++) {
      const disk = new SimDisk({ seed });
      await writeCdb(disk, "/t", [["a", "old", 1]]);
      disk.stopAfter(stop);
      const random = new SeededRandom(seed);
      const done = await writeCdb(disk, "/t", [["a", "new", 2], ["b", "x".repeat(random.below(600_000)), 3]])
        .then(() => true, () => false);
      const reader = await CdbReader.open(disk.crash(seed + 9), "/t");
      const found = await find(reader, "a");
      const isNew = found?.[0] === "new";
      assertEquals(isNew || found?.[0] === "old", true, `stop ${stop}, seed ${seed}`);
      if (isNew) assertEquals((await find(reader, "b"))?.[1], 3, `stop ${stop}, seed ${seed}`);
      if (done) assertEquals(isNew, true, `stop ${stop}, seed ${seed}`);
      outcomes.add(`${done ? "done" : "stopped"} ${isNew ? "new" : "old"}`);
    }
  }
  assertEquals([...outcomes].sort(), ["done new", "stopped new", "stopped old"]);
});

async function findProgram(name: string): Promise<string | undefined> {
  const { state } = await Deno.permissions.query({ name: "run" });
  if (state !== "granted") return undefined;
  for (const directory of (Deno.env.get("PATH") ?? "").split(":")) {
    if (await realDisk.stat(`${directory}/${name}`) !== undefined) return `${directory}/${name}`;
  }
  return undefined;
}

async function run(name: string, args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(name, { args: [...args] }).output();
  if (!success) throw new Error(`${name} ${args.join(" ")}: ${utf8Text(stderr)}`);
  return utf8Text(stdout);
}

async function inTemporaryDirectory(work: (directory: string) => Promise<void>): Promise<void> {
  const directory = await Deno.makeTempDir({ prefix: "mailsrv-cdb-" });
  try {
    await work(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}
