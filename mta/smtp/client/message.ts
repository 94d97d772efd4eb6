/**
 * What an SMTP or LMTP client session asks of those who have mail to send, what it is answered, and what became of each
 * recipient. All values can be cloned.
 */

import type { DeliveryOutcome } from "../../../store/spool/spool.ts";

export interface ClientRecipient {
  readonly address: string;
  /** DSN NOTIFY= (RFC 3461 §4.1). */
  readonly notify?: readonly string[] | undefined;
  /** DSN ORCPT=, `type;address`, not yet xtext. */
  readonly originalRecipient?: string | undefined;
}

/** One message for those recipients that this session is to serve. */
export interface ClientMessage {
  /** By which the content is asked for. */
  readonly content: number;
  /** `""` is the null sender. */
  readonly sender: string;
  readonly recipients: readonly ClientRecipient[];
  /** Of the content with CRLF line ends, as far as is known: for SIZE=. */
  readonly octets: number;
  readonly body: "7BIT" | "8BITMIME";
  /** Addresses or header need SMTPUTF8 (RFC 6531 §3). */
  readonly needsUtf8: boolean;
  /** The message is to go under TLS only, all its way (RFC 8689 §2). */
  readonly requiresTls: boolean;
  readonly ret?: "FULL" | "HDRS" | undefined;
  /** Only to know what the server says to MAIL and RCPT: nothing is sent (`sendmail -bv`). */
  readonly isProbe?: boolean | undefined;
  /** DSN ENVID=, not yet xtext. */
  readonly envelopeId?: string | undefined;
}

/** What became of a message in a session. */
export interface MessageReport {
  /** By index of recipient; `undefined` where the session ended before the server had a say. */
  readonly fates: readonly (DeliveryOutcome | undefined)[];
}

/** Why a session came to its end before its time. */
export interface SessionFailure {
  readonly status: string;
  readonly text: string;
  /** The server's own words, if it was they. */
  readonly reply?: string | undefined;
  /** Which step failed; `tls` may be tried again without TLS where the policy lets it. */
  readonly stage: "greeting" | "helo" | "tls" | "auth" | "mail";
}

export type ClientQuestion =
  /** The session is free: what was done, and is there more? A connection is kept open by answering late. */
  | { readonly kind: "next"; readonly report: MessageReport | undefined }
  /** TLS is up: is the peer who it should be? */
  | { readonly kind: "secured" }
  /** How many octets has the source in its wire form (RFC 3030 §2)? */
  | { readonly kind: "measure"; readonly source: ClientSource }
  /** How to log in, of what the server offers? */
  | { readonly kind: "login"; readonly offered: readonly string[] }
  /** What the server's side of SASL said. */
  | { readonly kind: "challenge"; readonly data: Uint8Array };

export type ClientAnswer =
  | { readonly kind: "message"; readonly message: ClientMessage }
  | { readonly kind: "quit" }
  /** secured: go on, or not, with the reason. */
  | { readonly kind: "judged"; readonly problem?: string | undefined }
  /** measure: `undefined` when the content is too large to know before it is sent. */
  | { readonly kind: "measured"; readonly octets: number | undefined }
  /** login: with this mechanism, and its initial response where it has one. */
  | { readonly kind: "login"; readonly mechanism: string; readonly initial: Uint8Array | undefined }
  /** login: there is no way, in words that end a sentence about the server. */
  | { readonly kind: "noLogin"; readonly problem: string }
  /** challenge: what to send; `undefined` gives the exchange up. */
  | { readonly kind: "response"; readonly data: Uint8Array | undefined };

/** The octets of a message, and how they have to be made fit for the server. */
export interface ClientSource {
  readonly content: number;
  /** The server takes no octets above 127: parts become quoted-printable (RFC 6152 §3). */
  readonly to7Bit: boolean;
  /** In its wire form, with CRLF: for BDAT, which counts octets. */
  readonly isExact: boolean;
}
