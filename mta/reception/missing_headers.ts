/**
 * Header fields that a message from this machine gets when its sender left them out: Message-Id, Date, From
 * (postconf(5) local_header_rewrite_clients, always_add_missing_headers; RFC 6409 §8), and with undisclosed_recipients_header
 * a To. Other mail stays as it came.
 */

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

/** `names`: of the fields that are there, in lower case. */
export function missingHeaders(names: ReadonlySet<string>, facts: MissingHeaderFacts): MissingHeaders {
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

/** `undisclosed_recipients_header` for a message that names no recipient; else nothing. */
export function undisclosedHeader(names: ReadonlySet<string>, header: string): string {
  const named = ["to", "cc", "bcc", "resent-to", "resent-cc", "resent-bcc"].some((name) => names.has(name));
  return named || header === "" ? "" : `${header}\n`;
}

/** `20251125011153`, in UTC. */
function idTime(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 19).replace(/[-T:]/g, "");
}
