/** The mailbox suite's cases on sessions: what one does, another sees; what other programs do, all see. */

import { assertEquals } from "@std/assert";

import type { MailboxCase } from "./mailbox_fixture.ts";
import {
  appendText,
  assertRefused,
  flagsOf,
  messageOf,
  passTime,
  readText,
  uidsOf,
  withMailbox,
} from "./mailbox_fixture.ts";

const lfMessage = (subject: string) => messageOf(subject).replaceAll("\r\n", "\n");

export const sessionCases: Record<string, MailboxCase> = {
  "a watcher is told what an actor does, once": async (_, account) => {
    const first = await appendText(account, "INBOX", messageOf("first"));
    const actor = await account.open("INBOX", { readOnly: false });
    const watcher = await account.open("INBOX", { readOnly: false });
    actor.snapshot();
    watcher.snapshot();
    const second = await appendText(account, "INBOX", messageOf("second"));
    await actor.setFlags([first], "add", ["\\Seen"]);
    await actor.setFlags([second], "add", ["\\Deleted"]);
    const { appeared, flags, vanished } = await watcher.sync();
    assertEquals(appeared.map(({ uid, flags }) => [uid, flags]), [[second, ["\\Deleted"]]]);
    assertEquals(flags.map(({ uid, flags }) => [uid, flags]), [[first, ["\\Seen"]]]);
    assertEquals(vanished, []);
    await actor.expunge();
    assertEquals((await watcher.sync()).vanished, [second]);
    assertEquals(await watcher.sync(), { appeared: [], flags: [], vanished: [] });
    await actor.close();
    await watcher.close();
  },

  "a watched mailbox wakes its watcher once until it looks": async (_, account) => {
    const watcher = await account.open("INBOX", { readOnly: false });
    watcher.snapshot();
    let woken = 0;
    const stop = watcher.watch(() => woken++);
    await appendText(account, "INBOX", messageOf("one"));
    await appendText(account, "INBOX", messageOf("two"));
    await settle();
    assertEquals(woken, 1);
    assertEquals((await watcher.sync()).appeared.length, 2);
    await appendText(account, "INBOX", messageOf("three"));
    await settle();
    assertEquals(woken, 2);
    stop();
    await watcher.sync();
    await appendText(account, "INBOX", messageOf("four"));
    await settle();
    assertEquals(woken, 2);
    await watcher.close();
  },

  "a watched mailbox wakes its watcher for another program's delivery": async (world, account) => {
    const watcher = await account.open("INBOX", { readOnly: false });
    watcher.snapshot();
    let wake = () => {};
    const woken = new Promise<void>((resolve) => wake = resolve);
    watcher.watch(() => wake());
    await world.deliver("INBOX", lfMessage("foreign"));
    world.clock.advance(10_000);
    await woken;
    assertEquals((await watcher.sync()).appeared.length, 1);
    await watcher.close();
  },

  "another program's deliveries are seen at the next look, in the same moment too": async (
    world,
    account,
  ) => {
    await withMailbox(account, "INBOX", async (inbox) => {
      inbox.snapshot();
      for (let round = 0; round < 4; round++) {
        await world.deliver("INBOX", lfMessage(`round ${round}`));
        const { appeared } = await inbox.sync();
        assertEquals(appeared.length, 1, `round ${round}`);
        assertEquals(await readText(inbox, appeared[0]!.uid), messageOf(`round ${round}`));
      }
    });
  },

  "deliveries by others get lasting UIDs in order of arrival": async (world, account) => {
    for (const subject of ["one", "two", "three"]) {
      world.clock.advance(1000);
      await world.deliver("INBOX", lfMessage(subject));
    }
    const read = (opened: typeof account) =>
      withMailbox(opened, "INBOX", async (inbox) => {
        const uids = uidsOf(inbox);
        const data = await inbox.fetch(uids, { envelope: true });
        return data.map(({ uid, envelope }) => [uid, envelope!.subject]);
      });
    const before = await read(account);
    assertEquals(before.map(([, subject]) => subject), ["one", "two", "three"]);
    assertEquals(await read(world.open()), before);
  },

  "two processes agree on UIDs, flags and what is gone": async (world, account) => {
    const other = world.open();
    const mine = await account.open("INBOX", { readOnly: false });
    const theirs = await other.open("INBOX", { readOnly: false });
    const uids: number[] = [];
    for (let round = 0; round < 3; round++) {
      uids.push(await appendText(account, "INBOX", messageOf(`mine ${round}`)));
      uids.push(await appendText(other, "INBOX", messageOf(`theirs ${round}`)));
    }
    world.clock.advance(10_000);
    await mine.sync();
    await theirs.sync();
    assertEquals(uidsOf(mine), uids);
    assertEquals(uidsOf(theirs), uids);
    await mine.setFlags([uids[1]!], "add", ["\\Flagged", "Work"]);
    await theirs.sync();
    assertEquals(flagsOf(theirs, uids[1]!), ["\\Flagged", "Work"]);
    await theirs.setFlags([uids[1]!], "add", ["\\Seen"]);
    await mine.setFlags([uids[1]!], "add", ["\\Answered"]);
    assertEquals(flagsOf(mine, uids[1]!), ["\\Answered", "\\Flagged", "\\Seen", "Work"]);
    await mine.remove([uids[0]!]);
    await assertRefused("expunged", () => theirs.read(uids[0]!, 0, 10));
    assertEquals((await theirs.sync()).vanished, [uids[0]!]);
    await mine.close();
    await theirs.close();
  },

  "processes that append, flag, move and remove at once lose nothing and give each UID once": async (
    world,
    account,
  ) => {
    await account.create("Saved");
    const accounts = [account, world.open(), world.open()];
    const work = accounts.map(async (own, number) => {
      const inbox = await own.open("INBOX", { readOnly: false });
      const uids: number[] = [];
      for (let round = 0; round < 6; round++) {
        const uid = await appendText(own, "INBOX", messageOf(`${number}.${round}`));
        await inbox.sync();
        await inbox.setFlags([uid], "add", ["\\Flagged", `k${number}`]);
        if (round === 2) await inbox.copy([uid], "Saved", { move: true });
        else if (round === 4) await inbox.remove([uid]);
        else uids.push(uid);
      }
      await inbox.close();
      return uids;
    });
    const uids = (await passTime(world, Promise.all(work))).flat().sort((left, right) => left - right);
    for (const opened of [account, world.open()]) {
      await withMailbox(opened, "INBOX", async (inbox) => {
        assertEquals(uidsOf(inbox), uids);
        const data = await inbox.fetch(uids, { envelope: true });
        assertEquals(new Set(data.map(({ envelope }) => envelope!.subject)).size, 12);
        for (const { envelope, summary } of data) {
          assertEquals(summary.flags, ["\\Flagged", `k${envelope!.subject!.slice(0, 1)}`]);
        }
      });
      assertEquals((await opened.status("Saved", { octets: false })).messages, 3);
    }
  },

  "\\Recent goes to the first session alone, and to a reader without taking it (RFC 3501 §2.3.2)": async (
    world,
    account,
  ) => {
    await world.deliver("INBOX", lfMessage("new"));
    assertEquals((await account.status("INBOX", { octets: false })).recent, 1);
    const recent = () =>
      withMailbox(account, "INBOX", (inbox) => Promise.resolve(inbox.snapshot().messages[0]!.recent));
    const peek = await account.open("INBOX", { readOnly: true });
    assertEquals(peek.snapshot().messages[0]!.recent, true);
    await peek.close();
    const first = await account.open("INBOX", { readOnly: false });
    assertEquals(first.snapshot().messages[0]!.recent, true);
    assertEquals(await recent(), false);
    assertEquals(first.snapshot().messages[0]!.recent, true);
    await first.close();
    assertEquals((await account.status("INBOX", { octets: false })).recent, 0);
  },

  "mail that a session took over unread still counts as unseen": async (world, account) => {
    await world.deliver("INBOX", lfMessage("new"));
    await withMailbox(account, "INBOX", (inbox) => Promise.resolve(inbox.snapshot()));
    for (const opened of [account, world.open()]) {
      const status = await opened.status("INBOX", { octets: true });
      assertEquals(status.unseen, 1);
      assertEquals(status.octets, messageOf("new").length);
    }
  },

  "a mailbox opened for reading alone refuses changes": async (_, account) => {
    const uid = await appendText(account, "INBOX", messageOf("one"));
    await withMailbox(account, "INBOX", async (inbox) => {
      assertEquals(inbox.snapshot().readOnly, true);
      await assertRefused("noPermission", () => inbox.setFlags([uid], "add", ["\\Seen"]));
      await assertRefused("noPermission", () => inbox.expunge());
      await assertRefused("noPermission", () => inbox.remove([uid]));
      await assertRefused("noPermission", () => inbox.copy([uid], "INBOX", { move: true }));
    }, { readOnly: true });
  },

  "a session in a mailbox that is deleted is told that it is gone": async (_, account) => {
    await account.create("Old");
    const uid = await appendText(account, "Old", messageOf("one"));
    const session = await account.open("Old", { readOnly: false });
    session.snapshot();
    await account.delete("Old");
    assertEquals((await session.sync()).gone, true);
    await assertRefused("nonexistent", () => session.setFlags([uid], "add", ["\\Seen"]));
    await session.close();
    await account.create("Old");
    assertEquals(await withMailbox(account, "Old", (old) => Promise.resolve(uidsOf(old))), []);
  },
};

/** Lets microtasks that have been queued run. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}
