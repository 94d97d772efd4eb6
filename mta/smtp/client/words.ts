/** What is said of a server, in Postfix's words: in the log, in reports, in `queue list`. */

import type { DeliveryOutcome } from "../../../store/spool/spool.ts";

import type { ServerReply } from "./reply_reader.ts";

export type CommandWords =
  | "EHLO command"
  | "HELO command"
  | "LHLO command"
  | "MAIL FROM command"
  | "RCPT TO command"
  | "DATA command"
  | "end of DATA command";

/** `host mx.test[192.0.2.1] said: 550 5.1.1 no such user (in reply to RCPT TO command)` */
export function said(where: string, text: string, command: CommandWords): string {
  return `host ${where} said: ${text} (in reply to ${command})`;
}

/** A reply that is none of success: for good when it says so by a first digit of 5, else for now. */
export function outcomeOf(reply: ServerReply, text: string, host: string): DeliveryOutcome {
  const isFinal = reply.code >= 500;
  const status = reply.status ?? (isFinal ? "5.0.0" : "4.0.0");
  return {
    kind: isFinal ? "failed" : "deferred",
    status,
    text,
    remote: { host },
    diagnostic: { type: "smtp", text: reply.text },
  };
}
