/** What a running server answers to clients of POP3 and IMAP that send what they should not. */

import { assert, assertEquals, assertMatch } from "@std/assert";

import type { Answer } from "./imap.ts";
import { append, imap, ok, openImap, openWith, refused, response } from "./imap.ts";
import { binaryJunk } from "./junk.ts";
import { done, lines, notDone, openPop3 } from "./pop3.ts";
import { Watchers } from "./watchers.ts";
import { worldTest } from "./world.ts";

const plain = "Subject: plain\r\n\r\nx\r\n";
const readers = ["pop3", "pop3s", "imap", "imaps"] as const;

worldTest("bad input by POP3 and IMAP", {
  settings: "message_size_limit = 200000\n",
  users: ["b1", "b2"],
}, async (world, plainStep) => {
  const watchers = await Watchers.open(world);
  const step = (name: string, run: () => Promise<void>) =>
    plainStep(name, async () => {
      await run();
      await watchers.check();
    });

  for (const service of readers) {
    const isImap = service.startsWith("imap");
    /** What comes back after the greeting, when the client says that it sends no more. */
    const answers = async (octets: string): Promise<string> => {
      using peer = await world.connect(service);
      await peer.line();
      await peer.sendIfTaken(octets);
      await peer.finish().catch(() => {});
      return await peer.rest();
    };
    const error = isImap ? /^(?:\S+ (?:BAD|NO|BYE) [^\n]*\n)+$/ : /^(?:-ERR [^\n]*\n)+$/;
    const quit = isImap ? "q LOGOUT\r\n" : "QUIT\r\n";
    const farewell = isImap ? /^\* BYE .*\r\nq OK .*\r\n$/ : /^\+OK .*\r\n$/;

    await step(`${service}: a line of 100,000 octets, and the next is done`, async () => {
      const text = await answers(`${"x".repeat(100_000)}\r\n${quit}`);
      const end = text.indexOf("\r\n") + 2;
      assertMatch(text.slice(0, end), error);
      assertMatch(text.slice(end), farewell);
    });

    await step(`${service}: a megabyte without a line's end`, async () => {
      assertMatch(await answers("x".repeat(1 << 20)), /^(?:(?:-ERR|\* BAD|\* BYE) [^\n]*\n)*$/);
    });

    await step(`${service}: binary octets and lines of nothing get errors and an end`, async () => {
      for (
        const octets of [
          `${binaryJunk(20_000)}\r\n`,
          "\r\n".repeat(500),
          "\0\0\0\r\n",
          "GET / HTTP/1.1\r\n\r\n",
        ]
      ) {
        assertMatch(await answers(octets), error);
      }
    });

    await step(`${service}: an end of input without a word`, async () => assertEquals(await answers(""), ""));
  }

  await step("POP3 commands that are not for this state or not at all (RFC 1939 §3)", async () => {
    using peer = await world.connect("pop3");
    await peer.line();
    for (
      const command of [
        "STAT",
        "RETR 1",
        "DELE 1",
        "PASS pw1",
        "USER",
        "APOP u1 x",
        "AUTH X-NONE",
        `USER ${"u".repeat(300)}`,
      ]
    ) {
      await notDone(peer, command);
    }
    using early = await world.connect("pop3");
    await early.line();
    await done(early, "USER nobody");
    await notDone(early, "PASS \0");
    await done(early, "USER u1");
    await done(early, "PASS pw1");
    await notDone(early, "USER u2");
  });

  await step("POP3 message numbers that are none (RFC 1939 §5)", async () => {
    using sender = await openImap(world, "b1", "secret");
    await append(sender, "INBOX", plain, plain);
    using peer = await openPop3(world, "b1", "secret");
    const numbers = ["0", "-1", "3", "99999999999999999999", "1.5", "0x1", "1 1", "x", "\0", "1e0"];
    for (const verb of ["RETR", "DELE", "LIST", "UIDL"]) {
      for (const number of numbers) await notDone(peer, `${verb} ${number}`);
    }
    for (const verb of ["RETR", "DELE", "TOP"]) await notDone(peer, verb);
    await done(peer, "DELE 1");
    for (const command of ["DELE 1", "RETR 1", "TOP 1 0", "LIST 1", "UIDL 1"]) await notDone(peer, command);
    await done(peer, "RSET");
    assertEquals((await lines(peer, "LIST")).length, 2);
    // No QUIT: nothing is deleted (RFC 1939 §6).
    await done(peer, "DELE 2");
    await peer.finish();
    await peer.rest();
    using again = await openPop3(world, "b1", "secret");
    assertEquals((await lines(again, "LIST")).length, 2);
  });

  await step("IMAP commands that are not for this state (RFC 3501 §3)", async () => {
    using peer = await world.connect("imap");
    await peer.line();
    for (
      const command of ["SELECT INBOX", `LIST "" *`, "FETCH 1 FLAGS", "IDLE", "APPEND INBOX {5+}\r\nhello"]
    ) {
      await refused(peer, command, /^(?:BAD|NO) /);
      peer.close();
      break;
    }
    using authenticated = await openImap(world);
    for (
      const command of ["FETCH 1 FLAGS", "STORE 1 FLAGS ()", "SEARCH ALL", "EXPUNGE", "CLOSE", "LOGIN u1 pw1"]
    ) {
      await refused(authenticated, command, "BAD");
      await ok(authenticated, "NOOP");
    }
  });

  await step("IMAP arguments that are none (RFC 3501 §9)", async () => {
    using peer = await openWith(world, "args", [plain, plain]);
    const commands = [
      ...[
        "FETCH",
        "FETCH 1",
        "FETCH 1 (",
        "FETCH 1 (FLAGS",
        "FETCH x FLAGS",
        "FETCH 0 FLAGS",
        "FETCH 1:0 FLAGS",
      ],
      ...[
        "FETCH 4294967296 FLAGS",
        "FETCH 99999999999999999999 FLAGS",
        "FETCH 1,,2 FLAGS",
        "FETCH 1 BODY[",
        "FETCH 1 NONE",
      ],
      ...[
        "FETCH 1 BODY[0]",
        "FETCH 1 BODY[1.MIME.1]",
        "FETCH 1 BODY[]<0.0>",
        "FETCH 1 BODY[]<5>",
        "FETCH 1 BODY[]<-1.5>",
      ],
      ...[
        "STORE 1",
        "STORE 1 FLAGS",
        "STORE 1 FLAGS (\\None \\",
        "STORE 1 +FLAGS (a b",
        "STORE 1 ?FLAGS (a)",
      ],
      ...[
        "SEARCH",
        "SEARCH NOT",
        "SEARCH OR ALL",
        "SEARCH (ALL",
        "SEARCH SINCE 99-Foo-2026",
        "SEARCH LARGER x",
        "SEARCH X",
      ],
      ...[
        "COPY 1",
        "COPY x args",
        "SELECT",
        "SELECT a b",
        `LIST ""`,
        "STATUS args",
        "STATUS args ()",
        "STATUS args (NONE)",
      ],
      ...[
        "NOOP x",
        `CREATE "`,
        `CREATE "a\\x"`,
        "RENAME a",
        "UID",
        "UID NOOP",
        "UID FETCH",
        "IDLE x",
        "ENABLE",
        "",
      ],
    ];
    for (const command of commands) {
      await refused(peer, command, /^(?:BAD|NO) ./);
      // Only mistakes without end are taken for an attack.
      await ok(peer, "NOOP");
    }
    assertEquals((await ok(peer, "FETCH 1:2 (UID)")).untagged, ["* 1 FETCH (UID 1)", "* 2 FETCH (UID 2)"]);
  });

  await step("IMAP names of mailboxes that lead elsewhere", async () => {
    using peer = await openImap(world, "b2", "secret");
    const separator = /"(.)"/.exec((await ok(peer, `LIST "" ""`)).text)![1]!;
    const names = [
      "..",
      "../u1",
      "/etc/passwd",
      "a/../../u1",
      "~u1",
      `a${separator}${separator}b`,
      `${separator}a`,
      "new",
      "cur",
      "tmp",
    ];
    for (
      const name of [
        ...names,
        "&",
        "&AB",
        "&-&",
        `"a\x01b"`,
        `{3+}\r\na\0b`,
        `{3+}\r\na\r\n`,
        "x".repeat(2000),
      ]
    ) {
      for (const command of ["CREATE", "SELECT", "DELETE", "SUBSCRIBE"]) {
        const got: Answer = await imap(peer, `${command} ${name}`);
        // Whatever is taken is a mailbox of this account.
        assertMatch(got.tagged, /^(?:OK|NO|BAD) ./);
      }
    }
    const others = (await Array.fromAsync(Deno.readDir(world.path("mail")))).map((entry) => entry.name)
      .sort();
    assertEquals(others.filter((name) => !/^(?:u1|u2|b1|b2)$/.test(name)), []);
    assert(
      !(await Array.fromAsync(Deno.readDir(world.path("mail", "u1", "Maildir")))).some((e) =>
        e.name === "passwd"
      ),
    );
    await ok(peer, "NOOP");
  });

  await step("IMAP lists and keys nested without end", async () => {
    using peer = await openWith(world, "deep", [plain]);
    const depths: readonly string[] = [
      `SEARCH ${"(".repeat(5000)}ALL${")".repeat(5000)}`,
      `SEARCH ${"NOT ".repeat(10_000)}ALL`,
      `SEARCH ${"OR ".repeat(5000)}${"ALL ".repeat(5000)}ALL`,
      `FETCH 1 (${"(".repeat(5000)}FLAGS${")".repeat(5000)})`,
      `FETCH 1 BODY[${"1.".repeat(5000)}1]`,
      `FETCH ${"1,".repeat(20_000)}1 (FLAGS)`,
      `LIST "" "${"*".repeat(5000)}x"`,
      `LIST "" "${"%*".repeat(2000)}x"`,
    ];
    for (const command of depths) {
      assertMatch((await imap(peer, command)).tagged, /^(?:OK|NO|BAD) ./, command.slice(0, 40));
    }
    await ok(peer, "NOOP");
  });

  await step("IMAP literals that are too long, not numbers, or cut off (RFC 3501 §4.3)", async () => {
    for (const size of ["999999999999", "999999999999+", "4294967295", "100000+"]) {
      using peer = await world.connect("imap");
      await peer.line();
      await peer.send(`a LOGIN {${size}}\r\n`);
      assertMatch(await response(peer), /^(?:a|\*) (?:BAD|NO|BYE) ./);
    }
    using peer = await openImap(world);
    for (const size of ["-1", "x", "", "+", "1.5", "0x5"]) {
      await refused(peer, `SELECT {${size}}`, /^(?:BAD|NO) /);
    }
    await refused(peer, "APPEND INBOX {200001}", /^NO \[TOOBIG\] /);
    await refused(peer, "APPEND INBOX {0+}\r\n", /^(?:NO|BAD) /);
    await ok(peer, "NOOP");
    using cut = await openImap(world);
    await cut.send("a APPEND INBOX {1000+}\r\nSubject: cut off\r\n\r\nx");
    await cut.finish();
    assert(!(await cut.rest()).includes("a OK"));
    await ok(peer, "SELECT INBOX");
    assertEquals((await ok(peer, `SEARCH SUBJECT "cut off"`)).untagged, ["* SEARCH"]);
  });

  await step("IMAP appends of messages that are none", async () => {
    using peer = await openWith(world, "odd", []);
    const texts = [
      "x",
      "\r\n",
      "\n\n\n",
      "no header at all\r\n",
      ": empty name\r\n\r\nx",
      "a\0b: c\r\n\r\nd\0e\r\n",
      binaryJunk(3000),
    ];
    for (const text of texts) {
      assertMatch((await imap(peer, `APPEND odd {${text.length}+}\r\n${text}`)).tagged, /^(?:OK|NO|BAD) ./);
    }
    await ok(
      peer,
      "FETCH 1:* (ENVELOPE BODYSTRUCTURE BODY.PEEK[HEADER] BODY.PEEK[1] RFC822.SIZE INTERNALDATE)",
    );
    await ok(peer, `SEARCH OR TEXT "x" OR HEADER a "c" BODY "d"`);
  });

  await step("IMAP keywords without end in one mailbox", async () => {
    using peer = await openWith(world, "many", [plain]);
    for (let batch = 0; batch < 20; batch++) {
      const words = Array.from({ length: 10 }, (_, index) => `$word${batch * 10 + index}`).join(" ");
      const { tagged } = await imap(peer, `STORE 1 +FLAGS.SILENT (${words})`);
      assertMatch(tagged, batch === 0 ? /^OK / : /^(?:OK|NO) ./);
    }
    await refused(peer, `STORE 1 +FLAGS (${"k".repeat(3000)})`, /^(?:BAD|NO) ./);
    await ok(peer, "STORE 1 +FLAGS (\\Seen $word1)");
    assertMatch((await ok(peer, "FETCH 1 FLAGS")).text, /FLAGS \([^)]*\$word9\b/);
  });

  await step("plain text to TLS ports", async () => {
    for (const service of ["pop3s", "imaps"] as const) {
      using peer = await world.connectPlain(service);
      await peer.sendIfTaken("a NOOP\r\n");
      assert(!/OK/.test(await peer.rest()));
    }
  });

  await watchers.close();
});
