/**
 * Operation: a command of IMAP as a row of the table in `table.ts`.
 *
 * `check` reads the arguments, pure and at once; what it gives, proceeds: a generator that yields effects, questions to
 * the service and wants of the client, and ends with the tagged response. The session drives it; nothing in it waits by
 * itself, so an engine of generators is still a function from inputs to effects.
 */

import type { Peer, TlsInfo } from "../../../tools/kit/wire/engine.ts";

import type { MailboxErrorCode } from "../../../store/account.ts";

import type { Cursor } from "../protocol/cursor.ts";
import type { PendingLiteral } from "../protocol/reader.ts";
import { wireBytes } from "../protocol/writer.ts";
import type { AnswerTo, ImapAnswer, ImapEffect, ImapQuestion } from "../question.ts";
import type { ImapSettings } from "../settings.ts";
import type { View } from "../view.ts";

/** Where a session is (RFC 3501 §3); a view exists only where a mailbox is selected. */
export type State =
  | { readonly phase: "greeted" }
  | { readonly phase: "authenticated"; readonly user: string }
  | { readonly phase: "selected"; readonly user: string; readonly name: string; readonly view: View };

export type Phase = State["phase"];

/** What an operation needs from the client beyond its command. */
export type Want =
  /** A line as it is: an answer to a challenge. */
  | { readonly want: "line" }
  /** A line, a notice or the end of `notifyMs`: IDLE. */
  | { readonly want: "event" }
  /** The next octets of the literal that the command announced. */
  | { readonly want: "octets" }
  /** The end of a command whose literal was streamed. */
  | { readonly want: "rest" };

export type Wanted =
  | { readonly wanted: "line"; readonly text: string }
  | { readonly wanted: "notice" }
  | { readonly wanted: "expired" }
  | { readonly wanted: "octets"; readonly bytes: Uint8Array; readonly last: boolean }
  /** `clean` when nothing but the line's end came. */
  | { readonly wanted: "rest"; readonly clean: boolean };

export type Resume = ImapAnswer | Wanted | undefined;
export type Running<T> = Generator<ImapEffect | Want, T, Resume>;

/** The tagged response (RFC 3501 §7.1): `OK Store completed.` */
export interface Completion {
  readonly status: "OK" | "NO" | "BAD";
  /** With its response code, if any. */
  readonly text: string;
  /** Nothing is told of the mailbox before it. */
  readonly untold?: boolean;
  /** The connection ends after it. */
  readonly close?: boolean;
  /** TLS begins after it. */
  readonly starttls?: boolean;
}

/** The session as its operations see it. */
export interface SessionContext {
  state: State;
  readonly settings: ImapSettings;
  readonly peer: Peer;
  readonly tls: TlsInfo | undefined;
  /** Wall-clock time of this step. */
  readonly nowMs: number;
  readonly tag: string;
  /** Names this connection in the log. */
  readonly sessionId: string;
  capabilities(): string;
  /** Why the connection ends, for the log. */
  endReason: string;
  /** What this session sent and took away, for its last log line. */
  readonly counters: Counters;
  /** Who the last failed login was for, for the log. */
  lastTried: { readonly user: string; readonly mechanism: string } | undefined;
  /** The message that ends a command so far: its octets will be wanted, or the command is given up. */
  acceptLiteral(): void;
  refuseLiteral(): void;
}

export interface Counters {
  deleted: number;
  expunged: number;
  headerCount: number;
  headerOctets: number;
  bodyCount: number;
  bodyOctets: number;
  loginAttempts: number;
}

export type Proceed = () => Running<Completion>;

export interface Operation {
  readonly name: string;
  readonly phases: readonly Phase[];
  /** Numbers of its arguments or answers are sequence numbers: EXPUNGE must wait (RFC 3501 §7.4.1). */
  readonly holdsExpunges?: boolean;
  /** Tells its own EXPUNGEs, whatever the client has sent meanwhile. */
  readonly expunges?: boolean;
  /** Its last literal is a message, for streaming: `check` may be called before that has come. */
  readonly takesMessage?: boolean;
  /** @throws BadSyntax, AwaitsLiteral */
  check(cursor: Cursor, session: SessionContext): Proceed;
}

export const anywhere: readonly Phase[] = ["greeted", "authenticated", "selected"];
/** Phases of commands that need a login, and of those that need a mailbox. */
export const loggedIn: readonly Phase[] = ["authenticated", "selected"];
export const selected: readonly Phase[] = ["selected"];

export function ok(text: string): Completion {
  return { status: "OK", text };
}

export function no(text: string): Completion {
  return { status: "NO", text };
}

export function bad(text: string): Completion {
  return { status: "BAD", text };
}

/** Sends a line, or several with CRLF between; octet text. */
export function* say(text: string): Running<void> {
  yield { kind: "send", bytes: wireBytes(`${text}\r\n`) };
}

/** Asks the service. */
export function* ask<Question extends ImapQuestion>(question: Question): Running<AnswerTo<Question["kind"]>> {
  const answer = yield { kind: "ask", question };
  if (answer === undefined || !isAnswerTo(answer, question)) throw new Error(`no answer to ${question.kind}`);
  return answer;
}

function isAnswerTo<Question extends ImapQuestion>(
  answer: ImapAnswer | Wanted,
  question: Question,
): answer is AnswerTo<Question["kind"]> {
  return "kind" in answer && answer.kind === question.kind;
}

/** Gets something from the client. */
export function* want<Kind extends Wanted["wanted"]>(
  what: Want,
  ...kinds: readonly Kind[]
): Running<Extract<Wanted, { readonly wanted: Kind }>> {
  const given = yield what;
  if (given === undefined || !isWanted(given, kinds)) throw new Error(`no ${what.want} was given`);
  return given;
}

function isWanted<Kind extends Wanted["wanted"]>(
  given: ImapAnswer | Wanted,
  kinds: readonly Kind[],
): given is Extract<Wanted, { readonly wanted: Kind }> {
  return "wanted" in given && kinds.some((kind) => kind === given.wanted);
}

export type { PendingLiteral };

const codes: Readonly<Record<MailboxErrorCode, string>> = {
  nonexistent: "NONEXISTENT",
  alreadyExists: "ALREADYEXISTS",
  cannot: "CANNOT",
  noPermission: "NOPERM",
  overQuota: "OVERQUOTA",
  inUse: "INUSE",
  expunged: "EXPUNGEISSUED",
  unavailable: "UNAVAILABLE",
};

/** A request on mailboxes that could not be done (RFC 5530 response codes). */
export interface MailboxProblem {
  readonly code: MailboxErrorCode;
  readonly text: string;
}

/** The `NO` for a problem; `wireName` is the mailbox it is about, `creatable` says that CREATE would help (§7.1 TRYCREATE). */
export function refuse(
  problem: MailboxProblem,
  options: { readonly wireName?: string; readonly creatable?: boolean } = {},
): Completion {
  const { wireName, creatable } = options;
  switch (problem.code) {
    case "nonexistent":
      if (wireName === undefined) break;
      return no(`[${creatable ? "TRYCREATE" : "NONEXISTENT"}] Mailbox doesn't exist: ${printable(wireName)}`);
    case "alreadyExists":
      return no("[ALREADYEXISTS] Mailbox already exists");
    case "noPermission":
      return no("[NOPERM] Permission denied");
    case "overQuota":
      return no("[OVERQUOTA] Quota exceeded (mailbox for user is full)");
    case "expunged":
      return no("[EXPUNGEISSUED] Some of the requested messages no longer exist");
    default:
      break;
  }
  return no(`[${codes[problem.code]}] ${printable(problem.text)}`);
}

/** What a response line may hold of a text that came from elsewhere. */
export function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, "?").slice(0, 400);
}
