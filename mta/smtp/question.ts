/**
 * What an SMTP or LMTP server session asks of the world, and what it is answered.
 *
 * Questions carry all facts that policy needs, so that whoever answers keeps no state of the session. All values can
 * be cloned: the one who answers lives in the keeper, the session in a worker.
 */

import type { Peer, TlsInfo } from "../../tools/kit/wire/engine.ts";

import type { Reply } from "./reply.ts";

/** Which listener took the connection: `smtp` (MX), `submission` (also implicit TLS), `lmtp`. */
export type SmtpRole = "smtp" | "submission" | "lmtp";

/** What is known of the client by now. */
export interface SessionFacts {
  readonly role: SmtpRole;
  /** The listener's name, whose settings count: `smtp`, `submission`, `submissions`, `lmtp`. */
  readonly service: string;
  readonly peer: Peer;
  /** Name for log and Received:, `unknown` unless verified by DNS both ways. */
  readonly clientName: string;
  /** As given, without brackets changed; undefined before HELO/EHLO/LHLO. */
  readonly helo: string | undefined;
  /** `SMTP`, `ESMTP`, `LMTP` as smtpd logs them; SMTPUTF8 and security suffixes are added for Received: (RFC 3848). */
  readonly protocol: "SMTP" | "ESMTP" | "LMTP";
  readonly tls: TlsInfo | undefined;
  readonly login: { readonly user: string; readonly mechanism: string } | undefined;
  /** The client has talked before its turn, at a place where not even PIPELINING allows it (reject_unauth_pipelining). */
  readonly pipelined?: true | undefined;
}

/** What an authorised relay tells of the client behind it (Postfix XCLIENT_README). `undefined`: nothing was said. */
export interface ClientAttributes {
  readonly name?: string | undefined;
  readonly reverseName?: string | undefined;
  /** The name could not be had just now, rather than not at all. */
  readonly nameTemporary?: true | undefined;
  readonly reverseTemporary?: true | undefined;
  readonly address?: string | undefined;
  readonly port?: number | undefined;
  readonly helo?: string | undefined;
  readonly protocol?: "SMTP" | "ESMTP" | undefined;
  readonly login?: string | undefined;
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
}

/** The reverse-path: `""` is the null sender `<>`. Quoted local parts in wire form, domain as given. */
export type ReversePath = string;

/** MAIL FROM parameters (RFC 1870, 6152, 6531, 8689, 3461, 4954). */
export interface MailParameters {
  /** SIZE=, octets as the client counts them. */
  readonly size?: number | undefined;
  readonly body?: "7BIT" | "8BITMIME" | undefined;
  readonly smtpUtf8: boolean;
  /** REQUIRETLS (RFC 8689): onward by TLS with proof only. */
  readonly requireTls?: true | undefined;
  /** DSN RET=. */
  readonly ret?: "FULL" | "HDRS" | undefined;
  /** DSN ENVID=, xtext decoded. */
  readonly envelopeId?: string | undefined;
  /** AUTH= (RFC 4954 §5), xtext decoded; `<>` when unknown. */
  readonly auth?: string | undefined;
}

/** RCPT TO parameters (RFC 3461). */
export interface RcptParameters {
  readonly notify?: readonly ("NEVER" | "SUCCESS" | "FAILURE" | "DELAY")[] | undefined;
  /** ORCPT=, as `type;address`, xtext decoded. */
  readonly originalRecipient?: string | undefined;
}

export interface EnvelopeRecipient {
  /** As given in RCPT TO, source route stripped; `postmaster` may stand without a domain. */
  readonly address: string;
  readonly parameters: RcptParameters;
}

/** All of an accepted transaction but its octets. */
export interface Transaction {
  readonly sender: ReversePath;
  readonly parameters: MailParameters;
  readonly recipients: readonly EnvelopeRecipient[];
  /** Of the message in LF form, as given to the sink. */
  readonly octets: number;
  /** Any octet above 127 in the message. */
  readonly has8Bit: boolean;
  /** The Message-ID field's text, for the log. */
  readonly messageId?: string | undefined;
}

export type SmtpQuestion =
  /** A connection came: may it stay? Asked before the greeting. */
  | { readonly kind: "connect"; readonly facts: SessionFacts }
  /** XCLIENT: the session begins anew with another client. */
  | { readonly kind: "xclient"; readonly facts: SessionFacts; readonly attributes: ClientAttributes }
  /** HELO, EHLO, LHLO; the facts have the new name. */
  | { readonly kind: "helo"; readonly facts: SessionFacts }
  | {
    readonly kind: "login";
    readonly facts: SessionFacts;
    readonly mechanism: string;
    readonly user: string;
    readonly password: string;
  }
  | {
    readonly kind: "mail";
    readonly facts: SessionFacts;
    readonly sender: ReversePath;
    readonly parameters: MailParameters;
  }
  | {
    readonly kind: "rcpt";
    readonly facts: SessionFacts;
    readonly sender: ReversePath;
    readonly parameters: MailParameters;
    readonly recipient: EnvelopeRecipient;
    /** Recipients accepted before this one. */
    readonly accepted: number;
  }
  | {
    readonly kind: "verify";
    readonly facts: SessionFacts;
    /** Of the transaction that is open; Postfix goes by it here too. */
    readonly sender: ReversePath | undefined;
    readonly address: string;
    readonly smtpUtf8: boolean;
  }
  /** STARTTLS that may begin. */
  | { readonly kind: "starttls"; readonly facts: SessionFacts }
  | { readonly kind: "etrn"; readonly facts: SessionFacts; readonly domain: string }
  /** Opens the sink for `body`; answered before 354 (or before the first BDAT chunk is taken). */
  | {
    readonly kind: "data";
    readonly facts: SessionFacts;
    readonly sender: ReversePath;
    readonly parameters: MailParameters;
    readonly recipients: readonly EnvelopeRecipient[];
  }
  /** The message is whole: make it durable. Only after `queued` is 250 said (RFC 5321 §6.1). */
  | { readonly kind: "commit"; readonly facts: SessionFacts; readonly transaction: Transaction };

export type SmtpAnswer =
  /** Go on with the usual reply. */
  | {
    readonly kind: "proceed";
    /** connect, xclient */
    readonly clientName?: string | undefined;
    /** connect: this peer may speak XCLIENT (smtpd_authorized_xclient_hosts). */
    readonly mayXclient?: boolean | undefined;
    /** connect: a bare LF is this client's own affair (smtpd_forbid_bare_newline_exclusions). */
    readonly mayUseBareNewline?: boolean | undefined;
    /** Lines for the log. */
    readonly lines?: readonly string[] | undefined;
  }
  /** Any question: this reply instead; `close` also ends the session (421, 521). `lines` are logged in place of the usual. */
  | {
    readonly kind: "reply";
    readonly reply: Reply;
    readonly close?: boolean | undefined;
    /** connect, xclient: the client's name, for the log. */
    readonly clientName?: string | undefined;
    readonly lines?: readonly string[] | undefined;
  }
  /** access(5) HANGUP: the connection ends without a word. */
  | {
    readonly kind: "hangup";
    readonly clientName?: string | undefined;
    readonly lines?: readonly string[] | undefined;
  }
  /** commit in LMTP: one reply for each recipient, in order (RFC 2033 §4.2). */
  | { readonly kind: "replies"; readonly replies: readonly Reply[] }
  | { readonly kind: "queued"; readonly id: string; readonly lines?: readonly string[] | undefined }
  | { readonly kind: "loggedIn"; readonly user: string }
  | { readonly kind: "loginRefused" }
  | { readonly kind: "loginUnavailable" };
