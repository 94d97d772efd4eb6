/**
 * `deno task test:crash [ROUNDS]`: kill -9 of the real process in the middle of a load, again and again in the same
 * folder. Whatever got its 250 must be in a mailbox or in the queue afterwards, whole (RFC 5321 §6.1).
 */

import { join } from "@std/path";

import { realRandom } from "../../tools/kit/base/random.ts";

import { Mailsrv, until } from "../server/mailsrv.ts";

import { lastLine, sendLoad } from "./load.ts";

const messagesPerRound = Number(Deno.env.get("CRASH_MESSAGES") ?? 2000);
const sessions = 20;
const users = ["anna", "ben", "carl", "dora"];

/** Everything below a folder, as text; files may vanish while it looks. */
async function* textsBelow(folder: string): AsyncGenerator<{ readonly path: string; readonly text: string }> {
  for await (const entry of Deno.readDir(folder)) {
    const path = join(folder, entry.name);
    if (entry.isDirectory) yield* textsBelow(path);
    else if (entry.isFile && !entry.name.startsWith("dovecot") && !entry.name.startsWith(".")) {
      yield { path, text: await Deno.readTextFile(path) };
    }
  }
}

interface Found {
  /** By user and Message-ID. */
  readonly copies: Map<string, number>;
  readonly torn: string[];
}

/** Messages in all mailboxes (`new` and `cur`); the queue must be empty by now. */
async function lookThrough(server: Mailsrv): Promise<Found> {
  const found: Found = { copies: new Map(), torn: [] };
  for (const user of users) {
    for (const folder of ["new", "cur"]) {
      for await (const { path, text } of textsBelow(join(server.data, "mail", user, "Maildir", folder))) {
        const messageId = /^Message-ID: <([^>]*)>$/m.exec(text)?.[1];
        if (messageId === undefined || !text.endsWith(`${lastLine(messageId)}\n`)) found.torn.push(path);
        else {
          const copy = `${user} ${messageId}`;
          found.copies.set(copy, (found.copies.get(copy) ?? 0) + 1);
        }
      }
    }
  }
  return found;
}

async function round(server: Mailsrv, number: number, accepted: Set<string>): Promise<readonly string[]> {
  const killAfter = 1 + realRandom.below(Math.floor(messagesPerRound * 0.9));
  let isKilled = false;
  let messages = 0;
  const load = sendLoad({
    port: server.port("smtp"),
    sessions,
    messages: messagesPerRound,
    recipients: users.map((user) => `${user}@localhost`),
    tag: `r${number}.${realRandom.below(2 ** 32).toString(36)}`,
    onAccepted: (messageId, recipients) => {
      for (const to of recipients) accepted.add(`${to.split("@")[0]} ${messageId}`);
      if (isKilled || ++messages < killAfter) return;
      isKilled = true;
      Deno.kill(server.pid, "SIGKILL");
    },
  });
  const broken = await load;
  await server.stop("SIGKILL");
  const startedAt = performance.now();
  await server.start();
  const startMs = Math.round(performance.now() - startedAt);
  await until(async () => await server.queued() === 0, "the queue is empty after the restart", 180_000);
  const { copies, torn } = await lookThrough(server);
  const lost = [...accepted].filter((copy) => !copies.has(copy));
  const twice = [...copies.values()].filter((count) => count > 1).length;
  console.log(
    `round ${number}: killed after ${messages} of ${messagesPerRound} (${broken} sessions broke), ` +
      `up again in ${startMs} ms; ${accepted.size} copies accepted in all, ${lost.length} lost, ${torn.length} torn, ${twice} twice`,
  );
  return [...lost.map((copy) => `lost: ${copy}`), ...torn.map((path) => `torn: ${path}`)];
}

async function main(rounds: number): Promise<number> {
  const server = await Mailsrv.create();
  let passed = 0;
  let failed = 0;
  try {
    await server.stop();
    await server.freePorts();
    for (const user of users) await server.mustRun(["user", "add", user], "secret\n");
    await server.start();
    const accepted = new Set<string>();
    for (let number = 1; number <= rounds; number++) {
      const problems = await round(server, number, accepted);
      for (const problem of problems.slice(0, 20)) console.log(problem);
      if (problems.length === 0) passed++;
      else failed++;
    }
  } catch (thrown) {
    failed++;
    console.error(thrown);
    console.error(server.log.split("\n").slice(-40).join("\n"));
  } finally {
    await server.dispose();
  }
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main(Number(Deno.args[0] ?? 10)));
