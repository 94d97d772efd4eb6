import { assertEquals } from "@std/assert";

import { SeededRandom } from "../../tools/kit/base/random.ts";

import type { ExpansionWorld } from "./testing_expansion.ts";
import { expansionOf, show, showTree } from "./testing_expansion.ts";

/** Address, world, destinations. */
type Row = readonly [string, ExpansionWorld, readonly string[]];

function check(rows: readonly Row[]): void {
  for (const [address, world, want] of rows) {
    assertEquals(
      expansionOf(address, world).destinations.map(show),
      want,
      `${address} ${JSON.stringify(world)}`,
    );
  }
}

Deno.test("expandRecipient() follows aliases to users and other addresses (local(8))", () => {
  const aliases = {
    postmaster: "root",
    root: "joe, ann@remote.test",
    "joe+lists": "lists",
    team: "joe, ann, JOE@ref.test, bob@REF.test, ann@remote.test",
    self: "self, joe",
    odd: "\\odd, joe",
    chain: "odd",
    "bob+x": "bob+x",
  };
  check([
    ["u1@ref.test", { aliases }, ["u:u1"]],
    ["U1+x@ref.test", { aliases }, ["u:u1"]],
    ["postmaster@ref.test", { aliases }, ["u:joe", "r:ann@remote.test"]],
    ["joe+lists@ref.test", { aliases }, ["u:lists"]],
    ["joe+other@ref.test", { aliases }, ["u:joe"]],
    ["Root+x@ref.test", { aliases }, ["u:joe", "r:ann@remote.test"]],
    ["team@ref.test", { aliases }, ["u:joe", "u:ann", "u:bob", "r:ann@remote.test"]],
    ["self@ref.test", { aliases }, ["u:self", "u:joe"]],
    ["chain@ref.test", { aliases }, ["u:odd", "u:joe"]],
    ["bob+x@ref.test", { aliases }, ["u:bob"]],
    ['""@ref.test', { aliases }, ['x:5.1.3 null username in """@ref.test"']],
    ["u1+a/b@ref.test", { aliases }, ["u:u1"]],
  ]);
});

Deno.test("expandRecipient() goes through long chains (reports R88)", () => {
  const aliases: Record<string, string> = {};
  for (let level = 1; level < 25; level++) aliases[`a${level}`] = `a${level + 1}`;
  aliases.a25 = "u1";
  check([
    ["a1@ref.test", { aliases: { ...aliases, a24: "u1" } }, ["u:u1"]],
    ["a1@ref.test", { aliases: { ...aliases, a25: "a26" } }, ["x:5.4.6 alias database loop for a26"]],
  ]);
});

Deno.test("expandRecipient() ends loops, even those that multiply", () => {
  check([["a@ref.test", { aliases: { a: "b, joe", b: "a" } }, [
    "x:5.4.6 alias database loop for b",
    "x:5.4.6 alias database loop for joe",
    "u:joe",
  ]]]);
  const doubling = { a: "b, c", b: "a, c", c: "a, b" };
  const { destinations } = expansionOf("a@ref.test", { aliases: doubling });
  assertEquals(destinations.every((one) => show(one).startsWith("x:5.4.6 alias database loop")), true);
});

Deno.test("expandRecipient() ends lists that would fill the memory, and says so", () => {
  const names = Array.from({ length: 20_000 }, (_, index) => `x${index}@remote.test`).join(",");
  const world = {
    aliases: { all: `${names}, :include:/l, joe` },
    includes: { "/l": `${names}\n:include:/l` },
  };
  const { destinations } = expansionOf("all@ref.test", world);
  assertEquals(destinations.slice(19_999).map(show), [
    "r:x19999@remote.test",
    "x:5.4.6 more than 100000 names to expand",
  ]);
});

Deno.test("expandRecipient() takes no address that is longer than addresses are, nor one that could end a command", () => {
  const forwards = { joe: `x${"@ref.test".repeat(50_000)}\n"a\rRCPT TO:<b@c.test>"@remote.test\nann` };
  check([["joe@ref.test", { forwards }, [
    "x:5.1.3 bad address syntax",
    "x:5.1.3 bad address syntax",
    "r:ann@ref.test",
  ]]]);
});

Deno.test("expandRecipient() takes no alias that the recipient's address is a part of (postconf(5) alias_maps)", () => {
  const world: ExpansionWorld = {
    settings: {
      aliasMaps: ["regexp:/a"],
      mailboxCommandMaps: ["regexp:/c"],
    },
    tables: { "regexp:/a": { "x;y": "|prog x;y" }, "regexp:/c": { joe: "prog joe" } },
    substituting: ["regexp:/a", "regexp:/c"],
  };
  check([
    ["x;y@ref.test", world, ["x:4.3.0 alias database unavailable"]],
    ["joe@ref.test", world, ["x:4.3.0 table lookup failure"]],
    ["ann@ref.test", world, ["u:ann"]],
  ]);
});

Deno.test("expandRecipient() takes files and commands from where they are allowed (postconf(5) allow_mail_to_commands)", () => {
  const targets = '/f, "|c x", ~/f, joe';
  const settings = { allowMailToCommands: ["forward"], allowMailToFiles: ["forward"] } as const;
  check([
    ["a@ref.test", { aliases: { a: targets } }, [
      "f:/f as hash:/a",
      "c:c x as hash:/a",
      "x:5.3.5 mail system configuration error",
      "u:joe",
    ]],
    ["a@ref.test", { aliases: { a: '/f, "|c x"' }, settings }, [
      "x:5.7.1 mail to file is restricted",
      "x:5.7.1 mail to command is restricted",
    ]],
    ["joe@ref.test", { forwards: { joe: targets } }, [
      "f:/f as joe",
      "c:c x as joe",
      "f:~/f as joe",
      "u:joe",
    ]],
    ["a@ref.test", { aliases: { a: ":include:/l" }, includes: { "/l": '/f\n"|c"\n~/f' } }, [
      "x:5.7.1 mail to file is restricted",
      "x:5.7.1 mail to command is restricted",
    ]],
  ]);
});

Deno.test("expandRecipient() waits for an administrator to mend an alias that cannot be read", () => {
  const trouble = ["x:4.3.0 alias database unavailable"];
  check([
    ["a@ref.test", { aliases: { a: "" } }, trouble],
    ["a@ref.test", { aliases: { a: "(nobody)" } }, trouble],
    ["a@ref.test", { broken: ["hash:/a"] }, trouble],
  ]);
  assertEquals(showTree(expansionOf("a@ref.test", { aliases: { a: "" } }).tree), [
    "a@ref.test -> alias a -> x:4.3.0 alias database unavailable",
    "! no recipient in alias lookup result for a",
  ]);
});

Deno.test("expandRecipient() takes a user's .forward before the mailbox, and the user in it for the mailbox (aliases(5))", () => {
  check([
    ["joe@ref.test", { forwards: { joe: "ann@remote.test" } }, ["r:ann@remote.test"]],
    ["joe@ref.test", { forwards: { joe: "joe\nann@remote.test" } }, [
      "u:joe",
      "r:ann@remote.test",
    ]],
    ["joe@ref.test", { forwards: { joe: "\\joe, bob" } }, ["u:joe", "r:bob@ref.test"]],
    ["joe@ref.test", { forwards: { joe: "joe+x@ref.test" } }, ["u:joe"]],
    ["joe@ref.test", { forwards: { joe: "" } }, ["u:joe"]],
    ["joe@ref.test", { forwards: { joe: "(nobody)" } }, ["u:joe"]],
    // An alias for the user is not looked up again from the user's own file.
    ["joe@ref.test", { aliases: { joe: "joe" }, forwards: { joe: "joe, bob" } }, [
      "u:joe",
      "r:bob@ref.test",
    ]],
    // Aliases are expanded at once, wherever they are named.
    ["joe@ref.test", { aliases: { sub: "bob, joe" }, forwards: { joe: "sub" } }, [
      "r:bob@ref.test",
      "u:joe",
    ]],
    ["list@ref.test", { aliases: { list: ":include:/l", sub: "bob" }, includes: { "/l": "sub" } }, [
      "r:bob@ref.test",
    ]],
    // Named twice, at different levels.
    ["list@ref.test", { aliases: { list: "joe, sub", sub: "joe" }, forwards: { joe: "x@remote.test" } }, [
      "r:x@remote.test",
    ]],
    ["list@ref.test", { aliases: { list: "joe, bob" }, forwards: { joe: "x@remote.test" } }, [
      "r:x@remote.test",
      "u:bob",
    ]],
  ]);
});

Deno.test("expandRecipient() passes on what an :include: file names as new mail", () => {
  const aliases = { list: ":include:/l", bad: ":include:l", none: ":include:/none" };
  const includes = { "/l": "ann@remote.test\njoe, bob", l: "x@remote.test" };
  const misconfigured = ["x:5.3.5 mail system configuration error"];
  check([
    ["list@ref.test", { aliases, includes }, ["r:ann@remote.test", "r:joe@ref.test", "r:bob@ref.test"]],
    ["bad@ref.test", { aliases, includes }, misconfigured],
    ["none@ref.test", { aliases, includes }, misconfigured],
    ["joe@ref.test", { forwards: { joe: ":include:l" }, includes }, misconfigured],
    ["loop@ref.test", { aliases: { loop: ":include:/me" }, includes: { "/me": ":include:/me" } }, [
      "x:5.4.6 alias database loop for /me",
    ]],
  ]);
});

Deno.test("expandRecipient() gives a list with an owner the owner's address for its sender (local(8))", () => {
  const aliases = {
    list: "joe, ann@remote.test, inner",
    "owner-list": "boss@remote.test",
    inner: "bob",
    nested: "list, sue",
    "owner-nested": "boss",
  };
  const from = " from owner-list@ref.test";
  check([
    ["list@ref.test", { aliases }, [
      `r:joe@ref.test${from}`,
      `r:ann@remote.test${from}`,
      `r:bob@ref.test${from}`,
    ]],
    // The nearest owner counts.
    ["nested@ref.test", { aliases }, [
      `r:joe@ref.test${from}`,
      `r:ann@remote.test${from}`,
      `r:bob@ref.test${from}`,
      "r:sue@ref.test from owner-nested@ref.test",
    ]],
    ["owner-list@ref.test", { aliases }, ["r:boss@remote.test"]],
    ["owner-list@ref.test", { aliases: { ...aliases, "owner-owner-list": "bob" } }, [
      "r:boss@remote.test from owner-owner-list@ref.test",
    ]],
    ["list@ref.test", {
      aliases: { list: "joe", "owner-list": "bob" },
      settings: { ownerRequestSpecial: false },
    }, [
      "u:joe",
    ]],
    ["list@ref.test", { aliases, settings: { expandOwnerAlias: true } }, [
      "r:joe@ref.test from boss@remote.test",
      "r:ann@remote.test from boss@remote.test",
      "r:bob@ref.test from boss@remote.test",
    ]],
  ]);
});

Deno.test("expandRecipient() ends what was delivered to an address before (postfix-semantics §9)", () => {
  const loop = (address: string) => `x:5.4.6 mail forwarding loop for ${address}`;
  check([
    ["joe@ref.test", { deliveredTo: ["joe@ref.test"] }, [loop("joe@ref.test")]],
    ["list@ref.test", { aliases: { list: "joe, bob" }, deliveredTo: ["joe@ref.test"] }, [
      loop("joe@ref.test"),
      "u:bob",
    ]],
  ]);
});

Deno.test("expandRecipient() goes from mailbox_transport_maps to the mailbox, and from fallback_transport to the bounce (local(8))", () => {
  const tables = {
    "hash:/t": { joe: "lmtp:unix:/s" },
    "hash:/c": { joe: "procmail" },
    "hash:/f": { gone: "smtp:[old.test]" },
  };
  const users = ["joe", "ann"];
  const transports = { mailboxTransportMaps: ["hash:/t"], mailboxCommandMaps: ["hash:/c"] };
  const commands = { mailboxCommandMaps: ["hash:/c"], mailboxCommand: "deliver" };
  const unknown = { fallbackTransportMaps: ["hash:/f"], luserRelay: "$user+${extension}@old.test" };
  check([
    ["joe@ref.test", { tables, users, settings: transports }, ["t:lmtp:unix:/s"]],
    ["ann@ref.test", { tables, users, settings: transports }, ["u:ann"]],
    ["ann@ref.test", { users, settings: { mailboxTransport: "lmtp:x" } }, ["t:lmtp:x"]],
    ["joe@ref.test", { tables, users, settings: commands }, ["c:procmail as joe"]],
    ["ann@ref.test", { tables, users, settings: commands }, ["c:deliver as ann"]],
    ["gone@ref.test", { tables, users, settings: unknown }, ["t:smtp:[old.test]"]],
    ["none+x@ref.test", { tables, users, settings: unknown }, ["r:none+x@old.test"]],
    ["none@ref.test", { tables, users, settings: { luserRelay: "ann" } }, ["u:ann"]],
    ["none@ref.test", { tables, users, settings: { luserRelay: "other" } }, [
      'x:5.1.1 unknown user: "other"',
    ]],
    ["none@ref.test", { users, settings: { fallbackTransport: "smtp:x" } }, ["t:smtp:x"]],
    ["none@ref.test", { users }, ['x:5.1.1 unknown user: "none"']],
    ["postmaster@ref.test", { users }, ["d:required alias not found: postmaster"]],
    ["joe@ref.test", { users, settings: { mailboxTransportMaps: ["hash:/x"] }, broken: ["hash:/x"] }, [
      "x:4.3.0 table lookup failure",
    ]],
  ]);
});

Deno.test("expandRecipient() carries extensions on where it is told to (postconf(5) propagate_unmatched_extensions)", () => {
  const settings = { propagateUnmatchedExtensions: ["alias", "forward"] };
  check([
    ["list+x@ref.test", { aliases: { list: "joe@remote.test" }, settings }, ["r:joe+x@remote.test"]],
    ["list+x@ref.test", { aliases: { list: "joe@remote.test" } }, ["r:joe@remote.test"]],
    ["list+x@ref.test", { aliases: { "list+x": "joe@remote.test" }, settings }, ["r:joe@remote.test"]],
    ["joe+x@ref.test", { forwards: { joe: "a@remote.test, b+y@remote.test" }, settings }, [
      "r:a+x@remote.test",
      "r:b+y@remote.test",
    ]],
  ]);
});

Deno.test("expandRecipient() comes to an end, whatever aliases and files say", () => {
  const names = ["a", "b", "c", "d", "joe", "a+x"];
  for (let seed = 1; seed <= 200; seed++) {
    const random = new SeededRandom(seed);
    const pick = <T>(items: readonly T[]): T => items[random.below(items.length)]!;
    const target = () =>
      pick([
        ...names,
        "\\joe",
        "x@remote.test",
        ":include:/l",
        ":include:l",
        "|c",
        "~/f",
        "/f",
        "(c)",
        '"',
        "<a>",
        "@",
        "a%b",
        "x!y",
        "",
      ]);
    const text = () => Array.from({ length: random.below(6) }, target).join(pick([", ", "\n"]));
    const some = () =>
      Object.fromEntries(names.filter(() => random.below(2) === 0).map((name) => [name, text()]));
    const world: ExpansionWorld = {
      aliases: { ...some(), ...random.below(3) === 0 ? { "owner-a": "b", "owner-b": "a" } : {} },
      forwards: some(),
      includes: { "/l": text(), l: text() },
      users: names.filter(() => random.below(2) === 0),
      settings: {
        luserRelay: pick(["", "a", "$user", "$local@remote.test"]),
        propagateUnmatchedExtensions: pick([[], ["alias", "forward", "include"]]),
        expandOwnerAlias: random.below(2) === 0,
      },
    };
    const { destinations } = expansionOf(pick(names) + "@ref.test", world);
    assertEquals(destinations.length < 5000, true, `seed ${seed}`);
  }
});

Deno.test("expandRecipient() shows the way as a tree, with the lines that say so", () => {
  const world: ExpansionWorld = {
    aliases: { team: "joe, :include:/l, boss", boss: "ann, joe" },
    forwards: { joe: "joe\nx@remote.test" },
    includes: { "/l": "y@remote.test" },
  };
  assertEquals(showTree(expansionOf("team@ref.test", world).tree), [
    "team@ref.test -> alias team",
    "  joe@ref.test (hash:/a:1 team) -> /home/joe/.forward",
    "    joe@ref.test (/home/joe/.forward:1) -> u:joe",
    "    x@remote.test (/home/joe/.forward:2) -> r:x@remote.test",
    "  :include:/l (hash:/a:1 team) -> /l",
    "    y@remote.test (/l:1) -> r:y@remote.test",
    "  boss@ref.test (hash:/a:1 team) -> alias boss",
    "    ann@ref.test (hash:/a:2 boss) -> u:ann",
    "    joe@ref.test (hash:/a:2 boss) -> again",
  ]);
});
