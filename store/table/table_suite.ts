/** What every type of table does, whatever it is kept in; `tables_test.ts` runs it for each type. */

import { assertEquals } from "@std/assert";

import type { Table, TableHit } from "./table.ts";
import type { TablesOptions } from "./tables.ts";
import { openTables } from "./tables.ts";

export type Entries = readonly (readonly [key: string, value: string])[];

export interface TableUnderTest {
  readonly table: Table;
  close(): Promise<void> | void;
}

/** Runs the suite; `make` gives a table that holds `entries`. */
export function testTable(type: string, make: (entries: Entries) => Promise<TableUnderTest>): void {
  const test = (sentence: string, entries: Entries, check: (table: Table) => Promise<void>) =>
    Deno.test(`${type} ${sentence}`, async () => {
      const made = await make(entries);
      try {
        await check(made.table);
      } finally {
        made.table.close();
        await made.close();
      }
    });

  test("gives the value of a key (postmap(1))", [["a", "1"], ["b", "2"]], async (table) => {
    assertEquals((await table.lookup("a"))?.value, "1");
    assertEquals((await table.lookup("b"))?.value, "2");
  });

  test("gives nothing for a key that it does not have", [["a", "1"]], async (table) => {
    assertEquals(await table.lookup("c"), undefined);
    assertEquals(await table.lookup(""), undefined);
    assertEquals(await table.lookup("@"), undefined);
  });

  test("does not try parts of a key", [["example.com", "OK"], ["user@", "OK"]], async (table) => {
    assertEquals(await table.lookup("sub.example.com"), undefined);
    assertEquals(await table.lookup("user@example.com"), undefined);
  });

  test("folds keys to lower case and leaves values alone", [["User@Example.COM", "Value"]], async (table) => {
    assertEquals((await table.lookup("uSER@example.com"))?.value, "Value");
    assertEquals((await table.lookup("USER@EXAMPLE.COM"))?.value, "Value");
  });

  test(
    "takes keys and values in UTF-8 (RFC 6531)",
    [["bücher@ref.test", "größe"], ["日本", "x"]],
    async (table) => {
      assertEquals((await table.lookup("BÜCHER@ref.test"))?.value, "größe");
      assertEquals((await table.lookup("日本"))?.value, "x");
    },
  );

  test("takes values with blanks inside", [["a", "554 5.7.1 not  here"]], async (table) => {
    assertEquals((await table.lookup("a"))?.value, "554 5.7.1 not  here");
  });

  test("is asked with partial keys too", [["a", "1"]], (table) => {
    assertEquals(table.fixed, true);
    return Promise.resolve();
  });

  const many = Array.from(
    { length: 1000 },
    (_, index) => [`key${index}@example.com`, `value ${index}`] as const,
  );
  test("finds each of a thousand keys", many, async (table) => {
    for (const [key, value] of many) assertEquals((await table.lookup(key))?.value, value);
    assertEquals(await table.lookup("key1000@example.com"), undefined);
  });

  test("answers many at a time", many, async (table) => {
    const hits = await Promise.all(many.map(([key]) => table.lookup(key)));
    assertEquals(hits.map((hit) => hit?.value), many.map(([, value]) => value));
  });

  test("does not take names of object members for keys", [["a", "1"]], async (table) => {
    for (const key of ["__proto__", "constructor", "tostring"]) {
      assertEquals(await table.lookup(key), undefined);
    }
  });
}

/** One lookup of one key in a table that is opened for it. */
export async function queryTable(
  spec: string,
  key: string,
  options: TablesOptions,
): Promise<TableHit | undefined> {
  const tables = openTables(options);
  try {
    return await tables.open(spec).lookup(key);
  } finally {
    tables.close();
  }
}
