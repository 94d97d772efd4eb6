/**
 * Header fields that cleanup(8) adds to mail from this machine when its sender left them out: Message-Id, Date, From
 * (postconf(5) local_header_rewrite_clients; RFC 6409 §8). Mail from elsewhere stays as it came.
 */

import { latin1Bytes, latin1Text, LF } from "../../tools/kit/base/bytes.ts";

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
  const names = fieldNames(start.subarray(0, maxHeaderOctets));
  const prefix = names.has("resent-") ? "Resent-" : "";
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

/** Letters that the names of interest begin with: Date, From, Message-Id, Resent-*. */
const letters: ReadonlySet<number> = new Set(latin1Bytes("dfmr"));
/** Longer than any of them, with blanks before the colon. */
const maxNameOctets = 80;

/** Of the fields that may be missing, those that are there, in lower case; `resent-` when there is any such field. */
function fieldNames(header: Uint8Array): ReadonlySet<string> {
  const names = new Set<string>();
  for (let at = 0; at < header.length && header[at] !== LF;) {
    const lineEnd = header.indexOf(LF, at);
    const end = lineEnd < 0 ? header.length : lineEnd;
    if (letters.has(header[at]! | 0x20)) {
      const line = latin1Text(header.subarray(at, Math.min(end, at + maxNameOctets))).toLowerCase();
      const name = /^([!-9;-~]+)[ \t]*:/.exec(line)?.[1];
      if (name !== undefined) names.add(name);
      if (name?.startsWith("resent-") === true) names.add("resent-");
    }
    at = end + 1;
  }
  return names;
}

/** `20251125011153`, in UTC. */
function idTime(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 19).replace(/[-T:]/g, "");
}
