/**
 * Mailboxes and queues that are missing, of another kind, read-only or full: nothing is lost, the trouble is told, and
 * mail goes on when it is over.
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";

import { until } from "../server/mailsrv.ts";

import { append, imap, ok, openImap, refused } from "./imap.ts";
import { lines, openPop3, pop3 } from "./pop3.ts";
import { SmallDisk } from "./small_disk.ts";
import { ask, dialogue, expectReply, openSmtp, reply, sendText } from "./smtp.ts";
import { Watchers } from "./watchers.ts";
import { World, worldTest } from "./world.ts";

const plain = "Subject: plain\r\n\r\nx\r\n";

/** Sends to `user`, waits until that is put off with `reason`; then repairs, flushes, and waits until it has arrived. */
async function waitsAndArrives(
  world: World,
  user: string,
  options: { readonly reason: RegExp; readonly repair: () => Promise<void> },
): Promise<void> {
  using peer = await openSmtp(world, "smtp");
  expectReply(
    await sendText(peer, `Subject: waits for ${user}\r\n\r\nx\r\n`, { to: [`${user}@ref.test`] }),
    "250 ",
    ".",
  );
  await until(
    async () => options.reason.test(await queueJson(world)),
    `${options.reason} is the reason in the queue`,
  );
  await options.repair();
  await world.server.mustRun(["queue", "flush"]);
  await world.arrived(user, `Subject: waits for ${user}`);
  await world.server.drained();
}

async function queueJson(world: World): Promise<string> {
  return (await world.server.run(["queue", "list", "--json"])).stdout;
}

/** A login or a SELECT is refused while it lasts, by POP3 and IMAP. */
async function readersAreTold(world: World, user: string): Promise<void> {
  using other = await world.connect("pop3");
  await other.line();
  await pop3(other, `USER ${user}`);
  assertMatch(await pop3(other, "PASS secret"), /^-ERR ./);
  using peer = await openImap(world, user, "secret");
  await refused(peer, "SELECT INBOX", "NO");
  await refused(peer, `APPEND INBOX {${plain.length}+}\r\n${plain}`, "NO");
  await ok(peer, "NOOP");
}

async function readersGoOn(world: World, user: string): Promise<void> {
  using peer = await openImap(world, user, "secret");
  await ok(peer, "SELECT INBOX");
  await append(peer, "INBOX", plain);
  using other = await openPop3(world, user, "secret");
  assert((await lines(other, "LIST")).length >= 1);
}

worldTest("mailboxes that are not what they should be", {
  users: ["d1", "d2", "d3", "d4", "d5", "d6", "d7"],
}, async (world, step) => {
  const watchers = await Watchers.open(world);
  const home = (user: string, ...names: readonly string[]) => world.path("mail", user, ...names);

  await step("a home that is missing is made", async () => {
    using peer = await openSmtp(world, "smtp");
    expectReply(await sendText(peer, plain, { to: ["d1@ref.test"] }), "250 ", ".");
    await world.arrived("d1", "Subject: plain");
    assertEquals((await Deno.stat(home("d1"))).mode! & 0o077, 0);
  });

  await step("a file where the home should be", async () => {
    await Deno.writeTextFile(home("d2"), "a file");
    await readersAreTold(world, "d2");
    await waitsAndArrives(world, "d2", {
      reason: /d2@ref\.test.*(?:irector|File exists)/,
      repair: () => Deno.remove(home("d2")),
    });
    await readersGoOn(world, "d2");
  });

  await step("a file where the maildir should be", async () => {
    await Deno.mkdir(home("d3"));
    await Deno.writeTextFile(home("d3", "Maildir"), "a file");
    await readersAreTold(world, "d3");
    await waitsAndArrives(world, "d3", {
      reason: /d3@ref\.test.*(?:irector|File exists)/,
      repair: () => Deno.remove(home("d3", "Maildir")),
    });
    await readersGoOn(world, "d3");
  });

  for (const [user, folder] of [["d4", "new"], ["d5", "tmp"]] as const) {
    await step(`a file where ${folder} should be`, async () => {
      await Deno.mkdir(home(user, "Maildir", "cur"), { recursive: true });
      await Deno.writeTextFile(home(user, "Maildir", folder), "a file");
      await waitsAndArrives(world, user, {
        reason: new RegExp(`${user}@ref\\.test.*(?:irector|File exists)`),
        repair: () => Deno.remove(home(user, "Maildir", folder)),
      });
      await readersGoOn(world, user);
    });
  }

  await step("a link that leads nowhere, and one round to itself", async () => {
    await Deno.mkdir(home("d6"));
    await Deno.symlink("Maildir", home("d6", "Maildir"));
    await readersAreTold(world, "d6");
    await waitsAndArrives(world, "d6", {
      reason: /d6@ref\.test/,
      repair: () => Deno.remove(home("d6", "Maildir")),
    });
    await readersGoOn(world, "d6");
  });

  await step("a maildir that vanishes under open sessions", async () => {
    using peer = await openImap(world, "d7", "secret");
    await append(peer, "INBOX", plain, plain);
    await ok(peer, "SELECT INBOX");
    using other = await openPop3(world, "d7", "secret");
    await Deno.remove(home("d7"), { recursive: true });
    for (const command of ["FETCH 1 BODY[]", "STORE 1 +FLAGS \\Seen", "NOOP", "EXPUNGE", "CHECK"]) {
      try {
        assertMatch((await imap(peer, command)).tagged, /^(?:OK|NO|BAD) ./);
      } catch (thrown) {
        assertStringIncludes(String(thrown), "closed");
        break;
      }
    }
    await other.send("RETR 1\r\nQUIT\r\n");
    assertMatch(await other.rest(), /^-ERR /);
    await readersGoOn(world, "d7");
  });

  await watchers.check();
  await watchers.close();
});

worldTest("mailboxes on small disks", { users: ["f1", "f2"] }, async (world, step) => {
  const full = await SmallDisk.mount(world.path("mail", "f1"), 512 << 10);
  const readOnly = await SmallDisk.mount(world.path("mail", "f2"), 512 << 10);
  try {
    if (full === undefined || readOnly === undefined) return;
    for (const user of ["f1", "f2"]) {
      using peer = await openImap(world, user, "secret");
      await append(
        peer,
        "INBOX",
        ...Array.from({ length: 3 }, () => `X-Fill: ${"x".repeat(3000)}\r\n${plain}`),
      );
    }

    await step("a full disk refuses APPEND and lets people read and delete", async () => {
      await full.fill();
      using peer = await openImap(world, "f1", "secret");
      await ok(peer, "SELECT INBOX");
      const long = `Subject: too much\r\n\r\n${"x".repeat(3000)}\r\n`;
      await refused(peer, `APPEND INBOX {${long.length}+}\r\n${long}`, "NO");
      await ok(peer, "FETCH 1:3 (FLAGS BODY.PEEK[])");
      await ok(peer, "STORE 1 +FLAGS (\\Seen \\Deleted)");
      await ok(peer, "EXPUNGE");
      assertMatch((await ok(peer, "STATUS INBOX (MESSAGES)")).text, /MESSAGES 2/);
      using other = await openPop3(world, "f1", "secret");
      assertEquals((await lines(other, "LIST")).length, 2);
    });

    await step("mail for a full disk waits and arrives", async () => {
      await full.fill();
      const reason = /f1@ref\.test.*(?:space|full|quota)/i;
      await waitsAndArrives(world, "f1", { reason, repair: () => full.empty() });
      assertMatch(world.server.log, /to=<f1@ref\.test>.*dsn=4\.(?:3\.1|2\.2), status=deferred/);
      await readersGoOn(world, "f1");
    });

    await step("mail for a read-only disk waits and arrives", async () => {
      await readOnly.setReadOnly(true);
      using peer = await openImap(world, "f2", "secret");
      assertMatch((await imap(peer, "SELECT INBOX")).tagged, /^(?:OK|NO) ./);
      await refused(peer, `APPEND INBOX {${plain.length}+}\r\n${plain}`, "NO");
      await ok(peer, "NOOP");
      const reason = /f2@ref\.test.*(?:read-only|denied)/i;
      await waitsAndArrives(world, "f2", { reason, repair: () => readOnly.setReadOnly(false) });
      await readersGoOn(world, "f2");
    });
  } finally {
    await full?.unmount();
    await readOnly?.unmount();
  }
});

worldTest("a queue whose directory is not what it should be", {}, async (world, step) => {
  const watchers = await Watchers.open(world);
  const queue = world.path("queue");

  await step("a queue that was moved away takes nothing and then goes on", async () => {
    await Deno.rename(queue, `${queue}.away`);
    await Deno.writeTextFile(queue, "a file");
    using peer = await openSmtp(world, "smtp");
    // For two: a message for one mailbox does not come into the queue.
    await dialogue(peer, [
      ["MAIL FROM:<a@remote.test>", "250 "],
      ["RCPT TO:<u1@ref.test>", "250 "],
      ["RCPT TO:<u2@ref.test>", "250 "],
      ["DATA", /^(?:354|4)/],
    ]);
    await peer.send("Subject: no queue\r\n\r\nx\r\n.\r\n");
    assertMatch(await reply(peer), /^4\d\d 4\.3\.\d /);
    assertMatch(
      (await world.server.run(["send", "u1"], { input: "Subject: no queue\n\nx\n" })).stderr,
      /queue|not a directory/i,
    );
    await Deno.remove(queue);
    await Deno.rename(`${queue}.away`, queue);
    using next = await openSmtp(world, "smtp");
    expectReply(await sendText(next, "Subject: with a queue\r\n\r\nx\r\n"), "250 ", ".");
    await world.arrived("u1", "Subject: with a queue");
    assert(!(await world.maildir("u1")).some((text) => text.includes("no queue")));
  });

  await watchers.check();
  await watchers.close();
});

Deno.test("a queue on a small disk", async () => {
  let disk: SmallDisk | undefined;
  const world = await World.prepare();
  try {
    disk = await SmallDisk.mount(join(world.data, "queue"), 1 << 20);
    if (disk === undefined) return;
    await world.start();
    const watchers = await Watchers.open(world);
    await disk.fill();
    using peer = await openSmtp(world, "smtp");
    const text = `Subject: small disk\r\n\r\n${`${"x".repeat(70)}\r\n`.repeat(100)}`;
    await dialogue(peer, [["MAIL FROM:<a@remote.test>", /^(?:250|452 4\.3\.1) /]]);
    // For two: a message for one mailbox does not come into the queue.
    for (const to of ["u1", "u2"]) {
      assertMatch(await ask(peer, `RCPT TO:<${to}@ref.test>`), /^(?:250|452 4\.3\.1|503) /);
    }
    if ((await ask(peer, "DATA")).startsWith("354")) {
      await peer.send(`${text}.\r\n`);
      assertMatch(await reply(peer), /^452 4\.3\.1 /);
    }
    const sent = await world.server.run(["send", "u1"], { input: text.replaceAll("\r", "") });
    assertEquals(sent.code, 75, sent.stderr);
    assertMatch(sent.stderr, /space|full/i);
    await disk.empty();
    await dialogue(peer, [["RSET", "250 "]]);
    expectReply(await sendText(peer, text), "250 ", ".");
    await world.arrived("u1", "Subject: small disk");
    await world.server.drained();
    assertEquals((await world.maildir("u1")).length, 1);
    await watchers.check();
  } finally {
    await world.server.stop();
    await disk?.unmount();
    await world.dispose();
  }
});
