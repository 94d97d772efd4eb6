import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";

import { utf8Bytes, utf8Text } from "../../tools/kit/base/bytes.ts";
import { ManualClock } from "../../tools/kit/base/clock.ts";
import { PermFailure, TempFailure } from "../../tools/kit/base/failure.ts";
import { createLog } from "../../tools/kit/base/log.ts";
import { SeededRandom } from "../../tools/kit/base/random.ts";

import { DiskError, writeFileAtomically } from "../file/disk.ts";
import { SimDisk, SimStop } from "../file/sim_disk.ts";

import { PasswdFile } from "./passwd_file.ts";
import type { PasswdFileOptions } from "./passwd_file.ts";
import { testUsers } from "./users_suite.ts";

function setting(text?: string, options: Partial<PasswdFileOptions> = {}) {
  const clock = new ManualClock();
  const warnings: string[] = [];
  const disk = options.disk instanceof SimDisk ? options.disk : new SimDisk({ now: clock.now.bind(clock) });
  const log = createLog((record) => warnings.push(record.text), { now: () => 0, part: "auth" });
  const open = () =>
    new PasswdFile({
      disk,
      path: "/users",
      mailHome: "/mail/%u",
      random: new SeededRandom(1),
      clock,
      log,
      iterations: 4,
      ...options,
    });
  const write = (contents: string) =>
    writeFileAtomically(disk, "/users", utf8Bytes(contents), { temporary: "/users.other" });
  const read = async () => utf8Text(await disk.readFile("/users"));
  return { disk, clock, warnings, open, write, read, ready: text === undefined ? undefined : write(text) };
}

testUsers("PasswdFile with passwords of its own", async (accounts) => {
  const { open } = setting();
  const users = open();
  for (const { name, password } of accounts) await users.add(name, password);
  return { users, close: () => users.close() };
});

testUsers("PasswdFile with plain passwords", async (accounts) => {
  const text = accounts.map(({ name, password }) => `${name}:{PLAIN.b64}${btoa(latin1(password))}::::::\n`)
    .join("");
  const { open, ready } = setting(text);
  await ready;
  const users = open();
  return { users, close: () => users.close() };
});

function latin1(text: string): string {
  return String.fromCharCode(...utf8Bytes(text));
}

Deno.test("PasswdFile reads every field of a line (Dovecot passwd-file)", async () => {
  const { open, ready, warnings } = setting(
    "# users\n\njane:{PLAIN}pw:1000:1001:Jane, Ms:/home/jäne:/bin/sh:userdb_quota=1G\nbob:{PLAIN}pw\n",
  );
  await ready;
  const users = open();
  assertEquals(await users.find("jane"), { name: "jane", home: "/home/jäne", uid: 1000, gid: 1001 });
  assertEquals(await users.find("bob"), { name: "bob", home: "/mail/bob", uid: undefined, gid: undefined });
  assertEquals(warnings, [
    `/users, line 3: user "jane": extra field "userdb_quota" is not supported and ignored`,
  ]);
});

Deno.test("PasswdFile tells of malformed lines with their number and goes on", async () => {
  const lines = [
    "jane:{PLAIN}a",
    "nopassword",
    ":x",
    "../x:{PLAIN}a",
    "bob:{PLAIN}a:x:1",
    "ann:{PLAIN}a:::::relative/home:",
    "Jane:{PLAIN}b",
    "joe:{PLAIN}a",
  ];
  lines[5] = "ann:{PLAIN}a:::gecos:relative/home:";
  const { open, ready, warnings } = setting(lines.join("\n"));
  await ready;
  const users = open();
  assertEquals((await users.list()).map(({ name }) => name), ["jane", "joe"]);
  assertEquals(warnings, [
    `/users, line 2: user "nopassword": there is no password field`,
    `/users, line 3: "" cannot be a user name`,
    `/users, line 4: "../x" cannot be a user name`,
    `/users, line 5: user "bob": uid and gid must be numbers`,
    `/users, line 6: user "ann": home "relative/home" is not absolute`,
    `/users, line 7: user "jane" is already in line 1`,
  ]);
});

Deno.test("PasswdFile lets nobody in by a field that it does not know how to keep", async () => {
  const { open, ready } = setting(
    "jane:{PLAIN}pw::::::allow_nets=10.0.0.0/8\nbob:{PLAIN}pw::::::nologin\nann:\njoe:*\n",
  );
  await ready;
  const users = open();
  const reasons: string[] = [];
  for (const [name, password] of [["jane", "pw"], ["bob", "pw"], ["ann", ""], ["joe", "*"]] as const) {
    const verdict = await users.verify(name, password);
    reasons.push(verdict.kind === "refused" ? verdict.reason : "accepted");
  }
  assertEquals(reasons, [
    `/users, line 1: extra field "allow_nets" is not supported`,
    `/users, line 2: extra field "nologin" is not supported`,
    "/users, line 3: login is locked",
    "/users, line 4: login is locked",
  ]);
});

Deno.test("PasswdFile notices a changed file at the next question", async () => {
  const { open, ready, write } = setting("jane:{PLAIN}one\n");
  await ready;
  const users = open();
  assertEquals((await users.verify("jane", "one")).kind, "accepted");
  await write("bob:{PLAIN}three\njane:{PLAIN}two\n");
  assertEquals((await users.verify("jane", "one")).kind, "refused");
  assertEquals((await users.verify("jane", "two")).kind, "accepted");
  assertEquals((await users.find("bob"))?.name, "bob");
});

Deno.test("PasswdFile without a file fails for now, and add() makes the file", async () => {
  const { open, disk } = setting();
  const users = open();
  await assertRejects(() => users.find("jane"), TempFailure, "Temporary authentication failure");
  await assertRejects(() => users.verify("jane", "x"), TempFailure);
  await users.add("jane", "x");
  assertEquals((await users.verify("jane", "x")).kind, "accepted");
  assertEquals((await disk.stat("/users"))?.mode, 0o600);
});

Deno.test("PasswdFile takes user@domain for user when the domain is local", async () => {
  const { open, ready } = setting("jane:{PLAIN}a\njoe@ref.test:{PLAIN}b\njoe:{PLAIN}c\n", {
    isLocalDomain: (domain) => domain === "ref.test",
  });
  await ready;
  const users = open();
  const rows: readonly (readonly [string, string, string | undefined])[] = [
    ["jane@ref.test", "a", "jane"],
    ["Jane@REF.test", "a", "jane"],
    ["jane@elsewhere.test", "a", undefined],
    ["joe@ref.test", "b", "joe@ref.test"],
    ["joe@ref.test", "c", undefined],
    ["joe", "c", "joe"],
  ];
  for (const [name, password, expected] of rows) {
    const verdict = await users.verify(name, password);
    assertEquals(
      verdict.kind === "accepted" ? verdict.user.name : undefined,
      expected,
      `${name} ${password}`,
    );
  }
});

Deno.test("PasswdFile edits keep every other line, comment and octet", async () => {
  const before =
    "# users of \u00fc\r\n\njane:{PLAIN}a:1:2:g:/h:/s:x=y\r\n  # more\nBob:{PLAIN}b\nbroken\nann:{PLAIN}c";
  const { open, ready, read } = setting(before);
  await ready;
  const users = open();
  await users.add("New", "secret");
  assertStringIncludes(await read(), `${before}\nnew:{SCRAM-SHA-256}4,`);
  await users.setPassword("BOB", "other");
  await users.setPassword("jane", "third");
  const text = await read();
  assertEquals(
    text.replaceAll(/\{SCRAM-SHA-256\}4,[^:\n]*/g, "{S}"),
    before.replace("{PLAIN}a", "{S}").replace("{PLAIN}b", "{S}") + "\nnew:{S}::::::\n",
  );
  for (const name of ["bob", "jane", "new"]) await users.delete(name);
  assertEquals(await read(), "# users of \u00fc\r\n\n  # more\nbroken\nann:{PLAIN}c\n");
  assertEquals((await users.verify("ann", "c")).kind, "accepted");
});

Deno.test("PasswdFile refuses names and passwords that cannot be, and says why", async () => {
  const { open, ready, read } = setting("jane:{PLAIN}a\n");
  await ready;
  const users = open();
  for (const name of ["", "a b", "a:b", "a/b", ".a", "a\nb", "ü", "#x", "x".repeat(129)]) {
    await assertRejects(() => users.add(name, "x"), PermFailure, "cannot be a user name");
  }
  await assertRejects(() => users.add("JANE", "x"), PermFailure, `user "jane" already exists`);
  await assertRejects(() => users.setPassword("bob", "x"), PermFailure, `unknown user "bob"`);
  await assertRejects(() => users.delete("../x"), PermFailure, `unknown user "../x"`);
  for (const password of ["", "a\nb", "a\0"]) {
    await assertRejects(() => users.add("bob", password), PermFailure, "password");
  }
  assertEquals(await read(), "jane:{PLAIN}a\n");
});

Deno.test("PasswdFile takes edits from many editors at a time and loses none", async () => {
  const { open, disk, clock } = setting();
  const names = Array.from({ length: 12 }, (_, index) => `user${index}`);
  let done = false;
  const edits = Promise.all(names.map((name) => open().add(name, name))).finally(() => done = true);
  while (!done) {
    clock.advance(50);
    await new Promise<void>((resolve) => queueMicrotask(resolve));
    await disk.stat("/users");
    await crypto.subtle.digest("SHA-1", new Uint8Array(0));
  }
  await edits;
  assertEquals((await open().list()).map(({ name }) => name).sort(), [...names].sort());
  assertEquals((await disk.list("/")).map(({ name }) => name), ["users"]);
});

Deno.test("PasswdFile takes over the lock of an editor that died, and clears up after it", async () => {
  const { open, disk, clock, ready } = setting("jane:{PLAIN}a\n");
  await ready;
  await writeFileAtomically(disk, "/users.lock", utf8Bytes(""), { temporary: "/x" });
  await writeFileAtomically(disk, "/users.tmp-0123", utf8Bytes("half"), { temporary: "/x" });
  clock.advance(11_000);
  const adding = open().add("bob", "x");
  while (clock.nextDue() === undefined) await crypto.subtle.digest("SHA-1", new Uint8Array(0));
  clock.advance(50);
  await adding;
  assertEquals((await disk.list("/")).map(({ name }) => name), ["users"]);
});

Deno.test("PasswdFile gives up on a lock that is held on and on", async () => {
  const { open, disk, clock, ready } = setting("jane:{PLAIN}a\n");
  await ready;
  const adding = assertRejects(
    () => open().add("bob", "x"),
    TempFailure,
    "is being edited by somebody else (/users.lock)",
  );
  let done = false;
  adding.finally(() => done = true);
  await writeFileAtomically(disk, "/users.lock", utf8Bytes(""), { temporary: "/x" });
  while (!done) {
    // The other editor keeps its lock fresh.
    await disk.touch("/users.lock", clock.now());
    clock.advance(50);
    await crypto.subtle.digest("SHA-1", new Uint8Array(0));
  }
  await adding;
});

Deno.test("A crash at any step of an edit leaves the old users or the new", async () => {
  const before = "jane:{PLAIN}a\nbob:{PLAIN}b\n";
  const seen = new Set<string>();
  for (let stop = 1; stop < 40; stop++) {
    for (let seed = 0; seed < 4; seed++) {
      const disk = new SimDisk({ seed, now: () => 0 });
      const { open, ready } = setting(before, { disk });
      await ready;
      disk.stopAfter(stop);
      const result = await open().add("ann", "c").then(() => "done", (thrown) => {
        if (!(thrown instanceof SimStop)) throw thrown;
        return "stopped";
      });
      const after = disk.crash(seed + 100);
      const text = utf8Text(await after.readFile("/users"));
      const isOld = text === before;
      const isNew = text.startsWith(before) &&
        /^ann:\{SCRAM-SHA-256\}4,[^:]+::::::\n$/.test(text.slice(before.length));
      assertEquals(isOld || isNew, true, `stop ${stop}, seed ${seed}: ${text}`);
      if (result === "done") {
        assertEquals(isNew, true, `stop ${stop}, seed ${seed}: said done, found ${text}`);
      }
      seen.add(`${result} ${isNew ? "new" : "old"}`);
    }
  }
  assertEquals([...seen].sort(), ["done new", "stopped new", "stopped old"]);
});

Deno.test("PasswdFile checks somebody's password for a user that is not there, so that time does not tell", async () => {
  const checked: string[] = [];
  const crypt = (password: string, setting: string) => {
    checked.push(setting);
    return `hash of ${password}`;
  };
  const { open, ready } = setting("jane:{CRYPT}$a\nbob:{CRYPT}$b\n", { crypt });
  await ready;
  const users = open();
  for (const name of ["nobody", "nobody", "../x"]) {
    assertEquals((await users.verify(name, "x")).kind, "refused");
  }
  assertEquals(checked.length, 3);
  assertEquals(checked[0], checked[1]);
});

Deno.test("PasswdFile asked for anybody in an empty file derives a key all the same", async () => {
  const { open, ready } = setting("# nobody yet\n");
  await ready;
  assertEquals(await open().verify("nobody", "x"), { kind: "refused", reason: "unknown user" });
});

Deno.test("PasswdFile remembers a password that was right until it is changed, and never a wrong one", async () => {
  let checks = 0;
  const crypt = (password: string) => {
    checks++;
    return `$${password}`;
  };
  const { open, ready, write } = setting("jane:{CRYPT}$one\n", { crypt });
  await ready;
  const users = open();
  const verify = async (password: string) => (await users.verify("jane", password)).kind === "accepted";
  assertEquals([await verify("one"), await verify("one"), await verify("one"), checks], [
    true,
    true,
    true,
    1,
  ]);
  assertEquals([await verify("two"), await verify("two"), checks], [false, false, 3]);
  await write("jane:{CRYPT}$two\n");
  assertEquals([await verify("one"), await verify("two"), await verify("two"), checks], [
    false,
    true,
    true,
    5,
  ]);
});

Deno.test("PasswdFile on a full disk keeps the users as they are and says why", async () => {
  const { open, disk, ready, read } = setting("jane:{PLAIN}a\n");
  await ready;
  disk.capacityOctets = 20;
  await assertRejects(() => open().add("bob", "x"), DiskError, "No space left on device");
  assertEquals(await read(), "jane:{PLAIN}a\n");
  assertEquals((await disk.list("/")).map(({ name }) => name), ["users"]);
});

Deno.test("PasswdFile gives the file back with its mode and owner", async () => {
  const { open, disk, ready } = setting("jane:{PLAIN}a\n");
  await ready;
  await disk.chmod("/users", 0o640);
  await disk.chown("/users", 12, 34);
  await open().setPassword("jane", "b");
  const info = await disk.stat("/users");
  assertEquals([info?.mode, info?.uid, info?.gid], [0o640, 12, 34]);
});

Deno.test("PasswdFile gives SCRAM keys of the hash that is stored only (RFC 5802 §3)", async () => {
  const { open } = setting();
  const users = open();
  await users.add("jane", "pw");
  const keys = await users.scramKeys("Jane", "SHA-256");
  assertEquals([keys?.hash, keys?.iterations, keys?.salt.length, keys?.storedKey.length], [
    "SHA-256",
    4,
    16,
    32,
  ]);
  assertEquals(await users.scramKeys("jane", "SHA-1"), undefined);
});
