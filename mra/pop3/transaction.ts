/**
 * After the login (RFC 1939 §5 TRANSACTION state), and what QUIT does then (§6 UPDATE state): messages marked by DELE
 * are removed only by QUIT, and success is claimed only after the store has done it. A session that ends in any other
 * way removes nothing.
 */

import type { Parsed } from "./command.ts";
import { maxCommandOctets, parseMessageNumber, parseTop } from "./command.ts";
import type { Maildrop } from "./maildrop.ts";
import { handleCommand, type Handlers, type Phase, type Turn } from "./phase.ts";
import type { MessageSource, Pop3Answer } from "./question.ts";
import { capabilityLines, formatError, formatMultiline, formatOk, listingChunks } from "./response.ts";
import type { Pop3Settings } from "./settings.ts";

/** What was asked and is not answered yet. */
type Open =
  | { readonly kind: "retrieve"; readonly number: number; readonly source: MessageSource }
  | { readonly kind: "copied"; readonly source: MessageSource | undefined }
  | { readonly kind: "update" };

export class Transaction implements Phase {
  readonly maxLineOctets = maxCommandOctets;
  readonly #user: string;
  readonly #maildrop: Maildrop;
  #open: Open | undefined;
  /** For the log, as Dovecot counts: how many, and their octets. */
  readonly #sent = { top: 0, topOctets: 0, retr: 0, retrOctets: 0 };
  #removed = 0;

  readonly #handlers: Handlers = {
    CAPA: (_, turn) => this.#capa(turn), // RFC 2449 §5
    STAT: (_, turn) => this.#stat(turn), // RFC 1939 §5
    LIST: (argument, turn) => this.#list(argument, turn), // RFC 1939 §5
    UIDL: (argument, turn) => this.#uidl(argument, turn), // RFC 1939 §7
    RETR: (argument, turn) => this.#retr(argument, turn), // RFC 1939 §5
    TOP: (argument, turn) => this.#top(argument, turn), // RFC 1939 §7
    DELE: (argument, turn) => this.#dele(argument, turn), // RFC 1939 §5
    RSET: (_, turn) => this.#rset(turn), // RFC 1939 §5
    NOOP: (_, turn) => turn.send(formatOk()), // RFC 1939 §5
    LAST: (_, turn) => turn.send(formatError("LAST command not enabled")), // RFC 1460 §5, withdrawn
    QUIT: (_, turn) => this.#quit(turn), // RFC 1939 §6
  };

  constructor(user: string, maildrop: Maildrop) {
    this.#user = user;
    this.#maildrop = maildrop;
  }

  idleMs(settings: Pop3Settings): number {
    return settings.idleMs;
  }

  maxBadCommands(settings: Pop3Settings): number {
    return settings.maxBadCommands;
  }

  line(line: Uint8Array, turn: Turn): boolean {
    return handleCommand(line, this.#handlers, turn);
  }

  answer(answer: Pop3Answer, turn: Turn): void {
    const open = this.#open;
    this.#open = undefined;
    switch (open?.kind) {
      case "retrieve":
        return this.#retrieved(open.number, open.source, answer, turn);
      case "copied":
        if (answer.kind === "copied") this.#countCopied(open.source, answer.octets);
        return;
      case "update":
        return this.#updated(answer, turn);
      case undefined:
        throw new Error(`answer ${answer.kind} without a question`);
      default:
        open satisfies never;
    }
  }

  farewell(reason: string, turn: Turn): string {
    const { top, topOctets, retr, retrOctets } = this.#sent;
    const { count, totalOctets } = this.#maildrop;
    const { sessionId } = turn.connection;
    return `pop3(${this.#user})<${sessionId}>: Disconnected: ${reason} top=${top}/${topOctets}, retr=${retr}/${retrOctets}, ` +
      `del=${this.#removed}/${count}, size=${totalOctets}`;
  }

  #capa(turn: Turn): void {
    const offer = { loggedIn: true, stls: false, cleartext: false, mechanisms: [] };
    turn.send(formatMultiline("+OK", capabilityLines(offer)));
  }

  #stat(turn: Turn): void {
    const { count, octets } = this.#maildrop.remaining;
    turn.send(formatOk(`${count} ${octets}`));
  }

  #list(argument: string, turn: Turn): void {
    const size = (number: number) => `${number} ${this.#maildrop.octets(number)}`;
    if (argument.trim() === "") {
      return this.#listAll(formatOk(`${this.#maildrop.remaining.count} messages:`), size, turn);
    }
    const number = this.#message(parseMessageNumber(argument), turn);
    if (number !== undefined) turn.send(formatOk(size(number)));
  }

  #uidl(argument: string, turn: Turn): void {
    const id = (number: number) => `${number} ${this.#maildrop.uniqueId(number)}`;
    if (argument.trim() === "") return this.#listAll(formatOk(), id, turn);
    const number = this.#message(parseMessageNumber(argument), turn);
    if (number !== undefined) turn.send(formatOk(id(number)));
  }

  #listAll(first: ReturnType<typeof formatOk>, line: (number: number) => string, turn: Turn): void {
    const maildrop = this.#maildrop;
    turn.send(first);
    turn.stream({
      kind: "listing",
      chunks: listingChunks(
        maildrop.count,
        (number) => maildrop.isDeleted(number) ? undefined : line(number),
      ),
    });
    this.#askCopied(undefined, turn);
  }

  #retr(argument: string, turn: Turn): void {
    const number = this.#message(parseMessageNumber(argument), turn);
    if (number !== undefined) this.#retrieve(number, undefined, turn);
  }

  #top(argument: string, turn: Turn): void {
    const parsed = parseTop(argument);
    const number = this.#message(parsed.ok ? { ok: true, value: parsed.value.number } : parsed, turn);
    if (number !== undefined && parsed.ok) this.#retrieve(number, parsed.value.lines, turn);
  }

  #retrieve(number: number, bodyLines: number | undefined, turn: Turn): void {
    const maildrop = this.#maildrop;
    const source: MessageSource = {
      kind: "message",
      uid: maildrop.uid(number),
      octets: maildrop.octets(number),
      bodyLines,
    };
    this.#open = { kind: "retrieve", number, source };
    turn.ask({ kind: "retrieve", source });
  }

  #retrieved(number: number, source: MessageSource, answer: Pop3Answer, turn: Turn): void {
    if (answer.kind === "gone") {
      return turn.send(formatError(`Message ${number} was deleted by another session.`));
    }
    if (answer.kind === "failed") return turn.send(formatError(answer.text, "SYS/TEMP"));
    turn.send(formatOk(source.bodyLines === undefined ? `${source.octets} octets` : ""));
    turn.stream(source);
    this.#askCopied(source, turn);
  }

  #askCopied(source: MessageSource | undefined, turn: Turn): void {
    this.#open = { kind: "copied", source };
    turn.ask({ kind: "copied" });
  }

  #countCopied(source: MessageSource | undefined, octets: number): void {
    if (source === undefined) return;
    if (source.bodyLines === undefined) {
      this.#sent.retr++;
      this.#sent.retrOctets += octets;
    } else {
      this.#sent.top++;
      this.#sent.topOctets += octets;
    }
  }

  #dele(argument: string, turn: Turn): void {
    const number = this.#message(parseMessageNumber(argument), turn);
    if (number === undefined) return;
    this.#maildrop.delete(number);
    turn.send(formatOk("Marked to be deleted."));
  }

  #rset(turn: Turn): void {
    this.#maildrop.reset();
    turn.send(formatOk());
  }

  #quit(turn: Turn): void {
    this.#open = { kind: "update" };
    turn.ask({ kind: "update", remove: this.#maildrop.deletedUids() });
  }

  #updated(answer: Pop3Answer, turn: Turn): void {
    const { deletedCount } = this.#maildrop;
    if (answer.kind === "failed") {
      turn.send(formatError(answer.text, "SYS/TEMP"));
      return turn.close("Storage error during logout");
    }
    this.#removed = deletedCount;
    turn.send(formatOk(deletedCount > 0 ? "Logging out, messages deleted." : "Logging out."));
    turn.close("Logged out");
  }

  /** The number of a message that is there and not marked; otherwise says what is wrong. */
  #message(parsed: Parsed<number>, turn: Turn): number | undefined {
    const problem = !parsed.ok
      ? parsed.text
      : !this.#maildrop.has(parsed.value)
      ? `There's no message ${parsed.value}.`
      : this.#maildrop.isDeleted(parsed.value)
      ? "Message is deleted."
      : undefined;
    if (problem === undefined && parsed.ok) return parsed.value;
    turn.send(formatError(problem ?? ""));
    return undefined;
  }
}
