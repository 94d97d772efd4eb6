import { assertEquals, assertThrows } from "@std/assert";

import { openLibc } from "./libc.ts";
import { openNativeFile } from "./native_file.ts";
import { actAs, cannotActAs } from "./rights.ts";

// What is opened once stays open: before the tests, which are watched.
openLibc();

const nobody = { uid: 65534, gid: 65533, groups: [65532] };
const mayAct = Deno.uid() === 0 && cannotActAs(nobody) === undefined;

/** Ids and powers of this thread: real, effective, saved, for files. */
function status(): readonly string[] {
  const text = Deno.readTextFileSync("/proc/thread-self/status");
  return Array.from(text.matchAll(/^(?:Uid|Gid|Groups|CapEff):\t(.*?)\s*$/gm), ([, value]) => value!);
}

Deno.test("actAs() leaves the thread none of root's powers, and gives all of them back", () => {
  if (!mayAct) return;
  const before = status();
  const [uid, gid, groups, powers] = actAs(nobody, status);
  assertEquals([uid, gid], ["0\t65534\t0\t65534", "0\t65533\t0\t65533"]);
  assertEquals(groups, "65532 65533");
  assertEquals(powers, "0000000000000000");
  assertEquals(status(), before);
  assertThrows(() =>
    actAs(nobody, () => {
      throw new Error("thrown within");
    })
  );
  assertEquals(status(), before);
});

Deno.test("actAs() lets nobody at the kernel's settings, which ask for the effective user (proc(5))", () => {
  if (!mayAct) return;
  const options = { read: false, write: true, append: true, truncate: false, mode: 0, followsLinks: false };
  for (const path of ["/proc/sys/kernel/core_pattern", "/proc/sys/vm/drop_caches", "/etc/shadow"]) {
    assertThrows(
      () => actAs(nobody, () => openNativeFile(path, { ...options, create: undefined })),
      Error,
      "Permission denied",
    );
  }
});

Deno.test("actAs() takes no number that would be cut to root's, or mean that nothing changes", () => {
  if (!mayAct) return;
  const before = status();
  for (const id of [2 ** 32, 2 ** 32 - 1, -1, 0.5, NaN]) {
    for (const person of [{ uid: id, gid: 1 }, { uid: 1, gid: id }, { uid: 1, gid: 1, groups: [id] }]) {
      assertThrows(() => actAs(person, () => {}), Error, "is no user's or group's number");
    }
  }
  actAs({ uid: 2 ** 32 - 2, gid: 2 ** 31 }, () => {});
  assertEquals(status(), before);
});
