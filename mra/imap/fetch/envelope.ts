/** ENVELOPE as FETCH gives it (RFC 3501 §7.4.2). */

import type { Envelope, EnvelopeAddress } from "../../../tools/kit/mail/envelope.ts";

import { formatNstring } from "../protocol/writer.ts";

/**
 * `("date" "subject" from sender reply-to to cc bcc in-reply-to message-id)`; a list of addresses that is empty is NIL.
 */
export function formatEnvelope(envelope: Envelope): string {
  const { date, subject, from, sender, replyTo, to, cc, bcc, inReplyTo, messageId } = envelope;
  return `(${
    [
      formatNstring(date),
      formatNstring(subject),
      ...[from, sender, replyTo, to, cc, bcc].map(formatAddresses),
      formatNstring(inReplyTo),
      formatNstring(messageId),
    ].join(" ")
  })`;
}

/** What stands for the envelope of a message that could not be read. */
export const emptyEnvelope = "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)";

function formatAddresses(addresses: readonly EnvelopeAddress[]): string {
  return addresses.length === 0 ? "NIL" : `(${addresses.map(formatAddress).join("")})`;
}

function formatAddress({ name, route, mailbox, host }: EnvelopeAddress): string {
  return `(${[name, route, mailbox, host].map(formatNstring).join(" ")})`;
}
