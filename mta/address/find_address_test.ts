import { assert, assertEquals } from "@std/assert";

import { defaultAddressSettings } from "./default_settings.ts";
import { findAddress } from "./find_address.ts";
import { isFailure } from "./lookup.ts";
import { run } from "./testing_address.ts";

const settings = defaultAddressSettings("mx.ref.test", { myorigin: "ref.test", recipientDelimiter: "+" });

function keys(address: string, maps: readonly string[] = ["hash:/t"]): string {
  const asked: string[] = [];
  const tables = { "hash:/t": {}, "hash:/u": {}, "pcre:/p": {} };
  assertEquals(run(findAddress(maps, address, settings), { tables }, asked), undefined);
  return asked.map((question) => maps.length > 1 ? question : question.slice(question.indexOf(" ") + 1)).join(
    ", ",
  );
}

Deno.test("findAddress() asks for ever less of the address (virtual(5) TABLE SEARCH ORDER)", () => {
  const rows: readonly [address: string, asked: string][] = [
    ["joe@far.test", "joe@far.test, @far.test"],
    ["joe+x@far.test", "joe+x@far.test, joe@far.test, @far.test"],
    ["joe+x@ref.test", "joe+x@ref.test, joe@ref.test, joe+x, joe, @ref.test"],
    ["joe@localhost", "joe@localhost, joe, @localhost"],
    ["joe@[127.0.0.1]", "joe@[127.0.0.1], joe, @[127.0.0.1]"],
    ["JOE@FAR.test", "JOE@far.test, @far.test"],
    ['"odd user"@far.test', '"odd user"@far.test, odd user@far.test, @far.test'],
    ["postmaster+x@far.test", "postmaster+x@far.test, postmaster@far.test, @far.test"],
  ];
  for (const [address, asked] of rows) assertEquals(keys(address), asked, address);
});

Deno.test("findAddress() asks all tables for a key before the next key, those of patterns for the first only", () => {
  assertEquals(
    keys("joe+x@far.test", ["hash:/t", "pcre:/p", "hash:/u"]),
    "hash:/t joe+x@far.test, pcre:/p joe+x@far.test, hash:/u joe+x@far.test, " +
      "hash:/t joe@far.test, hash:/u joe@far.test, hash:/t @far.test, hash:/u @far.test",
  );
});

Deno.test("findAddress() tells the extension that the key left out, and where the value stands", () => {
  const tables = { "hash:/t": { "joe@far.test": "a", "@far.test": "b" } };
  const find = (address: string) => {
    const hit = run(findAddress(["hash:/t"], address, settings), { tables });
    assert(hit !== undefined && !isFailure(hit), address);
    return [hit.value, hit.line, hit.strategy, hit.extension];
  };
  assertEquals(find("joe@far.test"), ["a", 1, "full", ""]);
  assertEquals(find("joe+x@far.test"), ["a", 1, "noExtension", "+x"]);
  assertEquals(find("ann+x@far.test"), ["b", 2, "atDomain", ""]);
  const broken = run(findAddress(["hash:/none"], "joe@far.test", settings), { tables });
  assertEquals(broken, { failure: 'there is no table "hash:/none"' });
});
