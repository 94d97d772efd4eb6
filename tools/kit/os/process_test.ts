import { assert, assertEquals, assertRejects } from "@std/assert";

import { utf8Bytes, utf8Text } from "../base/bytes.ts";
import { realClock } from "../base/clock.ts";

import { CannotRun, type ProgramOptions, runProgram } from "./process.ts";

const sh = (script: string, more: Partial<ProgramOptions> = {}) =>
  runProgram({
    program: "/bin/sh",
    args: ["-c", script],
    environment: { PATH: "/usr/bin:/bin" },
    limitMs: 5000,
    maxOutputOctets: 1000,
    clock: realClock,
    ...more,
  });

Deno.test("runProgram() gives input, output, errors and exit code", async () => {
  const result = await sh("cat; echo oops >&2; exit 75", { input: utf8Bytes("a message\n") });
  assertEquals([utf8Text(result.output), utf8Text(result.errors), result.code], [
    "a message\n",
    "oops\n",
    75,
  ]);
});

Deno.test("runProgram() gives the environment it was told and no other, and the directory", async () => {
  const { output } = await sh("env | sort; pwd", {
    environment: { PATH: "/usr/bin:/bin", USER: "u1" },
    directory: "/",
  });
  const lines = utf8Text(output).split("\n");
  assert(lines.includes("USER=u1") && lines.includes("/"));
  assert(!lines.some((line) => line.startsWith("HOME=")));
});

Deno.test("runProgram() bounds what it keeps and lets the program say all", async () => {
  const { output, code } = await sh("head -c 1000000 /dev/zero; exit 3", { maxOutputOctets: 10 });
  assertEquals([output.length, code], [10, 3]);
});

Deno.test("runProgram() kills at the limit, with all that the program started", async () => {
  const startedMs = realClock.monotonic();
  const result = await sh("sleep 30 & sleep 30", { limitMs: 100 });
  assertEquals([result.isTimedOut, result.signal], [true, "SIGKILL"]);
  assert(realClock.monotonic() - startedMs < 5000);
});

Deno.test("runProgram() does not wait for what a program leaves running with its output open", async () => {
  const result = await sh("sleep 3 & echo done");
  assertEquals([utf8Text(result.output), result.code, result.isTimedOut], ["done\n", 0, false]);
});

Deno.test("runProgram() bears a program that reads none of its input", async () => {
  const result = await sh("exit 0", { input: new Uint8Array(1_000_000) });
  assertEquals(result.code, 0);
});

Deno.test("runProgram() kills a program whose input cannot be read to its end", async () => {
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(utf8Bytes("half a message\n"));
    throw new Error("bad sector");
  }
  await assertRejects(() => sh("cat; sleep 30", { input: broken() }), Error, "bad sector");
});

Deno.test("runProgram() says why a program cannot be run", async () => {
  const missing = await assertRejects(() => sh("", { program: "/no/such/program" }), CannotRun);
  assertEquals([missing.reason, missing.message], ["notFound", "cannot run /no/such/program"]);
  const denied = await assertRejects(() => sh("", { program: "/etc/passwd" }), CannotRun);
  assertEquals(denied.reason, "denied");
});

Deno.test({
  name: "runProgram() runs as another user, without groups of ours",
  ignore: Deno.uid() !== 0,
  fn: async () => {
    const { output } = await sh("id -u; id -g; id -G", { uid: 65534, gid: 65534 });
    assertEquals(utf8Text(output), "65534\n65534\n65534\n");
  },
});
