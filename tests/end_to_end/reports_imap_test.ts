/**
 * Faults that people reported of IMAP servers, R32 to R64 and those of maildir that IMAP shows, through a running server.
 *
 * Left to later features: R46 (SORT), the CONDSTORE side of R36, R52's LITERAL- (this server offers LITERAL+), the UTF8
 * side of R39; a test below looks that CAPABILITY does not offer them, so that this list is not forgotten.
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";

import { answer, append, appendLong, imap, ok, openImap, openWith, refused, response } from "./imap.ts";
import { utf8Octets, worldTest } from "./world.ts";

const plain = "From: a@remote.test\r\nSubject: plain\r\n\r\nx\r\n";

worldTest("reports of IMAP", {
  users: Array.from({ length: 9 }, (_, index) => `i${index + 1}`),
  userLines: ['odd:{PLAIN}foo\\bar"q'],
}, async (world, step) => {
  await step("what is left to later features is not offered", async () => {
    using peer = await openImap(world);
    const { text } = await ok(peer, "CAPABILITY");
    for (const word of ["SORT", "CONDSTORE", "LITERAL-", "UTF8=ACCEPT", "THREAD"]) {
      assert(!text.includes(word), `${word} is there now: its reports become tests`);
    }
  });

  await step("R32: a partial FETCH is answered with its origin (RFC 3501 §7.4.2)", async () => {
    using peer = await openWith(world, "r32", [`Subject: ${"x".repeat(60)}\r\n\r\nbody\r\n`]);
    const { text } = await ok(peer, "FETCH 1 BODY.PEEK[HEADER]<0.30>");
    assertStringIncludes(text, `BODY[HEADER]<0> {30}\r\n${`Subject: ${"x".repeat(60)}`.slice(0, 30)})`);
  });

  await step("R33: SEARCH HEADER with an empty text finds the field (RFC 3501 §6.4.4)", async () => {
    using peer = await openWith(world, "r33", [plain, `List-Id: <x>\r\n${plain}`, plain]);
    assertEquals((await ok(peer, `SEARCH HEADER List-Id ""`)).untagged, ["* SEARCH 2"]);
  });

  await step("R34: the order of the keys of SEARCH is all one (RFC 3501 §6.4.4)", async () => {
    using peer = await openWith(
      world,
      "r34",
      ["g", "h", "i", "gh"].map((word) => `Subject: ${word}\r\n\r\nx\r\n`),
    );
    await ok(peer, "STORE 4 +FLAGS (\\Deleted)");
    const either = `(OR SUBJECT "g" SUBJECT "h")`;
    for (const keys of [`${either} NOT DELETED`, `NOT DELETED ${either}`]) {
      assertEquals((await ok(peer, `SEARCH ${keys}`)).untagged, ["* SEARCH 1 2"], keys);
    }
  });

  await step("R35 R37 R38: lists of flags (RFC 3501 §7.2.6, §9)", async () => {
    using peer = await openWith(world, "r35", [plain]);
    await ok(peer, "STORE 1 FLAGS (\\Seen \\Deleted $Work)");
    const { untagged } = await ok(peer, "SELECT r35");
    const flags = untagged.find((line) => line.startsWith("* FLAGS "))!;
    assertMatch(flags, /^\* FLAGS \(\\?[^\s"*()]+(?: \\?[^\s"*()]+)*\)$/);
    const permanent = untagged.find((line) => line.includes("[PERMANENTFLAGS "))!;
    assertMatch(permanent, /^\* OK \[PERMANENTFLAGS \((?:\\?[^\s"()]+(?: \\?[^\s"()]+)*)?\)\] ./);
    const { text } = await ok(peer, "FETCH 1 FLAGS");
    assertMatch(text, /^\* 1 FETCH \(FLAGS \([\\$\w ]*\)\)\n/);
    for (const word of ["\\Seen", "\\Deleted", "$Work"]) assertStringIncludes(text, word);
    assertMatch(
      (await ok(peer, "STATUS INBOX (MESSAGES UNSEEN)")).text,
      /^\* STATUS "?INBOX"? \(MESSAGES \d+ UNSEEN \d+\)\n/,
    );
  });

  await step("R36: a word follows every code of SELECT (RFC 3501 §9)", async () => {
    using peer = await openWith(world, "r36", [plain]);
    // That each code is followed by text is looked at in every answer.
    const { untagged, tagged } = await ok(peer, "SELECT r36");
    for (const code of ["UIDVALIDITY", "UIDNEXT"]) {
      assert(untagged.some((line) => line.startsWith(`* OK [${code} `)), code);
    }
    assertMatch(tagged, /^OK \[READ-WRITE\] ./);
    await imap(peer, "SELECT r36 (CONDSTORE)");
    await ok(peer, "NOOP");
  });

  await step("R39: & in a name of a mailbox (RFC 3501 §5.1.3)", async () => {
    using peer = await openImap(world, "i1", "secret");
    await ok(peer, `CREATE "X&-Y"`);
    assertMatch((await ok(peer, `LIST "" *`)).text, /^\* LIST \([^)]*\) "." "?X&-Y"?$/m);
    await ok(peer, `SELECT X&-Y`);
  });

  await step("R40: INBOX cannot be deleted or taken by RENAME (RFC 3501 §6.3.4)", async () => {
    using peer = await openImap(world, "i2", "secret");
    await refused(peer, "DELETE inbox", "NO");
    await ok(peer, "CREATE zoo");
    await refused(peer, "RENAME zoo inbox", "NO");
    const names = (await ok(peer, `LIST "" *`)).untagged.filter((line) => /INBOX"?$/i.test(line));
    assertEquals(names.length, 1);
  });

  await step("R41: DELETE of a mailbox with children below (RFC 3501 §6.3.4)", async () => {
    using peer = await openImap(world, "i3", "secret");
    const separator = /"(.)"/.exec((await ok(peer, `LIST "" ""`)).text)![1]!;
    const child = `foo${separator}bar`;
    await ok(peer, "CREATE foo");
    await ok(peer, `CREATE ${child}`);
    await ok(peer, "DELETE foo");
    await ok(peer, `SELECT ${child}`);
    const [line] = (await ok(peer, `LIST "" %`)).untagged.filter((text) => /foo"?$/.test(text));
    assertMatch(line!, /\((?=[^)]*\\(?:Noselect|NonExistent))(?=[^)]*\\HasChildren)/i);
    await refused(peer, "DELETE foo", "NO");
  });

  await step("R42 R43: * is the last message whatever stands before it (RFC 3501 §6.4.8, §9)", async () => {
    using peer = await openWith(world, "r42", Array.from({ length: 9 }, () => plain));
    const uids = async (command: string) =>
      (await ok(peer, command)).untagged.map((line) => Number(/UID (\d+)/.exec(line)![1]));
    assertEquals(await uids("UID FETCH 9999:* (UID)"), [9]);
    for (const set of ["*:8", "8:*", "8,9", "9:8"]) {
      assertEquals(await uids(`FETCH ${set} (UID)`), [8, 9], set);
    }
    await refused(peer, "FETCH 0 (UID)", "BAD");
  });

  await step(
    "R44: no FETCH above the last EXISTS while another session appends (RFC 3501 §7.3.1)",
    async () => {
      using one = await openWith(world, "r44", [plain]);
      using two = await openImap(world);
      let exists = 1;
      const appending = (async () => {
        for (let count = 0; count < 30; count++) await append(two, "r44", plain);
      })();
      for (let isDone = false; !isDone;) {
        await Promise.race([appending.then(() => isDone = true), Promise.resolve()]);
        for (
          const command of ["FETCH 1:* (FLAGS)", "UID FETCH 1:* (FLAGS)", "STORE 1 +FLAGS (\\Seen)", "NOOP"]
        ) {
          for (const line of (await ok(one, command)).untagged) {
            const [, number, word] = /^\* (\d+) (EXISTS|FETCH)/.exec(line) ?? [];
            if (word === "EXISTS") exists = Number(number);
            if (word === "FETCH") assert(Number(number) <= exists, `${line} after ${exists} EXISTS`);
          }
        }
      }
      assertEquals(exists, 31);
    },
  );

  await step("R45: UIDs go up with the numbers after moves and changes (RFC 3501 §2.3.1.1)", async () => {
    using peer = await openWith(world, "r45", Array.from({ length: 6 }, () => plain));
    await ok(peer, "CREATE r45b");
    await ok(peer, "MOVE 2,4 r45b");
    await ok(peer, "STORE 3 +FLAGS (\\Flagged)");
    await append(peer, "r45", plain);
    await ok(peer, "SELECT r45b");
    await ok(peer, "MOVE 1 r45");
    await ok(peer, "SELECT r45");
    const rows = (await ok(peer, "UID FETCH 1:* FLAGS")).untagged.map((line) =>
      /^\* (\d+) FETCH .*UID (\d+)/.exec(line)!.slice(1).map(Number)
    );
    assertEquals(rows.map(([number]) => number), [1, 2, 3, 4, 5, 6]);
    assertEquals(rows.map(([, uid]) => uid), rows.map(([, uid]) => uid!).sort((left, right) => left - right));
  });

  await step("R49: APPEND without flags and date, 100,000 octets (RFC 3501 §6.3.11)", async () => {
    using peer = await openImap(world);
    const text = `Subject: r49\r\n\r\n${`${"r".repeat(70)}\r\n`.repeat(1388)}`.padEnd(99_998, "e") + "\r\n";
    assertEquals(text.length, 100_000);
    assertMatch((await appendLong(peer, "INBOX", text)).tagged, /^OK \[APPENDUID \d+ \d+\] ./);
  });

  await step("R50: the CRLF behind the literal ends APPEND (RFC 3501 §6.3.11)", async () => {
    using peer = await openImap(world);
    await peer.send(`a1 APPEND INBOX {${plain.length}+}\r\n${plain}\r\na2 NOOP\r\n`);
    assertMatch((await answer(peer, "a1")).tagged, /^OK /);
    const { untagged, tagged } = await answer(peer, "a2");
    assertMatch(tagged, /^OK /);
    assert(untagged.every((line) => !/BAD/.test(line)), untagged.join("\n"));
    await ok(peer, "NOOP");
  });

  await step("R51: APPEND to a mailbox that is not there (RFC 3501 §7.5)", async () => {
    using peer = await openImap(world);
    await peer.send("a1 APPEND nobox {5}\r\n");
    const first = await response(peer);
    if (first.startsWith("+ ")) {
      await peer.send("a2 NO\r\n");
      assertMatch((await answer(peer, "a1")).tagged, /^NO \[TRYCREATE\] ./);
    } else assertMatch(first, /^a1 NO \[TRYCREATE\] ./);
    await ok(peer, "NOOP");
  });

  await step("R52: octets of a refused literal are never run (RFC 7888 §5)", async () => {
    using peer = await openImap(world, "i9", "secret");
    const lines = "x1 CREATE evil\r\n".repeat(400);
    await peer.send(`a1 APPEND nobox {${lines.length}+}\r\n${lines}\r\n`);
    assertMatch((await answer(peer, "a1")).tagged, /^(?:NO|BAD) /);
    await peer.send(`a2 LOGIN {${lines.length}+}\r\n${lines} x\r\n`);
    try {
      assertMatch((await answer(peer, "a2")).tagged, /^(?:NO|BAD) /);
    } catch {
      // Closed: that is good as well.
    }
    using next = await openImap(world, "i9", "secret");
    assert(!(await ok(next, `LIST "" *`)).text.includes("evil"));
  });

  await step("R53: INTERNALDATE has two columns for the day (RFC 3501 §9)", async () => {
    using peer = await openWith(world, "r53", []);
    await ok(peer, `APPEND r53 () " 5-Jun-2026 10:00:00 +0000" {${plain.length}+}\r\n${plain}`);
    await ok(peer, `APPEND r53 "05-Jun-2026 10:00:00 +0000" {${plain.length}+}\r\n${plain}`);
    const { untagged } = await ok(peer, "FETCH 1:2 INTERNALDATE");
    assertEquals(untagged.length, 2);
    for (const line of untagged) {
      const [, date] = /INTERNALDATE "([ 0][456]-Jun-2026 \d\d:\d\d:\d\d [+-]\d{4})"\)$/.exec(line) ?? [];
      assertEquals(Date.parse(date!), Date.UTC(2026, 5, 5, 10), line);
    }
  });

  await step('R54: a password with \\ and " as quoted string and as literal (RFC 3501 §9)', async () => {
    for (const password of [`"foo\\\\bar\\"q"`, `{9+}\r\nfoo\\bar"q`]) {
      using peer = await world.connect("imap");
      await peer.line();
      await ok(peer, `LOGIN odd ${password}`);
    }
  });

  await step("R55: another command inside IDLE (RFC 2177)", async () => {
    using peer = await openImap(world);
    await ok(peer, "SELECT INBOX");
    await peer.send("a1 IDLE\r\n");
    while (!(await response(peer)).startsWith("+ ")) { /* What has changed comes first. */ }
    await peer.send("a2 NOOP\r\n");
    try {
      for (let line = ""; !/^(?:a1|\*) BAD|^a2 /.test(line);) line = await response(peer);
      await peer.send("DONE\r\n");
      await peer.send("a3 NOOP\r\n");
      for (let line = ""; !line.startsWith("a3 OK");) line = await response(peer);
    } catch (thrown) {
      assertStringIncludes(String(thrown), "closed the connection");
    }
  });

  await step("R56: SPECIAL-USE by LIST (RFC 6154 §2)", async () => {
    using peer = await openImap(world, "i4", "secret");
    const names = ["Drafts", "Sent", "Junk", "Trash", "Archive"];
    for (const name of [...names, "other"]) await ok(peer, `CREATE ${name}`);
    for (const name of [...names, "other"]) await ok(peer, `SUBSCRIBE ${name}`);
    const subscribed = await ok(peer, `LIST (SUBSCRIBED) "" "*" RETURN (SPECIAL-USE)`);
    for (const name of names) {
      assertMatch(subscribed.text, new RegExp(`^\\* LIST \\([^)]*\\\\${name}\\b.* "?${name}"?$`, "m"));
    }
    const special = await ok(peer, `LIST (SPECIAL-USE) "" "*"`);
    assertEquals(
      special.untagged.map((line) => line.replace(/^.* "?(\w+)"?$/, "$1")).sort(),
      names.toSorted(),
    );
  });

  await step("R57: a subscribed mailbox that exists (RFC 5258 §3.1)", async () => {
    using peer = await openImap(world, "i5", "secret");
    await ok(peer, "CREATE kept");
    await ok(peer, "SUBSCRIBE kept");
    const [line] = (await ok(peer, `LIST (SUBSCRIBED) "" "*"`)).untagged.filter((text) =>
      text.includes("kept")
    );
    assertStringIncludes(line!, "\\Subscribed");
    assert(!line!.includes("\\NonExistent"));
  });

  await step("R58 R59: LIST of INBOX and of nothing (RFC 3501 §6.3.8)", async () => {
    using peer = await openImap(world, "i6", "secret");
    const { untagged } = await ok(peer, `LIST "" INBOX`);
    assertEquals(untagged.length, 1);
    assertMatch(untagged[0]!, /^\* LIST \([^)]*\) "." (?:INBOX|"INBOX")$/);
    assertMatch((await ok(peer, `LIST "" ""`)).text, /^\* LIST \(\\Noselect\) "." ""\nt\d+ OK /);
  });

  await step("R60: what follows a literal stands in the same parenthesis (RFC 3501 §7.4.2)", async () => {
    using peer = await openWith(world, "r60", [plain]);
    const { text } = await ok(peer, "FETCH 1 (BODY.PEEK[] FLAGS RFC822.SIZE)");
    assertMatch(text, /^\* 1 FETCH \(BODY\[\] \{(\d+)\}\r\n[^]*x\r\n FLAGS \([^)]*\) RFC822\.SIZE \d+\)\n/);
  });

  await step("R61: UIDVALIDITY and UIDNEXT begin at 1 (RFC 3501 §9)", async () => {
    using peer = await openImap(world, "i7", "secret");
    await ok(peer, "CREATE fresh");
    const { text } = await ok(peer, "STATUS fresh (UIDVALIDITY UIDNEXT)");
    assertMatch(text, /UIDVALIDITY [1-9]\d* UIDNEXT [1-9]\d*\)/);
  });

  await step("R62: STORE of one flag without parentheses (RFC 3501 §9)", async () => {
    using peer = await openWith(world, "r62", [plain]);
    assertMatch((await ok(peer, "STORE 1 +FLAGS \\Deleted")).text, /FLAGS \([^)]*\\Deleted/);
  });

  await step("R63: parts of a message inside a message (RFC 3501 §6.4.5)", async () => {
    const inner = [
      ...["Subject: inner", "Content-Type: multipart/alternative; boundary=in", ""],
      ...[
        "--in",
        "Content-Type: text/plain",
        "",
        "inner text",
        "--in",
        "Content-Type: text/html",
        "",
        "<p>",
        "--in--",
      ],
    ];
    const outer = [
      ...["Subject: outer", "Content-Type: multipart/mixed; boundary=out", "", "--out", "", "outer text"],
      ...["--out", "Content-Type: message/rfc822", "", ...inner, "--out--", ""],
    ];
    using peer = await openWith(world, "r63", [outer.join("\r\n")]);
    const { text } = await ok(peer, "FETCH 1 (BODY.PEEK[2.1] BODY.PEEK[2.2.MIME] BODY.PEEK[2.HEADER])");
    assertStringIncludes(text, "BODY[2.1] {10}\r\ninner text");
    assertStringIncludes(text, "BODY[2.2.MIME] {27}\r\nContent-Type: text/html\r\n\r\n");
    assertMatch(
      text,
      /BODY\[2\.HEADER\] \{\d+\}\r\nSubject: inner\r\nContent-Type: multipart\/alternative; boundary=in\r\n\r\n/,
    );
  });

  await step("R64: SEARCH in encoded words and in base64 text (RFC 3501 §6.4.4)", async () => {
    const word = utf8Octets("bl\u00e5b\u00e6r");
    using peer = await openWith(world, "r64", [
      "Subject: =?utf-8?B?YmzDpWLDpnI=?=\r\n\r\nx\r\n",
      `Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n${
        btoa(`some ${word} here`)
      }\r\n`,
    ]);
    for (const [key, found] of [["SUBJECT", 1], ["BODY", 2]] as const) {
      const { untagged } = await ok(peer, `SEARCH CHARSET UTF-8 ${key} {${word.length}+}\r\n${word}`);
      assertEquals(untagged, [`* SEARCH ${found}`], key);
    }
    const upper = utf8Octets("BL\u00c5B\u00c6R");
    assertEquals((await ok(peer, `SEARCH CHARSET UTF-8 TEXT {${upper.length}+}\r\n${upper}`)).untagged, [
      "* SEARCH 1 2",
    ]);
    await refused(peer, "SEARCH CHARSET X-NONE SUBJECT x", /^NO \[BADCHARSET/);
  });
});
