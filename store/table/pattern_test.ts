import { assertEquals } from "@std/assert";

import { utf8Bytes } from "../../tools/kit/base/bytes.ts";
import { createLog } from "../../tools/kit/base/log.ts";

import { writeFileAtomically } from "../file/disk.ts";
import { SimDisk } from "../file/sim_disk.ts";

import { openTables } from "./tables.ts";

async function open(type: "regexp" | "cidr", text: string) {
  const disk = new SimDisk();
  await writeFileAtomically(disk, "/t", utf8Bytes(text), { temporary: "/new" });
  const warnings: string[] = [];
  const log = createLog((record) => warnings.push(record.text), { now: () => 0, part: "test" });
  const table = openTables({ disk, log }).open(`${type}:/t`);
  const look = async (key: string) => {
    const hit = await table.lookup(key);
    return hit === undefined ? undefined : `${hit.line}: ${hit.value}`;
  };
  return { table, look, warnings };
}

Deno.test("cidr: gives the value of the first network that holds an address (cidr_table(5))", async () => {
  const { table, look, warnings } = await open(
    "cidr",
    "# x\n192.0.2.1 one\n192.0.2.0/24 REJECT no\n2001:db8::/32 six\n[fe80::]/10 link\n!10.0.0.0/8 rest\n",
  );
  assertEquals(table.fixed, false);
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["192.0.2.1", "2: one"],
    ["192.0.2.77", "3: REJECT no"],
    ["2001:db8:1::5", "4: six"],
    ["fe80::1", "5: link"],
    ["192.0.3.1", "6: rest"],
    ["10.1.1.1", undefined],
    ["example.com", undefined],
  ];
  for (const [key, value] of rows) assertEquals(await look(key), value, key);
  assertEquals(warnings, []);
});

Deno.test("cidr: tells bad lines and passes them over (cidr_table(5))", async () => {
  const { look, warnings } = await open(
    "cidr",
    "192.0.2.1/24 bad\nfoo bar\n192.0.2.0/24\n192.0.2.0/24 good\n",
  );
  assertEquals(await look("192.0.2.5"), "4: good");
  assertEquals(warnings, [
    'cidr map /t, line 1: non-null host address bits in "192.0.2.1/24", perhaps you should use "192.0.2.0/24" instead: skipping this rule',
    'cidr map /t, line 2: bad address pattern: "foo": skipping this rule',
    "cidr map /t, line 3: no lookup result: skipping this rule",
  ]);
});

Deno.test("regexp: says of a value that a part of it is the key's (regexp_table(5))", async () => {
  const { table } = await open("regexp", "/^(a+)@/ file-$1\n/^b/ fixed$$\n");
  assertEquals(await table.lookup("aa@x"), { value: "file-aa", line: 1, substituted: true });
  assertEquals(await table.lookup("b@x"), { value: "fixed$", line: 2 });
});

Deno.test("regexp: matches without regard to case and puts groups in (regexp_table(5))", async () => {
  const { look, warnings } = await open(
    "regexp",
    "/^(.*)-outgoing@(.*)$/ 550 use $1@${2} or $(1)$$\n" +
      "/^CASE$/i exact\n" +
      "!/@/ no at\n" +
      "|/slash/| pipe\n" +
      "/^[[:alpha:]]+[]x]@/ class\n" +
      "/a\\/b/ escaped\n",
  );
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["List-Outgoing@Ref.test", "1: 550 use List@Ref.test or List$"],
    ["CASE", "2: exact"],
    ["case", "3: no at"],
    ["a@x/slash/y", "4: pipe"],
    ["abc]@y", "5: class"],
    ["@a/b", "6: escaped"],
    ["1@2", undefined],
  ];
  for (const [key, value] of rows) assertEquals(await look(key), value, key);
  assertEquals(warnings, []);
});

Deno.test("regexp: runs rules between if and endif for keys that match only (regexp_table(5))", async () => {
  const { look, warnings } = await open(
    "regexp",
    "if /@ref\\.test$/\n/^a/ inner a\nif !/^b/\n/./ not b\nendif\n/./ b\nendif\n/./ outer\n",
  );
  assertEquals(
    [await look("a@ref.test"), await look("c@ref.test"), await look("b@ref.test"), await look("a@x.test")],
    ["2: inner a", "4: not b", "6: b", "8: outer"],
  );
  assertEquals(warnings, []);
});

Deno.test("regexp: tells bad lines; what stands under a bad condition holds for nobody (regexp_table(5))", async () => {
  const { look, warnings } = await open(
    "regexp",
    "plain text\n/open value\n/(/ x\n/a/q x\n!/a/ $1\n/a/\nendif\nif /(/\n/./ inside\nendif\n/[[:foo:]]/ x\n/a/ good\nif /b/\n/b/ last\n",
  );
  assertEquals([await look("a"), await look("b"), await look("c")], ["6: ", "14: last", undefined]);
  const lines = warnings.map((warning) => Number(/line (\d+)/.exec(warning)?.[1]));
  assertEquals(lines, [1, 2, 3, 4, 5, 6, 7, 8, 11, 13]);
});
