/** What was decided by a running server, asked for afterwards; and what explain foretells, done. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";

import { dialogue, openSmtp, sendText } from "./smtp.ts";
import { worldTest } from "./world.ts";

worldTest("explain", {
  settings: `
smtpd_sender_restrictions = ["check_sender_access", "inline:{ {av.test = REJECT we know you} }"]
virtual_alias_maps = ["inline:{ {sales@ref.test = team} }"]
`,
  aliases: "team: u1, u2\n",
}, async (world, step) => {
  const explain = (...args: readonly string[]) => world.server.mustRun(["explain", ...args]);

  await step("tells why a recipient was refused, by client and by address", async () => {
    using peer = await openSmtp(world, "smtp");
    await dialogue(peer, [
      ["MAIL FROM:<a@av.test>", "250 "],
      ["RCPT TO:<u1@ref.test>", "554 5.7.1 <a@av.test>: Sender address rejected: we know you"],
      ["QUIT", "221 "],
    ]);
    for (const what of ["127.0.0.1", "a@av.test", "u1@ref.test"]) {
      const text = await recorded(() => world.server.run(["explain", "--why", what]));
      assertMatch(
        text,
        /^\w{3} .{11} NOQUEUE client localhost\[127\.0\.0\.1\] helo c\.test from <a@av\.test>\n/,
      );
      assertStringIncludes(
        text,
        "RCPT  <u1@ref.test>: 554 5.7.1 <a@av.test>: Sender address rejected: we know you\n",
      );
      assertMatch(text, /inline:\{ \{av\.test = .*av\.test -> REJECT we know you\n/);
    }
  });

  await step("tells of a message by its id when it is long delivered", async () => {
    using peer = await openSmtp(world, "smtp");
    const end = await sendText(peer, "Subject: why\r\n\r\nx\r\n", { to: ["sales@ref.test"] });
    const id = /queued as (\w+)/.exec(end)![1]!;
    await world.arrived("u1", "Subject: why");
    await world.arrived("u2", "Subject: why");
    await world.server.drained();
    const text = await recorded(() => world.server.run(["explain", "--why", id]));
    assertStringIncludes(text, ` ${id} client localhost[127.0.0.1] `);
    assertStringIncludes(text, "RCPT  <sales@ref.test>: permitted\n");
  });

  await step("foretells both", async () => {
    const refused = await explain(
      "mail",
      "from",
      "a@av.test",
      "to",
      "u1@ref.test",
      "at",
      "127.0.0.1",
      "--no-dns",
    );
    assertStringIncludes(refused, "554 5.7.1 <a@av.test>: Sender address rejected: we know you\n");
    const taken = await explain("mail", "to", "sales@ref.test", "at", "127.0.0.1", "--no-dns");
    assertMatch(taken, /\nRCPT {12}250 2\.1\.5 Ok\n/);
    for (const user of ["u1", "u2"]) {
      assertStringIncludes(taken, `: mailbox maildir:${world.path("mail", user, "Maildir")}\n`);
    }
    const value = JSON.parse(
      await explain("mail", "to", "sales@ref.test", "at", "127.0.0.1", "--no-dns", "--json"),
    );
    assertEquals(value.stages.map(({ stage }: { stage: string }) => stage).includes("RCPT"), true);
  });

  /** Decisions are written a moment after they were made. */
  async function recorded(
    ask: () => Promise<{ readonly code: number; readonly stdout: string }>,
  ): Promise<string> {
    for (let attempt = 0; attempt < 20; attempt++) {
      const { code, stdout } = await ask();
      if (code === 0) return stdout;
    }
    assert(false, "nothing was recorded");
  }
});
