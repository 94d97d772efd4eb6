/** Plays a case against mailsrv's own engine and reception, in memory. */

import { utf8Bytes, utf8Text } from "../../tools/kit/base/bytes.ts";
import { connectRpc } from "../../tools/kit/rpc/rpc.ts";
import type { Effect } from "../../tools/kit/wire/engine.ts";

import type { ReceptionApi } from "../../mta/reception/api.ts";
import { ReceptionService } from "../../mta/reception/service.ts";
import type { SmtpAnswer, SmtpQuestion } from "../../mta/smtp/question.ts";
import { SmtpServer } from "../../mta/smtp/server.ts";

import { type Case, expectedReplies, isAsExpected } from "./case.ts";
import { commandsOf } from "./commands.ts";
import { type Keeper, openKeeper } from "./mailsrv_keeper.ts";
import { compareReply, type Difference } from "./play.ts";
import type { Zone } from "./zone.ts";

const peer = { address: "127.0.0.1", port: 40_000, localAddress: "127.0.0.1", localPort: 25 };

/** One session: an engine, and the service that a worker has. */
class Session {
  readonly #engine: SmtpServer;
  readonly #service: ReceptionService;
  readonly #hangUp: () => void;
  readonly log: string[] = [];
  #said = "";
  #isClosed = false;

  constructor({ reception, server }: Keeper) {
    const { port1, port2 } = new MessageChannel();
    connectRpc<Record<never, never>, ReceptionApi>(port1, reception.openDesk().handlers);
    this.#service = new ReceptionService(connectRpc<ReceptionApi>(port2, {}));
    this.#engine = new SmtpServer(peer, server);
    this.#hangUp = () => {
      port1.close();
      port2.close();
    };
  }

  async open(): Promise<string> {
    await this.#perform(this.#engine.open(0));
    return this.#reply();
  }

  async say(command: string): Promise<string> {
    if (this.#isClosed) return "closed";
    await this.#perform(this.#engine.step({ kind: "receive", bytes: utf8Bytes(`${command}\r\n`) }, 0));
    return this.#reply();
  }

  async close(): Promise<void> {
    if (!this.#isClosed) await this.#perform(this.#engine.step({ kind: "ended" }, 0));
    this.#hangUp();
  }

  /** The last line that was said; nothing but an end is `closed`. */
  #reply(): string {
    const lines = this.#said.split("\r\n").filter((line) => line !== "");
    this.#said = "";
    return lines.at(-1) ?? (this.#isClosed ? "closed" : "silence");
  }

  async #perform(effects: readonly Effect<SmtpQuestion>[]): Promise<void> {
    for (const effect of effects) {
      switch (effect.kind) {
        case "send":
          this.#said += utf8Text(effect.bytes);
          break;
        case "ask": {
          const answer: SmtpAnswer = await this.#service.ask(effect.question);
          await this.#perform(this.#engine.step({ kind: "answer", answer }, 0));
          break;
        }
        case "body":
          await this.#service.body(effect.bytes);
          break;
        case "discard":
          this.#service.discard();
          break;
        case "log":
          this.log.push(effect.text);
          break;
        case "close":
          this.#isClosed = true;
          break;
      }
    }
  }
}

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
  const session = new Session(keeper);
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
