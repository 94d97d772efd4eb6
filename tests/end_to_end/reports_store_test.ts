/**
 * Faults that people reported of mailboxes and aliases, R74 to R78 and R88, through a running server.
 *
 * Left to later features: R87 needs a catch-all of a domain (virtual_alias_maps); here the tables of local aliases
 * show that the first exact entry wins.
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";

import type { Peer } from "./peer.ts";
import { append, ok, openImap, openWith } from "./imap.ts";
import { expectReply, openSmtp, sendText } from "./smtp.ts";
import { worldTest } from "./world.ts";

const plain = "Subject: plain\r\n\r\nx\r\n";

/** R78: what must not change when flags are set on a message in the middle. */
async function keepsOrder(peer: Peer): Promise<void> {
  const uids = async () =>
    (await ok(peer, "FETCH 1:* (UID BODY.PEEK[HEADER.FIELDS (SUBJECT)])")).text.split("\nt")[0];
  const before = await uids();
  for (
    const change of [
      "+FLAGS (\\Seen $Long)",
      "-FLAGS (\\Seen $Long)",
      "FLAGS (\\Flagged \\Answered)",
      "FLAGS ()",
    ]
  ) {
    await ok(peer, `STORE 2 ${change}`);
    assertEquals(await uids(), before, change);
  }
}

worldTest("reports of maildir and aliases", {
  users: ["s1", "s2"],
  settings: `alias_maps = ["hash:aliases", "regexp:catchall"]`,
  aliases: [
    ...Array.from({ length: 7 }, (_, index) => `a${index + 1}: a${index + 2}`),
    "a8: u1",
    "u1: u1",
    "",
  ].join("\n"),
  prepare: (data) => Deno.writeTextFile(join(data, "catchall"), "/^(u1|any.*)$/ u2\n"),
}, async (world, step) => {
  const names = async (user: string) =>
    (await Array.fromAsync(Deno.readDir(world.path("mail", user, "Maildir", "cur")))).map(({ name }) => name);

  await step("R74: flags stand in a file's name in the order of their letters", async () => {
    using peer = await openImap(world, "s1", "secret");
    await append(peer, "INBOX", plain);
    await ok(peer, "SELECT INBOX");
    for (const flag of ["\\Deleted", "\\Seen", "\\Answered", "\\Flagged"]) {
      await ok(peer, `STORE 1 +FLAGS ${flag}`);
    }
    const [name, ...others] = await names("s1");
    assertEquals(others, []);
    assertMatch(name!, /^[^:]+:2,FRST$/);
  });

  await step("R75: a file of another program keeps its one :2,", async () => {
    const name = "1.a.h,S=20:2,";
    await Deno.writeTextFile(
      world.path("mail", "s1", "Maildir", "cur", name),
      plain.replaceAll("\r\n", "\n"),
    );
    using peer = await openImap(world, "s1", "secret");
    await ok(peer, "SELECT INBOX");
    await ok(peer, "STORE 2 +FLAGS \\Seen");
    assert((await names("s1")).includes("1.a.h,S=20:2,S"), (await names("s1")).join(" "));
    await ok(peer, "STORE 2 -FLAGS \\Seen");
    assert((await names("s1")).includes(name));
  });

  await step("R76: mail that a session has seen but not read is unseen", async () => {
    using smtp = await openSmtp(world, "smtp");
    for (const subject of ["one", "two"]) {
      await sendText(smtp, `Subject: ${subject}\r\n\r\nx\r\n`, { to: ["s2@ref.test"] });
    }
    await world.server.drained();
    using one = await openImap(world, "s2", "secret");
    assertStringIncludes((await ok(one, "STATUS INBOX (MESSAGES UNSEEN)")).text, "(MESSAGES 2 UNSEEN 2)");
    await ok(one, "SELECT INBOX");
    await ok(one, "CLOSE");
    using two = await openImap(world, "s2", "secret");
    assertStringIncludes((await ok(two, "STATUS INBOX (MESSAGES UNSEEN)")).text, "(MESSAGES 2 UNSEEN 2)");
    assertStringIncludes((await ok(two, "SELECT INBOX")).text, "[UNSEEN 1]");
  });

  await step("R78: flags change no number and no order", async () => {
    using peer = await openWith(
      world,
      "r78",
      ["one", "two", "three"].map((word) => `Subject: ${word}\r\n\r\nx\r\n`),
    );
    await keepsOrder(peer);
  });

  await step("R87: the exact entry wins over one that takes all", async () => {
    using peer = await openSmtp(world, "smtp");
    expectReply(await sendText(peer, "Subject: r87 exact\r\n\r\nx\r\n"), "250 ", ".");
    expectReply(
      await sendText(peer, "Subject: r87 other\r\n\r\nx\r\n", { to: ["anybody@ref.test"] }),
      "250 ",
      ".",
    );
    await world.server.drained();
    assert((await world.maildir("u1")).some((text) => text.includes("r87 exact")));
    assertEquals((await world.maildir("u2")).map((text) => /r87 \w+/.exec(text)?.[0]), ["r87 other"]);
  });

  await step("R88: a chain of eight aliases", async () => {
    using peer = await openSmtp(world, "smtp");
    expectReply(await sendText(peer, "Subject: r88\r\n\r\nx\r\n", { to: ["a1@ref.test"] }), "250 ", ".");
    await world.arrived("u1", "Subject: r88");
  });
});

worldTest("reports of mbox", {
  settings: `mail_location = "mbox:~/mail:INBOX=~/inbox"`,
}, async (world, step) => {
  const body = [
    "From now on all is well",
    ">From quoted already",
    ">>From twice",
    " From with a space",
    "From",
    "",
  ];
  const own = `Subject: r77\r\n\r\n${body.join("\r\n")}\r\n`;

  await step("R77: a line that begins with From begins no message", async () => {
    using smtp = await openSmtp(world, "smtp");
    expectReply(await sendText(smtp, own), "250 ", ".");
    await world.server.drained();
    using peer = await openImap(world);
    await append(peer, "INBOX", own, plain);
    assertMatch((await ok(peer, "SELECT INBOX")).text, /^\* 3 EXISTS$/m);
    const text = `${body.join("\r\n")}\r\n`;
    assertStringIncludes((await ok(peer, "FETCH 2 BODY.PEEK[TEXT]")).text, `{${text.length}}\r\n${text})`);
  });

  await step("R78: flags change no number and no order", async () => {
    using peer = await openWith(
      world,
      "r78",
      ["one", "two", "three"].map((word) => `Subject: ${word}\r\n\r\nx\r\n`),
    );
    await keepsOrder(peer);
    await ok(peer, "SELECT INBOX");
    assertMatch((await ok(peer, "STATUS INBOX (MESSAGES)")).text, /MESSAGES 3/);
  });
});
