/** What the suite cannot ask of every format: the files of a Maildir, as Dovecot and other programs see them. */

import { assert, assertEquals, assertMatch } from "@std/assert";

import { utf8Bytes, utf8Text } from "../../tools/kit/base/bytes.ts";

import type { SimDisk } from "../file/sim_disk.ts";
import {
  appendText,
  assertRefused,
  flagsOf,
  messageOf,
  readText,
  uidsOf,
  withMailbox,
} from "../mailbox_fixture.ts";
import { MaildirWorld } from "./maildir_fixture.ts";

async function list(world: MaildirWorld, directory: string): Promise<string[]> {
  return (await world.disk.list(`${world.root}/${directory}`)).map(({ name }) => name).sort();
}

async function read(world: MaildirWorld, file: string): Promise<string> {
  return utf8Text(await world.disk.readFile(`${world.root}/${file}`));
}

async function write(world: MaildirWorld, file: string, text: string): Promise<void> {
  const opened = await world.disk.open(`${world.root}/${file}`, {
    write: true,
    create: "ifMissing",
    truncate: true,
  });
  await opened.write(utf8Bytes(text), 0);
  await opened.close();
}

/** A tree as Dovecot leaves it. */
async function dovecotTree(): Promise<MaildirWorld> {
  const world = await MaildirWorld.simulated();
  for (const part of ["cur", "new", "tmp", ".Sent/cur", ".Sent/new", ".Sent/tmp"]) {
    await world.disk.mkdir(`${world.root}/${part}`, { parents: true });
  }
  await write(world, "cur/100.M1P1.h,S=31,W=35:2,FSab", "Subject: a\n\nbody one\n");
  await write(world, "cur/101.M1P1.h:2,", "Subject: b\n\nbody two\n");
  await write(world, "new/102.M1P1.h:2,S", "Subject: c\n\nbody three\n");
  await write(
    world,
    "dovecot-uidlist",
    "3 V1234 N1 G5adca0100da8066bcd09000083ecc375\n7 :100.M1P1.h,S=31,W=35\n9 W77 :101.M1P1.h\n",
  );
  await write(world, "dovecot-keywords", "0 $Junk\n1 Work\n");
  await write(world, "dovecot-uidvalidity", "00001000");
  await write(world, "dovecot-uidvalidity.00001000", "");
  await write(world, "subscriptions", "V\t2\n\nSent\nWork\t2026\n");
  return world;
}

Deno.test("a tree of Dovecot's is taken over: UIDs, UIDVALIDITY, keywords, sizes, subscriptions", async () => {
  const world = await dovecotTree();
  const account = world.open();
  await withMailbox(account, "INBOX", async (inbox) => {
    const { uidValidity, uidNext, messages } = inbox.snapshot();
    assertEquals([uidValidity, uidNext], [1234, 11]);
    assertEquals(messages.map(({ uid, flags, recent }) => [uid, flags, recent]), [
      [7, ["\\Flagged", "\\Seen", "$Junk", "Work"], false],
      [9, [], false],
      [10, ["\\Seen"], true],
    ]);
    const data = await inbox.fetch([7, 9], {});
    assertEquals(data.map(({ summary }) => summary.octets), [35, 77]);
  });
  assertEquals(await account.subscriptions(), ["Sent", "Work/2026"]);
  assertEquals(await list(world, "new"), []);
  assert((await list(world, "cur")).includes("102.M1P1.h:2,S"));
  assertMatch(await read(world, "dovecot-uidlist"), /^9 W77 :101\.M1P1\.h\n10 :102\.M1P1\.h\n$/m);
  await account.create("New");
  assertMatch(await read(world, ".New/dovecot-uidlist"), /^3 V4097 N1 G[0-9a-f]{32}\n$/);
  assertEquals(await read(world, "dovecot-uidvalidity"), "00001001");
});

Deno.test("appended messages carry their sizes and flags in the name, and keywords are listed", async () => {
  const world = await MaildirWorld.simulated();
  const account = world.open();
  await appendText(account, "INBOX", messageOf("one"), {
    flags: ["\\Seen", "\\Answered", "\\Deleted", "\\Flagged", "Work"],
  });
  const octets = messageOf("one").length;
  const [name] = await list(world, "cur");
  assertMatch(
    name!,
    new RegExp(`^\\d+\\.M\\d+R[0-9a-f]{16}Q\\d+\\.mail\\.ref\\.test,S=${octets - 5},W=${octets}:2,FRSTa$`),
  );
  assertEquals(await read(world, "dovecot-keywords"), "0 Work\n");
  assert(!(await read(world, `cur/${name}`)).includes("\r"));
  assertEquals(await list(world, "tmp"), []);
});

Deno.test("a delivery in the tick of the last listing is seen when time goes on too (mtime granularity)", async () => {
  for (const stepMs of [0, 10, 60, 3000]) {
    const world = await MaildirWorld.simulated();
    await withMailbox(world.open(), "INBOX", async (inbox) => {
      inbox.snapshot();
      await world.deliver("INBOX", "Subject: a\n\n");
      assertEquals((await inbox.sync()).appeared.length, 1);
      await world.deliver("INBOX", "Subject: b\n\n");
      world.clock.advance(stepMs);
      assertEquals((await inbox.sync()).appeared.length, 1, `${stepMs} ms later`);
    });
  }
});

Deno.test("an unchanged mailbox is not listed again, and nothing is looked at per message", async () => {
  const world = await dovecotTree();
  const account = world.open();
  const { log } = world.disk as SimDisk;
  world.clock.advance(10_000);
  const inbox = await account.open("INBOX", { readOnly: false });
  world.clock.advance(10_000);
  await inbox.sync();
  const opened = log.length;
  world.clock.advance(10_000);
  await inbox.sync();
  assertEquals(log.slice(opened).map((line) => line.replace(/^\d+ /, "")), [
    `look at ${world.root}/cur`,
    `look at ${world.root}/new`,
  ]);
  await inbox.close();
});

Deno.test("a message that another program renamed is found again by its base name", async () => {
  const world = await dovecotTree();
  await withMailbox(world.open(), "INBOX", async (inbox) => {
    inbox.snapshot();
    world.clock.advance(10_000);
    await inbox.sync();
    await world.disk.rename(`${world.root}/cur/101.M1P1.h:2,`, `${world.root}/cur/101.M1P1.h:2,R`);
    assertEquals(await readText(inbox, 9), "Subject: b\r\n\r\nbody two\r\n");
    await world.disk.rename(`${world.root}/cur/101.M1P1.h:2,R`, `${world.root}/cur/101.M1P1.h:2,RT`);
    await inbox.setFlags([9], "add", ["\\Seen"]);
    assertEquals(flagsOf(inbox, 9), ["\\Answered", "\\Deleted", "\\Seen"]);
    assert((await list(world, "cur")).includes("101.M1P1.h:2,RST"));
    await world.disk.unlink(`${world.root}/cur/101.M1P1.h:2,RST`);
    await inbox.sync();
    await assertRefused("expunged", () => inbox.read(9, 0, 10));
    assertEquals(uidsOf(inbox), [7, 10]);
  });
});

Deno.test("a second message under a taken base name gets a name and a UID of its own", async () => {
  const world = await dovecotTree();
  await withMailbox(world.open(), "INBOX", async (inbox) => {
    inbox.snapshot();
    world.clock.advance(10_000);
    await write(world, "new/101.M1P1.h", "Subject: other\n\nanother body\n");
    const { appeared, vanished } = await inbox.sync();
    assertEquals(vanished, []);
    assertEquals(await readText(inbox, appeared[0]!.uid), "Subject: other\r\n\r\nanother body\r\n");
    assertEquals(await readText(inbox, 9), "Subject: b\r\n\r\nbody two\r\n");
  });
});

Deno.test("the two names of a message that a crash left linked twice become one", async () => {
  const world = await dovecotTree();
  await world.disk.link(`${world.root}/cur/101.M1P1.h:2,`, `${world.root}/new/101.M1P1.h`);
  await withMailbox(world.open(), "INBOX", (inbox) => {
    assertEquals(uidsOf(inbox), [7, 9, 10]);
    return Promise.resolve();
  });
  assertEquals(await list(world, "new"), []);
});

Deno.test("a message that comes back under its old name is a new message", async () => {
  const world = await dovecotTree();
  await withMailbox(world.open(), "INBOX", async (inbox) => {
    inbox.snapshot();
    await world.disk.rename(`${world.root}/cur/101.M1P1.h:2,`, `${world.root}/aside`);
    assertEquals((await inbox.sync()).vanished, [9]);
    await world.disk.rename(`${world.root}/aside`, `${world.root}/cur/101.M1P1.h:2,`);
    assertEquals((await inbox.sync()).appeared.map(({ uid }) => uid), [11]);
  });
});

Deno.test("sizes that had to be read once stand in the uidlist afterwards", async () => {
  const world = await dovecotTree();
  await write(world, "new/103.M1P1.h", "Subject: d\n\nline\n");
  const account = world.open();
  assertEquals((await account.status("INBOX", { octets: true })).octets, 35 + 77 + 26 + 20);
  await account.retire();
  assertMatch(await read(world, "dovecot-uidlist"), /^11 W20 :103\.M1P1\.h$/m);
});

Deno.test("a lost uidlist means a new UIDVALIDITY, never old UIDs for other messages", async () => {
  const world = await dovecotTree();
  await world.disk.unlink(`${world.root}/dovecot-uidlist`);
  await withMailbox(world.open(), "INBOX", (inbox) => {
    assertEquals(inbox.snapshot().uidValidity, 4097);
    assertEquals(uidsOf(inbox), [1, 2, 3]);
    return Promise.resolve();
  });
});

Deno.test("more keywords than there are letters are refused, and none is lost", async () => {
  const world = await MaildirWorld.simulated();
  const account = world.open();
  const keywords = Array.from({ length: 26 }, (_, index) => `k${index}`);
  const uid = await appendText(account, "INBOX", messageOf("one"), { flags: keywords });
  await withMailbox(account, "INBOX", async (inbox) => {
    await assertRefused("cannot", () => inbox.setFlags([uid], "add", ["k26"]));
    assertEquals(flagsOf(inbox, uid)!.length, 26);
  });
});

Deno.test("what was being written when the server died is cleared away after 36 hours", async () => {
  const world = await MaildirWorld.simulated();
  await (await world.open().append("INBOX", { flags: [] })).write(utf8Bytes("Subject: half"));
  assertEquals((await list(world, "tmp")).length, 1);
  world.clock.advance(35 * 3_600_000);
  await world.open().status("INBOX", { octets: false });
  assertEquals((await list(world, "tmp")).length, 1);
  world.clock.advance(2 * 3_600_000);
  await world.open().status("INBOX", { octets: false });
  assertEquals(await list(world, "tmp"), []);
});

Deno.test("a full disk refuses the message and leaves the mailbox as it was", async () => {
  const world = await MaildirWorld.simulated();
  const account = world.open();
  await appendText(account, "INBOX", messageOf("one"));
  (world.disk as SimDisk).capacityOctets = 400;
  await assertRefused("overQuota", () => appendText(account, "INBOX", messageOf("two", "x".repeat(1000))));
  (world.disk as SimDisk).capacityOctets = Infinity;
  const uid = await appendText(account, "INBOX", messageOf("three"));
  assertEquals(await withMailbox(account, "INBOX", (inbox) => Promise.resolve(uidsOf(inbox))), [1, uid]);
  assertEquals(await list(world, "tmp"), []);
});
