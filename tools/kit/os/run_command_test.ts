import { assert, assertEquals } from "@std/assert";

import { utf8Bytes, utf8Text } from "../base/bytes.ts";
import { ManualClock, realClock } from "../base/clock.ts";

import { openLibc } from "./libc.ts";
import { processIsGone } from "./processes.ts";
import type { CommandToRun } from "./run_command.ts";
import { runCommand } from "./run_command.ts";
import { cannotActAs } from "./rights.ts";

// What is opened once stays open: before the tests, which are watched.
openLibc();

const own = { uid: Deno.uid() ?? 0, gid: Deno.gid() ?? 0 };
const nobody = { uid: 65534, gid: 65534 };

function shell(script: string, changes: Partial<CommandToRun> = {}): CommandToRun {
  return {
    words: ["/bin/sh", "-c", script],
    environment: { PATH: "/usr/bin:/bin", GREETING: "hello" },
    directory: "/",
    person: own,
    input: (async function* () {
      yield utf8Bytes("line 1\n");
      yield utf8Bytes("line 2\n");
    })(),
    limitMs: 20_000,
    maxOutputOctets: 4096,
    ...changes,
  };
}

Deno.test("runCommand() gives input and environment, and brings output and exit code", async () => {
  const end = await runCommand(shell("cat; echo $GREETING $(pwd) ${HOME-none} $(umask); exit 3"), realClock);
  assert(end.kind === "exited");
  assertEquals([end.code, utf8Text(end.output)], [3, "line 1\nline 2\nhello / none 0077\n"]);
});

Deno.test("runCommand() keeps no more output than it was told to, and does not mind input that is not read", async () => {
  const input = (async function* () {
    for (let count = 0; count < 100; count++) yield new Uint8Array(65536);
  })();
  const end = await runCommand(
    shell("head -c 100000 /dev/zero; exec true", { maxOutputOctets: 10, input }),
    realClock,
  );
  assert(end.kind === "exited");
  assertEquals([end.code, end.output.length], [0, 10]);
});

Deno.test("runCommand() tells a signal, and what could not be started", async () => {
  const killed = await runCommand(shell("kill -TERM $$"), realClock);
  assertEquals([killed.kind, killed.kind === "killed" && killed.signal], ["killed", 15]);
  const missing = await runCommand(shell("", { directory: "/no/such/directory" }), realClock);
  assertEquals(missing.kind, "notStarted");
  const noProgram = await runCommand(shell("", { words: ["/no/such/program"] }), realClock);
  assertEquals(noProgram.kind === "notStarted" && noProgram.text.includes("No such file or directory"), true);
});

Deno.test("runCommand() kills all that a command started when its time is up", async () => {
  const clock = new ManualClock();
  const path = await Deno.makeTempFile();
  const end = runCommand(
    shell(`sleep 600 & echo $! > ${path}; wait`, { limitMs: 1000 }),
    clock,
  );
  let pid = 0;
  while (pid === 0) {
    pid = Number(await Deno.readTextFile(path));
    await Deno.lstat("/");
  }
  assertEquals(processIsGone(pid), false);
  clock.advance(1000);
  assertEquals((await end).kind, "timeout");
  // Its parent is gone; init may take a moment to notice.
  for (let turn = 0; turn < 1000 && !processIsGone(pid) && !await isZombie(pid); turn++) {
    await Deno.lstat("/");
  }
  assert(processIsGone(pid) || await isZombie(pid));
  await Deno.remove(path);
});

Deno.test("runCommand() does not wait for who left the group and keeps the input, but does not read it", async () => {
  const clock = new ManualClock();
  const path = await Deno.makeTempFile();
  const input = (async function* () {
    for (;;) yield new Uint8Array(65536);
  })();
  const keeper = `setsid sh -c 'echo $$ > ${path}; exec sleep 600' <&3 >/dev/null 2>&1`;
  const script = `exec 3<&0; ${keeper} & exec 3<&- true`;
  const end = runCommand(shell(script, { limitMs: 1000, input }), clock);
  let pid = 0;
  while (pid === 0) {
    pid = Number(await Deno.readTextFile(path));
    await Deno.lstat("/");
  }
  clock.advance(1000);
  try {
    assertEquals((await end).kind, "timeout");
  } finally {
    Deno.kill(pid, "SIGKILL");
    await Deno.remove(path);
  }
});

async function isZombie(pid: number): Promise<boolean> {
  return (await Deno.readTextFile(`/proc/${pid}/stat`).catch(() => ") Z")).includes(") Z");
}

Deno.test("runCommand() runs as the person, without root's groups; or says why not", async () => {
  const end = await runCommand(shell("id -u; id -G", { person: nobody }), realClock);
  const reason = cannotActAs(nobody);
  if (reason !== undefined) return assertEquals(end, { kind: "notStarted", text: reason });
  assert(end.kind === "exited");
  assertEquals(utf8Text(end.output), "65534\n65534\n");
});
