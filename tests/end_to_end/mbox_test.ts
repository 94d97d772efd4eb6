/**
 * Mboxes in a spool directory, through a running server: what mail looks like to all who read the file, its limit, and the
 * locks that other programs, or a server that was killed, left there.
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";

import { wait } from "../server/mailsrv.ts";

import { ok, openImap } from "./imap.ts";
import { lines, openPop3 } from "./pop3.ts";
import { ask, expectReply, openSmtp, sendText } from "./smtp.ts";
import type { RunStep } from "./world.ts";
import { World } from "./world.ts";

const limits = "message_size_limit = 20000\nmailbox_size_limit = 30000\ndeliver_lock_attempts = 2\n";

function testMbox(name: string, body: (world: World, step: RunStep) => Promise<void>): void {
  Deno.test(name, async (test) => {
    const world = await World.prepare({ users: ["s1", "s2"] });
    const location = `mail_location = "mbox:~/mail:INBOX=${world.path("spool")}/%u"\n`;
    try {
      await world.configure(`${location}${limits}`);
      await world.start();
      await body(world, async (title, run) => {
        await test.step(title, run);
      });
    } finally {
      await world.dispose();
    }
  });
}

async function deliver(world: World, text: string, to: string): Promise<void> {
  using peer = await openSmtp(world, "smtp");
  expectReply(await sendText(peer, text, { from: "u1@ref.test", to: [`${to}@ref.test`] }), "250 ", ".");
  await ask(peer, "QUIT");
}

testMbox("mbox in a spool directory", async (world, step) => {
  const separator = "From z@remote.test  Tue Nov 25 01:11:53 2025";
  const body = ["From now on all is well", "", "From here too", separator, "", ">From quoted", ""];
  const text = `${body.join("\r\n")}\r\n`;

  await step("R77: mail reads back as it was sent, whatever its sender claims", async () => {
    const claims =
      "X-IMAPbase: 1 5\r\nstatus: RO\r\nX-Status : D\r\nX-Keywords:\r\n $Junk\r\nX-IMAP: 1 5\r\n";
    const whole =
      "From: z@remote.test\r\nDate: Tue, 25 Nov 2025 01:11:53 +0000\r\nMessage-Id: <1@remote.test>\r\n";
    await deliver(world, `${whole}Subject: one\r\n${claims}Content-Length: 3\r\n\r\n${text}`, "u1");
    await deliver(world, "Subject: two\r\n\r\nx\r\n", "u1");
    await world.server.drained();
    using pop3 = await openPop3(world);
    const retrieved = (await lines(pop3, "RETR 1")).join("\r\n");
    assert(retrieved.endsWith(`\r\nSubject: one\r\n\r\n${text.slice(0, -2)}`), retrieved);
    using imap = await openImap(world);
    const selected = (await ok(imap, "SELECT INBOX")).text;
    assertMatch(selected, /^\* 2 EXISTS$/m);
    assert(!/UIDVALIDITY 1\]/.test(selected), selected);
    const fetched = (await ok(imap, "FETCH 1 (FLAGS BODY.PEEK[TEXT])")).text;
    assertStringIncludes(fetched, `{${text.length}}\r\n${text})`);
    assert(!/Deleted|Answered|Junk/.test(fetched), fetched);
    // The file says the same to Dovecot and mutt.
    const file = await Deno.readTextFile(world.path("spool", "u1"));
    assertStringIncludes(file, `\nContent-Length: ${text.replaceAll("\r\n", "\n").length}\n`);
  });

  await step("a separator after an empty line is quoted, and nothing else", async () => {
    await deliver(world, `Subject: three\r\n\r\nx\r\n\r\n${separator}\r\n${separator}\r\n`, "u2");
    await world.server.drained();
    using imap = await openImap(world, "u2", "pw2");
    assertMatch((await ok(imap, "SELECT INBOX")).text, /^\* 1 EXISTS$/m);
    const fetched = (await ok(imap, "FETCH 1 BODY.PEEK[TEXT]")).text;
    assertStringIncludes(fetched, `x\r\n\r\n>${separator}\r\n${separator}\r\n`);
  });

  await step("a mailbox that would grow beyond mailbox_size_limit refuses the mail (5.2.2)", async () => {
    const large = `Subject: large\r\n\r\n${"0123456789abcdef\r\n".repeat(900)}`;
    await deliver(world, large, "s1");
    await world.server.drained();
    await deliver(world, large, "s1");
    await world.logged(
      /to=<s1@ref\.test>.*dsn=5\.2\.2, status=bounced \(cannot update mailbox \S+\/s1 for user s1\. error writing message: File too large\)/,
    );
    await deliver(world, "Subject: small\r\n\r\nx\r\n", "s1");
    await world.server.drained();
    using imap = await openImap(world, "s1", "secret");
    assertMatch((await ok(imap, "SELECT INBOX")).text, /^\* 2 EXISTS$/m);
  });

  await step("nobody waits for the lock of a process that was killed", async () => {
    const killed = new Deno.Command("true").spawn();
    await killed.status;
    const owner = `${killed.pid}:${Deno.hostname()}`;
    await Deno.writeTextFile(world.path("spool", "s2.lock"), owner);
    const started = performance.now();
    await deliver(world, "Subject: dead\r\n\r\nx\r\n", "s2");
    await world.server.drained();
    await Deno.writeTextFile(world.path("spool", "s2.lock"), owner);
    await Deno.writeTextFile(world.path("mail", "s2", "mail", ".subscriptions.lock"), owner).catch(() => {});
    using imap = await openImap(world, "s2", "secret");
    assertMatch((await ok(imap, "SELECT INBOX")).text, /^\* 1 EXISTS$/m);
    await ok(imap, "STORE 1 +FLAGS \\Seen");
    await ok(imap, "SUBSCRIBE INBOX");
    assert(performance.now() - started < 10_000);
  });

  await step("a living program's lock is waited for", async () => {
    await Deno.writeTextFile(world.path("spool", "s2.lock"), `${Deno.pid}:${Deno.hostname()}`);
    await deliver(world, "Subject: late\r\n\r\nx\r\n", "s2");
    await world.logged(
      /to=<s2@ref\.test>.*dsn=4\.2\.0, status=deferred \(.*unable to create lock file \S+: File exists\)/,
    );
    await Deno.remove(world.path("spool", "s2.lock"));
    await world.server.mustRun(["queue", "flush"]);
    await world.server.drained();
  });

  await step("a server that was killed at work leaves no lock that the next one waits for", async () => {
    using smtp = await openSmtp(world, "smtp");
    for (let number = 0; number < 20; number++) {
      expectReply(
        await sendText(smtp, `Subject: ${number}\r\n\r\nx\r\n`, { to: ["u2@ref.test"] }),
        "250 ",
        ".",
      );
    }
    await wait(20);
    await world.server.stop("SIGKILL");
    const started = performance.now();
    await world.start();
    await world.server.drained();
    using imap = await openImap(world, "u2", "pw2");
    assertMatch((await ok(imap, "SELECT INBOX")).text, /^\* \d+ EXISTS$/m);
    assert(performance.now() - started < 20_000);
    await world.server.stop();
    const names = (await Array.fromAsync(Deno.readDir(world.path("spool")))).map(({ name }) => name);
    assertEquals(names.filter((name) => name.includes(".lock")), []);
  });
});
