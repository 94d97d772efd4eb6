import { assertEquals } from "@std/assert";

import { utf8Bytes } from "../../tools/kit/base/bytes.ts";

import { commandOutcome, commandWords } from "./command.ts";

Deno.test("commandWords() starts a shell only where one is needed", () => {
  const rows: readonly (readonly [string, string, readonly string[]])[] = [
    ["/usr/bin/procmail -a  x=1", "", ["/usr/bin/procmail", "-a", "x=1"]],
    ["procmail", "", ["/bin/sh", "-c", "procmail"]],
    ["exec /x", "", ["/bin/sh", "-c", "exec /x"]],
    ["/x; /y", "", ["/bin/sh", "-c", "/x; /y"]],
    ['/x "a b"', "", ["/bin/sh", "-c", '/x "a b"']],
    ["/x $HOME", "", ["/bin/sh", "-c", "/x $HOME"]],
    ["/x a", "/usr/sbin/smrsh -c", ["/usr/sbin/smrsh", "-c", "/x a"]],
  ];
  for (const [command, shell, want] of rows) assertEquals(commandWords(command, shell), want, command);
});

Deno.test("commandOutcome() takes a status of the output, then the exit status (sysexits(3))", () => {
  const rows: readonly (readonly [number, string, string])[] = [
    [0, "4.2.1 x", "delivered 2.0.0 delivered to command: /c"],
    [1, "", 'failed 5.3.0 Command died with status 1: "/c"'],
    [1, "one\ntwo\n", 'failed 5.3.0 Command died with status 1: "/c". Command output: one two'],
    [67, "", "failed 5.1.1 user unknown"],
    [67, "who?", "failed 5.1.1 user unknown. Command output: who?"],
    [75, "", "deferred 4.3.0 temporary failure"],
    [71, "", "deferred 4.3.0 system resource problem"],
    [75, "5.2.2 mailbox full\n", "failed 5.2.2 mailbox full"],
    [1, "4.2.2 mailbox full", "deferred 4.2.2 mailbox full"],
    [77, "2.0.0 fine", "failed 5.7.0 permission denied. Command output: 2.0.0 fine"],
    [1, "a\x07b", 'failed 5.3.0 Command died with status 1: "/c". Command output: a?b'],
  ];
  for (const [code, output, want] of rows) {
    const { kind, status, text } = commandOutcome({ kind: "exited", code, output: utf8Bytes(output) }, "/c");
    assertEquals(`${kind} ${status} ${text}`, want);
  }
});

Deno.test("commandOutcome() tells of signals, time limits, and what cannot be run", () => {
  const output = utf8Bytes("");
  assertEquals(
    [
      commandOutcome({ kind: "killed", signal: 9, output }, "/c"),
      commandOutcome({ kind: "timeout", output }, "/c"),
      commandOutcome({ kind: "notStarted", text: "no rights" }, "/c"),
    ].map(({ status, text }) => `${status} ${text}`),
    [
      '4.3.0 Command died with signal 9: "/c"',
      '5.3.0 Command time limit exceeded: "/c"',
      '4.3.0 cannot run "/c": no rights',
    ],
  );
});
