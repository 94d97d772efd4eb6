import { assertEquals, assertRejects, assertThrows } from "@std/assert";

import { ManualClock } from "../../tools/kit/base/clock.ts";
import { utf8Bytes } from "../../tools/kit/base/bytes.ts";
import { ConfigError, failureText, TempFailure } from "../../tools/kit/base/failure.ts";
import { createLog } from "../../tools/kit/base/log.ts";
import { SeededRandom } from "../../tools/kit/base/random.ts";

import { writeFileAtomically } from "../file/disk.ts";
import { SimDisk } from "../file/sim_disk.ts";

import { buildTable } from "./build.ts";
import type { Entries } from "./table_suite.ts";
import { queryTable, testTable } from "./table_suite.ts";
import { indexedTypes } from "./table_types.ts";
import { openTables } from "./tables.ts";

const random = new SeededRandom(1);

/** A disk with a clock that the test moves, and what was logged. */
function setting() {
  const clock = new ManualClock(1000);
  const warnings: string[] = [];
  const disk = new SimDisk({ now: () => clock.now() });
  const log = createLog((record) => warnings.push(record.text), { now: () => clock.now(), part: "test" });
  return {
    disk,
    warnings,
    tables: openTables({ disk, log, clock }),
    pass: (durationMs: number) => clock.advance(durationMs),
    write: (path: string, text: string) =>
      writeFileAtomically(disk, path, utf8Bytes(text), { temporary: `${path}.new`, mode: 0o644 }),
    build: (path: string, kind: "map" | "alias" = "map") => buildTable({ kind, path, disk, random }),
  };
}

const sourceText = (entries: Entries) => entries.map(([key, value]) => `${key}\t${value}\n`).join("");

for (const type of indexedTypes) {
  testTable(`${type}:`, async (entries) => {
    const { disk, tables, write, build } = setting();
    await write("/t", sourceText(entries));
    await build("/t");
    await disk.unlink("/t");
    return { table: tables.open(`${type}:/t`), close: () => tables.close() };
  });
}

testTable("texthash:", async (entries) => {
  const { tables, write } = setting();
  await write("/t", sourceText(entries));
  return { table: tables.open("texthash:/t"), close: () => tables.close() };
});

testTable("inline:", (entries) => {
  const { tables } = setting();
  const text = entries.map(([key, value]) => `{${key} = ${value}}`).join(", ");
  return Promise.resolve({ table: tables.open(`inline:{${text}}`), close: () => tables.close() });
});

Deno.test("openTables() opens a table once", () => {
  const { tables } = setting();
  assertEquals(tables.open("hash:/a") === tables.open("hash:/a"), true);
  assertEquals(tables.open("hash:/a") === tables.open("hash:/b"), false);
});

Deno.test("openTables() says what is wrong with a spec", () => {
  const { tables } = setting();
  const rows: readonly (readonly [string, string])[] = [
    ["/etc/aliases", `open dictionary: expecting "type:name" form instead of "/etc/aliases"`],
    ["", `open dictionary: expecting "type:name" form instead of ""`],
    ["hsah:/x", `unsupported table type "hsah" in "hsah:/x"; there are hash, btree, cdb`],
    ["constructor:/x", `unsupported table type "constructor"`],
    ["hash:", `table "hash:" has no name after "hash:"`],
    ["inline:a=b", `bad syntax: "inline:a=b"; need "inline:{name=value, ...}"`],
    ["inline:{}", `bad syntax: "inline:{}"`],
    ["inline:{a}", `bad syntax: "a" in "inline:{a}"; need key = value`],
    ["inline:{{a = b}", "missing '}'"],
  ];
  for (const [spec, problem] of rows) assertThrows(() => tables.open(spec), ConfigError, problem);
});

Deno.test("inline: takes its several ways of writing (DATABASE_README)", async () => {
  for (
    const spec of [
      "inline:{a=1 b=2}",
      "inline:{ a = 1, b = 2 }",
      "inline:{{a = 1}, b=2}",
      "inline:{a=1,b=2,}",
    ]
  ) {
    const table = setting().tables.open(spec);
    assertEquals([(await table.lookup("a"))?.value, (await table.lookup("b"))?.value], ["1", "2"], spec);
  }
});

Deno.test("static: gives its value for every key, asked once", async () => {
  const table = setting().tables.open("static:{ two words }");
  assertEquals([table.fixed, await table.lookup("x"), await table.lookup("")], [
    true,
    { value: "two words" },
    {
      value: "two words",
    },
  ]);
});

Deno.test("fail: fails every lookup with its reason", async () => {
  const failure = await assertRejects(() => setting().tables.open("fail:out").lookup("x"), TempFailure);
  assertEquals([failure.status, failureText(failure)], [
    "4.3.0",
    "4.3.0 Temporary lookup failure: fail:out: out",
  ]);
});

Deno.test("hash: notices a table that was built again at the next lookup", async () => {
  const { tables, write, build } = setting();
  await write("/t", "a one\n");
  await build("/t");
  const table = tables.open("hash:/t");
  assertEquals(await table.lookup("a"), { value: "one", line: 1 });
  await write("/t", "# moved\n\na two\nb three\n");
  await build("/t");
  assertEquals(await table.lookup("a"), { value: "two", line: 3 });
  assertEquals(await table.lookup("b"), { value: "three", line: 4 });
});

Deno.test("texthash: notices that its file was edited", async () => {
  const { tables, write, warnings } = setting();
  await write("/t", "a one\n");
  const table = tables.open("texthash:/t");
  assertEquals(await table.lookup("a"), { value: "one", line: 1 });
  await write("/t", "\na two\na three\nb\n");
  assertEquals(await table.lookup("a"), { value: "two", line: 2 });
  assertEquals(warnings, [
    '/t, line 3: duplicate entry: "a"',
    "/t, line 4: expected format: key whitespace value",
  ]);
});

Deno.test("hash: warns once of a source that was edited and not built", async () => {
  const { tables, write, build, pass, warnings } = setting();
  await write("/t", "a one\n");
  await build("/t");
  const table = tables.open("hash:/t");
  await table.lookup("a");
  assertEquals(warnings, []);
  pass(500);
  await write("/t", "a two\n");
  // The age of the source is looked at once a second.
  assertEquals((await table.lookup("a"))?.value, "one");
  assertEquals(warnings, []);
  pass(500);
  for (let round = 0; round < 3; round++) assertEquals((await table.lookup("a"))?.value, "one");
  assertEquals(warnings, ["database /t.cdb is older than source file /t"]);
  await build("/t");
  assertEquals((await table.lookup("a"))?.value, "two");
  assertEquals(warnings.length, 1);
});

Deno.test("hash: without a database fails for now and says what to do", async () => {
  const { tables, write } = setting();
  const missing = await assertRejects(() => tables.open("hash:/t").lookup("a"), TempFailure);
  assertEquals(
    failureText(missing),
    "4.3.0 Temporary lookup failure: there is neither /t.cdb nor its source /t",
  );
  await write("/t", "a one\n");
  const unbuilt = await assertRejects(() => tables.open("hash:/t").lookup("a"), TempFailure);
  assertEquals(failureText(unbuilt).includes("/t.cdb was not built yet: run"), true);
});

Deno.test("hash: works again when its database comes back", async () => {
  const { disk, tables, write, build } = setting();
  await write("/t", "a one\n");
  await build("/t");
  const table = tables.open("hash:/t");
  await table.lookup("a");
  await disk.unlink("/t.cdb");
  await assertRejects(() => table.lookup("a"), TempFailure);
  await build("/t");
  assertEquals((await table.lookup("a"))?.value, "one");
});

Deno.test("A damaged database fails for now and is never half read", async () => {
  const { disk, tables, write, build } = setting();
  await write("/t", "a one\n");
  await build("/t");
  const whole = await disk.readFile("/t.cdb");
  const damages: readonly (readonly [string, Uint8Array])[] = [
    ["empty", new Uint8Array(0)],
    ["cut", whole.slice(0, whole.length - 60)],
    ["cut in the header", whole.slice(0, 100)],
    ["zeros", new Uint8Array(whole.length)],
    ["text", utf8Bytes("x".repeat(5000))],
  ];
  for (const [name, bytes] of damages) {
    await writeFileAtomically(disk, "/t.cdb", bytes, { temporary: "/new" });
    const failure = await assertRejects(() => tables.open("hash:/t").lookup("a"), TempFailure);
    assertEquals(failureText(failure).includes("/t.cdb is not a whole constant database"), true, name);
  }
});

Deno.test("queryTable() looks one key up (postmap(1) -q)", async () => {
  const { disk, write, build } = setting();
  await write("/aliases", "postmaster: jane\njane: :include:/x\n");
  await build("/aliases", "alias");
  assertEquals(await queryTable("hash:/aliases", "Postmaster", { disk }), { value: "jane", line: 1 });
  assertEquals(await queryTable("hash:/aliases", "@", { disk }), { value: "@", line: undefined });
  assertEquals(await queryTable("hash:/aliases", "nobody", { disk }), undefined);
});
