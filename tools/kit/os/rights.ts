/**
 * Acting on files in a person's name. The effective ids of the calling thread change for the length of one synchronous
 * call, so that the kernel decides what the person may do, as if the person had done it. Root's powers are gone meanwhile.
 *
 * Early versions changed the ids for files only (setfsuid(2)). That left the thread root's other powers: /proc/sys asks
 * for the effective user, so that a `.forward` could name a file of the kernel's settings; and quotas did not count.
 *
 * Measured: 15 microseconds for the way there and back; a process of its own for each delivery takes 100,000 and more.
 *
 * BUGS: what is called must not begin anything asynchronous: a thread that is made meanwhile would keep these rights.
 */

import type { Libc } from "./libc.ts";
import { openLibc } from "./libc.ts";

export interface Person {
  readonly uid: number;
  readonly gid: number;
  /** Further groups; for files only. */
  readonly groups?: readonly number[];
}

/** Of the calling thread alone: the functions of these names in libc change all threads. */
interface CallNumbers {
  readonly setgroups: bigint;
  readonly setresuid: bigint;
  readonly setresgid: bigint;
}

/** By machine. */
const callNumbers: Readonly<Record<string, CallNumbers>> = {
  x86_64: { setgroups: 116n, setresuid: 117n, setresgid: 119n },
  aarch64: { setgroups: 159n, setresuid: 147n, setresgid: 149n },
};

/** The largest of a user or group; the next number means "no change". */
const maxId = 0xffff_fffe;

interface Root {
  readonly libc: Libc;
  readonly numbers: CallNumbers;
  readonly gid: number;
  readonly groups: Uint32Array<ArrayBuffer>;
}

interface Self {
  readonly uid: number | null;
  /** What is needed to become another and root again, or why that is impossible. */
  readonly root: Root | string;
}

let known: Self | undefined;

/** Asked once: nobody changes this process's own users and groups. */
function self(): Self {
  if (known !== undefined) return known;
  const uid = Deno.uid();
  const libc = openLibc();
  if (uid !== 0) known = { uid, root: `this server runs as user ${uid}, not as root` };
  else if (typeof libc === "string") known = { uid, root: libc };
  else {
    const numbers = callNumbers[Deno.build.arch];
    const gid = Deno.gid() ?? 0;
    known = {
      uid,
      root: numbers === undefined ? Deno.build.arch : { libc, numbers, gid, groups: groupsOf(libc) },
    };
  }
  return known;
}

/** Why this process cannot act as that person; `undefined` when it can. */
export function cannotActAs(person: Person): string | undefined {
  const { uid, root } = self();
  if (uid === person.uid || typeof root !== "string") return undefined;
  return `cannot act as user ${person.uid}: ${root}`;
}

/** Runs `call`, which is synchronous, with the person's rights to files. @throws Error when they cannot be taken on */
export function actAs<T>(person: Person, call: () => T): T {
  const { uid, root } = self();
  if (uid === person.uid) return call();
  if (typeof root === "string") throw new Error(`cannot act as user ${person.uid}: ${root}`);
  try {
    takeOn(root, person);
    return call();
  } finally {
    beRoot(root);
  }
}

/** What it was; must not fail, since the server could not go on as somebody else. */
function beRoot(root: Root): void {
  setEffective(root, "setresuid", 0);
  setEffective(root, "setresgid", root.gid);
  setGroups(root, root.groups);
}

function takeOn(root: Root, { uid, gid, groups = [] }: Person): void {
  for (const id of [uid, gid, ...groups]) {
    if (!Number.isInteger(id) || id < 0 || id > maxId) {
      throw new Error(`${id} is no user's or group's number`);
    }
  }
  setGroups(root, new Uint32Array([gid, ...groups]));
  setEffective(root, "setresgid", gid);
  // The last: with it goes the right to do the others.
  setEffective(root, "setresuid", uid);
}

/** The effective id; the real and the saved one stay root's, which is the way back. */
function setEffective({ libc, numbers }: Root, call: "setresuid" | "setresgid", id: number): void {
  const done = libc.threadIds(numbers[call], -1n, BigInt(id), -1n);
  if (BigInt(done) !== 0n) throw new Error(`the system does not let this process act as ${id}: ${call}`);
}

function groupsOf(libc: Libc): Uint32Array<ArrayBuffer> {
  const groups = new Uint32Array(Math.max(0, libc.getgroups(0, new Uint8Array(0))));
  if (groups.length > 0) libc.getgroups(groups.length, new Uint8Array(groups.buffer));
  return groups;
}

function setGroups({ libc, numbers }: Root, groups: Uint32Array<ArrayBuffer>): void {
  const bytes = new Uint8Array(groups.buffer);
  if (BigInt(libc.threadCall(numbers.setgroups, BigInt(groups.length), bytes)) === 0n) return;
  throw new Error("the system does not let this process change its groups");
}
