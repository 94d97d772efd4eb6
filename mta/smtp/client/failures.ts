/** How a session fails: the step by its words, and what follows from a reply that is no success. */

import type { SessionFailure } from "./message.ts";
import type { ServerReply } from "./reply_reader.ts";
import type { ClientSettings, ClientTarget } from "./settings.ts";
import type { State } from "./state.ts";
import type { Step } from "./transaction.ts";
import type { CommandWords } from "./words.ts";
import { said } from "./words.ts";

/** By the step whose reply is awaited: how it is called in a reply's words, and when a connection breaks. */
export const whatFails: Readonly<
  Record<Step["kind"], { readonly command: CommandWords; readonly while: string }>
> = {
  mail: { command: "MAIL FROM command", while: "sending MAIL FROM" },
  rcpt: { command: "RCPT TO command", while: "sending RCPT TO" },
  data: { command: "DATA command", while: "sending DATA command" },
  dot: {
    command: "end of DATA command",
    while: "sending end of data -- message may be sent more than once",
  },
};

/** A server that does not want to talk, or not now. */
export function replyFailure(
  reply: ServerReply,
  { where }: ClientTarget,
  stage: SessionFailure["stage"],
  settings?: Pick<ClientSettings, "skip5xxGreeting">,
  command?: CommandWords,
): SessionFailure {
  const isFinal = reply.code >= 500 && !(stage === "greeting" && settings?.skip5xxGreeting === true);
  const status = `${isFinal ? 5 : 4}${(reply.status ?? "x.0.0").slice(1)}`;
  const text = command === undefined
    ? `host ${where} refused to talk to me: ${reply.text}`
    : said(where, reply.text, command);
  return { stage, status, text, reply: reply.text };
}

/** The server calls itself by our own name: mail for it would come back. */
export function isLoop(reply: ServerReply, settings: ClientSettings, target: ClientTarget): boolean {
  const name = /^\S*/.exec(reply.lines[0] ?? "")![0];
  return target.detectsLoop && name.toLowerCase() === settings.heloName.toLowerCase();
}

/** A connection that broke (`what`: lost, timed out) in this state; `undefined` where it does no harm. */
export function brokenFailure(state: State, what: string): SessionFailure | undefined {
  switch (state.kind) {
    case "quit":
    case "idle":
    case "over":
      return undefined;
    case "handshake":
      return { stage: "tls", status: "4.7.5", text: "Cannot start TLS: handshake failure" };
    default: {
      const text = `${what} while ${doing(state)}`;
      return { stage: stageOf(state), status: "4.4.2", text };
    }
  }
}

function doing(state: State): string {
  switch (state.kind) {
    case "greeting":
      return "receiving the initial server greeting";
    case "helo":
      return `performing the ${state.verb} handshake`;
    case "transaction":
      return whatFails[state.transaction.awaited?.kind ?? "dot"].while;
    case "reset":
      return "sending RSET";
    case "login":
      return "performing the SASL handshake";
    default:
      return "performing the TLS handshake";
  }
}

export function stageOf(state: State): SessionFailure["stage"] {
  switch (state.kind) {
    case "greeting":
      return "greeting";
    case "transaction":
    case "reset":
    case "idle":
      return "mail";
    case "login":
      return "auth";
    default:
      return "helo";
  }
}
