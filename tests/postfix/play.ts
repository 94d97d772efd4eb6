/** Plays a case over a connection and compares the replies. */

import { LineClient } from "../server/line_client.ts";
import { type Case, expectedReplies, isAsExpected, type Step } from "./case.ts";
import { commandsOf } from "./commands.ts";

/** What was not as expected: the step and the words. */
export interface Difference {
  readonly line: number;
  readonly command: string;
  readonly expected: string;
  readonly got: string;
}

export interface Played {
  readonly differences: readonly Difference[];
  /** Each step's reply, its last line. */
  readonly replies: readonly string[];
}

/** `port` greets with 220; the client of the case is said by XCLIENT. */
export async function playCase(
  one: Case,
  options: { readonly port: number; readonly judge: "postfix" | "mailsrv" },
): Promise<Played> {
  const client = await LineClient.connect(options.port);
  const differences: Difference[] = [];
  const replies: string[] = [];
  try {
    let isOpen = await ask(client, undefined) !== "closed";
    for (const step of one.steps) {
      let reply = "closed";
      for (const command of isOpen ? commandsOf(step) : []) {
        reply = await ask(client, command);
        if (reply === "closed") break;
        if (command === "DATA" && !reply.startsWith("354")) break;
      }
      isOpen = reply !== "closed";
      replies.push(reply);
      const difference = compareReply(step, reply, options.judge);
      if (difference !== undefined) differences.push(difference);
    }
  } finally {
    client.close();
  }
  return { differences, replies };
}

export function compareReply(
  step: Step,
  reply: string,
  judge: "postfix" | "mailsrv",
): Difference | undefined {
  const expected = expectedReplies(step, judge).filter(({ kind }) => kind === "reply");
  const isSo = expected.length === 0
    ? /^[23]/.test(reply)
    : expected.some((expectation) => isAsExpected(reply, expectation));
  if (isSo) return undefined;
  return {
    line: step.line,
    command: `${step.verb} ${step.argument}`,
    expected: expected.length === 0 ? "2xx" : expected.map(({ text }) => text).join(" | "),
    got: reply,
  };
}

/** Longer than Postfix takes for anything; an smtpd whose settings are wrong never answers at all. */
const patienceMs = 20_000;

async function ask(client: LineClient, command: string | undefined): Promise<string> {
  const timer = setTimeout(() => client.close(), patienceMs);
  try {
    return (await client.smtp(command)).at(-1)!;
  } catch {
    return "closed";
  } finally {
    clearTimeout(timer);
  }
}
