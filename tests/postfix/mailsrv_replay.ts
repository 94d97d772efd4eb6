/** Plays a case against mailsrv's own engine and reception, in memory. */

import { type Case, expectedReplies, isAsExpected } from "./case.ts";
import { commandsOf } from "./commands.ts";
import { type Keeper, openKeeper } from "./mailsrv_keeper.ts";
import { MemorySession } from "./memory_session.ts";
import { compareReply, type Difference } from "./play.ts";
import type { Zone } from "./zone.ts";

/** What is not as expected, of replies, log and requests to the policy service. */
export async function replayOnMailsrv(one: Case, zone: Zone): Promise<readonly Difference[]> {
  const keeper = await openKeeper(one, zone);
  if (wantsNoServer(one)) {
    if (await startErrors(one, zone) !== "") return [];
    return [{ line: one.line, command: "start", expected: "an error", got: "" }];
  }
  const { replies, log } = await playOn(keeper, one);
  const differences = one.steps.flatMap((step, index) =>
    compareReply(step, replies[index]!, "mailsrv") ?? []
  );
  const lines = { log, silent: log, asked: keeper.asked };
  for (const step of one.steps) {
    for (const expected of expectedReplies(step, "mailsrv")) {
      if (expected.kind === "reply") continue;
      const heard = lines[expected.kind];
      if (heard.some((line) => isAsExpected(line, expected)) === (expected.kind !== "silent")) continue;
      differences.push({
        line: step.line,
        command: `${step.verb} ${step.argument}`,
        expected: `${expected.kind} ${expected.text}`,
        got: heard.join("\n    "),
      });
    }
  }
  return differences;
}

/** Why no server serves with these settings. */
export async function startErrors(one: Case, zone: Zone): Promise<string> {
  const errors = await (await openKeeper(one, zone)).errors();
  return errors.filter((error) => /mynetworks|at least one working instance/.test(error)).join("; ");
}

/** The reply to each step, its last line. */
export async function repliesOfMailsrv(one: Case, zone: Zone): Promise<readonly string[]> {
  return (await playOn(await openKeeper(one, zone), one)).replies;
}

async function playOn(
  keeper: Keeper,
  one: Case,
): Promise<{ readonly replies: readonly string[]; readonly log: readonly string[] }> {
  const session = new MemorySession(keeper);
  const replies: string[] = [];
  await session.open();
  for (const step of one.steps) {
    let reply = "closed";
    for (const command of commandsOf(step)) {
      reply = await session.say(command);
      if (reply === "closed" || command === "DATA" && !reply.startsWith("354")) break;
    }
    replies.push(reply);
  }
  await session.close();
  return { replies, log: [...session.log, ...keeper.log] };
}

/** Postfix's smtpd ends at once with such settings; mailsrv does not start. */
function wantsNoServer(one: Case): boolean {
  return expectedReplies(one.steps[0]!, "mailsrv").some(({ kind, text }) =>
    kind === "reply" && text === "closed"
  );
}
