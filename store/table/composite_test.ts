import { assertEquals, assertRejects, assertThrows } from "@std/assert";

import { utf8Bytes } from "../../tools/kit/base/bytes.ts";
import { ConfigError, TempFailure } from "../../tools/kit/base/failure.ts";
import { SeededRandom } from "../../tools/kit/base/random.ts";

import { writeFileAtomically } from "../file/disk.ts";
import { SimDisk } from "../file/sim_disk.ts";

import { placeTableSpec } from "./place_spec.ts";
import { testTable } from "./table_suite.ts";
import { openTables } from "./tables.ts";

function setting(env: Readonly<Record<string, string>> = {}) {
  const disk = new SimDisk();
  const tables = openTables({
    disk,
    random: new SeededRandom(1),
    env: (name) => Object.hasOwn(env, name) ? env[name] : undefined,
  });
  const write = (path: string, text: string) =>
    writeFileAtomically(disk, path, utf8Bytes(text), { temporary: "/new" });
  const look = async (spec: string, key: string) => (await tables.open(spec).lookup(key))?.value;
  return { disk, tables, write, look };
}

for (const wrap of ["proxy:texthash:/t", "unionmap:{texthash:/t}", "pipemap:{texthash:/t}"]) {
  testTable(wrap, async (entries) => {
    const { tables, write } = setting();
    await write("/t", entries.map(([key, value]) => `${key}\t${value}\n`).join(""));
    return { table: tables.open(wrap), close: () => tables.close() };
  });
}

Deno.test("environ: gives variables by their names in lower case (DATABASE_README)", async () => {
  const { look } = setting({ a: "1", B: "2" });
  assertEquals([await look("environ:x", "A"), await look("environ:x", "B")], ["1", undefined]);
});

Deno.test("unionmap: gives what all have, with commas (DATABASE_README)", async () => {
  const { look, tables } = setting();
  const spec = "unionmap:{inline:{a=1 b=2}, static:z, inline:{ {a = x y} }}";
  assertEquals([await look(spec, "a"), await look(spec, "b"), await look(spec, "c")], [
    "1,z,x y",
    "2,z",
    "z",
  ]);
  assertEquals(await look("unionmap:{inline:{a=1},inline:{b=2}}", "c"), undefined);
  await assertRejects(() => look("unionmap:{static:a,fail:x}", "a"), TempFailure);
  assertEquals(tables.open("unionmap:{regexp:{ {/a/ b} }}").fixed, false);
  assertEquals(tables.open(spec).fixed, true);
});

Deno.test("pipemap: asks each what the one before answered (DATABASE_README)", async () => {
  const { look } = setting();
  const spec = "pipemap:{inline:{a=B c=d}, inline:{b=end}}";
  assertEquals([await look(spec, "A"), await look(spec, "c"), await look(spec, "b")], [
    "end",
    undefined,
    undefined,
  ]);
});

Deno.test("randmap: gives each of its values in time, whatever the key (DATABASE_README)", async () => {
  const { look } = setting();
  const given = new Set<string | undefined>();
  for (let round = 0; round < 100; round++) given.add(await look("randmap:{a, { b c }, d}", String(round)));
  assertEquals([...given].sort(), ["a", "b c", "d"]);
});

Deno.test("unix: gives lines of passwd and group, and notices changes (DATABASE_README)", async () => {
  const { disk, look, write } = setting();
  await disk.mkdir("/etc");
  await write("/etc/passwd", "# x\nroot:x:0:0:root:/root:/bin/sh\n+nis::::::\nroot:x:9:9:::\nshort:x\n");
  await write("/etc/group", "mail:x:8:a,b\n");
  assertEquals(await look("unix:passwd.byname", "ROOT"), "root:x:0:0:root:/root:/bin/sh");
  assertEquals(await look("unix:group.byname", "mail"), "mail:x:8:a,b");
  for (const key of ["# x", "+nis", "short", "mail"]) {
    assertEquals(await look("unix:passwd.byname", key), undefined);
  }
  await write("/etc/passwd", "jane:x:1000:1000:Jane:/home/jane:/bin/sh\n");
  assertEquals(
    [await look("unix:passwd.byname", "root"), (await look("unix:passwd.byname", "jane"))?.length],
    [
      undefined,
      40,
    ],
  );
});

Deno.test("tables in names are read strictly (DATABASE_README)", () => {
  const { tables } = setting();
  const rows: readonly (readonly [string, string])[] = [
    ["unionmap:static:a", 'bad syntax: "unionmap:static:a"; need "unionmap:{type:name...}"'],
    ["unionmap:{}", "bad syntax"],
    ["pipemap:{x}", 'expecting "type:name" form instead of "x"'],
    ["pipemap:{nosuch:x}", 'unsupported table type "nosuch"'],
    ["proxy:x", 'expecting "type:name" form'],
    ["randmap:{}", 'bad syntax: "randmap:{}"; need "randmap:{value...}"'],
    ["unix:shadow.byname", "unknown table: unix:shadow.byname; there are unix:passwd.byname"],
    ["static:{a", "bad static:name syntax: missing '}'"],
    ["static:{a}b", "bad static:name syntax: syntax error after '}'"],
    ["regexp:{/a/ b}", "regexp map: no '{' at start of text in \"/a/\""],
    ["cidr:{ {10.0.0.0/8 a}, b }", "cidr map: no '{'"],
    [`${"proxy:".repeat(30)}static:a`, "too many tables inside tables"],
    ["mongodb:x", "there are hash, btree, cdb"],
  ];
  for (const [spec, problem] of rows) assertThrows(() => tables.open(spec), ConfigError, problem, spec);
});

Deno.test("rules may stand in a name: regexp, pcre and cidr (DATABASE_README)", async () => {
  const { look } = setting();
  assertEquals(await look("regexp:{ {/^(a)b/ one $1}, { /b/ two words } }", "ab"), "one a");
  assertEquals(await look("pcre:{{/^\\d{2}$/ digits}}", "42"), "digits");
  assertEquals(
    await look("cidr:{{if 10.0.0.0/8}, {10.1.0.0/16 in}, {endif}, {!10.0.0.0/8 out}}", "10.1.2.3"),
    "in",
  );
});

Deno.test("placeTableSpec() places files at any depth", () => {
  const place = (file: string) => `/etc/${file}`;
  const rows: readonly (readonly [string, string])[] = [
    ["hash:a", "hash:/etc/a"],
    ["proxy:hash:a", "proxy:hash:/etc/a"],
    ["regexp:{ {/a/ b} }", "regexp:{ {/a/ b} }"],
    ["static:a", "static:a"],
    [
      "unionmap:{hash:a, pipemap:{cidr:b,static:c}}",
      "unionmap:{{hash:/etc/a}, {pipemap:{{cidr:/etc/b}, {static:c}}}}",
    ],
  ];
  for (const [spec, placed] of rows) assertEquals(placeTableSpec(spec, place), placed);
  for (const spec of ["mongodb:a", "a", "unionmap:{a}", "hash:"]) {
    assertThrows(() => placeTableSpec(spec, place), ConfigError, "need maptype:mapname");
  }
});
