/**
 * Replies of an SMTP or LMTP server (RFC 5321 §4.2) with enhanced status codes (RFC 2034, RFC 3463).
 */

import { latin1Bytes, utf8Bytes, utf8Text } from "../../tools/kit/base/bytes.ts";

/** `status` is absent where the protocol has none (greeting, EHLO, 354, 334); its class always equals the code's. */
export interface Reply {
  /** 200 to 599. */
  readonly code: number;
  readonly status?: string | undefined;
  /** One or more lines of text. */
  readonly lines: readonly string[];
}

/**
 * A reply of one line. The enhanced status's first digit is made to follow the code's (Postfix smtpd_check): the two
 * cannot disagree.
 *
 * ```ts
 * formatReply(reply(450, "4.7.1", "Try again")); // octets of "450 4.7.1 Try again\r\n"
 * reply(550, "4.7.1", "No").status; // "5.7.1"
 * ```
 */
export function reply(code: number, status: string | undefined, text: string): Reply {
  const digit = Math.floor(code / 100);
  return { code, status: status === undefined ? undefined : `${digit}${status.slice(1)}`, lines: [text] };
}

/** The same refusal, for now (postconf(5) soft_bounce). */
export function softened({ code, status, lines }: Reply): Reply {
  return code < 500
    ? { code, status, lines }
    : { code: code - 100, status: status?.replace(/^5/, "4"), lines };
}

/** Longest reply line sent, octets with CRLF (RFC 5321 §4.5.3.1.5). */
const maxReplyOctets = 512;

/** Wire form: every line carries code and status; non-printables become spaces; lines are cut at 512 octets. */
export function formatReply(reply: Reply): Uint8Array<ArrayBuffer> {
  const status = reply.status === undefined ? "" : `${reply.status} `;
  let text = "";
  for (let index = 0; index < reply.lines.length; index++) {
    const separator = index + 1 < reply.lines.length ? "-" : " ";
    // deno-lint-ignore no-control-regex
    const line = reply.lines[index]!.replace(/[\x00-\x1f\x7f]/g, " ");
    text += `${withinOctets(`${reply.code}${separator}${status}${line}`, maxReplyOctets - 2)}\r\n`;
  }
  // deno-lint-ignore no-control-regex
  return /^[\x00-\x7f]*$/.test(text) ? latin1Bytes(text) : utf8Bytes(text);
}

/** The beginning of a line that takes so many octets; no character is cut in two. */
function withinOctets(line: string, octets: number): string {
  if (line.length * 3 <= octets) return line;
  const bytes = utf8Bytes(line);
  if (bytes.length <= octets) return line;
  let end = octets;
  while (end > 0 && (bytes[end]! & 0xc0) === 0x80) end--;
  return utf8Text(bytes.subarray(0, end));
}
