/**
 * Header fields that cleanup(8) adds to mail from this machine when its sender left them out: Message-Id, Date, From
 * (postconf(5) local_header_rewrite_clients; RFC 6409 §8). Mail from elsewhere stays as it came.
 */

import { latin1Text } from "../../tools/kit/base/bytes.ts";

import { formatMailDate, type Zone } from "../smtp/trace.ts";

export interface MissingHeaderFacts {
  /** Queue id. */
  readonly id: string;
  readonly hostname: string;
  /** Envelope sender, canonical; `""` for `<>`. */
  readonly sender: string;
  readonly timeMs: number;
  readonly zone: Zone;
}

export interface MissingHeaders {
  /** Fields with their line ends, LF form; empty when nothing is missing. */
  readonly text: string;
  /** The Message-Id that was made. */
  readonly messageId: string | undefined;
}

/** Only so much of a message is searched for fields. */
const maxHeaderOctets = 102_400;

/** `start`: the message's beginning, LF form. */
export function missingHeaders(start: Uint8Array, facts: MissingHeaderFacts): MissingHeaders {
  const header = `\n${latin1Text(start.subarray(0, maxHeaderOctets))}`.split("\n\n")[0]!;
  const names = new Set(
    Array.from(header.matchAll(/\n([!-9;-~]+)[ \t]*:/g), ([, name]) => name!.toLowerCase()),
  );
  const prefix = [...names].some((name) => name.startsWith("resent-")) ? "Resent-" : "";
  const lacks = (name: string) => !names.has(`${prefix}${name}`.toLowerCase());
  let text = "";
  let messageId: string | undefined;
  if (lacks("Message-Id")) {
    messageId = `<${idTime(facts.timeMs)}.${facts.id}@${facts.hostname}>`;
    text += `${prefix}Message-Id: ${messageId}\n`;
  }
  if (lacks("Date")) text += `${prefix}Date: ${formatMailDate(facts.timeMs, facts.zone)}\n`;
  if (lacks("From")) text += `${prefix}From: ${facts.sender === "" ? "MAILER-DAEMON" : facts.sender}\n`;
  return { text, messageId: prefix === "" ? messageId : undefined };
}

/** `20251125011153`, in UTC. */
function idTime(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 19).replace(/[-T:]/g, "");
}
