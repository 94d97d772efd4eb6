import { assert, assertEquals } from "@std/assert";

import { alwaysBcc, recipientBcc, senderBcc } from "./bcc.ts";
import { type AddressPlace, canonicalize, makeGeneric } from "./canonical.ts";
import { defaultAddressSettings } from "./default_settings.ts";
import { isFailure } from "./lookup.ts";
import { masquerade } from "./masquerade.ts";
import type { AddressSettings } from "./settings.ts";
import { run, type TestWorld } from "./testing_address.ts";

const base = defaultAddressSettings("mx.ref.test", { myorigin: "ref.test", recipientDelimiter: "+" });

function canonical(
  address: string,
  place: AddressPlace,
  changes: Partial<AddressSettings>,
  tables: TestWorld["tables"] = {},
): string {
  const result = run(canonicalize(address, place, { ...base, ...changes }), { tables });
  return isFailure(result) ? `failure ${result.failure}` : result.address;
}

Deno.test("canonicalize() takes the side's own table first, then canonical_maps (canonical(5))", () => {
  const maps = {
    senderCanonicalMaps: ["hash:/s"],
    recipientCanonicalMaps: ["hash:/r"],
    canonicalMaps: ["hash:/c"],
  };
  const tables = {
    "hash:/s": { "joe@ref.test": "Joe.Doe" },
    "hash:/r": { "joe@ref.test": "box@in.test" },
    "hash:/c": { "joe.doe@ref.test": "jd@out.test", "box@in.test": "box2", ann: "ann.b@x.test" },
  };
  const rows: readonly [address: string, place: AddressPlace, result: string][] = [
    ["joe@ref.test", "envelope_sender", "jd@out.test"],
    ["joe@ref.test", "header_sender", "jd@out.test"],
    ["joe@ref.test", "envelope_recipient", "box2@ref.test"],
    ["joe+x@ref.test", "envelope_recipient", "box2+x@ref.test"],
    ["ann@ref.test", "header_recipient", "ann.b@x.test"],
    ["ann@localhost", "header_recipient", "ann.b@x.test"],
    ["ann@far.test", "header_recipient", "ann@far.test"],
    ["", "envelope_sender", ""],
  ];
  for (const [address, place, result] of rows) {
    assertEquals(canonical(address, place, maps, tables), result, address);
  }
  const onlyEnvelope = { ...maps, canonicalClasses: ["envelope_sender"], recipientCanonicalClasses: [] };
  assertEquals(canonical("ann@ref.test", "header_recipient", onlyEnvelope, tables), "ann@ref.test");
});

Deno.test("canonicalize() follows results, `@domain` ones too, and gives up on loops (canonical(5))", () => {
  const rows: readonly [table: Record<string, string>, address: string, result: string][] = [
    [{ "@old.test": "@new.test" }, "joe+x@old.test", "joe+x@new.test"],
    [{ "joe@old.test": "@new.test" }, "joe+x@old.test", "joe+x@new.test"],
    [{ "a@x.test": "b@x.test", "b@x.test": "c@x.test" }, "a@x.test", "c@x.test"],
    [{ "a@x.test": "A@x.test" }, "a@x.test", "A@x.test"],
    [{ "@x.test": "all@x.test" }, "a@x.test", "all@x.test"],
    [
      { "a@x.test": "b@x.test", "b@x.test": "a@x.test" },
      "a@x.test",
      "a@x.test",
    ],
    [{ '"odd user"@x.test': "odd@x.test" }, '"odd user"@x.test', "odd@x.test"],
    [{ "odd user@x.test": "odd@x.test" }, '"odd user"@x.test', "odd@x.test"],
    [{ "a@x.test": "b@y.test, c@y.test" }, "a@x.test", "b@y.test"],
    [
      { "a@x.test": "()" },
      "a@x.test",
      'failure canonical_maps map lookup problem for a@x.test: hash:/c has for a@x.test no address: "()"',
    ],
    [{ "a@x.test": '"Ann B" <b@y.test> (home)' }, "a@x.test", "b@y.test"],
  ];
  for (const [table, address, result] of rows) {
    const changes = { canonicalMaps: ["hash:/c"] };
    assertEquals(canonical(address, "envelope_recipient", changes, { "hash:/c": table }), result, address);
  }
  const silent = { canonicalMaps: ["hash:/c"], propagateUnmatchedExtensions: [] };
  const tables = { "hash:/c": { "joe@old.test": "@new.test" } };
  assertEquals(canonical("joe+x@old.test", "envelope_sender", silent, tables), "joe@new.test");
});

Deno.test("canonicalize() tells each line that was used", () => {
  const settings = { ...base, canonicalMaps: ["hash:/c"] };
  const tables = { "hash:/c": { x: "y", "a@ref.test": "b@far.test, c" } };
  const result = run(canonicalize("a@ref.test", "envelope_sender", settings), { tables });
  assert(!isFailure(result));
  assertEquals(result.steps, [{
    parameter: "canonical_maps",
    from: "a@ref.test",
    to: "b@far.test",
    found: { table: "hash:/c", key: "a@ref.test", line: 2, value: "b@far.test, c" },
  }]);
  assertEquals(result.warnings, ["multi-valued canonical_maps entry for a@ref.test"]);
});

Deno.test("makeGeneric() changes what leaves, without extensions (generic(5))", () => {
  const settings = { ...base, genericMaps: ["hash:/g"] };
  const tables = { "hash:/g": { "joe@ref.test": "joe@isp.test", "@ref.test": "all@isp.test" } };
  for (
    const [address, result] of [
      ["joe+x@ref.test", "joe@isp.test"],
      ["ann@ref.test", "all@isp.test"],
      ["ann@far.test", "ann@far.test"],
      ["", ""],
    ] as const
  ) {
    const rewritten = run(makeGeneric(address, settings), { tables });
    assert(!isFailure(rewritten));
    assertEquals(rewritten.address, result, address);
  }
});

Deno.test("masquerade() cuts hosts off, first match first (postconf(5) masquerade_domains)", () => {
  const rows: readonly [domains: string, address: string, result: string][] = [
    ["ref.test", "joe@host.ref.test", "joe@ref.test"],
    ["ref.test", "joe@a.b.REF.test", "joe@ref.test"],
    ["ref.test", "joe@ref.test", "joe@ref.test"],
    ["ref.test", "joe@xref.test", "joe@xref.test"],
    ["foo.ref.test ref.test", "joe@x.foo.ref.test", "joe@foo.ref.test"],
    ["foo.ref.test ref.test", "joe@x.bar.ref.test", "joe@ref.test"],
    ["!foo.ref.test ref.test", "joe@x.foo.ref.test", "joe@x.foo.ref.test"],
    ["!foo.ref.test ref.test", "joe@foo.ref.test", "joe@foo.ref.test"],
    ["ref.test", "Root@host.ref.test", "Root@host.ref.test"],
    ["", "joe@host.ref.test", "joe@host.ref.test"],
  ];
  for (const [domains, address, result] of rows) {
    const settings = {
      ...base,
      masqueradeDomains: domains.split(" ").filter((text) => text !== ""),
      masqueradeExceptions: ["root"],
    };
    assertEquals(masquerade(address, "envelope_sender", settings).address, result, `${domains}: ${address}`);
    assertEquals(masquerade(address, "envelope_recipient", settings).address, address);
  }
});

Deno.test("senderBcc(), recipientBcc() and alwaysBcc() name one address (postconf(5) sender_bcc_maps)", () => {
  const settings = {
    ...base,
    alwaysBcc: "archive",
    senderBccMaps: ["hash:/s"],
    recipientBccMaps: ["hash:/r"],
  };
  const world = {
    tables: { "hash:/s": { "@ref.test": "out" }, "hash:/r": { "joe@ref.test": "in@far.test" } },
  };
  assertEquals(alwaysBcc(settings)?.address, "archive@ref.test");
  assertEquals(alwaysBcc(base), undefined);
  assertEquals(run(senderBcc("ann@ref.test", settings), world), {
    address: "out@ref.test",
    parameter: "sender_bcc_maps",
    found: { table: "hash:/s", key: "@ref.test", line: 1, value: "out" },
  });
  assertEquals(run(senderBcc("", settings), world), undefined);
  assertEquals(run(recipientBcc("ann@ref.test", settings), world), undefined);
  const copy = run(recipientBcc("joe+x@ref.test", settings), world);
  assert(copy !== undefined && !isFailure(copy));
  assertEquals(copy.address, "in@far.test");
});
