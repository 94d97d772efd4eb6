/**
 * The engine contract: what a protocol engine takes and gives.
 *
 * An engine (SMTP, LMTP, POP3, IMAP) is synchronous and touches nothing: inputs go in, effects come out, and one
 * runner (`tools/kit/net/runner`) performs the effects of all protocols. Rules both sides keep:
 *
 * - Effects are performed in order; `send` is queued and flushed when the input at hand is drained (RFC 2920 §3.1).
 * - After `ask` the engine emits nothing more from this step, and the runner gives it no `receive` and no `notify`
 *   until the `answer`. Bytes that came in the same chunk stay in the engine's own buffer and are looked at after
 *   the answer. `expired` and `ended` may come at any time.
 * - `starttls` is the last effect of its step: the engine has dropped its own buffered input, the runner drops what
 *   it holds, flushes, does the handshake and gives `secured` (RFC 3207 §4.2). A failed handshake gives `ended`.
 * - `stream` is performed to its end before the next effect; the engine needs no word of it. If the source fails
 *   the runner closes the connection, since the octets promised cannot be made good.
 * - `deadline` replaces the earlier one: when no octet arrives for `idleMs`, `expired` is given once. It does not
 *   run while a question is open or a stream is being copied.
 * - After `close` the runner flushes, closes, and gives nothing more.
 */

import type { LogFields, LogLevel } from "../base/log.ts";

/** What is known of a TLS session. */
export interface TlsInfo {
  /** As in Received: comments: `TLSv1.3`. */
  readonly protocol: string;
  /** Cipher suite by its OpenSSL name: `TLS_AES_256_GCM_SHA384`. */
  readonly cipher: string;
  /** Key length of the cipher, bits. */
  readonly bits: number;
}

/** The two ends of a connection, as the runner knows them when it comes up. */
export interface Peer {
  /** IPv4 dotted or IPv6 text without brackets; `::ffff:a.b.c.d` is given as `a.b.c.d`. */
  readonly address: string;
  readonly port: number;
  readonly localAddress: string;
  readonly localPort: number;
  /** Present when the connection began with TLS. */
  readonly tls?: TlsInfo | undefined;
}

export type Input<Answer, Notice = never> =
  | { readonly kind: "receive"; readonly bytes: Uint8Array }
  | { readonly kind: "answer"; readonly answer: Answer }
  | { readonly kind: "notify"; readonly notice: Notice }
  | { readonly kind: "secured"; readonly tls: TlsInfo }
  | { readonly kind: "expired" }
  /** The server is stopping or the service failed: say goodbye in the protocol's words, then close. */
  | { readonly kind: "shutdown"; readonly reason: "stopping" | "failure" }
  | { readonly kind: "ended" };

export type Effect<Question, Source = never> =
  | { readonly kind: "send"; readonly bytes: Uint8Array }
  | { readonly kind: "ask"; readonly question: Question }
  /** Message octets (lines ended by LF alone, dot-stuffing undone) for the sink that the last question opened. */
  | { readonly kind: "body"; readonly bytes: Uint8Array }
  /** The open sink's message is given up; nothing of it is kept. */
  | { readonly kind: "discard" }
  /** Copy a source out: `dot` stuffs dots and ends with CRLF.CRLF, `exact` copies octet by octet. */
  | { readonly kind: "stream"; readonly source: Source; readonly framing: "dot" | "exact" }
  | { readonly kind: "starttls" }
  | { readonly kind: "deadline"; readonly idleMs: number }
  | { readonly kind: "log"; readonly level: LogLevel; readonly text: string; readonly fields?: LogFields }
  /** Hold back input and the effects that follow for so long (delay after failed logins and errors). */
  | { readonly kind: "pause"; readonly ms: number }
  | { readonly kind: "close" };

export interface Engine<Question, Answer, Source = never, Notice = never> {
  /** The connection is up: greet. Called once, before any input. `nowMs` is wall-clock time. */
  open(nowMs: number): readonly Effect<Question, Source>[];
  step(input: Input<Answer, Notice>, nowMs: number): readonly Effect<Question, Source>[];
}

/**
 * The world behind one session, as the runner uses it. `ask` may throw: the runner logs it and gives the engine
 * `shutdown` with reason `failure`.
 */
export interface Service<Question, Answer, Source = never, Notice = never> {
  ask(question: Question): Promise<Answer>;
  /** Octets for the open sink; a promise holds the session's input back until it is settled. */
  body(bytes: Uint8Array): Promise<void> | void;
  discard(): void;
  /** The octets of a source, with CRLF line ends, in chunks. */
  source(source: Source): AsyncIterable<Uint8Array>;
  /** Called once at start; the service calls `notify` when something happened that the session should hear of. */
  subscribe?(notify: (notice: Notice) => void): void;
  /** The session is over, for whatever reason. */
  closed(): void;
}
