/** The two phases of a POP3 session, before and after the login (RFC 1939 §4, §5), as the session sees them. */

import type { Bytes } from "../../tools/kit/base/bytes.ts";
import type { LogLevel } from "../../tools/kit/base/log.ts";
import type { Peer, TlsInfo } from "../../tools/kit/wire/engine.ts";

import { parseCommand } from "./command.ts";
import type { Pop3Answer, Pop3Question, Pop3Source } from "./question.ts";
import { formatError } from "./response.ts";

/** What a phase may do in its turn; effects come out in the order of calls. */
export interface Turn {
  /** Wall-clock time. */
  readonly nowMs: number;
  readonly settings: Pop3Settings;
  readonly connection: Connection;
  send(bytes: Bytes): void;
  /** Ends the turn: the answer comes to the phase that is in charge then. */
  ask(question: Pop3Question): void;
  stream(source: Pop3Source): void;
  pause(ms: number): void;
  /** Ends the turn; input at hand is dropped. */
  startTls(): void;
  /** The next line goes to `phase`. */
  enter(phase: Phase): void;
  log(level: LogLevel, text: string): void;
  /** Says why in the log and closes. */
  close(reason: string): void;
}

/** The commands of a phase by keyword. */
export type Handlers = Readonly<Record<string, (argument: string, turn: Turn) => void>>;

/** Lets the command on the line be handled. @returns false when it is none of `handlers`, after saying so */
export function handleCommand(line: Uint8Array, handlers: Handlers, turn: Turn): boolean {
  const command = parseCommand(line);
  const handler = command !== undefined && Object.hasOwn(handlers, command.keyword)
    ? handlers[command.keyword]
    : undefined;
  if (command === undefined || handler === undefined) {
    turn.send(formatError("Unknown command."));
    return false;
  }
  handler(command.argument, turn);
  return true;
}

export interface Phase {
  /** Octets the next line may have. */
  readonly maxLineOctets: number;
  /** How long the peer may be silent. */
  idleMs(settings: Pop3Settings): number;
  /** So many bad commands in a row are answered; the next ends the session. */
  maxBadCommands(settings: Pop3Settings): number;
  /** @returns false when it was no command of this phase. */
  line(line: Uint8Array, turn: Turn): boolean;
  answer(answer: Pop3Answer, turn: Turn): void;
  /** Line for the log at the session's end. */
  farewell(reason: string, turn: Turn): string;
}

/** What is known of the connection; `tls` from its start or since STLS. */
export interface Connection {
  readonly peer: Peer;
  readonly tls: TlsInfo | undefined;
  /** For the log. */
  readonly sessionId: string;
  /** When the connection came up. */
  readonly openedMs: number;
}

export interface Pop3Settings {
  /** Text after `+OK ` in the greeting. */
  readonly greeting: string;
  /** Passwords may be shown also on an unprotected connection (Dovecot auth_allow_cleartext). */
  readonly allowCleartext: boolean;
  /** Also between two ends on this machine (Dovecot holds such a connection for secured). */
  readonly allowCleartextOnLoopback: boolean;
  /** SASL mechanisms offered, by name; without regard to case. */
  readonly mechanisms: readonly string[];
  /** There is a certificate. */
  readonly offerStls: boolean;
  /** RFC 1939 §3: at least 10 minutes. */
  readonly idleMs: number;
  /** Before the login. Deviation: RFC 1939 §3: shorter than 10 minutes, as Dovecot has it, against idle strangers. */
  readonly loginIdleMs: number;
  /** Pause before the answer to a failed login (Dovecot auth_failure_delay). */
  readonly failureDelayMs: number;
  /** So many failed logins on one connection end it. */
  readonly maxFailedLogins: number;
  readonly maxBadCommands: number;
  readonly maxBadCommandsBeforeLogin: number;
}

export const defaultPop3Settings: Pop3Settings = {
  greeting: "mailsrv ready.",
  allowCleartext: false,
  allowCleartextOnLoopback: true,
  mechanisms: ["PLAIN", "LOGIN"],
  offerStls: true,
  idleMs: 600_000,
  loginIdleMs: 180_000,
  failureDelayMs: 2000,
  maxFailedLogins: 10,
  maxBadCommands: 20,
  maxBadCommandsBeforeLogin: 10,
};

/** A connection within this machine: nobody between its ends can listen. */
export function isLocal({ peer }: Connection): boolean {
  return isLoopback(peer.address) && isLoopback(peer.localAddress);
}

function isLoopback(address: string): boolean {
  return address.startsWith("127.") || address === "::1";
}

/** `rip=..., lip=..., TLS, session=<...>`, as Dovecot ends its login lines. */
export function connectionWords(connection: Connection): string {
  const { peer, tls, sessionId } = connection;
  const security = tls !== undefined ? ", TLS" : isLocal(connection) ? ", secured" : "";
  return `rip=${peer.address}, lip=${peer.localAddress}${security}, session=<${sessionId}>`;
}
