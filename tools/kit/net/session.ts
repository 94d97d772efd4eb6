/** What runs one session and what is told of it: the words that `runner.ts` and `server.ts` share. */

import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { Peer, TlsInfo } from "../wire/engine.ts";

import type { Connection } from "./connection.ts";
import type { Ticker } from "./ticker.ts";
import type { TlsAcceptor } from "./tls_acceptor.ts";

export interface SessionLimits {
  /** Replies held back until the input is drained are written at the latest when they are this many octets. */
  readonly maxPendingOctets: number;
  /** A peer that takes no 64 KiB in this time is dropped. */
  readonly writeMs: number;
  /** A TLS handshake that takes longer fails. */
  readonly handshakeMs: number;
  /** Replies already made wait this long for the answer to a question, to go out in one packet with what follows. */
  readonly holdBackMs: number;
}

export const defaultSessionLimits: SessionLimits = {
  maxPendingOctets: 65536,
  writeMs: 300_000,
  handshakeMs: 60_000,
  holdBackMs: 100,
};

export interface SessionOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly ticker: Ticker;
  /** The certificate in force now, for `starttls`. */
  readonly tls?: (() => TlsAcceptor | undefined) | undefined;
  readonly limits?: Partial<SessionLimits> | undefined;
  /**
   * What the peer says while a stream is copied ends the copying, without the lone dot; and what it said before the
   * connection broke is still heard. For clients: a server may refuse a message before its end.
   */
  readonly hearsWhileStreaming?: boolean | undefined;
}

/** What a session is doing. */
export type SessionState =
  | "waiting"
  | "working"
  | "asking"
  | "streaming"
  | "writing"
  | "handshake"
  | "paused"
  | "closed";

export interface SessionStatus {
  readonly peer: Peer;
  readonly state: SessionState;
  /** Present when TLS came up after the start; otherwise see `peer.tls`. */
  readonly tls?: TlsInfo | undefined;
  /** Octets of the protocol, inside TLS. */
  readonly octetsIn: number;
  readonly octetsOut: number;
  /** Wall-clock time of its start. */
  readonly startedMs: number;
}

export interface RunningSession {
  /** The session is over and its connection closed. */
  readonly done: Promise<void>;
  /** Gives the engine `shutdown` as soon as no question is open; the session ends with the engine's farewell. */
  shutdown(): void;
  /** Drops the connection at once; the engine gets `ended`. */
  abort(): void;
  status(): SessionStatus;
}

/** An engine and its service, ready to be run over a connection: hides their types from who accepts connections. */
export type SessionStart = (connection: Connection, options: SessionOptions) => RunningSession;
