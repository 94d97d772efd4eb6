import { assertEquals, assertRejects, assertThrows } from "@std/assert";

import { utf8Bytes } from "../../tools/kit/base/bytes.ts";
import { ConfigError, TempFailure } from "../../tools/kit/base/failure.ts";

import { writeFileAtomically } from "../file/disk.ts";
import { SimDisk } from "../file/sim_disk.ts";
import type { LdapEntry, LdapSearch } from "./ldap_table.ts";
import { readLdapSettings } from "./ldap_table.ts";
import type { Entries } from "./table_suite.ts";
import { testTable } from "./table_suite.ts";
import { openTables } from "./tables.ts";

const base = "search_base = dc=x,dc=test\nquery_filter = (mail=%s)\n";

/** A directory that answers searches by `find`; it breaks connections as long as `broken` says. */
async function setting(settings: string, find: (search: LdapSearch) => readonly LdapEntry[], broken = [0]) {
  const disk = new SimDisk();
  await writeFileAtomically(disk, "/cf", utf8Bytes(settings), { temporary: "/cf.new" });
  const searches: LdapSearch[] = [];
  const openLdap = () =>
    Promise.resolve({
      search: (search: LdapSearch) => {
        if (broken[0]! > 0) {
          broken[0]!--;
          return Promise.reject(new Error("connection reset"));
        }
        searches.push(search);
        return Promise.resolve(find(search));
      },
      close: () => {},
    });
  const tables = openTables({ disk, openLdap });
  return { table: tables.open("ldap:/cf"), searches, close: () => tables.close() };
}

testTable(
  "ldap:",
  (entries: Entries) =>
    setting(
      base,
      ({ filter }) =>
        entries.filter(([key]) => filter === `(mail=${key.toLowerCase()})`).map(([, value]) => ({
          maildrop: [value],
        })),
    ),
);

Deno.test("ldap: quotes the key in filters and never searches for a star (ldap_table(5), RFC 4515 §3)", async () => {
  const { table, searches } = await setting(base, () => []);
  await table.lookup("a(b)\\c@x.test");
  await table.lookup("*@x.test");
  assertEquals(searches.map(({ filter }) => filter), ["(mail=a\\28b\\29\\5cc@x.test)"]);
});

Deno.test("ldap: follows names of further entries, and joins what it finds (ldap_table(5) special_result_attribute)", async () => {
  const group = "result_attribute = mail\nspecial_result_attribute = member\n";
  const { table, searches } = await setting(
    base + group,
    (search) =>
      search.scope === "sub"
        ? [{ mail: [], member: ["uid=a,dc=x", "uid=b,dc=x"] }]
        : [{ mail: [`${search.base[4]}@x.test`] }],
  );
  assertEquals(await table.lookup("team@x.test"), { value: "a@x.test,b@x.test" });
  assertEquals(searches.map(({ base, scope }) => [base, scope]), [
    ["dc=x,dc=test", "sub"],
    ["uid=a,dc=x", "base"],
    ["uid=b,dc=x", "base"],
  ]);
  const loop = await setting(`${base}${group}recursion_limit = 3\n`, () => [{ member: ["uid=a,dc=x"] }]);
  await assertRejects(() => loop.table.lookup("team@x.test"), TempFailure);
});

Deno.test("ldap: a connection that has died is opened once more (RFC 4511 §5.3)", async () => {
  const broken = [0];
  const { table } = await setting(base, () => [{ maildrop: ["v"] }], broken);
  assertEquals(await table.lookup("k"), { value: "v" });
  broken[0] = 1;
  assertEquals(await table.lookup("k"), { value: "v" });
  broken[0] = 2;
  await assertRejects(() => table.lookup("k"), TempFailure);
});

Deno.test("readLdapSettings() reads servers and names file and line of what is wrong (ldap_table(5))", () => {
  const read = (text: string) => readLdapSettings("/cf", utf8Bytes(text));
  assertEquals(read(`server_host = a, b:3890, ldaps://c\nserver_port = 388\n${base}`).server.urls, [
    "ldap://a:388",
    "ldap://b:3890",
    "ldaps://c",
  ]);
  assertEquals(read(`bind = no\n${base}`).server.bind, undefined);
  const problem = (text: string) => assertThrows(() => read(text), ConfigError).message;
  assertEquals(problem("query_filter = (a=%s)\n"), "/cf: no search_base");
  assertEquals(problem(`${base}scope = tree\n`), '/cf, line 3: scope: expected sub, one or base, not "tree"');
  assertEquals(problem(`${base}version = 2\n`), '/cf, line 3: version: only 3 is spoken, not "2"');
  assertEquals(
    problem(`${base}start_tls = maybe\n`),
    '/cf, line 3: start_tls: expected yes or no, not "maybe"',
  );
});
