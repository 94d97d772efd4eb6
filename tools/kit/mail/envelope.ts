/**
 * ENVELOPE of a message (RFC 3501 §7.4.2): the header fields that readers list mail by.
 *
 * Texts are octet strings (one UTF-16 unit an octet, `latin1Text`), unfolded, encoded words left as they are.
 */

import { type EnvelopeAddress, parseAddressList } from "./address_list.ts";
import { type Header, parseHeader, unfoldedValue } from "./header.ts";

export type { EnvelopeAddress };

/** `sender` and `replyTo` already default to `from` where the field is missing or empty. */
export interface Envelope {
  readonly date?: string | undefined;
  readonly subject?: string | undefined;
  readonly from: readonly EnvelopeAddress[];
  readonly sender: readonly EnvelopeAddress[];
  readonly replyTo: readonly EnvelopeAddress[];
  readonly to: readonly EnvelopeAddress[];
  readonly cc: readonly EnvelopeAddress[];
  readonly bcc: readonly EnvelopeAddress[];
  readonly inReplyTo?: string | undefined;
  readonly messageId?: string | undefined;
}

/** The envelope of the message whose header `octets` are; what follows the header is not looked at. */
export function parseEnvelope(octets: Uint8Array): Envelope {
  return envelopeOf(parseHeader(octets));
}

/**
 * The envelope from a header already cut. Of a text that comes twice the last counts; lists are put together, so that
 * nobody can hide the address that a reader shows behind another one.
 */
export function envelopeOf(header: Header): Envelope {
  const texts = new Map<string, string>();
  const lists = new Map<string, EnvelopeAddress[]>();
  for (const field of header.fields) {
    const name = field.name.toLowerCase();
    if (listFields.has(name)) {
      const list = lists.get(name) ?? [];
      for (const address of parseAddressList(unfoldedValue(header, field))) list.push(readable(address));
      lists.set(name, list);
    } else if (textFields.has(name)) {
      const text = withoutNul(unfoldedValue(header, field));
      texts.set(name, name === "subject" ? collapseBlanks(text) : text);
    }
  }
  const list = (name: string) => lists.get(name) ?? [];
  const from = list("from");
  const orFrom = (name: string) => list(name).length === 0 ? from : list(name);
  return {
    date: texts.get("date"),
    subject: texts.get("subject"),
    from,
    sender: orFrom("sender"),
    replyTo: orFrom("reply-to"),
    to: list("to"),
    cc: list("cc"),
    bcc: list("bcc"),
    inReplyTo: texts.get("in-reply-to"),
    messageId: texts.get("message-id"),
  };
}

const textFields = new Set(["date", "subject", "in-reply-to", "message-id"]);
const listFields = new Set(["from", "sender", "reply-to", "to", "cc", "bcc"]);

/** NUL cannot be sent in an answer of IMAP (RFC 3501 §9 CHAR8); Dovecot shows it as octet 128. */
export function withoutNul(text: string): string {
  return text.replaceAll("\0", "\u0080");
}

function readable(address: EnvelopeAddress): EnvelopeAddress {
  const { name, route, mailbox, host } = address;
  return {
    ...(name === undefined ? {} : { name: collapseBlanks(withoutNul(name)) }),
    ...(route === undefined ? {} : { route: withoutNul(route) }),
    ...(mailbox === undefined ? {} : { mailbox: withoutNul(mailbox) }),
    ...(host === undefined ? {} : { host: withoutNul(host) }),
  };
}

function collapseBlanks(text: string): string {
  return text.replace(/[ \t\r\n]+/g, " ").replace(/^ | $/g, "");
}
