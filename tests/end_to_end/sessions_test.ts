/** Sessions beside each other, and what becomes of them when the server is told something. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";

import { until } from "../server/mailsrv.ts";

import { append, imap, ok, openImap, refused, response } from "./imap.ts";
import type { Peer } from "./peer.ts";
import { done, lines, notDone, openPop3 } from "./pop3.ts";
import { dialogue, expectReply, login, openSmtp, sendText } from "./smtp.ts";
import { Watchers } from "./watchers.ts";
import type { World } from "./world.ts";
import { worldTest } from "./world.ts";

const formats = { maildir: "maildir:~/Maildir", mbox: "mbox:~/mail:INBOX=~/inbox" } as const;

function message(subject: string): string {
  return `Subject: ${subject}\r\n\r\nx\r\n`;
}

/** Untagged responses of an IDLE up to one that matches; IDLE goes on. */
async function idleTells(peer: Peer, expected: RegExp): Promise<void> {
  for (let text = ""; !expected.test(text);) text = await response(peer);
}

for (const [format, location] of Object.entries(formats)) {
  worldTest(`sessions over one ${format}`, {
    settings: `mail_location = "${location}"\nimap_idle_notify_interval = "1h"\n`,
    users: ["i1"],
  }, async (world, step) => {
    await step("two IMAP sessions and one of POP3 see each other's changes (RFC 3501 §5.2)", async () => {
      using one = await openImap(world);
      using two = await openImap(world);
      await append(one, "INBOX", message("first"), message("second"), message("third"));
      await ok(one, "SELECT INBOX");
      await ok(two, "SELECT INBOX");
      await ok(one, "STORE 2 +FLAGS (\\Flagged $Work)");
      const changed = (await ok(two, "NOOP")).text;
      assertMatch(changed, /^\* 2 FETCH \(.*FLAGS \([^)]*\\Flagged/m);
      assertStringIncludes(changed, "$Work");

      using other = await openPop3(world);
      assertEquals((await lines(other, "LIST")).length, 3);
      await append(two, "INBOX", message("fourth"));
      assertMatch((await ok(one, "NOOP")).text, /^\* 4 EXISTS$/m);
      // A POP3 session keeps the view that it began with (RFC 1939 §5).
      assertEquals((await lines(other, "LIST")).length, 3);
      await done(other, "DELE 1");
      await done(other, "QUIT");
      assertMatch((await ok(two, "NOOP")).text, /^\* 1 EXPUNGE$/m);
      assertEquals((await ok(two, "SEARCH SUBJECT first")).untagged, ["* SEARCH"]);

      // What one session has not been told of has still its number there (RFC 3501 §7.4.1).
      assertStringIncludes((await ok(one, `FETCH 2 BODY.PEEK[HEADER.FIELDS (SUBJECT)]`)).text, "second");
      assertMatch((await ok(one, "NOOP")).text, /^\* 1 EXPUNGE$/m);
      await ok(one, "STORE 3 +FLAGS.SILENT \\Deleted");
      await ok(one, "EXPUNGE");
      assertMatch((await ok(two, "NOOP")).text, /^\* 3 EXPUNGE$/m);
      using last = await openPop3(world);
      assertEquals((await lines(last, "LIST")).length, 2);
    });

    await step("POP3 asks for a message that IMAP has expunged", async () => {
      using reader = await openImap(world);
      using other = await openPop3(world);
      await ok(reader, "SELECT INBOX");
      await ok(reader, "STORE 1 +FLAGS.SILENT \\Deleted");
      await ok(reader, "EXPUNGE");
      await notDone(other, "RETR 1");
      assert((await lines(other, "RETR 2")).length > 0);
      await done(other, "DELE 1");
      // RFC 1939 §6: -ERR when some were not removed; that it is gone is all that was wanted.
      await other.send("QUIT\r\n");
      assertMatch(await other.line(), /^(?:\+OK|-ERR) /);
    });

    await step("a delivery wakes IDLE, and so do changes of others (RFC 2177)", async () => {
      using idle = await openImap(world, "i1", "secret");
      await ok(idle, "SELECT INBOX");
      await idle.send("i IDLE\r\n");
      await idleTells(idle, /^\+ /);
      using smtp = await openSmtp(world, "smtp");
      const begun = performance.now();
      expectReply(await sendText(smtp, message("wakes"), { to: ["i1@ref.test"] }), "250 ", ".");
      await idleTells(idle, /^\* 1 EXISTS$/);
      assert(performance.now() - begun < 5000);
      using other = await openImap(world, "i1", "secret");
      await ok(other, "SELECT INBOX");
      await ok(other, "STORE 1 +FLAGS (\\Seen)");
      await idleTells(idle, /^\* 1 FETCH .*\\Seen/);
      await ok(other, "STORE 1 +FLAGS (\\Deleted)");
      await ok(other, "EXPUNGE");
      await idleTells(idle, /^\* 1 EXPUNGE$/);
      await world.server.mustRun(["send", "i1"], "Subject: by command\n\nx\n");
      await idleTells(idle, /^\* 1 EXISTS$/);
      await idle.send("DONE\r\n");
      await idleTells(idle, /^i OK /);
      assertStringIncludes((await ok(idle, "FETCH 1 BODY.PEEK[HEADER]")).text, "Subject: by command");
    });

    await step("a mailbox that is deleted and renamed under an open session", async () => {
      using one = await openImap(world);
      using two = await openImap(world);
      await ok(one, "CREATE moved");
      await append(one, "moved", message("stays"));
      await ok(two, "SELECT moved");
      await ok(one, "RENAME moved elsewhere");
      await survives(two, "FETCH 1 BODY.PEEK[]");
      await ok(one, "SELECT elsewhere");
      assertStringIncludes((await ok(one, "FETCH 1 BODY.PEEK[]")).text, "Subject: stays");
      await ok(one, "UNSELECT");
      using three = await openImap(world);
      await ok(three, "SELECT elsewhere");
      await ok(one, "DELETE elsewhere");
      await survives(three, "FETCH 1 BODY.PEEK[]");
      await refused(one, "SELECT elsewhere", "NO");
    });
  });
}

/** The command is answered somehow, or the session is ended with a word. */
async function survives(peer: Peer, command: string): Promise<void> {
  try {
    assertMatch((await imap(peer, command)).tagged, /^(?:OK|NO|BAD) ./);
  } catch (thrown) {
    assertStringIncludes(String(thrown), "closed the connection");
  }
}

worldTest("SIGHUP leaves open sessions as they are", {}, async (world, step) => {
  const watchers = await Watchers.open(world);
  await step("sessions, a transaction, an IDLE and a POP3 session with deletions go on", async () => {
    using writer = await openImap(world);
    await append(writer, "INBOX", message("old"));
    using idle = await openImap(world);
    await ok(idle, "SELECT INBOX");
    await idle.send("i IDLE\r\n");
    await idleTells(idle, /^\+ /);
    using deleting = await openPop3(world);
    await done(deleting, "DELE 1");
    using smtp = await openSmtp(world, "smtp");
    await dialogue(smtp, [["MAIL FROM:<a@remote.test>", "250 "], ["RCPT TO:<u1@ref.test>", "250 "]]);
    using half = await openSmtp(world, "submission");
    await login(half);

    for (let times = 0; times < 3; times++) {
      world.server.log = "";
      world.server.signal("SIGHUP");
      await world.logged(/\breloaded \S+mailsrv\.toml/);
    }
    await watchers.check();

    await dialogue(smtp, [["DATA", "354 "]]);
    await smtp.send(`${message("across")}.\r\n`);
    expectReply(await smtp.line(), "250 ", ".");
    await idleTells(idle, /^\* 2 EXISTS$/);
    await done(deleting, "QUIT");
    await idleTells(idle, /^\* 1 EXPUNGE$/);
    await dialogue(half, [["MAIL FROM:<u1@ref.test>", "250 "]]);
  });
  await watchers.close();
});

/** Sessions of every kind, and how each is told that the server goes away. */
const farewells: readonly (readonly [string, (world: World) => Promise<Peer>, RegExp])[] = [
  ["smtp", (world) => openSmtp(world, "smtp"), /^421 4\.3\.2 .*\r\n$/],
  ["submissions", (world) => openSmtp(world, "submissions"), /^421 4\.3\.2 .*\r\n$/],
  ["lmtp", (world) => openSmtp(world, "lmtp"), /^421 4\.3\.2 .*\r\n$/],
  ["smtp in a transaction", async (world) => {
    const peer = await openSmtp(world, "smtp");
    await dialogue(peer, [["MAIL FROM:<a@remote.test>", "250 "], ["RCPT TO:<u1@ref.test>", "250 "]]);
    return peer;
  }, /^421 4\.3\.2 .*\r\n$/],
  ["pop3", (world) => openPop3(world), /^-ERR .*\r\n$/],
  ["pop3 before its login", async (world) => {
    const peer = await world.connect("pop3s");
    await peer.line();
    return peer;
  }, /^-ERR .*\r\n$/],
  ["imap", (world) => openImap(world), /^\* BYE .*\r\n$/],
  ["imap before its login", async (world) => {
    const peer = await world.connect("imaps");
    await peer.line();
    return peer;
  }, /^\* BYE .*\r\n$/],
  ["imap in IDLE", async (world) => {
    const peer = await openImap(world);
    await ok(peer, "SELECT INBOX");
    await peer.send("i IDLE\r\n");
    await idleTells(peer, /^\+ /);
    return peer;
  }, /^\* BYE .*\r\n$/],
];

for (const end of ["SIGTERM", "SIGINT", "stop"] as const) {
  worldTest(`${end} ends sessions with a word and the process with 0`, {}, async (world, step) => {
    await step("farewells", async () => {
      await append(await openImap(world), "INBOX", message("kept"));
      const peers = await Promise.all(farewells.map(([, open]) => open(world)));
      using deleting = await openPop3(world);
      await done(deleting, "DELE 1");
      const stopping = end === "stop"
        ? world.server.mustRun(["stop"]).then(() => world.server.stop())
        : world.server.stop(end);
      for (const [index, peer] of peers.entries()) {
        const [name, , farewell] = farewells[index]!;
        const text = await peer.rest();
        assert(farewell.test(text), `${name}: ${JSON.stringify(text)}`);
      }
      assertMatch(await deleting.rest(), /^-ERR /);
      assertEquals(await stopping, 0);
      assertMatch(world.server.log, /\bstopped\n/);
      assertEquals((await world.server.run(["status"])).code, 69);
    });

    await step(
      "a session that does not go is closed when shutdown_limit is over, and it starts again",
      async () => {
        await world.start();
        assertEquals((await lines(await openPop3(world), "LIST")).length, 1);
        const busy = await openSmtp(world, "smtp");
        await dialogue(busy, [["MAIL FROM:<a@remote.test>", "250 "], ["RCPT TO:<u1@ref.test>", "250 "], [
          "DATA",
          "354 ",
        ]]);
        await busy.send(message("cut"));
        const begun = performance.now();
        assertEquals(await world.server.stop(), 0);
        assert(performance.now() - begun < 15_000);
        await world.start();
        await until(async () => await world.server.queued() === 0, "nothing of it is queued");
        assert(!(await world.maildir("u1")).some((text) => text.includes("Subject: cut")));
      },
    );
  });
}
