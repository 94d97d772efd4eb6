/** How a session fails: the step by its words, and what follows from a reply that is no success. */

import type { Features } from "./features.ts";
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

/** An account that is refused today may be mended tomorrow (postconf(5) smtp_sasl_auth_soft_bounce). */
export function loginFailure(
  reply: ServerReply,
  { where }: ClientTarget,
  { loginSoftBounce }: Pick<ClientSettings, "loginSoftBounce">,
): SessionFailure {
  const text = `SASL authentication failed; server ${where} said: ${reply.text}`;
  const own = reply.status ?? (reply.code >= 500 ? "5.7.8" : "4.7.8");
  return { stage: "auth", status: loginSoftBounce ? own.replace(/^5/, "4") : own, text, reply: reply.text };
}

/** What the policy wants of this host and it does not offer. */
export function missingProtection(
  features: Features,
  { tls, where, needsRequireTls }: ClientTarget,
  isSecured: boolean,
): SessionFailure | undefined {
  if (tls === "must" && !isSecured) {
    const text = `TLS is required, but was not offered by host ${where}`;
    return { stage: "tls", status: "4.7.4", text };
  }
  if (needsRequireTls && !features.requireTls) {
    // RFC 8689 §4.2.1
    const text = `REQUIRETLS is required, but was not offered by host ${where}`;
    return { stage: "tls", status: "5.7.30", text };
  }
  return undefined;
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
