/** Mail handed in by programs, with the server down and up, and the classic names through links. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join, resolve } from "@std/path";

import type { CommandResult } from "../server/mailsrv.ts";
import { isBinary, programLine, runProgram, until } from "../server/mailsrv.ts";

import { openSmtp, sendText } from "./smtp.ts";
import type { World } from "./world.ts";
import { worldTest } from "./world.ts";

/** Runs the program through a link of that name: to the executable, or to the runtime with the source. */
async function linked(
  world: World,
  name: string,
  args: readonly string[],
  input?: string,
): Promise<CommandResult & { readonly all: string }> {
  const path = join(world.server.folder, name);
  const [program, ...first] = programLine();
  await Deno.symlink(resolve(program!), path).catch(() => {});
  const result = await runProgram(path, [...first, ...args], {
    cwd: world.server.folder,
    input: input ?? "",
  });
  return { ...result, all: result.stdout + result.stderr };
}

worldTest(
  "mail that programs hand in",
  { users: ["s1"], settings: "message_size_limit = 100000\n" },
  async (world, step) => {
    const { server } = world;
    const send = (args: readonly string[], input: string) => server.run(["send", ...args], { input });

    await step("with the server down it waits in maildrop, and is delivered after the start", async () => {
      await server.stop();
      assertEquals((await send(["s1@ref.test"], "Subject: while down\n\nx\n")).code, 0);
      assertEquals((await Array.fromAsync(Deno.readDir(world.path("queue", "maildrop")))).length, 1);
      const list = await server.run(["queue", "list"]);
      assertEquals(list.code, 0);
      assertMatch(list.stderr, /^mailsrv: warning: Mail system is down -- accessing queue directly\n$/);
      assertMatch(
        list.stdout,
        /^-Queue ID-.*\n[0-9A-F]+ +\d+ \w{3} .* \S+\n +s1@ref\.test\n\n-- 0 Kbytes in 1 Request\.\n$/,
      );
      const [id] = /^[0-9A-F]{6,}/m.exec(list.stdout)!;
      assertStringIncludes(await server.mustRun(["queue", "show", id]), "Subject: while down");
      assertEquals((await server.run(["queue", "flush"])).code, 69);
      await world.start();
      assertMatch(
        await world.arrived("s1", "Subject: while down"),
        /^Received: by mx\.ref\.test \(mailsrv, from userid \d+\)$/m,
      );
      assertMatch(await server.mustRun(["queue", "list"]), /^Mail queue is empty\n$/);
    });

    await step("with the server up it is delivered at once", async () => {
      assertEquals(await send(["s1"], "Subject: while up\n\nx\n"), { code: 0, stdout: "", stderr: "" });
      const text = await world.arrived("s1", "Subject: while up");
      for (const field of [/^From: /m, /^Date: /m, /^Message-Id: </m]) assertMatch(text, field);
    });

    await step("-f is the envelope's sender, <> among them", async () => {
      await send(["-f", "list@ref.test", "s1"], "Subject: by list\n\nx\n");
      assertMatch(await world.arrived("s1", "Subject: by list"), /^Return-Path: <list@ref\.test>\n/);
      await send(["-f", "<>", "s1"], "Subject: by nobody\n\nx\n");
      assertMatch(await world.arrived("s1", "Subject: by nobody"), /^Return-Path: <>\n/);
      await send(["-flist@ref.test", "-F", "The List, Ltd.", "s1"], "Subject: with a name\n\nx\n");
      assertMatch(
        await world.arrived("s1", "Subject: with a name"),
        /^From: "The List, Ltd\." <list@ref\.test>$/m,
      );
    });

    await step("-t takes To, Cc and Bcc, and hides Bcc", async () => {
      const header =
        'To: u1, "Two, q" <u2@ref.test>\nCc: (a comment) s1@ref.test\nBcc: u1+hidden@ref.test\nSubject: by header\n';
      assertEquals((await send(["-t"], `${header}\nx\n`)).code, 0);
      await server.drained();
      for (const [user, copies] of [["u1", 2], ["u2", 1], ["s1", 1]] as const) {
        const texts = (await world.maildir(user)).filter((text) => text.includes("Subject: by header"));
        assertEquals(texts.length, copies, user);
        for (const text of texts) assert(!/^Bcc:/mi.test(text), text);
      }
    });

    await step("a dot alone ends the message, unless -i", async () => {
      await send(["s1"], "Subject: dot ends\n\nbefore\n.\nafter\n");
      assertMatch(await world.arrived("s1", "Subject: dot ends"), /\n\nbefore\n$/);
      await send(["-i", "s1"], "Subject: dot stays\n\n.\n..\n.x\nFrom here\r\nlast");
      assertMatch(await world.arrived("s1", "Subject: dot stays"), /\n\n\.\n\.\.\n\.x\nFrom here\nlast\n$/);
      await send(["-oi", "s1"], "Subject: old way\n\n.\nafter\n");
      assertMatch(await world.arrived("s1", "Subject: old way"), /\n\n\.\nafter\n$/);
    });

    await step("octets are kept as they are", async () => {
      await send(["s1"], `Subject: octets\n\n${"x".repeat(5000)}\n\u00e5\u00e4\n\n\n`);
      const text = await world.arrived("s1", "Subject: octets");
      assert(text.endsWith(`\n\n${"x".repeat(5000)}\n\u00c3\u00a5\u00c3\u00a4\n\n\n`), text.slice(-40));
    });

    await step("what cannot be sent is told, with the codes of sysexits", async () => {
      const cases: readonly (readonly [readonly string[], string, number, RegExp])[] = [
        [[], "Subject: x\n\nx\n", 64, /[Rr]ecipient addresses must be specified/],
        [["-t"], "Subject: no recipients\n\nx\n", 65, /[Nn]o recipient addresses found/],
        [["--nope", "s1"], "", 64, /unknown option --nope/],
        [["-B", "9BIT", "s1"], "", 64, /-B option needs 8BITMIME or 7BIT/],
        [["s1"], `Subject: long\n\n${"x".repeat(100_001)}\n`, 65, /longer than 100000 octets/],
        [["--data", "nowhere", "s1"], "Subject: x\n\nx\n", 78, /no settings at \S*nowhere/],
      ];
      for (const [args, input, code, told] of cases) {
        const result = await send(args, input);
        assertMatch(result.stderr, told, args.join(" "));
        assertEquals(result.code, code, `${args.join(" ")}: ${result.stderr}`);
      }
      assertMatch(await server.mustRun(["queue", "list"]), /empty/);
    });

    await step("mail to somebody who is not there comes back", async () => {
      await send(["-f", "s1", "no-such-user"], "Subject: comes back\n\nx\n");
      const bounce = await world.arrived("s1", "no-such-user");
      assertMatch(bounce, /^Return-Path: <>\n/);
      assertStringIncludes(bounce, "Subject: comes back");
    });

    await step("several at once, before, while and after the server is down", async () => {
      const many = (from: number) =>
        Promise.all(
          Array.from({ length: 5 }, (_, index) => send(["u2"], `Subject: many ${from + index}\n\nx\n`)),
        );
      await many(0);
      await server.stop();
      await many(5);
      await world.start();
      await many(10);
      await server.drained();
      await until(
        async () =>
          (await world.maildir("u2")).filter((text) => text.includes("Subject: many")).length === 15,
        "all are there",
      );
    });
  },
);

worldTest("the program under its classic names", { users: ["s1"] }, async (world, step) => {
  await step("sendmail", async () => {
    assertEquals(
      await linked(world, "sendmail", ["-i", "-f", "u1@ref.test", "s1"], "Subject: sendmail\n\n.\nx\n"),
      {
        code: 0,
        stdout: "",
        stderr: "",
        all: "",
      },
    );
    assertMatch(
      await world.arrived("s1", "Subject: sendmail"),
      /^Return-Path: <u1@ref\.test>\n[^]*\n\n\.\nx\n$/,
    );
    assertMatch((await linked(world, "sendmail", ["-bp"])).stdout, /^Mail queue is empty\n$/);
    assertMatch((await linked(world, "sendmail", ["--nope"])).stderr, /^sendmail: unknown option/);
  });

  await step("newaliases, postalias and postmap", async () => {
    await world.write("aliases", "club: s1\n");
    assertEquals((await linked(world, "newaliases", [])).all, "");
    assertEquals(
      (await linked(world, "postalias", ["-q", "club", `hash:${world.path("aliases")}`])).stdout,
      "s1\n",
    );
    await world.write("access", "spam.test REJECT no\nbad line\n");
    const build = await linked(world, "postmap", [`hash:${world.path("access")}`]);
    assertEquals([build.code, build.stdout], [0, ""]);
    const query = (key: string) => linked(world, "postmap", ["-q", key, `hash:${world.path("access")}`]);
    assertEquals((await query("spam.test")).stdout, "REJECT no\n");
    assertEquals((await query("other.test")).code, 1);
    assertMatch(
      (await linked(world, "postmap", ["-s", `hash:${world.path("access")}`])).stdout,
      /^spam\.test\tREJECT no$/m,
    );
  });

  await step("mailq, postqueue, postcat and postsuper, with mail that cannot be delivered", async () => {
    await world.server.stop();
    await linked(world, "sendmail", ["s1"], "Subject: in the queue\n\nx\n");
    const down = await linked(world, "mailq", []);
    assertMatch(down.stderr, /^mailq: warning: Mail system is down -- accessing queue directly\n/);
    const [id] = /^[0-9A-F]{6,}/m.exec(down.stdout)!;
    assertEquals((await linked(world, "postsuper", ["-h", id])).code, 0);
    await world.start();
    assertMatch((await linked(world, "mailq", [])).stdout, new RegExp(`^${id}! `, "m"));
    assertMatch((await linked(world, "postqueue", ["-p"])).stdout, new RegExp(`^${id}! `, "m"));
    assertEquals(JSON.parse((await linked(world, "postqueue", ["-j"])).stdout).queue_id, id);
    const shown = (await linked(world, "postcat", ["-q", id])).stdout;
    assertMatch(
      shown,
      new RegExp(`^\\*\\*\\* ENVELOPE RECORDS hold/${id} \\*\\*\\*\n[^]*^Subject: in the queue$`, "m"),
    );
    assertMatch((await linked(world, "postcat", ["-bq", id])).stdout, /^\n?x\n$/);
    const released = await linked(world, "postsuper", ["-H", id]);
    assertMatch(
      released.stderr,
      new RegExp(`^postsuper: ${id}: released from hold\npostsuper: Released from hold: 1 message\n$`),
    );
    assertEquals((await linked(world, "postqueue", ["-f"])).code, 0);
    await world.arrived("s1", "Subject: in the queue");

    await world.server.stop();
    for (const number of [1, 2]) await linked(world, "sendmail", ["s1"], `Subject: deleted ${number}\n\nx\n`);
    await linked(world, "postsuper", ["-h", "ALL"]);
    await world.start();
    assertMatch(
      (await linked(world, "postsuper", ["-d", "ALL"])).stderr,
      /^postsuper: Deleted: 2 messages$/m,
    );
    assertMatch((await linked(world, "mailq", [])).stdout, /^Mail queue is empty\n$/);
    assertEquals((await linked(world, "postsuper", ["-d"])).code, 64);
    assertEquals((await linked(world, "postqueue", [])).code, 64);
    assertEquals((await linked(world, "postcat", ["-q", "ABCDEF"])).code !== 0, true);
  });

  await step("postconf", async () => {
    assertEquals((await linked(world, "postconf", ["myhostname"])).stdout, "myhostname = mx.ref.test\n");
    assertEquals((await linked(world, "postconf", ["-h", "myhostname"])).stdout, "mx.ref.test\n");
    assertMatch((await linked(world, "postconf", ["-n"])).stdout, /^recipient_delimiter = \+$/m);
    assertMatch(
      (await linked(world, "postconf", ["-d", "hopcount_limit"])).stdout,
      /^hopcount_limit = 50\n$/,
    );
  });

  await step(`mail by SMTP beside all that (${isBinary ? "the executable" : "the source"})`, async () => {
    using peer = await openSmtp(world, "smtp");
    assertMatch(await sendText(peer, "Subject: beside\r\n\r\nx\r\n", { to: ["club@ref.test"] }), /^250 /);
    await world.arrived("s1", "Subject: beside");
  });
});
