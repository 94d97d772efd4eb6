/**
 * What passes between an smtp-in worker (sessions, sockets, no other rights) and the keeper (policy, users, queue).
 *
 * A small message travels whole inside its `commit`, one request for all of it. A larger one is written in acknowledged
 * pieces, so that neither side holds more of it than one piece a session.
 *
 * The keeper believes a worker what it says of the network (addresses, HELO, TLS) and nothing else: who logged in, whom a
 * client speaks for, which recipients were accepted and what rules ask for their message it remembers itself, by session.
 */

import type { LogRecord } from "../../tools/kit/base/log.ts";
import type { ServerLimits, ServerStatus } from "../../tools/kit/net/server.ts";

import type {
  ClientAttributes,
  EnvelopeRecipient,
  MailParameters,
  SessionFacts,
  SmtpAnswer,
  SmtpRole,
  Transaction,
} from "../smtp/question.ts";
import type { SmtpServerSettings } from "../smtp/settings.ts";

/** Octets of a message that travels inside its commit; also the size of a piece. */
export const inlineOctets = 256 * 1024;

/** Who speaks: a session that `connect` has opened. What the facts say of login and client name is for the log only. */
export interface Speaker {
  readonly session: number;
  readonly facts: SessionFacts;
}

/** A mail transaction of a session, as far as it has come. `number` goes up with each MAIL. */
export interface TransactionStart {
  readonly number: number;
  readonly sender: string;
  readonly parameters: MailParameters;
}

/** Questions that the keeper wants to be asked; on the others it has nothing to say. */
export interface Interests {
  readonly helo: boolean;
  readonly mail: boolean;
  readonly data: boolean;
  readonly etrn: boolean;
}

export interface ConnectAnswer {
  readonly session: number;
  readonly interests: Interests;
  readonly answer: SmtpAnswer;
}

export interface CommitRequest extends Speaker {
  readonly number: number;
  readonly transaction: Transaction;
}

/** Served by the keeper. */
export type ReceptionApi = {
  connect(request: { readonly facts: SessionFacts }): ConnectAnswer;
  xclient(request: Speaker & { readonly attributes: ClientAttributes }): SmtpAnswer;
  login(
    request: Speaker & { readonly mechanism: string; readonly user: string; readonly password: string },
  ): SmtpAnswer;
  helo(request: Speaker): SmtpAnswer;
  starttls(request: Speaker): SmtpAnswer;
  mail(request: Speaker & { readonly start: TransactionStart }): SmtpAnswer;
  rcpt(
    request: Speaker & { readonly start: TransactionStart; readonly recipient: EnvelopeRecipient },
  ): SmtpAnswer;
  data(request: Speaker & { readonly number: number }): SmtpAnswer;
  etrn(request: Speaker & { readonly domain: string }): SmtpAnswer;
  verify(request: Speaker & { readonly sender: string | undefined; readonly address: string }): SmtpAnswer;
  /** A whole small message. */
  commit(request: CommitRequest & { readonly content: Uint8Array }): SmtpAnswer;
  /** Begins a large one with its first piece, which holds its header. */
  openMessage(
    request: Speaker & { readonly number: number; readonly bytes: Uint8Array },
  ): { readonly message: number };
  /** Answered when the octets are written. */
  writeMessage(request: { readonly message: number; readonly bytes: Uint8Array }): null;
  commitMessage(request: CommitRequest & { readonly message: number }): SmtpAnswer;
  /** Told. */
  abandon(request: { readonly message: number }): null;
  /** Told: the session is over. */
  disconnect(request: { readonly session: number }): null;
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
