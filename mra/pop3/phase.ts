/** The two phases of a POP3 session, before and after the login (RFC 1939 §4, §5), as the session sees them. */

import type { Bytes } from "../../tools/kit/base/bytes.ts";
import type { LogLevel } from "../../tools/kit/base/log.ts";
import { isLoopback } from "../../tools/kit/mail/ip.ts";
import type { Peer, TlsInfo } from "../../tools/kit/wire/engine.ts";

import { parseCommand } from "./command.ts";
import type { Pop3Answer, Pop3Question, Pop3Source } from "./question.ts";
import { formatError } from "./response.ts";
import type { Pop3Settings } from "./settings.ts";

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

/** A connection within this machine: nobody between its ends can listen. */
export function isLocal({ peer }: Connection): boolean {
  return isLoopback(peer.address) && isLoopback(peer.localAddress);
}

/** `rip=..., lip=..., TLS, session=<...>`, as Dovecot ends its login lines. */
export function connectionWords(connection: Connection): string {
  const { peer, tls, sessionId } = connection;
  const security = tls !== undefined ? ", TLS" : isLocal(connection) ? ", secured" : "";
  return `rip=${peer.address}, lip=${peer.localAddress}${security}, session=<${sessionId}>`;
}
