import { assertEquals, assertRejects, assertThrows } from "@std/assert";

import { utf8Bytes } from "../../tools/kit/base/bytes.ts";
import { ManualClock } from "../../tools/kit/base/clock.ts";
import { ConfigError, failureText, TempFailure } from "../../tools/kit/base/failure.ts";

import { writeFileAtomically } from "../file/disk.ts";
import { SimDisk } from "../file/sim_disk.ts";
import type { PgsqlServer } from "./pgsql_table.ts";
import { readPgsqlSettings } from "./pgsql_table.ts";
import type { Entries } from "./table_suite.ts";
import { testTable } from "./table_suite.ts";
import { openTables } from "./tables.ts";

const query = "query = SELECT v FROM t WHERE k = '%s'\n";

/** A table over hosts that answer from `entries`; `down` of them do not. */
async function setting(settings: string, entries: Entries, down: Set<string> = new Set()) {
  const disk = new SimDisk();
  await writeFileAtomically(disk, "/cf", utf8Bytes(settings), { temporary: "/cf.new" });
  const clock = new ManualClock();
  const asked: string[] = [];
  const openPgsql = ({ host }: PgsqlServer) =>
    Promise.resolve({
      rows: (statement: string) => {
        asked.push(`${host}: ${statement}`);
        if (down.has(host)) return Promise.reject(new Error("connection refused"));
        const key = /'(.*)'$/.exec(statement)![1]!.replaceAll("''", "'");
        return Promise.resolve(
          entries.filter(([name]) => name.toLowerCase() === key).map(([, value]) => [value]),
        );
      },
      close: () => {},
    });
  const tables = openTables({ disk, clock, openPgsql });
  return { table: tables.open("pgsql:/cf"), clock, asked, close: () => tables.close() };
}

testTable("pgsql:", (entries) => setting(`dbname = mail\n${query}`, entries));

Deno.test("pgsql: quotes the key and joins rows (pgsql_table(5))", async () => {
  const { table, asked } = await setting(`dbname = mail\n${query}`, [["o'b", "1"], ["o'b", "2"]]);
  assertEquals(await table.lookup("O'B"), { value: "1,2" });
  assertEquals(asked, ["localhost: SELECT v FROM t WHERE k = 'o''b'"]);
});

Deno.test("pgsql: asks the next host when one is down, and leaves that one alone for a minute (pgsql_table(5))", async () => {
  const down = new Set(["a"]);
  const { table, asked, clock } = await setting(`hosts = a, b\ndbname = mail\n${query}`, [["k", "v"]], down);
  const hosts = async () => {
    asked.length = 0;
    await table.lookup("k");
    return asked.map((line) => line[0]).join("");
  };
  assertEquals(await hosts(), "ab");
  assertEquals(await hosts(), "b");
  down.clear();
  clock.advance(60_000);
  assertEquals(await hosts(), "a");
});

Deno.test("pgsql: a lookup that nobody answers is for now, and says of each host why (RFC 5321 §4.2.2)", async () => {
  const down = new Set(["a", "b"]);
  const { table } = await setting(`hosts = a, b\ndbname = mail\n${query}`, [], down);
  const failure = await assertRejects(() => table.lookup("k"), TempFailure);
  assertEquals(failure.status, "4.3.0");
  assertEquals(/a: connection refused; b: connection refused/.test(failureText(failure)), true);
});

Deno.test("readPgsqlSettings() reads hosts in all forms (pgsql_table(5))", () => {
  const hosts = "hosts = h, h2:5433, [::1]:5434, unix:/run/pg, postgresql://u:p%40@h3:9/db\n";
  const { servers } = readPgsqlSettings(
    "/cf",
    utf8Bytes(`${hosts}user = me\npassword = pw\ndbname = m\n${query}`),
  );
  assertEquals(
    servers.map(({ host, port, user, password, dbname }) => [host, port, user, password, dbname]),
    [
      ["h", 5432, "me", "pw", "m"],
      ["h2", 5433, "me", "pw", "m"],
      ["::1", 5434, "me", "pw", "m"],
      ["/run/pg", 5432, "me", "pw", "m"],
      ["h3", 9, "u", "p@", "db"],
    ],
  );
});

Deno.test("readPgsqlSettings() names file and line of what is wrong (pgsql_table(5))", () => {
  const problem = (text: string) =>
    assertThrows(() => readPgsqlSettings("/cf", utf8Bytes(text)), ConfigError).message;
  assertEquals(problem(query), "/cf: no dbname");
  assertEquals(problem("dbname = m\n"), "/cf: no query");
  assertEquals(problem(`dbname = m\nquery = %z\n`), '/cf, line 2: query: bad escape "%z" in "%z"');
  assertEquals(
    problem(`dbname = m\nexpansion_limit = x\n${query}`),
    '/cf, line 2: expansion_limit: "x" is no number',
  );
});
