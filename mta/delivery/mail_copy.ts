/** A message on its way into a mailbox: the lines that delivery puts before it, and its content. */

import type { Bytes } from "../../tools/kit/base/bytes.ts";
import { concatBytes, latin1Text, LF, utf8Bytes } from "../../tools/kit/base/bytes.ts";
import { equalAddresses } from "../../tools/kit/mail/address.ts";

import type { PersonFiles } from "../../store/mailbox/mailbox_locks.ts";
import type { QueuedRecipient } from "../../store/spool/spool.ts";

/** Lines end with LF alone. */
export interface MailCopy {
  /** Reverse-path; `""` is the null sender. */
  readonly sender: string;
  /** Header lines to stand before the message's own. */
  readonly prefix: Bytes;
  content(): AsyncIterable<Bytes>;
}

export interface MailboxOwner {
  readonly user: string;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  /** Everything is done with these rights; absent: with the server's. */
  readonly as?: PersonFiles | undefined;
  /** postconf(5) strict_mailbox_ownership; default yes. */
  readonly isOwnerChecked?: boolean | undefined;
  /** What failures begin with; absent: `cannot update mailbox PATH for user USER. `. */
  readonly failurePrefix?: string | undefined;
}

/** Puts one message into one mailbox, durably, wholly or not at all. */
export interface MailboxWriter {
  /** @throws TempFailure, PermFailure in the words of local(8) */
  deliver(path: string, copy: MailCopy, owner: MailboxOwner): Promise<void>;
}

/** Return-Path (RFC 5321 §4.4), X-Original-To where the original address was kept (enable_original_recipient), Delivered-To. */
export function deliveryHeader(sender: string, recipient: QueuedRecipient): Bytes {
  const { address, original } = recipient;
  const lines = [`Return-Path: <${sender}>`];
  if (original !== "") lines.push(`X-Original-To: ${original}`);
  lines.push(`Delivered-To: ${address}`);
  return utf8Bytes(lines.map(fieldLine).join(""));
}

/** No address can end its line. */
export function fieldLine(text: string): string {
  // deno-lint-ignore no-control-regex
  return `${text.replace(/[\x00-\x1f\x7f]/g, "?")}\n`;
}

/** postfix-semantics §9: the first 1000 Delivered-To: lines are looked at; with a limit on all of the header. */
const maxHeaderOctets = 1 << 20;

const maxDeliveredTo = 1000;

/** Tells whether the message has been delivered to an address; compared as in Postfix, without regard to case. */
export async function readDeliveredTo(content: AsyncIterable<Bytes>): Promise<(address: string) => boolean> {
  const header = latin1Text(await readHeader(content));
  const found: string[] = [];
  for (const [, octets] of header.matchAll(/^delivered-to:[ \t]*(.*(?:\n[ \t].*)*)$/gim)) {
    const value = new TextDecoder().decode(Uint8Array.from(octets!, (char) => char.charCodeAt(0)));
    found.push(value.replace(/\n[ \t]+/g, "").trim());
    if (found.length >= maxDeliveredTo) break;
  }
  return (address) => found.some((one) => equalAddresses(one, address));
}

/** The header with the line end of its last line; no more than `maxHeaderOctets` of it. */
export async function readHeader(content: AsyncIterable<Bytes>, maxOctets = maxHeaderOctets): Promise<Bytes> {
  const chunks: Bytes[] = [];
  let length = 0;
  let previous = LF;
  for await (const chunk of content) {
    const end = endOfHeader(chunk, previous);
    chunks.push(end === undefined ? chunk : chunk.subarray(0, end));
    length += chunk.length;
    previous = chunk[chunk.length - 1] ?? previous;
    if (end !== undefined || length >= maxOctets) break;
  }
  return concatBytes(chunks).subarray(0, maxOctets);
}

/** Where the empty line begins, if it does in this chunk; `previous` is the octet before it. */
function endOfHeader(chunk: Bytes, previous: number): number | undefined {
  if (previous === LF && chunk[0] === LF) return 0;
  for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, at + 1)) {
    if (chunk[at + 1] === LF) return at + 1;
  }
  return undefined;
}
