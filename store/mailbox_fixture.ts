/** What the mailbox suites share: a user's mail on a disk of its own, and short ways to use it. */

import { assert, assertEquals } from "@std/assert";

import { latin1Text, utf8Bytes } from "../tools/kit/base/bytes.ts";
import { realClock, sleep } from "../tools/kit/base/clock.ts";
import type { Clock, ManualClock } from "../tools/kit/base/clock.ts";
import { silentLog } from "../tools/kit/base/log.ts";
import { SeededRandom } from "../tools/kit/base/random.ts";

import type { Account, AppendOptions, Flag, Mailbox, Uid } from "./account.ts";
import { MailboxError } from "./account.ts";
import type { Disk } from "./file/disk.ts";
import { DiskError } from "./file/disk.ts";
import type { StoreContext } from "./mailbox/context.ts";
import type { MailboxLocks } from "./mailbox/mailbox_locks.ts";
import type { LockingProcess } from "./mailbox/dotlock.ts";
import { acquireDotlock, Dotlocks } from "./mailbox/dotlock.ts";

/** The processes of one machine. Those of another, as after a crash, are gone. */
export class SimProcesses {
  static #lastId = 0;
  readonly #running = new Set<number>();

  start(): LockingProcess {
    const id = ++SimProcesses.#lastId;
    this.#running.add(id);
    return { id, host: "mail", isGone: (other) => Promise.resolve(!this.#running.has(other)) };
  }
}

/** What a process that starts now hands to mailboxes. */
export function storeContext(
  options: {
    readonly disk: Disk;
    readonly clock: Clock;
    readonly seed: number;
    readonly processes: SimProcesses;
  },
): StoreContext {
  const { disk, clock, seed, processes } = options;
  const means = { disk, clock, random: new SeededRandom(seed), log: silentLog };
  const dotlocks = new Dotlocks({ ...means, process: processes.start() });
  return { ...means, host: "mail.ref.test", dotlocks };
}

/** Mboxes locked by lock files alone, where they can be made. */
export function dotlocksOnly(context: StoreContext): MailboxLocks {
  return {
    lock: async (path) => {
      try {
        return await acquireDotlock(context, path);
      } catch (thrown) {
        if (thrown instanceof DiskError && thrown.code === "denied") return () => Promise.resolve();
        throw thrown;
      }
    },
  };
}

/** One user's mail on a disk of its own. */
export interface MailWorld {
  readonly clock: ManualClock;
  /** The account as a process that starts now opens it. */
  open(): Account;
  /** Puts a message (LF form) into `mailbox` as another program delivers it. */
  deliver(mailbox: string, message: string): Promise<void>;
  close(): Promise<void>;
}

export type MailboxCase = (world: MailWorld, account: Account) => Promise<void>;

export const simpleMessage = messageOf("hello");

/** A message (CRLF form) known by its subject. */
export function messageOf(subject: string, body = `This is ${subject}.\r\n`): string {
  return `From: a@remote.test\r\nTo: u1@ref.test\r\nSubject: ${subject}\r\n\r\n${body}`;
}

export async function appendText(
  account: Account,
  mailbox: string,
  text: string,
  options: Partial<AppendOptions> = {},
): Promise<Uid> {
  const appending = await account.append(mailbox, { flags: [], ...options });
  await appending.write(utf8Bytes(text));
  return (await appending.commit()).uid;
}

export async function readText(mailbox: Mailbox, uid: Uid): Promise<string> {
  return latin1Text(await mailbox.read(uid, 0, 1 << 30));
}

export function uidsOf(mailbox: Mailbox): Uid[] {
  return mailbox.snapshot().messages.map(({ uid }) => uid);
}

export function flagsOf(mailbox: Mailbox, uid: Uid): readonly Flag[] | undefined {
  return mailbox.snapshot().messages.find((message) => message.uid === uid)?.flags;
}

/** Opens, runs, closes. */
export async function withMailbox<T>(
  account: Account,
  name: string,
  action: (mailbox: Mailbox) => Promise<T>,
  options: { readonly readOnly?: boolean } = {},
): Promise<T> {
  const mailbox = await account.open(name, { readOnly: options.readOnly ?? false });
  try {
    return await action(mailbox);
  } finally {
    await mailbox.close();
  }
}

export async function assertRefused(code: string, action: () => Promise<unknown>): Promise<void> {
  try {
    await action();
  } catch (thrown) {
    assert(thrown instanceof MailboxError, `${thrown}`);
    assertEquals(thrown.code, code, thrown.text);
    return;
  }
  throw new Error(`not refused: expected ${code}`);
}

export function namesOf(entries: readonly { readonly name: string }[]): string[] {
  return entries.map(({ name }) => name);
}

/** Lets the world's time pass until `promise` is settled: who waits for a lock needs it. */
export async function passTime<T>(world: MailWorld, promise: Promise<T>): Promise<T> {
  let settled = false;
  const mark = () => {
    settled = true;
  };
  promise.then(mark, mark);
  while (!settled) {
    await sleep(realClock, 0);
    world.clock.advance(20);
  }
  return await promise;
}
