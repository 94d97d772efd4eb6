import { assert, assertEquals } from "@std/assert";

import { utf8Text } from "../base/bytes.ts";

import { openLibc } from "./libc.ts";
import { raiseDescriptorLimit } from "./limits.ts";
import { type FileLock, type LockOptions, tryLockFile } from "./locks.ts";

const ignore = typeof openLibc() === "string";

async function withFile(run: (path: string) => Promise<void> | void): Promise<void> {
  const path = await Deno.makeTempFile();
  try {
    await run(path);
  } finally {
    await Deno.remove(path);
  }
}

function lock(path: string, options: LockOptions): FileLock {
  const result = tryLockFile(path, options);
  if (result.kind !== "locked") throw new Error(`not locked: ${JSON.stringify(result)}`);
  return result.lock;
}

/** Runs Python, which every Linux mail host has, holding or trying a POSIX lock in another process. */
async function python(script: string): Promise<string | undefined> {
  try {
    const command = new Deno.Command("/usr/bin/python3", { args: ["-c", script], clearEnv: true });
    const { success, stdout } = await command.output();
    return success ? utf8Text(stdout).trim() : undefined;
  } catch {
    return undefined;
  }
}

const hasPython = !ignore && await python("print(1)") === "1";

for (const method of ["fcntl", "flock"] as const) {
  Deno.test({
    name: `tryLockFile() excludes other locks of this process (${method})`,
    ignore,
    fn: () =>
      withFile((path) => {
        const first = lock(path, { mode: "exclusive", method });
        assertEquals(tryLockFile(path, { mode: "exclusive", method }), { kind: "held" });
        assertEquals(tryLockFile(path, { mode: "shared", method }), { kind: "held" });
        first.release();
        const readers = [lock(path, { mode: "shared", method }), lock(path, { mode: "shared", method })];
        assertEquals(tryLockFile(path, { mode: "exclusive", method }), { kind: "held" });
        for (const reader of readers) reader.release();
        for (const reader of readers) reader.release();
        const last = lock(path, { mode: "exclusive", method });
        assertEquals(last.inode, Deno.statSync(path).ino);
        last.release();
      }),
  });

  Deno.test({
    name: `tryLockFile() keeps its lock when the file is opened and closed otherwise (${method})`,
    ignore,
    fn: () =>
      withFile((path) => {
        const first = lock(path, { mode: "exclusive", method });
        Deno.writeTextFileSync(path, "x");
        Deno.readTextFileSync(path);
        assertEquals(tryLockFile(path, { mode: "exclusive", method }).kind, "held");
        first.release();
      }),
  });
}

Deno.test({ name: "tryLockFile() says that a file is missing or cannot be opened", ignore }, () => {
  assertEquals(tryLockFile("/no/such/file", { mode: "shared", method: "fcntl" }), { kind: "missing" });
  assertEquals(tryLockFile("/", { mode: "exclusive", method: "fcntl" }).kind, "failed");
});

Deno.test({
  name:
    "tryLockFile() excludes another process's POSIX lock and is excluded by it, with its number (fcntl(2))",
  ignore: !hasPython,
  fn: () =>
    withFile(async (path) => {
      const held = lock(path, { mode: "exclusive", method: "fcntl" });
      const attempt = `
import fcntl
f = open(${JSON.stringify(path)}, "r+")
try:
    fcntl.lockf(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
    print("locked")
except OSError:
    print("excluded")`;
      assertEquals(await python(attempt), "excluded");
      held.release();
      assertEquals(await python(attempt), "locked");

      const holder = new Deno.Command("/usr/bin/python3", {
        args: ["-c", `${attempt.replace('print("locked")', 'print("locked", flush=True); input()')}`],
        stdin: "piped",
        stdout: "piped",
      }).spawn();
      const reader = holder.stdout.getReader();
      await reader.read();
      assertEquals(tryLockFile(path, { mode: "shared", method: "fcntl" }), { kind: "held", pid: holder.pid });
      const writer = holder.stdin.getWriter();
      await writer.write(new Uint8Array([10]));
      await writer.close();
      await holder.status;
      await reader.cancel();
      lock(path, { mode: "exclusive", method: "fcntl" }).release();
    }),
});

Deno.test({
  name: "tryLockFile() says that locks are unavailable where native code may not be called",
  permissions: { read: true, ffi: false },
  fn: async () => {
    // What is opened once stays open, so a worker of its own asks.
    const source = `import { tryLockFile } from ${
      JSON.stringify(new URL("./locks.ts", import.meta.url).href)
    };
      postMessage(tryLockFile("/etc/passwd", { mode: "shared", method: "fcntl" }));`;
    const url = URL.createObjectURL(new Blob([source], { type: "application/typescript" }));
    const worker = new Worker(url, { type: "module", deno: { permissions: { read: true, ffi: false } } });
    const result = await new Promise<{ kind: string; text: string }>((resolve) => {
      worker.onmessage = (event) => resolve(event.data);
    });
    worker.terminate();
    URL.revokeObjectURL(url);
    assertEquals(result.kind, "unavailable");
    assert(result.text.startsWith("libc cannot be called: "), result.text);
  },
});

Deno.test({ name: "raiseDescriptorLimit() raises to the hard limit (getrlimit(2))", ignore }, () => {
  const limit = raiseDescriptorLimit();
  assert(limit !== undefined && limit.now === limit.most && limit.now >= 64, JSON.stringify(limit));
});
