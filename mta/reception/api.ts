/**
 * What passes between an smtp-in worker (sessions, sockets, no other rights) and the keeper (policy, users, queue).
 *
 * A small message travels whole inside its `commit`, one request for all of it. A larger one is written in acknowledged
 * pieces, so that neither side holds more of it than one piece a session.
 *
 * The keeper believes a worker what it says of the network (addresses, HELO, TLS) but not who logged in: a login gives a
 * token that only the keeper can read.
 */

import type { LogRecord } from "../../tools/kit/base/log.ts";
import type { ServerLimits, ServerStatus } from "../../tools/kit/net/server.ts";

import type { EnvelopeRecipient, SessionFacts, SmtpAnswer, SmtpRole, Transaction } from "../smtp/question.ts";
import type { SmtpServerSettings } from "../smtp/settings.ts";

/** Octets of a message that travels inside its commit; also the size of a piece. */
export const inlineOctets = 256 * 1024;

/** What one login entitles to; made by the keeper, known only to the session that logged in. */
export type LoginToken = string;

/** Who speaks. `login` in the facts is for the log only: `token` says who it is. */
export interface Speaker {
  readonly facts: SessionFacts;
  readonly token: LoginToken | undefined;
}

export type LoginAnswer =
  | { readonly kind: "loggedIn"; readonly user: string; readonly token: LoginToken }
  | { readonly kind: "loginRefused" }
  | { readonly kind: "loginUnavailable" };

export interface CommitRequest extends Speaker {
  readonly transaction: Transaction;
}

/** Served by the keeper. */
export type ReceptionApi = {
  connect(request: { readonly facts: SessionFacts }): SmtpAnswer;
  login(
    request: {
      readonly facts: SessionFacts;
      readonly mechanism: string;
      readonly user: string;
      readonly password: string;
    },
  ): LoginAnswer;
  rcpt(
    request: Speaker & {
      readonly sender: string;
      readonly recipient: EnvelopeRecipient;
      readonly accepted: number;
    },
  ): SmtpAnswer;
  verify(request: Speaker & { readonly address: string }): SmtpAnswer;
  /** A whole small message. */
  commit(request: CommitRequest & { readonly content: Uint8Array }): SmtpAnswer;
  /** Begins a large one with its first piece, which holds its header. */
  openMessage(
    request: Speaker & {
      readonly sender: string;
      readonly recipients: readonly EnvelopeRecipient[];
      readonly smtpUtf8: boolean;
      readonly bytes: Uint8Array;
    },
  ): { readonly message: number };
  /** Answered when the octets are written. */
  writeMessage(request: { readonly message: number; readonly bytes: Uint8Array }): null;
  commitMessage(request: CommitRequest & { readonly message: number }): SmtpAnswer;
  /** Told. */
  abandon(request: { readonly message: number }): null;
  /** Told: the session that logged in is over. */
  logout(request: { readonly token: LoginToken }): null;
  /** Told. */
  log(records: readonly LogRecord[]): null;
};

/** A listener of an smtp-in worker. */
export interface SmtpListener {
  readonly name: string;
  readonly hostname: string;
  readonly port: number;
  readonly mode: "plain" | "tls";
  readonly reusePort: boolean;
  readonly role: SmtpRole;
  readonly settings: SmtpServerSettings;
}

/** What can be changed while the worker runs, for sessions that begin from then on. */
export interface SmtpWorkerRules {
  /** The listeners that are open, by name; their addresses stay what they were. */
  readonly listeners: readonly SmtpListener[];
  /** `smtpd_forbid_bare_newline_exclusions`, items of a list of networks. */
  readonly bareNewlineExclusions: readonly string[];
  /** `smtpd_client_event_limit_exceptions` likewise: no limit of connections for these. */
  readonly limitExceptions: readonly string[];
}

export interface SmtpWorkerStart extends SmtpWorkerRules {
  /** Chain and key, PEM. */
  readonly certificate?: { readonly certPem: string; readonly keyPem: string } | undefined;
  readonly limits: Partial<ServerLimits>;
}

/** Served by the worker. */
export type SmtpWorkerApi = {
  start(
    request: SmtpWorkerStart,
  ): readonly { readonly name: string; readonly hostname: string; readonly port: number }[];
  reconfigure(request: SmtpWorkerRules): null;
  setCertificate(request: { readonly certPem: string; readonly keyPem: string }): null;
  /** Answered when all sessions are over or `limitMs` has passed. */
  drain(request: { readonly limitMs: number }): null;
  status(request: null): ServerStatus;
};
