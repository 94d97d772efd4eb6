import { assertEquals } from "@std/assert";

import type { AliasTarget } from "./aliases.ts";
import { parseAliasTargets } from "./aliases.ts";

/** One target a word: `a:joe`, `f:/x`, `c:x y`, `i:/x`. */
function show(target: AliasTarget): string {
  switch (target.kind) {
    case "address":
      return `a:${target.address}`;
    case "file":
      return `f:${target.path}`;
    case "command":
      return `c:${target.command}`;
    case "include":
      return `i:${target.path}`;
  }
}

Deno.test("parseAliasTargets() takes no longer for a long line than its length asks for", () => {
  const octets = 1 << 20;
  for (
    const piece of [
      " ",
      "\t",
      "[",
      "<",
      "(",
      '"',
      '" ',
      "\\",
      "a ",
      "a,",
      ":",
      ">",
      "@ ",
      " @",
      '"\\',
      "~",
      "|",
    ]
  ) {
    const { targets } = parseAliasTargets(`x${piece.repeat(octets / piece.length)}y`);
    assertEquals(Array.isArray(targets), true, piece);
  }
});

Deno.test("parseAliasTargets() reads what aliases(5) allows", () => {
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ["joe", ["a:joe"]],
    ["joe, ann@remote.test,bob", ["a:joe", "a:ann@remote.test", "a:bob"]],
    ["joe ann\tbob", ["a:joe", "a:ann", "a:bob"]],
    ["joe,, ,ann,", ["a:joe", "a:ann"]],
    ["\\joe, ann", ["a:joe", "a:ann"]],
    ["/var/mail/archive", ["f:/var/mail/archive"]],
    ["~/archive, joe", ["f:~/archive", "a:joe"]],
    ["|/usr/bin/prog", ["c:/usr/bin/prog"]],
    ['"|/usr/bin/prog -a x, y"', ["c:/usr/bin/prog -a x, y"]],
    ['"|prog \\"a b\\""', ['c:prog "a b"']],
    ["|/usr/bin/prog with blanks", ["c:/usr/bin/prog", "a:with", "a:blanks"]],
    ["/var/mail/a file", ["f:/var/mail/a", "a:file"]],
    ["friends: joe, ann; bob", ["a:joe", "a:ann", "a:bob"]],
    ["none:;", []],
    ["joe;ann;", ["a:joe", "a:ann"]],
    ["joe>, ann", ["a:joe", "a:ann"]],
    ["joe <ann> bob", ["a:ann", "a:bob"]],
    ['joe "ann" bob', ["a:joe", "a:ann", "a:bob"]],
    ["joe @ remote.test", ["a:joe@remote.test"]],
    ["\\joe@ref.test", ["a:joe@ref.test"]],
    ["joe@[IPv6:2001:db8::1]", ["a:joe@[IPv6:2001:db8::1]"]],
    ["@a.test:joe@c.test", ["a:@a.test:joe@c.test"]],
    ["/var/mail/a:b", ["f:/var/mail/a:b"]],
    ["~joe/x", ["f:~joe/x"]],
    [":include:/etc/list", ["i:/etc/list"]],
    ['":include:/etc/my list"', ["i:/etc/my list"]],
    ["Joe Doe <joe@remote.test>, ann", ["a:joe@remote.test", "a:ann"]],
    ['"Doe, Joe" <joe@remote.test>', ["a:joe@remote.test"]],
    ["joe (the one, here), ann (a (nested) comment)", ["a:joe", "a:ann"]],
    ['"odd user"@ref.test, x', ['a:"odd user"@ref.test', "a:x"]],
    ['"odd user"', ['a:"odd user"']],
    ['"joe, ann"', ['a:"joe, ann"']],
    ["", []],
    ["<>", []],
  ];
  for (const [text, want] of rows) {
    const { targets, problem } = parseAliasTargets(text);
    assertEquals([targets.map(show), problem], [want, undefined], text);
  }
});

Deno.test("parseAliasTargets() says what is not closed, and takes it as if it were", () => {
  const rows: readonly (readonly [string, string, readonly string[]])[] = [
    ['joe, "|prog', 'a `"` is not closed', ["a:joe", "c:prog"]],
    ['"', 'a `"` is not closed', []],
    ["joe (x", "a `(` is not closed", ["a:joe"]],
    ["joe <x", "a `<` is not closed", ["a:joe", 'a:"<x"']],
  ];
  for (const [text, why, want] of rows) {
    const { targets, problem } = parseAliasTargets(text);
    assertEquals([problem, targets.map(show)], [why, want], text);
  }
});
