/** The mailbox suite's cases on names: list, create, delete, rename, subscriptions. */

import { assertEquals, assertGreater } from "@std/assert";

import type { MailboxCase } from "./mailbox_fixture.ts";
import {
  appendText,
  assertRefused,
  messageOf,
  namesOf,
  readText,
  uidsOf,
  withMailbox,
} from "./mailbox_fixture.ts";

export const childOfMailbox =
  "a mailbox that is deleted stays as a name while it has children (RFC 3501 §6.3.4)";

export const folderCases: Record<string, MailboxCase> = {
  "mailboxes are created and listed with the names above them": async (world, account) => {
    await account.create("Work/2026");
    await account.create("Archive");
    await account.create('Entwürfe & "mehr"');
    for (const opened of [account, world.open()]) {
      const entries = await opened.list();
      assertEquals(namesOf(entries), ["INBOX", "Archive", 'Entwürfe & "mehr"', "Work", "Work/2026"]);
      const work = entries.find(({ name }) => name === "Work")!;
      assertEquals([work.selectable, work.hasChildren], [false, true]);
      const leaf = entries.find(({ name }) => name === "Work/2026")!;
      assertEquals([leaf.selectable, leaf.hasChildren], [true, false]);
      assertEquals(entries.find(({ name }) => name === "Archive")!.specialUse, "\\Archive");
    }
    await assertRefused("alreadyExists", () => account.create("Archive"));
    await assertRefused("alreadyExists", () => account.create("inbox"));
    await assertRefused("nonexistent", () => account.open("Work/2025", { readOnly: true }));
    await assertRefused("nonexistent", () => account.status("Nowhere", { octets: false }));
  },

  "names that cannot be stored are refused": async (_, account) => {
    for (const name of ["", "a//b", "/a", "a\nb", "a\u0000", "..", "a/../b", "x".repeat(300), "\ud800"]) {
      await assertRefused("cannot", () => account.create(name));
    }
    assertEquals(namesOf(await account.list()), ["INBOX"]);
  },

  "INBOX cannot be deleted, and nothing is renamed onto it": async (_, account) => {
    await account.create("zoo");
    await assertRefused("cannot", () => account.delete("inbox"));
    await assertRefused("alreadyExists", () => account.rename("zoo", "inbox"));
    assertEquals(namesOf(await account.list()), ["INBOX", "zoo"]);
  },

  "a mailbox made anew under an old name has a greater UIDVALIDITY (RFC 3501 §2.3.1.1)": async (
    _,
    account,
  ) => {
    let last = 0;
    for (let round = 0; round < 3; round++) {
      await account.create("Again");
      await appendText(account, "Again", messageOf("one"));
      const { uidValidity } = await account.status("Again", { octets: false });
      assertGreater(uidValidity, last);
      last = uidValidity;
      await account.delete("Again");
      await assertRefused("nonexistent", () => account.delete("Again"));
    }
  },

  [childOfMailbox]: async (_, account) => {
    await account.create("foo");
    await account.create("foo/bar");
    await appendText(account, "foo/bar", messageOf("kept"));
    await account.delete("foo");
    const [, foo, bar] = await account.list();
    assertEquals([foo!.name, foo!.selectable, foo!.hasChildren], ["foo", false, true]);
    assertEquals([bar!.name, bar!.selectable], ["foo/bar", true]);
    await assertRefused("nonexistent", () => account.delete("foo"));
    assertEquals((await account.status("foo/bar", { octets: false })).messages, 1);
    await account.create("foo");
    assertEquals((await account.list())[1]!.selectable, true);
  },

  "a renamed mailbox takes its children, UIDs and UIDVALIDITY along (RFC 3501 §6.3.5)": async (
    world,
    account,
  ) => {
    await account.create("From/child");
    const uid = await appendText(account, "From/child", messageOf("kept"), { flags: ["Work"] });
    const before = await account.status("From/child", { octets: false });
    const session = await account.open("From/child", { readOnly: false });
    await account.create("Taken");
    await assertRefused("alreadyExists", () => account.rename("From", "Taken"));
    await assertRefused("nonexistent", () => account.rename("Nothing", "Other"));
    await assertRefused("cannot", () => account.rename("From", "From/child/deeper"));
    await account.rename("From", "To/there");
    assertEquals((await session.sync()).gone, true);
    await session.close();
    for (const opened of [account, world.open()]) {
      assertEquals(namesOf(await opened.list()), ["INBOX", "Taken", "To", "To/there", "To/there/child"]);
      await withMailbox(opened, "To/there/child", async (child) => {
        assertEquals(uidsOf(child), [uid]);
        assertEquals(child.snapshot().messages[0]!.flags, ["Work"]);
        assertEquals(child.snapshot().uidValidity, before.uidValidity);
        assertEquals(await readText(child, uid), messageOf("kept"));
      });
    }
  },

  "renaming INBOX moves its messages and leaves it (RFC 3501 §6.3.5)": async (_, account) => {
    await appendText(account, "INBOX", messageOf("one"), { flags: ["\\Seen"] });
    await appendText(account, "INBOX", messageOf("two"));
    await account.rename("INBOX", "Old mail");
    assertEquals(namesOf(await account.list()), ["INBOX", "Old mail"]);
    assertEquals((await account.status("INBOX", { octets: false })).messages, 0);
    const moved = await account.status("Old mail", { octets: false });
    assertEquals([moved.messages, moved.unseen], [2, 1]);
  },

  "subscriptions last and need no mailbox (RFC 3501 §6.3.6)": async (world, account) => {
    await account.create("Real");
    await account.subscribe("Real");
    await account.subscribe("Entwürfe/nicht da");
    await account.subscribe("inbox");
    await account.subscribe("Real");
    for (const opened of [account, world.open()]) {
      assertEquals(await opened.subscriptions(), ["INBOX", "Entwürfe/nicht da", "Real"]);
      assertEquals((await opened.list()).map(({ name, subscribed }) => [name, subscribed]), [
        ["INBOX", true],
        ["Real", true],
      ]);
    }
    await account.delete("Real");
    await account.unsubscribe("Entwürfe/nicht da");
    await account.unsubscribe("Never");
    assertEquals(await world.open().subscriptions(), ["INBOX", "Real"]);
  },

  "STATUS counts without opening for good": async (_, account) => {
    await account.create("Box");
    const texts = [messageOf("one"), messageOf("three", "a\r\n\r\nb\r\n")];
    const first = await appendText(account, "Box", texts[0]!, { flags: ["\\Seen"] });
    const last = await appendText(account, "Box", texts[1]!);
    const status = await account.status("Box", { octets: true });
    assertEquals([status.messages, status.recent, status.unseen], [2, 2, 1]);
    assertEquals(status.octets, texts[0]!.length + texts[1]!.length);
    assertEquals(status.uidNext, last + 1);
    assertGreater(last, first);
  },
};
