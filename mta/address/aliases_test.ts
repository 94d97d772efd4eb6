import { assertEquals } from "@std/assert";

import type { AliasTarget } from "./aliases.ts";
import { parseAliasTargets } from "./aliases.ts";
import { expandRecipient } from "./expansion.ts";

/** One target a word: `a:joe`, `u:joe`, `f:/x`, `c:x y`, `i:/x`. */
function show(target: AliasTarget): string {
  switch (target.kind) {
    case "address":
      return `a:${target.address}`;
    case "user":
      return `u:${target.name}`;
    case "file":
      return `f:${target.path}`;
    case "command":
      return `c:${target.command}`;
    case "include":
      return `i:${target.path}`;
  }
}

Deno.test("parseAliasTargets() reads what aliases(5) allows", () => {
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ["joe", ["a:joe"]],
    ["joe, ann@remote.test,bob", ["a:joe", "a:ann@remote.test", "a:bob"]],
    ["joe ann\tbob", ["a:joe", "a:ann", "a:bob"]],
    ["joe,, ,ann,", ["a:joe", "a:ann"]],
    ["\\joe, ann", ["u:joe", "a:ann"]],
    ["/var/mail/archive", ["f:/var/mail/archive"]],
    ["|/usr/bin/prog", ["c:/usr/bin/prog"]],
    ['"|/usr/bin/prog -a x, y"', ["c:/usr/bin/prog -a x, y"]],
    ['"|prog \\"a b\\""', ['c:prog "a b"']],
    ["|/usr/bin/prog with blanks", ["c:/usr/bin/prog with blanks"]],
    [":include:/etc/list", ["i:/etc/list"]],
    ['":include:/etc/my list"', ["i:/etc/my list"]],
    ["Joe Doe <joe@remote.test>, ann", ["a:joe@remote.test", "a:ann"]],
    ['"Doe, Joe" <joe@remote.test>', ["a:joe@remote.test"]],
    ["joe (the one, here), ann (a (nested) comment)", ["a:joe", "a:ann"]],
    ['"odd user"@ref.test, x', ['a:"odd user"@ref.test', "a:x"]],
    ['"odd user"', ['a:"odd user"']],
    ["", []],
    ["<>", []],
  ];
  for (const [text, want] of rows) {
    const { targets, problem } = parseAliasTargets(text);
    assertEquals([targets.map(show), problem], [want, undefined], text);
  }
});

Deno.test("parseAliasTargets() says what is not closed", () => {
  assertEquals(parseAliasTargets('joe, "|prog').problem, 'a `"` is not closed');
  assertEquals(parseAliasTargets("joe (x").problem, "a `(` is not closed");
  assertEquals(parseAliasTargets("joe <x").problem, "a `<` is not closed");
});

const settings = {
  myorigin: "ref.test",
  recipientDelimiter: "+",
  isLocalDomain: (domain: string) => domain === "ref.test",
};

/** Expands by `aliases`; one destination a word: `u:joe`, `r:address`, `x:status text`. */
function expand(address: string, aliases: Readonly<Record<string, string>>): readonly string[] {
  const expansion = expandRecipient(address, settings);
  let step = expansion.next();
  while (step.done !== true) {
    const value = aliases[step.value];
    step = expansion.next(value === undefined ? undefined : { value });
  }
  return step.value.map((destination) => {
    if (destination.kind === "user") return `u:${destination.recipient.user}`;
    return destination.kind === "remote"
      ? `r:${destination.address}`
      : `x:${destination.status} ${destination.text}`;
  });
}

Deno.test("expandRecipient() follows aliases to users and remote addresses", () => {
  const aliases = {
    postmaster: "root",
    root: "joe, ann@remote.test",
    "joe+lists": "lists",
    team: "joe, ann, JOE@ref.test, bob@REF.test, ann@remote.test",
    self: "self, joe",
    odd: "\\odd, joe",
    chain: "odd",
  };
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ["u1@ref.test", ["u:u1"]],
    ["U1+x@ref.test", ["u:u1"]],
    ["postmaster@ref.test", ["u:joe", "r:ann@remote.test"]],
    ["joe+lists@ref.test", ["u:lists"]],
    ["joe+other@ref.test", ["u:joe"]],
    ["Root+x@ref.test", ["u:joe", "r:ann@remote.test"]],
    ["team@ref.test", ["u:joe", "u:ann", "u:bob", "r:ann@remote.test"]],
    ["self@ref.test", ["u:self", "u:joe"]],
    ["chain@ref.test", ["u:odd", "u:joe"]],
    ['""@ref.test', ['x:5.1.3 null username in """@ref.test"']],
  ];
  for (const [address, want] of rows) assertEquals(expand(address, aliases), want, address);
});

Deno.test("expandRecipient() goes through long chains (reports R88)", () => {
  const aliases: Record<string, string> = {};
  for (let level = 1; level < 60; level++) aliases[`a${level}`] = `a${level + 1}`;
  aliases.a60 = "u1";
  assertEquals(expand("a1@ref.test", aliases), ["u:u1"]);
});

Deno.test("expandRecipient() ends loops, even those that multiply", () => {
  assertEquals(expand("a@ref.test", { a: "b, joe", b: "a" }), ["x:5.4.6 alias database loop for a", "u:joe"]);
  const doubling = { a: "b, c", b: "a, c", c: "a, b" };
  assertEquals(
    expand("a@ref.test", doubling).every((one) => one.startsWith("x:5.4.6 alias database loop")),
    true,
  );
});

Deno.test("expandRecipient() refuses files, commands and includes with a reason", () => {
  assertEquals(expand("a@ref.test", { a: "/f, |c x, :include:/l, joe" }), [
    "x:5.7.1 mail to file is restricted: /f",
    "x:5.7.1 mail to command is restricted: c x",
    "x:5.7.1 mail to :include: is restricted: /l",
    "u:joe",
  ]);
});

Deno.test("expandRecipient() waits for an administrator to mend an alias that cannot be read", () => {
  assertEquals(expand("a@ref.test", { a: "" }), [
    "x:4.3.0 alias database unavailable: a: no recipient in alias lookup result",
  ]);
  assertEquals(expand("a@ref.test", { a: '"x' }), [
    'x:4.3.0 alias database unavailable: a: a `"` is not closed',
  ]);
});
