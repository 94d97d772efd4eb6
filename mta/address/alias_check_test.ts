import { assertEquals } from "@std/assert";

import type { AliasCheckFacts } from "./alias_check.ts";
import { checkAliases } from "./alias_check.ts";

const facts: AliasCheckFacts = {
  settings: {
    myorigin: "ref.test",
    recipientDelimiter: "+",
    ownerRequestSpecial: true,
    allowMailToCommands: ["alias"],
    allowMailToFiles: ["alias"],
  },
  isLocalDomain: (domain) => domain === "ref.test",
  isUser: (name) => ["joe", "ann", "root"].includes(name),
};

/** Problems of aliases that are written a line each; `LINE: text`. */
function check(aliases: Readonly<Record<string, string>>, changes: Partial<AliasCheckFacts> = {}) {
  const entries = Object.entries(aliases).map(([key, value], index) => ({
    file: "/etc/aliases",
    line: index + 1,
    key,
    value,
  }));
  return checkAliases(entries, { ...facts, ...changes }).map(({ line, text }) => `${line ?? "-"}: ${text}`);
}

Deno.test("checkAliases() is content with aliases that lead to people", () => {
  assertEquals(
    check({
      postmaster: "root",
      root: "joe, ann+x@ref.test, x@remote.test",
      joe: "joe, |prog, /file, :include:/l",
      "ann+x": "ann",
      self: "\\joe",
    }),
    [],
  );
});

Deno.test("checkAliases() tells loops, once each", () => {
  assertEquals(check({ postmaster: "a", a: "b, joe", b: "c+x, joe", c: "a", d: "a" }), [
    "2: alias loop: a -> b -> c -> a",
  ]);
});

Deno.test("checkAliases() follows chains of any length", () => {
  const chain = Object.fromEntries(
    Array.from({ length: 20_000 }, (_, index) => [`a${index}`, `a${(index + 1) % 20_000}`]),
  );
  const [loop, ...others] = check({ postmaster: "root", ...chain });
  assertEquals(loop?.startsWith("2: alias loop: a0 -> a1 -> a2 -> "), true);
  assertEquals(loop?.endsWith(" -> a19 -> ... -> a0"), true);
  assertEquals(others, []);
});

Deno.test("checkAliases() misses a postmaster (RFC 5321 §4.5.1)", () => {
  const want = [
    "-: no alias for postmaster: its mail is thrown away, and nobody hears of it (RFC 5321 §4.5.1)",
  ];
  assertEquals(check({}), want);
  assertEquals(check({}, { isUser: undefined }), want);
  assertEquals(check({}, { isPartial: true }), []);
  assertEquals(check({}, { isUser: (name) => name === "postmaster" }), []);
});

Deno.test("checkAliases() tells what leads nowhere or may not be", () => {
  const settings = { ...facts.settings, allowMailToCommands: [], allowMailToFiles: [] };
  assertEquals(
    check({
      postmaster: "joe",
      gone: "nobody, joe",
      self: "self",
      empty: "",
      open: '"|prog',
      home: "~/x",
      list: ":include:l",
    }),
    [
      '2: gone: there is no user and no alias "nobody"',
      '3: self: there is no user and no alias "self"',
      "4: empty: no recipient: mail for it waits until it is mended",
      '5: open: a `"` is not closed',
      "6: home: ~/x: an alias has no home directory",
      "7: list: :include:l uses a relative path",
    ],
  );
  assertEquals(check({ postmaster: "joe, |prog, /file" }, { settings }), [
    "1: postmaster: allow_mail_to_commands does not name alias",
    "1: postmaster: allow_mail_to_files does not name alias",
  ]);
  assertEquals(check({ postmaster: "nobody" }, { isUser: undefined }), []);
});
