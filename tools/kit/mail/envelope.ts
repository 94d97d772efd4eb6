/**
 * ENVELOPE of a message (RFC 3501 §7.4.2): the header fields that readers list mail by.
 *
 * Texts are octet strings (one UTF-16 unit an octet, `latin1Text`), unfolded, encoded words left as they are.
 */

/**
 * One address, or a group's marker: its start has only `mailbox` (the group's name), its end has nothing
 * (RFC 3501 §7.4.2).
 */
export interface EnvelopeAddress {
  readonly name?: string | undefined;
  /** Source route, obsolete. */
  readonly route?: string | undefined;
  readonly mailbox?: string | undefined;
  readonly host?: string | undefined;
}

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
