/** What a session makes of an answer: the reply that refuses, or nothing. Also the log line of a refusal. */

import type { EnvelopeRecipient, ReversePath, SmtpAnswer } from "./question.ts";
import { type Reply, reply } from "./reply.ts";
import type { Session } from "./session.ts";

/** An answer that does not fit its question: our own fault, not the peer's. */
const misfit = reply(451, "4.3.0", "Error: internal protocol error");

/** The reply that refuses; `undefined` to go on. */
export function refusalOf(
  answer: SmtpAnswer,
): { readonly reply: Reply; readonly close: boolean } | undefined {
  switch (answer.kind) {
    case "proceed":
      return undefined;
    case "reply":
      return { reply: answer.reply, close: answer.close === true };
    case "replies":
    case "queued":
    case "loggedIn":
    case "loginRefused":
    case "loginUnavailable":
      return { reply: misfit, close: false };
  }
}

export interface RefusedEnvelope {
  readonly sender?: ReversePath | undefined;
  readonly recipient?: EnvelopeRecipient["address"] | undefined;
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
