/** SMTP and LMTP as tests speak them: one command, one reply; a reply is its lines joined by LF. */

import { assert } from "@std/assert";

import type { Peer } from "./peer.ts";
import type { Service, World } from "./world.ts";

/** One line and what its reply begins with, or matches. */
export type Step = readonly [command: string, reply: string | RegExp];

/** The next reply: all its lines have one code (RFC 5321 §4.2.1). */
export async function reply(peer: Peer): Promise<string> {
  const lines = [await peer.line()];
  while (/^\d{3}-/.test(lines.at(-1)!)) lines.push(await peer.line());
  const code = lines[0]!.slice(0, 3);
  assert(lines.every((line) => /^[2-5]\d\d(?:[ -]|$)/.test(line) && line.startsWith(code)), lines.join("\n"));
  return lines.join("\n");
}

export async function ask(peer: Peer, command: string): Promise<string> {
  await peer.send(`${command}\r\n`);
  return await reply(peer);
}

/** Steps in their order, each with its one reply. */
export async function dialogue(peer: Peer, steps: readonly Step[]): Promise<void> {
  for (const [command, expected] of steps) expectReply(await ask(peer, command), expected, command);
}

export function expectReply(got: string, expected: string | RegExp, command: string): void {
  const fits = typeof expected === "string" ? got.startsWith(expected) : expected.test(got);
  assert(fits, `${JSON.stringify(command.slice(0, 200))} got ${JSON.stringify(got)}, not ${expected}`);
}

/** A session after its greeting and EHLO or LHLO; on submission inside TLS unless `plain`. */
export async function openSmtp(
  world: World,
  service: Service,
  options: { readonly plain?: boolean } = {},
): Promise<Peer> {
  const peer = await world.connect(service);
  expectReply(await reply(peer), "220 ", "greeting");
  const hello = service === "lmtp" ? "LHLO c.test" : "EHLO c.test";
  expectReply(await ask(peer, hello), "250", hello);
  if (service !== "submission" || options.plain === true) return peer;
  expectReply(await ask(peer, "STARTTLS"), "220 ", "STARTTLS");
  await peer.startTls(world.ca);
  expectReply(await ask(peer, hello), "250", hello);
  return peer;
}

export async function login(peer: Peer, user = "u1", password = "pw1"): Promise<void> {
  await dialogue(peer, [[`AUTH PLAIN ${btoa(`\0${user}\0${password}`)}`, "235 "]]);
}

/** One whole transaction; the reply to the end of the data. `text` has its dots doubled already, and ends with CRLF. */
export async function sendText(
  peer: Peer,
  text: string,
  { from = "a@remote.test", to = ["u1@ref.test"] }: {
    readonly from?: string;
    readonly to?: readonly string[];
  } = {},
): Promise<string> {
  await dialogue(peer, [
    [`MAIL FROM:<${from}>`, "250 "],
    ...to.map((address): Step => [`RCPT TO:<${address}>`, "250 "]),
    ["DATA", "354 "],
  ]);
  await peer.send(`${text}.\r\n`);
  return await reply(peer);
}
