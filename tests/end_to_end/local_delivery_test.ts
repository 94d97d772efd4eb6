/** Files, commands, lists and users of the system, delivered to by a running server. */

import { assert, assertEquals, assertMatch } from "@std/assert";

import { ask, expectReply, openSmtp, sendText } from "./smtp.ts";
import { World } from "./world.ts";

const isRoot = Deno.uid() === 0;

Deno.test("aliases bring mail to files, commands, lists and users of the system (aliases(5))", async () => {
  // Outside of the server's own directory: that is closed to all others.
  const out = await Deno.makeTempDir({ prefix: "mailsrv-out-" });
  await Deno.chmod(out, 0o1777);
  await Deno.writeTextFile(`${out}/members`, "# two\nu1\nu2\n", { mode: 0o644 });
  const world = await World.start({
    settings: `system_users = true\nmail_spool_directory = "${out}"\n`,
    aliases: [
      "postmaster: u1",
      `keep: ${out}/keep`,
      `prog: "|(id -u; cat) > ${out}/prog"`,
      'fail: "|echo 5.2.2 no room; exit 1"',
      `list: :include:${out}/members`,
      "owner-list: u2",
    ].join("\n") + "\n",
  });
  try {
    using peer = await openSmtp(world, "smtp");
    const to = ["keep", "prog", "fail", "list", ...isRoot ? ["nobody"] : []];
    const mail = { from: "u1@ref.test", to: to.map((name) => `${name}@ref.test`) };
    expectReply(await sendText(peer, "Subject: one\r\n\r\nbody\r\n", mail), "250 ", ".");
    await ask(peer, "QUIT");
    await world.server.drained();

    const person = isRoot ? 65534 : Deno.uid()!;
    assertMatch(
      await Deno.readTextFile(`${out}/keep`),
      /^From u1@ref\.test .*Delivered-To: keep@ref\.test\n/s,
    );
    assertEquals((await Deno.stat(`${out}/keep`)).uid, person);
    assertMatch(await Deno.readTextFile(`${out}/prog`), new RegExp(`^${person}\nFrom u1@ref\\.test `));
    assertEquals((await Deno.stat(`${out}/prog`)).mode! & 0o777, 0o600);
    for (const user of ["u1", "u2"]) {
      const directory = world.path("mail", user, "Maildir", "new");
      const texts = await Promise.all(
        Array.from(Deno.readDirSync(directory), ({ name }) => Deno.readTextFile(`${directory}/${name}`)),
      );
      const text = texts.find((one) => one.startsWith("Return-Path: <owner-list@ref.test>\n"));
      assert(text?.includes("\nDelivered-To: list@ref.test\n"), texts.join("---\n"));
      if (user === "u1") {
        assert(texts.some((one) => /^<fail@ref\.test>: no room$/m.test(one)), texts.join("---\n"));
      }
    }
    if (!isRoot) return;
    assertMatch(await Deno.readTextFile(`${out}/nobody`), /Delivered-To: nobody@ref\.test\n/);
    assertEquals((await Deno.stat(`${out}/nobody`)).uid, person);
  } finally {
    await world.dispose();
    await Deno.remove(out, { recursive: true });
  }
});
