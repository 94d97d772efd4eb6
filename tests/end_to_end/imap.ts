/** IMAP as tests speak it: an answer is its responses, each one text with its literals in place. */

import { assert } from "@std/assert";

import type { Peer } from "./peer.ts";
import type { World } from "./world.ts";

/** One response: the line, with every literal and what follows it. */
export async function response(peer: Peer): Promise<string> {
  let text = await peer.line();
  for (;;) {
    const literal = /\{(\d+)\}$/.exec(text);
    if (literal === null) return text;
    text += `\r\n${await peer.octets(Number(literal[1]))}`;
    text += await peer.line();
  }
}

export interface Answer {
  /** Untagged responses before it. */
  readonly untagged: readonly string[];
  /** Without the tag. */
  readonly tagged: string;
  /** All of it, for searching. */
  readonly text: string;
}

/** Responses up to the tagged one. */
export async function answer(peer: Peer, tag: string): Promise<Answer> {
  const untagged: string[] = [];
  for (;;) {
    const text = await response(peer);
    checkForm(text);
    if (text.startsWith(`${tag} `)) {
      return { untagged, tagged: text.slice(tag.length + 1), text: [...untagged, text].join("\n") };
    }
    untagged.push(text);
  }
}

/** What holds for every response, R35 and R36: single spaces, and words after a code (RFC 3501 §9 resp-text). */
function checkForm(text: string): void {
  const [line] = text.split("\r\n");
  assert(line!.startsWith("+") || !line!.endsWith(" "), JSON.stringify(text));
  const list = /\b(?:FLAGS|PERMANENTFLAGS|STATUS \S+) \([^)]*\)/.exec(line!)?.[0] ?? "";
  assert(!/\( | \)| {2}/.test(list), list);
  if (/^\S+ (?:OK|NO|BAD|BYE|PREAUTH) \[/.test(line!)) assert(/\] ./.test(line!), text);
}

let tags = 0;

/** A command and its answer. */
export async function imap(peer: Peer, command: string): Promise<Answer> {
  const tag = `t${++tags}`;
  await peer.send(`${tag} ${command}\r\n`);
  return await answer(peer, tag);
}

/** A command that must be done. */
export async function ok(peer: Peer, command: string): Promise<Answer> {
  const got = await imap(peer, command);
  assert(got.tagged.startsWith("OK"), `${JSON.stringify(command.slice(0, 200))} got ${got.text}`);
  return got;
}

/** A command that must be refused with that word. */
export async function refused(peer: Peer, command: string, word: "NO" | "BAD" | RegExp): Promise<Answer> {
  const got = await imap(peer, command);
  const fits = typeof word === "string" ? got.tagged.startsWith(word) : word.test(got.tagged);
  assert(fits, `${JSON.stringify(command.slice(0, 200))} got ${got.text}, not ${word}`);
  return got;
}

export async function openImap(world: World, user = "u1", password = "pw1"): Promise<Peer> {
  const peer = await world.connect("imap");
  assert((await peer.line()).startsWith("* OK "));
  await ok(peer, `LOGIN ${user} ${password}`);
  return peer;
}

/** Appends messages; each is given with CRLF. */
export async function append(peer: Peer, mailbox: string, ...texts: readonly string[]): Promise<void> {
  for (const text of texts) await ok(peer, `APPEND ${mailbox} {${text.length}+}\r\n${text}`);
}

/** A session for `user` in a new mailbox that holds these messages. */
export async function openWith(
  world: World,
  mailbox: string,
  texts: readonly string[],
  user = "u1",
  password = "pw1",
): Promise<Peer> {
  const peer = await openImap(world, user, password);
  await ok(peer, `CREATE ${mailbox}`);
  for (const text of texts) {
    // Longer literals without waiting are for servers that offer LITERAL+ (RFC 7888 §5).
    if (text.length <= 4096) await append(peer, mailbox, text);
    else await appendLong(peer, mailbox, text);
  }
  await ok(peer, `SELECT ${mailbox}`);
  return peer;
}

/** With a synchronizing literal. */
export async function appendLong(peer: Peer, mailbox: string, text: string): Promise<Answer> {
  const tag = `t${++tags}`;
  await peer.send(`${tag} APPEND ${mailbox} {${text.length}}\r\n`);
  assert((await peer.line()).startsWith("+ "));
  await peer.send(`${text}\r\n`);
  const got = await answer(peer, tag);
  assert(got.tagged.startsWith("OK"), got.text);
  return got;
}
