/** POP3 as tests speak it. */

import { assert } from "@std/assert";

import type { Peer } from "./peer.ts";
import type { World } from "./world.ts";

/** The first line of a response. */
export async function pop3(peer: Peer, command: string): Promise<string> {
  await peer.send(`${command}\r\n`);
  return await peer.line();
}

/** A command that must be done; the first line of its response. */
export async function done(peer: Peer, command: string): Promise<string> {
  const line = await pop3(peer, command);
  assert(line.startsWith("+OK"), `${JSON.stringify(command)} got ${line}`);
  return line;
}

/** A command that must be refused. */
export async function notDone(peer: Peer, command: string): Promise<string> {
  const line = await pop3(peer, command);
  assert(line.startsWith("-ERR"), `${JSON.stringify(command.slice(0, 200))} got ${line}`);
  return line;
}

/** A command with a multi-line response: its lines as they came, without the first and the last. */
export async function lines(peer: Peer, command: string): Promise<readonly string[]> {
  await done(peer, command);
  return (await peer.through(/^\.$/)).split("\n").slice(0, -1);
}

export async function openPop3(world: World, user = "u1", password = "pw1"): Promise<Peer> {
  const peer = await world.connect("pop3");
  assert((await peer.line()).startsWith("+OK"));
  await done(peer, `USER ${user}`);
  await done(peer, `PASS ${password}`);
  return peer;
}
