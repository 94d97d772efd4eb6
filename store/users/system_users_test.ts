import { assertEquals, assertRejects } from "@std/assert";

import { TempFailure } from "../../tools/kit/base/failure.ts";

import { SystemMailUsers } from "./system_users.ts";
import type { User, Users } from "./users.ts";
import { UsersInOrder } from "./users_in_order.ts";

const joe = { name: "joe", uid: 1001, gid: 100, gecos: "", home: "/home/joe", shell: "/usr/sbin/nologin" };
const system = new SystemMailUsers({
  userByName: (name) => Promise.resolve(name === "joe" ? joe : undefined),
});

function virtual(...names: readonly string[]): Users {
  const list: readonly User[] = names.map((name) => ({ name, home: `/mail/${name}` }));
  return {
    find: (name) => Promise.resolve(list.find((user) => user.name === name)),
    verify: () => Promise.resolve({ kind: "refused", reason: "Password mismatch" }),
    scramKeys: () => Promise.resolve(undefined),
    list: () => Promise.resolve(list),
  };
}

Deno.test("SystemMailUsers finds whoever passwd(5) has, whatever the shell", async () => {
  const want = { name: "joe", home: "/home/joe", uid: 1001, gid: 100, shell: joe.shell, isSystem: true };
  assertEquals(await system.find("Joe"), { ...want, isSystem: true });
  assertEquals([await system.find("ann"), await system.find("../joe")], [undefined, undefined]);
  assertEquals((await system.verify("joe", "x")).kind, "refused");
});

Deno.test("SystemMailUsers says that passwd(5) cannot be read", async () => {
  const broken = new SystemMailUsers({ userByName: () => Promise.reject(new Error("no")) });
  await assertRejects(() => broken.find("joe"), TempFailure, "user lookup error");
});

Deno.test("UsersInOrder asks one source after another", async () => {
  let others: readonly Users[] = [system];
  const users = new UsersInOrder(virtual("ann"), () => others);
  assertEquals((await users.find("joe"))?.home, "/home/joe");
  assertEquals((await users.find("ann"))?.home, "/mail/ann");
  const reason = async (name: string) => {
    const verdict = await users.verify(name, "x");
    return verdict.kind === "refused" ? verdict.reason : verdict.kind;
  };
  assertEquals([await reason("joe"), await reason("ann"), await reason("nobody")], [
    "users of the system do not log in here",
    "Password mismatch",
    "Password mismatch",
  ]);
  assertEquals((await users.list()).map(({ name }) => name), ["ann"]);
  others = [];
  assertEquals(await users.find("joe"), undefined);
  assertEquals((await new UsersInOrder(virtual("joe"), () => [system]).find("joe"))?.home, "/mail/joe");
});
