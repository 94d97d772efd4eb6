/** One good session for each protocol, open all the time while others misbehave. */

import { assertEquals } from "@std/assert";

import { imap, ok, openImap } from "./imap.ts";
import type { Peer } from "./peer.ts";
import { done, openPop3 } from "./pop3.ts";
import { dialogue, openSmtp } from "./smtp.ts";
import type { World } from "./world.ts";

export class Watchers {
  readonly #world: World;
  readonly #smtp: readonly Peer[];
  readonly #pop3: Peer;
  readonly #imap: Peer;

  private constructor(world: World, smtp: readonly Peer[], pop3: Peer, imap: Peer) {
    this.#world = world;
    this.#smtp = smtp;
    this.#pop3 = pop3;
    this.#imap = imap;
  }

  static async open(world: World): Promise<Watchers> {
    const smtp = [
      await openSmtp(world, "smtp"),
      await openSmtp(world, "submissions"),
      await openSmtp(world, "lmtp"),
    ];
    const reader = await openImap(world, "u2", "pw2");
    await ok(reader, "SELECT INBOX");
    return new Watchers(world, smtp, await openPop3(world, "u2", "pw2"), reader);
  }

  /** All still speak, and no worker was started anew. */
  async check(): Promise<void> {
    for (const peer of this.#smtp) await dialogue(peer, [["NOOP", "250 2.0.0 Ok"], ["RSET", "250 2.0.0 Ok"]]);
    await done(this.#pop3, "NOOP");
    await ok(this.#imap, "NOOP");
    const { workers } = await this.#world.server.control("status") as {
      workers: { name: string; state: string; restarts: number }[];
    };
    for (const { name, state, restarts } of workers) {
      assertEquals([name, state, restarts], [name, "running", 0]);
    }
  }

  async close(): Promise<void> {
    await imap(this.#imap, "LOGOUT");
    for (const peer of [...this.#smtp, this.#pop3, this.#imap]) peer.close();
  }
}
