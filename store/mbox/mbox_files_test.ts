/** What the suite cannot ask of every format: the octets of an mbox, as Dovecot and other programs see them. */

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
import { MboxWorld } from "./mbox_fixture.ts";

const from = "From a@b.test  Thu Jan  1 00:00:00 2026\n";

async function worldWith(text: string): Promise<MboxWorld> {
  const world = await MboxWorld.simulated();
  await write(world, text);
  return world;
}

async function write(world: MboxWorld, text: string): Promise<void> {
  const file = await world.disk.open(world.inbox, { write: true, create: "ifMissing", truncate: true });
  await file.write(utf8Bytes(text), 0);
  await file.sync();
  await file.close();
  await world.disk.syncDir("/srv/spool");
}

async function read(world: MboxWorld): Promise<string> {
  return utf8Text(await world.disk.readFile(world.inbox));
}

const dovecotMbox = `${from}Subject: one\n` +
  "X-IMAPbase: 77 0000000009 $Junk Work\nX-UID: 3\nStatus: RO\nX-Status: AF\nX-Keywords: Work    \nContent-Length: 4\n" +
  `\none\n\n${from}Subject: two\nX-UID: 9\nStatus: O\n\ntwo\n\n`;

Deno.test("an mbox of Dovecot's is taken over: UIDs, UIDVALIDITY, flags, keywords", async () => {
  const world = await worldWith(`${dovecotMbox}${from}Subject: three\n\nthree\n\n`);
  await withMailbox(world.open(), "INBOX", async (inbox) => {
    const { uidValidity, uidNext, messages, keywords } = inbox.snapshot();
    assertEquals([uidValidity, uidNext], [77, 11]);
    assertEquals(messages.map(({ uid, flags, recent }) => [uid, flags, recent]), [
      [3, ["\\Answered", "\\Flagged", "\\Seen", "Work"], false],
      [9, [], false],
      [10, [], true],
    ]);
    assertEquals(keywords, ["$Junk", "Work"]);
    assertEquals(await readText(inbox, 3), "Subject: one\r\n\r\none\r\n");
  });
  assertMatch(await read(world), /^X-IMAPbase: 77 0000000010 \$Junk Work$/m);
});

Deno.test("flags that fit are changed in place; no other octet changes", async () => {
  const world = await worldWith(dovecotMbox);
  await withMailbox(world.open(), "INBOX", async (inbox) => {
    inbox.snapshot();
    await inbox.setFlags([3], "replace", ["\\Answered", "$Junk"]);
    assertEquals(flagsOf(inbox, 3), ["\\Answered", "$Junk"]);
  });
  const expected = dovecotMbox.replace("Status: RO", "Status: O ").replace("X-Status: AF", "X-Status: A ")
    .replace("X-Keywords: Work    ", "X-Keywords: $Junk   ");
  assertEquals(await read(world), expected);
});

Deno.test("flags that do not fit move the messages behind, which keep their texts and UIDs", async () => {
  const world = await worldWith(dovecotMbox);
  await withMailbox(world.open(), "INBOX", async (inbox) => {
    inbox.snapshot();
    await inbox.setFlags([3], "add", ["a-keyword-that-is-much-too-long-for-the-room", "\\Draft"]);
    assertEquals(flagsOf(inbox, 3)!.length, 6);
    assertEquals(await readText(inbox, 9), "Subject: two\r\n\r\ntwo\r\n");
    assertEquals(uidsOf(inbox), [3, 9]);
  });
  assertMatch(await read(world), /^X-IMAPbase: 77 0000000009 \$Junk Work a-keyword-\S+ *$/m);
});

Deno.test("forged numbers in delivered mail are not believed", async () => {
  const forged = `${from}X-IMAPbase: 1 0000000001\nX-UID: 500\nStatus: \nSubject: x\n\nx\n\n`;
  const world = await worldWith(dovecotMbox + forged);
  await withMailbox(world.open(), "INBOX", async (inbox) => {
    assertEquals(uidsOf(inbox), [3, 9, 10]);
    assertEquals(inbox.snapshot().uidValidity, 77);
    assertEquals(await readText(inbox, 10), "Subject: x\r\n\r\nx\r\n");
  });
});

Deno.test("a forged last UID leaves room for the messages to come", async () => {
  const world = await worldWith(`${from}X-IMAPbase: 5 4294967295\nX-UID: 4294967295\nSubject: x\n\nx\n\n`);
  await withMailbox(world.open(), "INBOX", (inbox) => {
    assertEquals(uidsOf(inbox), [1]);
    assert(inbox.snapshot().uidValidity > 5);
    return Promise.resolve();
  });
});

Deno.test("an emptied mailbox keeps its numbers in the placeholder that mail programs know", async () => {
  const world = await worldWith(dovecotMbox);
  const account = world.open();
  await withMailbox(account, "INBOX", (inbox) => inbox.remove([3, 9]));
  assertMatch(await read(world), /DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA\nX-IMAP: 77 0000000009 /);
  assertEquals((await world.open().status("INBOX", { octets: true })).octets, 0);
  assertEquals(await appendText(world.open(), "INBOX", messageOf("new"), { flags: ["Other"] }), 10);
  assertMatch(await read(world), /^X-IMAP: 77 0000000010 \$Junk Work Other *$/m);
});

Deno.test("a placeholder without room is written anew, the messages behind it stay", async () => {
  const placeholder =
    `${from}Subject: DON'T DELETE THIS MESSAGE\nX-IMAP: 77 0000000009\nStatus: RO\n\ntext\n\n`;
  const world = await worldWith(`${placeholder}${from}Subject: three\nX-Keywords: Work\n\nthree\n\n`);
  await withMailbox(world.open(), "INBOX", async (inbox) => {
    assertEquals(uidsOf(inbox), [10]);
    assertEquals(flagsOf(inbox, 10), ["Work"]);
    assertEquals(await readText(inbox, 10), "Subject: three\r\n\r\nthree\r\n");
  });
  assertMatch(await read(world), /^X-IMAP: 77 0000000010 Work *$/m);
});

Deno.test("a mail program that rewrote the file is followed by UIDs", async () => {
  const world = await worldWith(dovecotMbox);
  const account = world.open();
  await withMailbox(account, "INBOX", async (inbox) => {
    inbox.snapshot();
    world.clock.advance(10_000);
    await write(
      world,
      dovecotMbox.replace("Status: O\n", "Status: RO\nX-Status: D\n").replace(": one", ": one"),
    );
    assertEquals((await inbox.sync()).flags.map(({ uid, flags }) => [uid, flags]), [[9, [
      "\\Deleted",
      "\\Seen",
    ]]]);
    world.clock.advance(10_000);
    const [, second] = dovecotMbox.split("one\n\n");
    await write(world, second!.replace("X-UID", "X-IMAPbase: 77 0000000009\nX-UID"));
    assertEquals((await inbox.sync()).vanished, [3]);
    assertEquals(await readText(inbox, 9), "Subject: two\r\n\r\ntwo\r\n");
  });
});

Deno.test("a flag that another program changed in place while mail came in is seen a little later", async () => {
  const world = await worldWith(dovecotMbox);
  await withMailbox(world.open(), "INBOX", async (inbox) => {
    inbox.snapshot();
    world.clock.advance(10_000);
    await write(
      world,
      dovecotMbox.replace("Status: RO", "Status: O ") + `${from}Subject: three\n\nthree\n\n`,
    );
    assertEquals((await inbox.sync()).appeared.length, 1);
    world.clock.advance(2000);
    assertEquals((await inbox.sync()).flags.map(({ uid, flags }) => [uid, flags]), [
      [3, ["\\Answered", "\\Flagged", "Work"]],
    ]);
  });
});

Deno.test("a large message is read on after others before it were removed", async () => {
  const world = await MboxWorld.simulated();
  const account = world.open();
  const first = await appendText(account, "INBOX", messageOf("first"));
  const text = messageOf("large", "0123456789".repeat(10).concat("\r\n").repeat(20_000));
  const large = await appendText(account, "INBOX", text);
  const reader = await account.open("INBOX", { readOnly: true });
  const start = await reader.read(large, 0, 1_000_000);
  await withMailbox(account, "INBOX", (inbox) => inbox.remove([first]));
  const rest = await reader.read(large, 1_000_000, 2_000_000);
  assertEquals(utf8Text(start) + utf8Text(rest), text);
  await reader.close();
});

Deno.test("a spool directory that is not ours is used without a lock file", async () => {
  const world = await worldWith(dovecotMbox);
  await world.disk.chmod("/srv/spool", 0o555);
  await withMailbox(world.open(), "INBOX", (inbox) => inbox.remove([3]));
  assertMatch(await read(world), /^Subject: two\nX-IMAPbase: 77 0000000009/m);
});

Deno.test("a mailbox that may not be changed can be read", async () => {
  const world = await worldWith(`${from}Subject: x\n\nx\n\n`);
  await world.disk.chmod(world.inbox, 0o400);
  const before = await read(world);
  await withMailbox(world.open(), "INBOX", async (inbox) => {
    assertEquals(await readText(inbox, 1), "Subject: x\r\n\r\nx\r\n");
    await assertRefused("noPermission", () => inbox.setFlags([1], "add", ["\\Seen"]));
  });
  assertEquals(await read(world), before);
});

Deno.test("a full disk refuses the message and leaves the file as it was", async () => {
  const world = await worldWith(dovecotMbox);
  const account = world.open();
  await account.status("INBOX", { octets: false });
  const before = await read(world);
  (world.disk as SimDisk).capacityOctets = before.length + 2500;
  await assertRefused("overQuota", () => appendText(account, "INBOX", messageOf("two", "x".repeat(1000))));
  (world.disk as SimDisk).capacityOctets = Infinity;
  const after = await read(world);
  assertEquals(after.replace(/0000000010/, "0000000009"), before);
  assert(await appendText(account, "INBOX", messageOf("three")) > 9);
});

Deno.test("a header of more than a megabyte does not spoil the mailbox", async () => {
  for (const octets of [1 << 19, (1 << 20) - 300, (1 << 20) + 300, 3 << 20]) {
    const field = `A: ${"a".repeat(997)}\n`;
    const header = field.repeat(Math.floor(octets / 1001)) + `B: ${"b".repeat(octets % 1001)}\n`;
    const world = await worldWith(`${from}${header}\nx\n\n${from}Subject: two\n\ntwo\n\n`);
    await withMailbox(world.open(), "INBOX", async (inbox) => {
      assertEquals(uidsOf(inbox), [1, 2]);
      await inbox.setFlags([1], "add", ["\\Flagged", "a-keyword-that-is-much-too-long-for-the-room"]);
    });
    await withMailbox(world.open(), "INBOX", async (inbox) => {
      assertEquals(uidsOf(inbox), [1, 2]);
      assertEquals(flagsOf(inbox, 1)!.includes("\\Flagged"), true);
      const text = (await readText(inbox, 1)).replaceAll("\r\n", "\n");
      // An empty line more where the header was cut.
      assert(text.replaceAll("\n\n", "\n") === `${header}x\n`);
      assertEquals(await readText(inbox, 2), "Subject: two\r\n\r\ntwo\r\n");
    });
  }
});
