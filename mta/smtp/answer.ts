/** What a session makes of an answer: it goes on, or refuses and says so in the log. */

import type { EnvelopeRecipient, ReversePath, SmtpAnswer } from "./question.ts";
import { type Reply, reply } from "./reply.ts";
import type { Session } from "./session.ts";

/** An answer that does not fit its question: our own fault, not the peer's. */
const misfit = reply(451, "4.3.0", "Error: internal protocol error");

export interface RefusedEnvelope {
  readonly sender?: ReversePath | undefined;
  readonly recipient?: EnvelopeRecipient["address"] | undefined;
}

/**
 * What refuses, or `undefined` to go on. Logs, and lets the session end where the answer says so; the reply is sent by
 * whoever asked. `hangup` has no reply.
 */
export function refusalOf(
  session: Session,
  answer: SmtpAnswer,
  { where, ...envelope }: RefusedEnvelope & { readonly where: string },
): Reply | "hangup" | undefined {
  if ("lines" in answer) { for (const line of answer.lines ?? []) session.log("info", line); }
  switch (answer.kind) {
    case "proceed":
      return undefined;
    case "reply":
      if (answer.lines === undefined) logRefusal(session, where, answer.reply, envelope);
      session.hangup ||= answer.close === true;
      return answer.reply;
    case "hangup":
      session.hangup = true;
      return "hangup";
    case "replies":
    case "queued":
    case "loggedIn":
    case "loginRefused":
    case "loginUnavailable":
      logRefusal(session, where, misfit, envelope);
      return misfit;
  }
}

/** The client is called what connect's or xclient's answer says. */
export function nameClient(session: Session, answer: SmtpAnswer): void {
  const clientName = "clientName" in answer ? answer.clientName : undefined;
  session.learn({ clientName: clientName ?? "unknown" });
}

/** Ends the command with what refuses it. */
export function refuse(session: Session, refusal: Reply | "hangup"): void {
  if (refusal === "hangup") session.done(false);
  else session.finish(refusal);
}

/** `NOQUEUE: reject: RCPT from NAME[IP]: TEXT; from=<S> to=<R> proto=ESMTP helo=<H>` (postconf(5) smtpd_*_restrictions). */
export function logRefusal(
  session: Session,
  where: string,
  refusal: Reply | string,
  envelope: RefusedEnvelope = {},
): void {
  const text = typeof refusal === "string" ? refusal : firstLine(refusal);
  const { helo, protocol, login } = session;
  let line = `NOQUEUE: reject: ${where} from ${session.clientLabel}: ${text};`;
  if (envelope.sender !== undefined) line += ` from=<${envelope.sender}>`;
  if (envelope.recipient !== undefined) line += ` to=<${envelope.recipient}>`;
  line += ` proto=${protocol}`;
  if (helo !== undefined) line += ` helo=<${helo}>`;
  if (login !== undefined) line += ` sasl_method=${login.mechanism} sasl_username=${login.user}`;
  session.log("info", line);
}

function firstLine(refusal: Reply): string {
  const status = refusal.status === undefined ? "" : `${refusal.status} `;
  return `${refusal.code} ${status}${refusal.lines[0] ?? ""}`;
}
