import { assert, assertEquals } from "@std/assert";

import { type Random, SeededRandom } from "../../tools/kit/base/random.ts";

import { MaildirWorld } from "../../store/maildir/maildir_fixture.ts";
import { MboxWorld } from "../../store/mbox/mbox_fixture.ts";

import { type Backend, Client } from "./testing/client.ts";
import { FakeStore } from "./testing/fake_store.ts";
import { serveAccount } from "./testing/real_store.ts";

/**
 * A client on the wire that believes what it is told: it knows UIDs by place, and checks that every later response
 * agrees with that (RFC 3501 §5.2, §7.4.1).
 */
class Believer {
  /** By place; undefined where only EXISTS has told of it. */
  uids: (number | undefined)[] = [];
  flags: (string | undefined)[] = [];

  constructor(readonly client: Client) {}

  async run(command: string): Promise<void> {
    const mayExpunge = !/^(FETCH|STORE|SEARCH)/.test(command);
    const lines = await this.client.run(command);
    const isSelect = command.startsWith("SELECT");
    if (isSelect) [this.uids, this.flags] = [[], []];
    for (const line of lines) this.#hear(line, { mayExpunge });
    const last = lines.at(-1)!;
    assert(
      /^T (OK|NO \[(EXPUNGEISSUED|TRYCREATE)\])/.test(last) || this.uids.length === 0,
      `${command}: ${last}`,
    );
  }

  #hear(line: string, options: { readonly mayExpunge: boolean }): void {
    const match = /^\* (\d+) (EXISTS|EXPUNGE|FETCH)(?: \((.*)\))?$/.exec(line);
    if (match === null) return;
    const number = Number(match[1]);
    switch (match[2]) {
      case "EXISTS":
        assert(number >= this.uids.length, `EXISTS ${number} below ${this.uids.length}`);
        this.uids = [...this.uids, ...new Array<undefined>(number - this.uids.length)];
        this.flags = [...this.flags, ...new Array<undefined>(number - this.flags.length)];
        break;
      case "EXPUNGE":
        assert(options.mayExpunge, "EXPUNGE while it must be held back");
        assert(number >= 1 && number <= this.uids.length, `EXPUNGE ${number} of ${this.uids.length}`);
        this.uids.splice(number - 1, 1);
        this.flags.splice(number - 1, 1);
        break;
      default: {
        assert(number <= this.uids.length, `FETCH ${number} above EXISTS ${this.uids.length}`);
        const uid = /UID (\d+)/.exec(match[3]!)?.[1];
        if (uid !== undefined) this.#learn(number, Number(uid));
        const flags = /FLAGS \(([^)]*)\)/.exec(match[3]!)?.[1];
        if (flags !== undefined) this.flags[number - 1] = withoutRecent(flags);
      }
    }
  }

  #learn(number: number, uid: number): void {
    const known = this.uids[number - 1];
    assert(known === undefined || known === uid, `message ${number} was UID ${known} and is UID ${uid}`);
    this.uids[number - 1] = uid;
    const told = this.uids.filter((other) => other !== undefined);
    assertEquals(told, [...told].sort((left, right) => left - right));
  }
}

function withoutRecent(flags: string): string {
  return flags.split(" ").filter((flag) => flag !== "\\Recent").sort().join(" ");
}

function anyCommand(random: Random, { uids }: Believer): string {
  const count = uids.length;
  const one = count === 0 ? "1:*" : `${1 + random.below(count)}`;
  const some = count === 0 ? "1:*" : `${1 + random.below(count)}:${1 + random.below(count)}`;
  const flag = ["\\Seen", "\\Deleted", "\\Flagged", "$One"][random.below(4)]!;
  const sign = "+-"[random.below(2)]!;
  const commands = [
    "NOOP",
    "CHECK",
    "FETCH 1:* (UID FLAGS)",
    `FETCH ${some} (UID FLAGS BODY.PEEK[HEADER.FIELDS (Subject)])`,
    `FETCH ${one} (UID BODY[TEXT])`,
    "UID FETCH 1:* FLAGS",
    `STORE ${some} ${sign}FLAGS (${flag})`,
    `STORE ${one} ${sign}FLAGS.SILENT (${flag})`,
    `UID STORE 1:* ${sign}FLAGS (${flag})`,
    "SEARCH UNDELETED",
    "UID SEARCH ALL",
    "EXPUNGE",
    "UID EXPUNGE 1:5",
    `COPY ${one} INBOX`,
    `COPY ${some} other`,
    `MOVE ${one} other`,
    "APPEND INBOX (\\Seen) {24+}\r\nSubject: appended\r\n\r\nx\r\n",
    "APPEND INBOX {24+}\r\nSubject: appended\r\n\r\nx\r\n",
    "SELECT INBOX",
  ];
  const command = commands[random.below(commands.length)]!;
  return count === 0 && /^(FETCH|STORE|COPY|MOVE)/.test(command) ? "NOOP" : command;
}

async function stress(
  backend: Backend,
  options: { readonly seed: number; readonly turns: number },
): Promise<void> {
  const random = new SeededRandom(options.seed);
  const believers: Believer[] = [];
  for (let count = 0; count < 3; count++) {
    believers.push(new Believer(await Client.loggedIn(backend)));
    if (count === 0) await believers[0]!.client.run("CREATE other");
    await believers.at(-1)!.run("SELECT INBOX");
  }
  const history: string[] = [];
  try {
    for (let turn = 0; turn < options.turns; turn++) {
      const index = random.below(believers.length);
      const command = anyCommand(random, believers[index]!);
      history.push(`${index}: ${command}`);
      await believers[index]!.run(command);
    }
    // In the end all see the same.
    const pictures: string[] = [];
    for (const believer of believers) {
      await believer.run("NOOP");
      if (believer.uids.length > 0) await believer.run("FETCH 1:* (UID FLAGS)");
      pictures.push(JSON.stringify([believer.uids, believer.flags]));
    }
    assertEquals(pictures, [pictures[0]!, pictures[0]!, pictures[0]!]);
    for (const { client } of believers) await client.end();
  } catch (thrown) {
    console.error(`seed ${options.seed}\n${history.slice(-12).join("\n")}`);
    throw thrown;
  }
}

Deno.test("three clients keep true pictures of one mailbox in memory (RFC 3501 §5.2, §7.4.1)", async () => {
  for (let seed = 1; seed <= 60; seed++) await stress(new FakeStore(), { seed, turns: 80 });
});

Deno.test("three clients keep true pictures of one maildir (RFC 3501 §5.2, §7.4.1)", async () => {
  for (let seed = 1; seed <= 6; seed++) {
    const world = await MaildirWorld.simulated(seed);
    await stress(serveAccount(world.open()), { seed, turns: 100 });
    await world.close();
  }
});

Deno.test("three clients keep true pictures of one mbox (RFC 3501 §5.2, §7.4.1)", async () => {
  for (let seed = 1; seed <= 6; seed++) {
    const world = await MboxWorld.simulated(seed);
    await stress(serveAccount(world.open()), { seed, turns: 100 });
    await world.close();
  }
});
