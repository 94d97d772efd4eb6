import { assertEquals, assertRejects } from "@std/assert";

import { utf8Bytes } from "../../tools/kit/base/bytes.ts";
import { ConfigError } from "../../tools/kit/base/failure.ts";
import { SeededRandom } from "../../tools/kit/base/random.ts";

import { writeFileAtomically } from "../file/disk.ts";
import { SimDisk } from "../file/sim_disk.ts";

import { buildTable } from "./build.ts";
import { addToTable, deleteFromTable } from "./edit.ts";
import { queryTable } from "./table_suite.ts";
import { openTables } from "./tables.ts";

async function setting(source: string) {
  const disk = new SimDisk();
  const random = new SeededRandom(1);
  const write = (path: string, text: string) =>
    writeFileAtomically(disk, path, utf8Bytes(text), { temporary: "/new", mode: 0o640 });
  await write("/t", source);
  const options = { path: "/t", disk, random };
  return {
    disk,
    write,
    options,
    build: (more: { readonly valuesAreFiles?: boolean; readonly inheritMode?: boolean } = {}) =>
      buildTable({ ...options, kind: "map", ...more }),
    look: (key: string) => queryTable("hash:/t", key, { disk }),
  };
}

Deno.test("deleteFromTable() removes keys and leaves the others with their lines (postmap(1) -d)", async () => {
  const { build, look, options, disk } = await setting("a 1\nb 2\nc 3\n");
  await build();
  assertEquals(await deleteFromTable(["A", "x"], options), ["A"]);
  assertEquals([await look("a"), await look("c")], [undefined, { value: "3", line: 3 }]);
  assertEquals(await deleteFromTable(["a"], options), []);
  assertEquals(await deleteFromTable(["b", "c"], options), ["b", "c"]);
  assertEquals(await look("b"), undefined);
  assertEquals((await disk.list("/")).map(({ name }) => name).sort(), ["t", "t.cdb"]);
});

Deno.test("deleteFromTable() does not fold keys when it is told so (postmap(1) -f)", async () => {
  const { build, look, options } = await setting("a 1\n");
  await build();
  assertEquals(await deleteFromTable(["A"], { ...options, fold: false }), []);
  assertEquals((await look("a"))?.value, "1");
});

Deno.test("addToTable() adds what is new, and of what is there as it is told (postmap(1) -i -r -w)", async () => {
  const { build, look, options } = await setting("a 1\nb 2\n");
  await build();
  const add = (text: string, duplicates?: "first" | "last") =>
    addToTable(utf8Bytes(text), { ...options, kind: "map", ...(duplicates && { duplicates }) });
  assertEquals(
    await add("C 3\na 9\nbad\n"),
    ["stdin, line 3: expected format: key whitespace value", '/t.cdb: duplicate entry: "a"'].reverse(),
  );
  assertEquals([await look("a"), await look("c")], [{ value: "1", line: 1 }, {
    value: "3",
    line: undefined,
  }]);
  assertEquals(await add("a 9\n", "first"), []);
  assertEquals((await look("a"))?.value, "1");
  assertEquals(await add("a 9\n", "last"), []);
  assertEquals(await look("a"), { value: "9", line: undefined });
});

Deno.test("addToTable() makes a table that is not there, deleteFromTable() does not", async () => {
  const { look, options } = await setting("");
  await assertRejects(
    () => deleteFromTable(["a"], options),
    ConfigError,
    "open database /t.cdb: No such file",
  );
  await addToTable(utf8Bytes("a 1\n"), { ...options, kind: "map" });
  assertEquals((await look("a"))?.value, "1");
});

Deno.test("a table that another changes meanwhile keeps both changes", async () => {
  const { build, look, options, disk } = await setting("a 1\nb 2\nc 3\n");
  await build();
  let isFirst = true;
  const slow = new Proxy(disk, {
    get: (target, name, receiver) => {
      if (name !== "rename" && name !== "chown" && name !== "list") {
        return Reflect.get(target, name, receiver).bind?.(target);
      }
      return async (...args: [string, string & number, number]) => {
        if (isFirst) {
          isFirst = false;
          await deleteFromTable(["b"], options);
        }
        return await Reflect.apply(Reflect.get(target, name, receiver), target, args);
      };
    },
  });
  assertEquals(await deleteFromTable(["a"], { ...options, disk: slow }), ["a"]);
  assertEquals([await look("a"), await look("b"), (await look("c"))?.value], [undefined, undefined, "3"]);
});

Deno.test("values that are files: built in Base64, given as they are (postmap(1) -F)", async () => {
  const { build, look, options, disk, write } = await setting("a /x /y\nb /none\n");
  await write("/x", "one");
  await write("/y", "two");
  const { warnings } = await build({ valuesAreFiles: true });
  assertEquals(warnings, ["/t, line 2: open /none: No such file or directory: skipping this entry"]);
  assertEquals((await look("a"))?.value, btoa("one\ntwo"));
  await addToTable(utf8Bytes("c /y\n"), { ...options, kind: "map", valuesAreFiles: true });
  const tables = openTables({ disk, valuesAreFiles: true });
  const given = async (spec: string, key: string) => (await tables.open(spec).lookup(key))?.value;
  assertEquals([await given("hash:/t", "a"), await given("hash:/t", "c")], ["one\ntwo", "two"]);
  assertEquals([await given("static:/x", "k"), await given("texthash:/t", "a")], ["one", "one\ntwo"]);
});

Deno.test("buildTable() gives the source's rights for group and others, or 0644 (postmap(1) -p)", async () => {
  const { build, disk } = await setting("a 1\n");
  await build();
  assertEquals((await disk.stat("/t.cdb"))!.mode & 0o777, 0o640);
  await build({ inheritMode: false });
  assertEquals((await disk.stat("/t.cdb"))!.mode & 0o777, 0o644);
});
