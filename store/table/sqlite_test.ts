import { DatabaseSync } from "node:sqlite";

import { assertEquals, assertRejects, assertThrows } from "@std/assert";

import { utf8Bytes } from "../../tools/kit/base/bytes.ts";
import { ConfigError, failureText, TempFailure } from "../../tools/kit/base/failure.ts";

import { writeFileAtomically } from "../file/disk.ts";
import { SimDisk } from "../file/sim_disk.ts";

import { fillSqlTemplate, templateProblem } from "./sql_template.ts";
import { readSqliteSettings } from "./sqlite_table.ts";
import type { Entries } from "./table_suite.ts";
import { testTable } from "./table_suite.ts";
import { openTables } from "./tables.ts";

async function setting(settings: string, entries: Entries) {
  const disk = new SimDisk();
  const write = (path: string, text: string) =>
    writeFileAtomically(disk, path, utf8Bytes(text), { temporary: `${path}.new` });
  await write("/cf", `dbpath = /db\n${settings}`);
  await write("/db", "the database itself is in memory");
  const database = new DatabaseSync(":memory:");
  database.exec("CREATE TABLE t (k TEXT, v TEXT, w TEXT)");
  const insert = database.prepare("INSERT INTO t VALUES (?, ?, NULL)");
  for (const [key, value] of entries) insert.run(key.toLowerCase(), value);
  const statements: string[] = [];
  const openSqlite = () =>
    Promise.resolve({
      rows: (statement: string) => {
        statements.push(statement);
        return database.prepare(statement).all().map((row) => Object.values(row));
      },
      close: () => {},
    });
  const tables = openTables({ disk, openSqlite });
  return { table: tables.open("sqlite:/cf"), statements, write, close: () => tables.close() };
}

const query = "query = SELECT v, w FROM t WHERE k = '%s'\n";

testTable("sqlite:", (entries) => setting(query, entries));

Deno.test("sqlite: joins rows, passes over what is empty, and quotes the key (sqlite_table(5))", async () => {
  const entries = [["a", "1"], ["a", ""], ["a", "2"], ["o'brien", "yes"]] as const;
  const { table, statements } = await setting(query, entries);
  assertEquals(await table.lookup("a"), { value: "1,2" });
  assertEquals(await table.lookup("O'Brien"), { value: "yes" });
  assertEquals(await table.lookup("x' OR '1'='1"), undefined);
  assertEquals(await table.lookup("a\0"), undefined);
  assertEquals(statements.at(-1), "SELECT v, w FROM t WHERE k = 'x'' or ''1''=''1'");
});

Deno.test("sqlite: parts of the key, formats, domains and limits (sqlite_table(5))", async () => {
  const entries = [["jane", "u1@x"], ["jane", "u2"], ["org", "top"]] as const;
  const byUser = await setting(
    "query = SELECT v FROM t WHERE k='%u'\nresult_format = <%u of %S at %d>\n",
    entries,
  );
  assertEquals(await byUser.table.lookup("jane@ref.test"), { value: "<u1 of jane@ref.test at x>" });
  const byTop = await setting("query = SELECT v FROM t WHERE k='%1' AND '%d' <> ''\n", entries);
  assertEquals(await byTop.table.lookup("a@b.org"), { value: "top" });
  assertEquals(await byTop.table.lookup("a"), undefined);
  assertEquals(byTop.statements.length, 1);
  const limited = await setting(`${query}domain = ref.test, other.test\nexpansion_limit = 1\n`, entries);
  for (const key of ["jane", "@ref.test", "jane@x.test"]) {
    assertEquals(await limited.table.lookup(key), undefined);
  }
  assertEquals(limited.statements, []);
  const few = await setting(`${query}expansion_limit = 1\n`, entries);
  const failure = await assertRejects(() => few.table.lookup("jane"), TempFailure);
  assertEquals(failureText(failure).includes('expansion limit of 1 exceeded for "jane"'), true);
});

Deno.test("sqlite: reads its settings again, and a bad query or bad settings fail for now", async () => {
  const { table, write } = await setting(query, [["a", "1"]]);
  assertEquals((await table.lookup("a"))?.value, "1");
  await write("/cf", "dbpath = /db\nquery = SELECT v || '!' FROM t WHERE k = '%s'\n");
  assertEquals((await table.lookup("a"))?.value, "1!");
  await write("/cf", "dbpath = /db\nquery = SELEKT\n");
  const bad = failureText(await assertRejects(() => table.lookup("a"), TempFailure));
  assertEquals(bad.startsWith("4.3.0 Temporary lookup failure: sqlite:/cf: "), true, bad);
  await write("/cf", "dbpath = /db\nquery = SELECT '%x'\n");
  const worse = failureText(await assertRejects(() => table.lookup("a"), TempFailure));
  assertEquals(worse.includes('/cf, line 2: query: bad escape "%x"'), true, worse);
});

Deno.test("readSqliteSettings() names file and line (sqlite_table(5))", () => {
  const rows: readonly (readonly [string, string])[] = [
    ["dbpath = x\nquery = y", "/cf, line 1: dbpath must be an absolute path"],
    ["query = y", "dbpath must be an absolute path"],
    ["dbpath = /x", "/cf: no query"],
    ["dbpath = /x\nquery = y\nexpansion_limit = some", '/cf, line 3: expansion_limit: "some" is no number'],
    ["hosts = x", '/cf, line 1: unknown parameter "hosts"'],
    ["nonsense", '/cf, line 1: expected "name = value"'],
    ["dbpath = /x\nquery = 100%", "bad escape"],
  ];
  for (const [text, problem] of rows) {
    assertThrows(() => readSqliteSettings("/cf", utf8Bytes(text)), ConfigError, problem);
  }
  const old =
    "dbpath = /x\ntable = t\nselect_field = v\nwhere_field = k\nadditional_conditions = AND on = 1\n";
  assertEquals(readSqliteSettings("/cf", utf8Bytes(old)).query, "SELECT v FROM t WHERE k = '%s' AND on = 1");
});

Deno.test("fillSqlTemplate() gives nothing where a part lacks (ldap_table(5))", () => {
  const fill = (template: string, key: string, value = key) =>
    fillSqlTemplate(template, { key, value, quote: (text) => `[${text}]` });
  assertEquals(fill("%s %u %d %% %1 %2", "a@b.c"), "[a@b.c] [a] [b.c] % [c] [b]");
  assertEquals(fill("%S %U %D / %s", "a@b", "x"), "[a@b] [a] [b] / [x]");
  for (const template of ["%d", "%1", "%3"]) {
    assertEquals(fill(template, template === "%3" ? "a@b.c" : "a"), undefined);
  }
  assertEquals([templateProblem("%s%%%9"), templateProblem("50%%")], [undefined, undefined]);
});
