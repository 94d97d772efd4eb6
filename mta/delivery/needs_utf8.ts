/** Whether a message cannot do without SMTPUTF8 at the next hop (RFC 6531 §3.1): asked for, and put to use. */

import { LF } from "../../tools/kit/base/bytes.ts";

import type { QueuedRecipient, QueueEnvelope } from "../../store/spool/spool.ts";

/** A message that asked for it but is ASCII all over may go anywhere, as with Postfix. */
export async function needsUtf8(
  { smtpUtf8, sender }: QueueEnvelope,
  recipients: readonly QueuedRecipient[],
  content: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Promise<boolean> {
  if (!smtpUtf8) return false;
  if (!isAscii(sender) || recipients.some(({ address }) => !isAscii(address))) return true;
  return await hasUtf8Header(content());
}

function isAscii(text: string): boolean {
  // deno-lint-ignore no-control-regex
  return /^[\x00-\x7f]*$/.test(text);
}

async function hasUtf8Header(content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<boolean> {
  let previous = LF;
  for await (const piece of content) {
    for (const octet of piece) {
      if (octet > 127) return true;
      if (octet === LF && previous === LF) return false;
      previous = octet;
    }
  }
  return false;
}
