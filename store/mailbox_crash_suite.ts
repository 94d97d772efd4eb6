/**
 * The power is cut at every operation of a mailbox's work, and the mailbox opened again: what was told as done is there,
 * what was told as gone is gone, no UID names another message, no message is torn, and work goes on.
 *
 * What was under way may be done or not; a message under way may be in either of two mailboxes, or in both.
 */

import { assert, assertEquals, assertGreater } from "@std/assert";

import type { Account, Flag, Mailbox, Uid } from "./account.ts";
import { MailboxError } from "./account.ts";
import { SimStop } from "./file/sim_disk.ts";
import type { MailWorld } from "./mailbox_fixture.ts";
import { appendText, messageOf, readText, withMailbox } from "./mailbox_fixture.ts";

export interface CrashWorld extends MailWorld {
  /** Every disk operation from the `count`th on fails. */
  stopAfter(count: number): void;
  /** The world after a power cut. */
  crash(seed: number): CrashWorld;
}

export interface CrashSuite {
  readonly name: string;
  setUp(seed: number): Promise<CrashWorld>;
}

interface Fact {
  mailbox: string;
  uid: Uid;
  /** Undefined while a change is under way. */
  flags: readonly Flag[] | undefined;
}

/** What has been told as done. */
class Told {
  /** By subject: must be there. */
  readonly messages = new Map<string, Fact>();
  readonly gone = new Map<string, Set<string>>();
  readonly subjects = new Map<string, string>();
  readonly lastUids = new Map<string, Uid>();
  readonly mailboxes = new Set(["INBOX"]);

  uid(mailbox: string, uidValidity: number, message: { readonly uid: Uid; readonly subject: string }): void {
    const box = `${mailbox} ${uidValidity}`;
    this.subjects.set(`${box} ${message.uid}`, message.subject);
    this.lastUids.set(box, Math.max(this.lastUids.get(box) ?? 0, message.uid));
  }
}

type Scenario = (account: Account, told: Told) => Promise<void>;

async function append(
  account: Account,
  told: Told,
  message: { mailbox: string; subject: string; flags: Flag[] },
) {
  const { mailbox, subject, flags } = message;
  const uid = await appendText(account, mailbox, messageOf(subject), { flags });
  const { uidValidity } = await account.status(mailbox, { octets: false });
  told.messages.set(subject, { mailbox, uid, flags });
  told.uid(mailbox, uidValidity, { uid, subject });
}

/** Mail that is stored and told of, and two deliveries that nobody has looked at. */
async function prepare(account: Account, told: Told, world: CrashWorld): Promise<void> {
  await account.create("Saved");
  told.mailboxes.add("Saved");
  for (const subject of ["one", "two", "three"]) {
    await append(account, told, { mailbox: "INBOX", subject, flags: ["\\Seen"] });
  }
  await append(account, told, { mailbox: "Saved", subject: "old", flags: [] });
  for (const subject of ["seven", "eight"]) {
    await world.deliver("INBOX", messageOf(subject).replaceAll("\r\n", "\n"));
  }
}

const scenarios: Record<string, Scenario> = {
  append: async (account, told) => {
    await append(account, told, { mailbox: "INBOX", subject: "four", flags: [] });
    await append(account, told, { mailbox: "INBOX", subject: "five", flags: ["\\Flagged", "Work"] });
  },

  "flag changes": (account, told) =>
    withMailbox(account, "INBOX", async (inbox) => {
      for (
        const flags of [["\\Deleted"], ["\\Answered", "Work"], [
          "$Junk",
          "a-long-keyword-that-needs-room-to-stand",
        ]]
      ) {
        const facts = ["one", "two"].map((subject) => told.messages.get(subject)!);
        for (const fact of facts) fact.flags = undefined;
        const set = await inbox.setFlags(facts.map((fact) => fact.uid), "add", flags);
        for (const { uid, flags } of set) facts.find((fact) => fact.uid === uid)!.flags = flags;
      }
    }),

  expunge: (account, told) =>
    withMailbox(account, "INBOX", async (inbox) => {
      for (const subject of ["three", "one"]) {
        const { uid } = told.messages.get(subject)!;
        told.messages.delete(subject);
        await inbox.remove([uid]);
        told.gone.set(subject, new Set(["INBOX"]));
      }
    }),

  copy: (account, told) => transfer(account, told, { move: false }),

  move: (account, told) => transfer(account, told, { move: true }),

  "rename, create and delete": async (account, told) => {
    const fact = told.messages.get("old")!;
    told.mailboxes.delete("Saved");
    fact.mailbox = "Saved|Kept/deep";
    await account.rename("Saved", "Kept/deep");
    fact.mailbox = "Kept/deep";
    told.mailboxes.add("Kept/deep");
    await account.create("New");
    told.mailboxes.add("New");
    told.mailboxes.delete("New");
    await account.delete("New");
    await account.create("New");
    told.mailboxes.add("New");
    await append(account, told, { mailbox: "New", subject: "six", flags: [] });
  },

  "taking over deliveries": (account, told) =>
    withMailbox(account, "INBOX", async (inbox) => {
      const { uidValidity, messages } = inbox.snapshot();
      for (const { uid, envelope } of await inbox.fetch(messages.map(({ uid }) => uid), { envelope: true })) {
        told.uid("INBOX", uidValidity, { uid, subject: envelope!.subject! });
      }
    }),

  "emptying a mailbox": (account, told) =>
    withMailbox(account, "INBOX", async (inbox) => {
      const facts = Array.from(told.messages).filter(([, fact]) => fact.mailbox === "INBOX");
      for (const [subject] of facts) told.messages.delete(subject);
      await inbox.remove(facts.map(([, fact]) => fact.uid));
      for (const [subject] of facts) told.gone.set(subject, new Set(["INBOX"]));
    }),
};

async function transfer(account: Account, told: Told, options: { readonly move: boolean }): Promise<void> {
  await withMailbox(account, "INBOX", async (inbox) => {
    const subjects = ["one", "three"];
    const facts = subjects.map((subject) => told.messages.get(subject)!);
    if (options.move) { for (const fact of facts) fact.mailbox = "INBOX|Saved"; }
    const { uidValidity, to } = await inbox.copy(facts.map((fact) => fact.uid), "Saved", options);
    for (const [index, subject] of subjects.entries()) {
      told.uid("Saved", uidValidity, { uid: to[index]!, subject });
      if (!options.move) continue;
      Object.assign(facts[index]!, { mailbox: "Saved", uid: to[index]! });
      told.gone.set(subject, new Set(["INBOX"]));
    }
  });
}

export function testCrashes(suite: CrashSuite): void {
  for (const [name, scenario] of Object.entries(scenarios)) {
    Deno.test(`${suite.name}: power cut at every operation of ${name}`, async () => {
      for (let count = 1;; count++) {
        for (const seed of [count, count + 1000]) {
          if (await runOnce(suite, { scenario, count, seed })) continue;
          assertGreater(count, 5);
          return;
        }
      }
    });
  }
}

/** False when the scenario ended before the cut. */
async function runOnce(
  suite: CrashSuite,
  run: { readonly scenario: Scenario; readonly count: number; readonly seed: number },
): Promise<boolean> {
  const world = await suite.setUp(run.seed);
  const told = new Told();
  const account = world.open();
  await prepare(account, told, world);
  world.stopAfter(run.count);
  let stopped = false;
  try {
    await run.scenario(account, told);
  } catch (thrown) {
    if (!isStop(thrown)) throw thrown;
    stopped = true;
  }
  const after = world.crash(run.seed);
  // Locks of the dead go stale.
  after.clock.advance(3_600_000);
  try {
    await verify(after, told);
  } catch (thrown) {
    throw new Error(`after a cut at operation ${run.count}, seed ${run.seed}`, { cause: thrown });
  }
  return stopped;
}

function isStop(thrown: unknown): boolean {
  return thrown instanceof SimStop ||
    (thrown instanceof MailboxError && (isStop(thrown.cause) || thrown.code === "unavailable")) ||
    (thrown instanceof Error && thrown.cause !== undefined && isStop(thrown.cause));
}

async function verify(world: CrashWorld, told: Told): Promise<void> {
  const account = world.open();
  const names = (await account.list()).filter((entry) => entry.selectable).map((entry) => entry.name);
  for (const name of told.mailboxes) assert(names.includes(name), `${name} is lost`);
  const found = new Map<
    string,
    { readonly mailbox: string; readonly uid: Uid; readonly flags: readonly Flag[] }[]
  >();
  for (const name of names) {
    await withMailbox(account, name, async (mailbox) => {
      const { uidValidity, uidNext, messages } = mailbox.snapshot();
      assertGreater(uidNext, told.lastUids.get(`${name} ${uidValidity}`) ?? 0, `UIDNEXT of ${name}`);
      for (const { uid, flags } of messages) {
        const subject = await wholeSubject(mailbox, uid);
        const before = told.subjects.get(`${name} ${uidValidity} ${uid}`);
        assertEquals(subject, before ?? subject, `UID ${uid} of ${name}`);
        found.set(subject, [...found.get(subject) ?? [], { mailbox: name, uid, flags }]);
      }
    });
  }
  for (const [subject, fact] of told.messages) {
    const places = (found.get(subject) ?? []).filter(({ mailbox }) =>
      fact.mailbox.split("|").includes(mailbox)
    );
    assertGreater(places.length, 0, `message ${subject} is lost`);
    if (fact.mailbox.includes("|")) continue;
    const place = places.find(({ uid }) => uid === fact.uid);
    assert(place !== undefined, `message ${subject} has another UID`);
    if (fact.flags !== undefined) assertEquals(place.flags, fact.flags, `flags of ${subject}`);
  }
  for (const [subject, mailboxes] of told.gone) {
    const back = (found.get(subject) ?? []).filter(({ mailbox }) => mailboxes.has(mailbox));
    assertEquals(back, [], `message ${subject} is back`);
  }
  const uid = await appendText(account, "INBOX", messageOf("after"));
  await withMailbox(world.open(), "INBOX", async (inbox) => {
    assertEquals(await wholeSubject(inbox, uid), "after");
  });
}

/** The subject of a message that is whole. */
async function wholeSubject(mailbox: Mailbox, uid: Uid): Promise<string> {
  const text = await readText(mailbox, uid);
  const subject = /^Subject: (.*)\r$/m.exec(text)?.[1] ?? "";
  assertEquals(text, messageOf(subject), `message ${uid} of ${mailbox.name} is torn`);
  return subject;
}
