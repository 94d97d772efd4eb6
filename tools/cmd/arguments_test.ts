import { assertEquals, assertThrows } from "@std/assert";

import { parseArguments } from "./arguments.ts";
import type { Command } from "./command.ts";
import { UsageError } from "./command.ts";
import { chooseCommand } from "./run.ts";

const command: Command = {
  name: "queue frob",
  summary: "",
  arguments: "ID ...",
  options: [{ name: "json", letter: "j", summary: "" }, { name: "site", value: "SITE", summary: "" }],
  least: 1,
  most: 2,
  run: () => Promise.resolve(0),
};

Deno.test("parseArguments() takes options anywhere, values behind = or in the next word, and everything after --", () => {
  assertEquals(parseArguments(command, ["A", "-j", "--site=x.test", "B"]), {
    options: { json: true, site: "x.test" },
    rest: ["A", "B"],
  });
  assertEquals(parseArguments(command, ["--site", "x.test", "--", "--json"]), {
    options: { site: "x.test" },
    rest: ["--json"],
  });
  assertEquals(parseArguments(command, ["-"]).rest, ["-"]);
});

Deno.test("parseArguments() names what is wrong and what was meant", () => {
  const wrong: readonly (readonly [readonly string[], string])[] = [
    [["A", "--jsn"], 'queue frob: unknown option --jsn (did you mean "--json"?)'],
    [["A", "--json=1"], "queue frob: option --json takes no value"],
    [["A", "--site"], "queue frob: option --site needs a value: SITE"],
    [[], "queue frob: too few arguments; usage: mailsrv queue frob ID ..."],
    [["A", "B", "C"], 'queue frob: unexpected argument "C"; usage: mailsrv queue frob ID ...'],
  ];
  for (const [args, text] of wrong) {
    assertEquals(assertThrows(() => parseArguments(command, args), UsageError).message, text);
  }
});

Deno.test("chooseCommand() finds commands of one and of two words", () => {
  const names: readonly (readonly [readonly string[], string, readonly string[]])[] = [
    [["queue", "list"], "queue list", []],
    [["send", "-t", "-f", "a@b.test"], "send", ["-t", "-f", "a@b.test"]],
    [["version"], "version", []],
    [["--version"], "version", []],
    [[], "help", []],
    [["help", "queue", "list"], "help", ["queue", "list"]],
  ];
  for (const [args, name, rest] of names) {
    const chosen = chooseCommand(args);
    assertEquals([chosen.command.name, chosen.given.rest], [name, rest]);
  }
});

Deno.test("chooseCommand() suggests the nearest command", () => {
  const wrong: readonly (readonly [readonly string[], string])[] = [
    [["sevre"], 'unknown command "sevre" (did you mean "serve"?); "mailsrv help" lists them all'],
    [["xyzzyplugh"], 'unknown command "xyzzyplugh"; "mailsrv help" lists them all'],
    [
      ["queue", "lst"],
      'unknown command "queue lst" (did you mean "list"?); there are list, show, flush, delete, hold, release, requeue, expire',
    ],
    [["queue"], "queue: one of list, show, flush, delete, hold, release, requeue, expire is needed"],
  ];
  for (const [args, text] of wrong) {
    assertEquals(assertThrows(() => chooseCommand(args), UsageError).message, text);
  }
});
