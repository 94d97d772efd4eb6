import { assertEquals, assertRejects } from "@std/assert";

import { parseGroup, parsePasswd, SystemUsers } from "./passwd.ts";

const passwd = `# local users
root:x:0:0:root:/root:/bin/bash
u1:x:1001:1001:User One,,,:/home/u1:
u2:*:1002:100::/home/u2:/usr/sbin/nologin
broken:x:abc:1:::
short:x:1
+::::::
-u9::::::

u1:x:1003:1003::/home/other:/bin/sh
`;

const group = `root:x:0:
users:x:100:u1, u2
mail:x:8:u1
nonsense
+:::
`;

Deno.test("parsePasswd() reads entries and passes over what is none (passwd(5))", () => {
  assertEquals(parsePasswd(passwd), [
    { name: "root", uid: 0, gid: 0, gecos: "root", home: "/root", shell: "/bin/bash" },
    { name: "u1", uid: 1001, gid: 1001, gecos: "User One,,,", home: "/home/u1", shell: "/bin/sh" },
    { name: "u2", uid: 1002, gid: 100, gecos: "", home: "/home/u2", shell: "/usr/sbin/nologin" },
    { name: "u1", uid: 1003, gid: 1003, gecos: "", home: "/home/other", shell: "/bin/sh" },
  ]);
});

Deno.test("parseGroup() reads entries and passes over what is none (group(5))", () => {
  assertEquals(parseGroup(group), [
    { name: "root", gid: 0, members: [] },
    { name: "users", gid: 100, members: ["u1", "u2"] },
    { name: "mail", gid: 8, members: ["u1"] },
  ]);
});

Deno.test("SystemUsers finds users and groups, and sees changes", async () => {
  const dir = await Deno.makeTempDir();
  try {
    const paths = { passwd: `${dir}/passwd`, group: `${dir}/group` };
    await Deno.writeTextFile(paths.passwd, passwd);
    await Deno.writeTextFile(paths.group, group);
    const users = new SystemUsers(paths);
    const u1 = await users.userByName("u1");
    assertEquals([u1?.uid, (await users.userByUid(1002))?.name, await users.userByName("U1")], [
      1001,
      "u2",
      undefined,
    ]);
    assertEquals(await users.gidsOf(u1!), [8, 100, 1001]);
    assertEquals([(await users.groupByName("mail"))?.gid, (await users.groupByGid(100))?.name], [8, "users"]);
    await Deno.writeTextFile(paths.passwd, "u3:x:1004:100::/home/u3:/bin/sh\n");
    assertEquals([await users.userByName("u1"), (await users.userByName("u3"))?.uid], [undefined, 1004]);
    await Deno.remove(paths.passwd);
    await assertRejects(() => users.userByName("u3"), Error, `cannot read ${dir}/passwd`);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
