/** The Received: field that this server puts above a message (RFC 5321 §4.4, RFC 3848), formatted as Postfix does. */

import { formatDateTime } from "../../tools/kit/mail/date.ts";
import { isIpv6 } from "../../tools/kit/mail/ip.ts";

import type { SessionFacts } from "./question.ts";

/** Time zone of the server: minutes east of UTC and its name for the comment. */
export interface Zone {
  readonly minutes: number;
  readonly name?: string | undefined;
}

export interface TraceOptions {
  /** Queue id. */
  readonly id: string;
  readonly hostname: string;
  /** Named only when there is exactly one, so that no recipient learns of another (RFC 5321 §7.2). */
  readonly recipients: readonly string[];
  readonly timeMs: number;
  readonly zone: Zone;
  /** `mail_name` */
  readonly mailName?: string | undefined;
  readonly smtpUtf8?: boolean | undefined;
  /** `smtpd_sasl_authenticated_header` */
  readonly showLogin?: boolean | undefined;
}

/**
 * The field with its line end, LF form.
 *
 * ```text
 * Received: from c.test (client.test [192.0.2.1])
 * 	by mx.ref.test (Postfix) with ESMTP id 4C2F1A0B3D
 * 	for <u1@ref.test>; Tue, 25 Nov 2025 01:11:53 +0000 (UTC)
 * ```
 */
export function formatReceived(facts: SessionFacts, options: TraceOptions): string {
  const { peer, clientName, tls, login } = facts;
  const address = isIpv6(peer.address) ? `IPv6:${peer.address}` : peer.address;
  let text = `Received: from ${facts.helo ?? clientName} (${clientName} [${address}])\n`;
  if (tls !== undefined) {
    text += `\t(using ${tls.protocol} with cipher ${tls.cipher} (${tls.bits}/${tls.bits} bits))\n`;
    text += "\t(No client certificate requested)\n";
  }
  if (login !== undefined && options.showLogin === true) {
    text += `\t(Authenticated sender: ${commentText(login.user)})\n`;
  }
  const protocol = protocolName(facts, options.smtpUtf8 === true);
  text += `\tby ${options.hostname} (${options.mailName ?? "Postfix"}) with ${protocol} id ${options.id}`;
  const only = options.recipients.length === 1 ? options.recipients[0] : undefined;
  text += only === undefined ? ";\n\t" : `\n\tfor <${only}>; `;
  return `${text}${formatMailDate(options.timeMs, options.zone)}\n`;
}

/** `ESMTPSA`, `UTF8SMTPS`, `LMTP`: suffixes are defined for the extended protocols only (RFC 3848, RFC 6531 §4.3). */
export function protocolName(facts: SessionFacts, smtpUtf8: boolean): string {
  if (facts.protocol === "SMTP") return "SMTP";
  const name = !smtpUtf8 ? facts.protocol : facts.protocol === "LMTP" ? "UTF8LMTP" : "UTF8SMTP";
  return `${name}${facts.tls === undefined ? "" : "S"}${facts.login === undefined ? "" : "A"}`;
}

/** `Tue, 25 Nov 2025 01:11:53 +0000 (UTC)` (RFC 5322 §3.3). */
export function formatMailDate(timeMs: number, zone: Zone): string {
  return `${formatDateTime(timeMs, zone.minutes)}${zone.name === undefined ? "" : ` (${zone.name})`}`;
}

/** Printable ASCII that cannot end a comment (smtpd's comment_sanitize). */
function commentText(text: string): string {
  return text.replace(/[^ -~]|[\\()]/g, "?");
}
