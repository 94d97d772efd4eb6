/**
 * Acceptance and local delivery on a simulated disk, stopped at every operation, with the power cut after it. Checked
 * after the next start, against the table of states in `store/spool/file_spool.ts`:
 *
 * - a message whose `commit` returned is wholly in the mailbox of each local recipient, and its failures are reported;
 * - no part of a message is ever in the queue or in a maildir; in an mbox only as the beginning of one that follows wholly;
 * - what an administrator did to it in between (hold, release, requeue, expire) loses nothing and makes no copy;
 * - a recipient has two copies only when the crash came before the removal was durable: before the queue was settled.
 *
 * MAILSRV_SEEDS sets the number of seeds (default 60). Every seed tries each eighth stop, another eighth each.
 */

import { assert, assertEquals } from "@std/assert";

import { ManualClock } from "../../tools/kit/base/clock.ts";
import { SeededRandom } from "../../tools/kit/base/random.ts";

import { SimDisk, SimStop } from "../../store/file/sim_disk.ts";

import type { MailboxLocation } from "../delivery/local_reach.ts";
import type { Harness } from "./queue_harness.ts";
import { openHarness, queueMail, readMail } from "./queue_harness.ts";

const seeds = Number(Deno.env.get("MAILSRV_SEEDS") ?? "60");
const stride = 8;

interface Letter {
  readonly to: readonly string[];
  readonly text: string;
  /** What an administrator does before it is tried. */
  readonly handling: (typeof handlings)[number];
  /** Set when `commit` has returned. */
  id?: string;
}

const handlings = ["nothing", "hold", "release", "requeue", "expire"] as const;

/** Letters of all sizes, to one user, to several, to nobody that exists. */
function writeLetters(random: SeededRandom): readonly Letter[] {
  const recipients = [["u1"], ["u2"], ["u1", "u2"], ["u1", "nosuch"], ["team"], ["u2", "u1", "team"]];
  return Array.from({ length: 2 + random.below(4) }, (_, number) => {
    const size = [0, 1, 50, 3000][random.below(4)]!;
    const body = `From here on: letter ${number}\n`.repeat(size);
    return {
      to: recipients[random.below(recipients.length)]!.map((user) => `${user}@ref.test`),
      handling: handlings[random.below(2) * random.below(handlings.length)]!,
      text: `X-Letter: ${number}\nSubject: test\n\n${body}end of letter ${number}\n`,
    };
  });
}

/**
 * Hands all letters over, some at the same time, and delivers; stops where the disk stops. The second half comes when the
 * first is delivered, and after a rest is written over its files.
 */
async function run(harness: Harness, letters: readonly Letter[], restMs: number): Promise<void> {
  const { clock, manager } = harness;
  await manager.start();
  const half = Math.ceil(letters.length / 2);
  await handOver(harness, letters.slice(0, half));
  await manager.idle();
  clock.advance(restMs);
  for (let turn = 0; turn < 20; turn++) await null;
  await handOver(harness, letters.slice(half));
}

async function handOver(harness: Harness, letters: readonly Letter[]): Promise<void> {
  const { spool, clock, manager } = harness;
  await Promise.all(letters.map(async (letter, number) => {
    for (let turn = 0; turn < number * 5; turn++) await null;
    letter.id = await queueMail(spool, clock, { sender: "u3@ref.test", to: letter.to, text: letter.text });
    if (letter.handling === "nothing") manager.accepted(letter.id);
    else await handle(harness, letter.id, letter.handling);
  }));
}

async function handle({ manager }: Harness, id: string, handling: Letter["handling"]): Promise<void> {
  assert(await manager.hold(id), "a message that was just accepted cannot be held");
  if (handling === "hold") return;
  if (handling === "expire") assert(await manager.expire(id));
  if (handling !== "requeue") assert(await manager.release(id));
  else if (await manager.requeue(id)) await manager.collect();
}

async function untilStop(action: () => Promise<unknown>): Promise<void> {
  try {
    await action();
  } catch (thrown) {
    if (!(thrown instanceof SimStop)) throw thrown;
  }
}

/** Lets time pass until the queue is empty: locks that the crash left grow stale, what was deferred comes up again. */
async function finish({ manager, clock }: Harness): Promise<void> {
  for (let minutes = 0; minutes < 60; minutes++) {
    let idle = false;
    manager.idle().then(() => idle = true);
    for (let turn = 0; turn < 100_000 && !idle; turn++) {
      await null;
      if (turn % 200 === 199) clock.advance(100);
    }
    if (idle && clock.nextDue() === undefined) return;
    clock.advance(60_000);
  }
}

const aliases = { team: "u1, u2" };

interface Case {
  readonly seed: number;
  readonly stop: number;
  readonly format: MailboxLocation["format"];
}

/** One life and the one after it; the number of operations of the first. */
async function live({ seed, stop, format }: Case): Promise<number> {
  const clock = new ManualClock();
  const disk = new SimDisk({ seed, now: () => clock.now() });
  await openHarness({ disk, clock, aliases, format });
  const before = disk.operations;
  const letters = writeLetters(new SeededRandom(seed));
  disk.stopAfter(stop);
  let first: Harness | undefined;
  await untilStop(async () => {
    first = await openHarness({ disk, clock, aliases, format });
    await run(first, letters, seed % 2 * 100);
  });
  await first?.manager.idle();
  for (let turn = 0; turn < 100; turn++) await null;
  const lines = [...first?.lines ?? []];
  let settled = false;
  await untilStop(async () => {
    await first?.spool.settle();
    settled = true;
  });
  const removed = new Set(settled ? lines.flatMap((line) => /: (\w+): removed$/.exec(line)?.[1] ?? []) : []);

  const after = disk.crash(seed * 1000 + stop);
  clock.advance(1000);
  const second = await openHarness({ disk: after, clock, aliases, format });
  for await (const { id, octets } of second.spool.scan()) {
    const chunks: string[] = [];
    for await (const chunk of second.spool.content(id)) chunks.push(new TextDecoder().decode(chunk));
    const text = chunks.join("");
    assertEquals(text.length, octets);
    assert(isWhole(text, letters), `half a message in the queue: ${text.slice(0, 200)}`);
  }
  await second.manager.start();
  for await (const { id, place } of second.spool.names()) {
    if (place === "hold") await second.manager.release(id);
  }
  await finish(second);
  for await (const { id } of second.manager.list()) assert(false, `${id} is still in the queue`);
  assertEquals(await after.list("/q/corrupt"), []);
  for (const letter of letters) await checkLetter(letter, { disk: after, format, removed });
  if (format === "maildir") await checkMaildirs(after, letters);
  return disk.operations - before;
}

/** Is this one of the letters, or a report with one in it? */
function isWhole(text: string, letters: readonly Letter[]): boolean {
  return letters.some((letter) => text === letter.text) ||
    (text.startsWith("Received: by mx.ref.test") && /\n--\S+--\n$/.test(text));
}

interface Aftermath {
  readonly disk: SimDisk;
  readonly format: MailboxLocation["format"];
  /** Ids whose removal was durable before the crash. */
  readonly removed: ReadonlySet<string>;
}

async function checkLetter(letter: Letter, { disk, format, removed }: Aftermath): Promise<void> {
  for (const address of letter.to) {
    const [name] = address.split("@") as [string];
    for (const user of name === "team" ? ["u1", "u2"] : name === "nosuch" ? [] : [name]) {
      const stored = format === "mbox" ? withLength(letter.text) : letter.text;
      const copy =
        `Return-Path: <u3@ref.test>\nX-Original-To: ${address}\nDelivered-To: ${address}\n${stored}`;
      const mailboxes = await readMail(disk, user);
      const copies = mailboxes.reduce((sum, mail) => sum + mail.split(copy).length - 1, 0);
      if (copies === 0 && await isReturned(letter, address, disk)) continue;
      if (letter.id === undefined) assert(copies <= 1, `${copies} copies of a letter nobody was told of`);
      else if (removed.has(letter.id)) {
        assertEquals(copies, 1, `${user} has ${copies} copies of a removed letter`);
      } else assert(copies === 1 || copies === 2, `${user} has ${copies} copies of ${letter.id}`);
      if (format === "mbox" && copies > 0) assertFramed(mailboxes[0]!, copy);
    }
    if (name !== "nosuch" || letter.id === undefined) continue;
    const reports = (await readMail(disk, "u3")).join("").split(`X-Postfix-Queue-ID: ${letter.id}\n`).length -
      1;
    // Made twice, and each of them delivered twice.
    assert(reports >= 1 && reports <= 4, `${reports} reports about ${letter.id}`);
  }
}

/** One that was given up (postsuper -e) may come back to its sender instead. */
async function isReturned({ id, handling }: Letter, address: string, disk: SimDisk): Promise<boolean> {
  if (handling !== "expire") return false;
  return (await readMail(disk, "u3")).some((mail) =>
    mail.includes(`X-Postfix-Queue-ID: ${id}\n`) && mail.includes(`Final-Recipient: rfc822; ${address}\n`)
  );
}

function withLength(text: string): string {
  const body = text.indexOf("\n\n") + 2;
  return `${text.slice(0, body - 1)}Content-Length: ${text.length - body}\n\n${text.slice(body)}`;
}

/** A copy in an mbox stands where readers look for one. */
function assertFramed(mbox: string, copy: string): void {
  const start = mbox.indexOf(copy);
  const line = mbox.slice(mbox.lastIndexOf("\n", start - 2) + 1, start);
  assert(/^From u3@ref\.test {2}/.test(line), `no From line before a copy: ${line}`);
  const lineStart = start - line.length;
  assert(lineStart === 0 || mbox.slice(lineStart - 2, lineStart) === "\n\n", "no empty line before a copy");
  assertEquals(mbox[start + copy.length], "\n");
}

/** Nothing in a maildir's new that is not whole. */
async function checkMaildirs(disk: SimDisk, letters: readonly Letter[]): Promise<void> {
  for (const user of ["u1", "u2", "u3"]) {
    for (const mail of await readMail(disk, user)) {
      const text = mail.replace(/^Return-Path: .*\n(X-Original-To: .*\n)?Delivered-To: .*\n/, "");
      assert(isWhole(text, letters), `half a message in the maildir of ${user}: ${mail.slice(0, 200)}`);
    }
  }
}

for (const format of ["maildir", "mbox"] as const) {
  Deno.test(`power may be lost at any operation without losing or halving mail (${format})`, async () => {
    for (let seed = 1; seed <= seeds; seed++) {
      const operations = await live({ seed, stop: Infinity, format });
      for (let stop = 1 + seed % stride; stop <= operations; stop += stride) {
        try {
          await live({ seed, stop, format });
        } catch (thrown) {
          throw new Error(`seed ${seed}, stop ${stop}, ${format}`, { cause: thrown });
        }
      }
    }
  });
}
