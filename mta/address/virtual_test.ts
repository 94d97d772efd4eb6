import { assert, assertEquals } from "@std/assert";

import { defaultAddressSettings } from "./default_settings.ts";
import { isFailure } from "./lookup.ts";
import type { AddressSettings } from "./settings.ts";
import { run } from "./testing_address.ts";
import { expandVirtual, type VirtualNode } from "./virtual.ts";

const base = defaultAddressSettings("mx.ref.test", {
  myorigin: "ref.test",
  recipientDelimiter: "+",
  virtualAliasMaps: ["hash:/v"],
});

function expand(address: string, table: Record<string, string>, changes: Partial<AddressSettings> = {}) {
  return run(expandVirtual(address, { ...base, ...changes }), { tables: { "hash:/v": table } });
}

Deno.test("expandVirtual() follows aliases to their ends (virtual(5))", () => {
  const rows: readonly [table: Record<string, string>, address: string, results: string][] = [
    [{}, "joe@v.test", "joe@v.test"],
    [{ "joe@v.test": "joe" }, "joe@v.test", "joe@ref.test"],
    [{ "joe@v.test": "a@x.test, b@x.test c@x.test" }, "joe@v.test", "a@x.test b@x.test c@x.test"],
    [
      { "joe@v.test": "a@x.test, b@x.test", "a@x.test": "c@x.test,d@x.test" },
      "joe@v.test",
      "c@x.test d@x.test b@x.test",
    ],
    // As Postfix 3.7 reads right-hand sides.
    [{ "joe@v.test": "Ann B <a@x.test>, b@x.test (comment)" }, "joe@v.test", "a@x.test b@x.test"],
    [{ "joe@v.test": "team: a@x.test, b@x.test;" }, "joe@v.test", "a@x.test b@x.test"],
    [{ "joe@v.test": "a@x.test; b@x.test" }, "joe@v.test", "a@x.test b@x.test"],
    [{ "joe@v.test": "|/bin/true" }, "joe@v.test", "|/bin/true@ref.test"],
    [{ "joe@v.test": "\\joe" }, "joe@v.test", "joe@ref.test"],
    [{ '"odd user"@v.test': '"odder user"@x.test' }, '"odd user"@v.test', '"odder user"@x.test'],
    [{ "joe@v.test": "a@[IPv6:::1] b@[192.0.2.1]" }, "joe@v.test", "a@[IPv6:::1] b@[192.0.2.1]"],
    // Self-reference keeps the address, with any company.
    [{ "joe@v.test": "joe@v.test, ann@x.test" }, "joe@v.test", "joe@v.test ann@x.test"],
    [{ "joe@v.test": "JOE@V.test" }, "joe@v.test", "JOE@v.test"],
    [
      { "joe@v.test": "ann@v.test, joe@v.test", "ann@v.test": "joe@v.test" },
      "joe@v.test",
      "joe@v.test joe@v.test",
    ],
    // Extensions go along.
    [{ "joe@v.test": "joe" }, "joe+x@v.test", "joe+x@ref.test"],
    [{ "joe+x@v.test": "special", "joe@v.test": "joe" }, "joe+x@v.test", "special@ref.test"],
    // Whole domains.
    [{ "@v.test": "@new.test" }, "joe+x@v.test", "joe+x@new.test"],
    [{ "@v.test": "all@new.test" }, "joe+x@v.test", "all@new.test"],
    [{ "@v.test": "@one.test, @two.test" }, "joe@v.test", "joe@one.test"],
    // Local domains are asked by name alone.
    [{ joe: "ann@x.test" }, "joe@localhost", "ann@x.test"],
    [{ joe: "ann@x.test" }, "joe@ref.test", "ann@x.test"],
    [{ joe: "ann@x.test" }, "joe@far.test", "joe@far.test"],
    // The whole address comes before the name, the name before the domain.
    [{ "@ref.test": "c@x.test", joe: "b@x.test", "joe@ref.test": "a@x.test" }, "joe@ref.test", "a@x.test"],
    [{ "@ref.test": "c@x.test", joe: "b@x.test" }, "joe@ref.test", "b@x.test"],
  ];
  for (const [table, address, results] of rows) {
    const expansion = expand(address, table);
    assert(!isFailure(expansion), address);
    assertEquals(expansion.addresses.join(" "), results, `${address} in ${JSON.stringify(table)}`);
  }
});

Deno.test("expandVirtual() shows how it came there, as a tree", () => {
  const expansion = expand("joe@v.test", { "joe@v.test": "a@x.test, b@x.test", "b@x.test": "c@x.test" });
  assert(!isFailure(expansion));
  const lines: string[] = [];
  const walk = ({ address, found, results }: VirtualNode, indent: string) => {
    lines.push(
      `${indent}${address}${found === undefined ? "" : ` (${found.table}:${found.line} ${found.key})`}`,
    );
    for (const result of results) walk(result, `${indent}  `);
  };
  walk(expansion.tree, "");
  assertEquals(lines, [
    "joe@v.test (hash:/v:1 joe@v.test)",
    "  a@x.test",
    "  b@x.test (hash:/v:2 b@x.test)",
    "    c@x.test",
  ]);
});

Deno.test("expandVirtual() ends loops and floods with 4.6.0 (postconf(5) virtual_alias_recursion_limit)", () => {
  const rows: readonly [table: Record<string, string>, failure: string][] = [
    [
      { "a@x.test": "b@x.test", "b@x.test": "a@x.test" },
      "unreasonable virtual_alias_maps map nesting for a@x.test",
    ],
    [
      { "a@x.test": "b@x.test, a@x.test", "b@x.test": "c@x.test, b2@x.test", "c@x.test": "b@x.test" },
      "unreasonable virtual_alias_maps map nesting for a@x.test",
    ],
    [
      { "a@x.test": Array.from({ length: 1001 }, (_, index) => `u${index}@x.test`).join(",") },
      "unreasonable virtual_alias_maps map expansion size for a@x.test",
    ],
    [
      { "a@x.test": `${"b".repeat(1000)}@x.test` },
      `unreasonable virtual_alias_maps result ${"b".repeat(300)}... in lookup for a@x.test`,
    ],
  ];
  for (const [table, failure] of rows) {
    assertEquals(expand("a@x.test", table), { failure, status: "4.6.0", text: "Alias expansion error" });
  }
  const asked = run(expandVirtual("a@x.test", base), { tables: { "hash:/v": "no such file" } });
  assertEquals(asked, { failure: "virtual_alias_maps map lookup problem for a@x.test: no such file" });
});
