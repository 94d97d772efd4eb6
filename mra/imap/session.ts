/**
 * ImapSession: the server's side of one connection (RFC 3501), as an engine.
 *
 * | phase         | commands                            | left by                         |
 * |---------------|-------------------------------------|---------------------------------|
 * | greeted       | any, STARTTLS, AUTHENTICATE, LOGIN  | a login                         |
 * | authenticated | any, mailboxes                      | SELECT, EXAMINE                 |
 * | selected      | any, mailboxes, messages            | CLOSE, UNSELECT, a failed SELECT|
 *
 * One command runs at a time, to its end (RFC 3501 §5.5); what the client sends meanwhile waits. Every command ends
 * with a look at the selected mailbox, so that sessions see each other's changes.
 */

import type { Engine, Input, Peer, TlsInfo } from "../../tools/kit/wire/engine.ts";

import { formatCapabilities } from "./capabilities.ts";
import { dispatch } from "./dispatch.ts";
import { formatLoginEnd, formatSessionEnd } from "./log_line.ts";
import { tellChanges } from "./op/changes.ts";
import type {
  Completion,
  Counters,
  Operation,
  Proceed,
  Resume,
  Running,
  SessionContext,
  State,
  Want,
  Wanted,
} from "./op/operation.ts";
import { bad, say } from "./op/operation.ts";
import { type CommandLimits, limitsAfterLogin, limitsBeforeLogin } from "./protocol/limits.ts";
import { type PendingLiteral, type Piece, Reader, type ReaderEvent } from "./protocol/reader.ts";
import { wireBytes } from "./protocol/writer.ts";
import type { ImapAnswer, ImapEffect, ImapNotice, ImapQuestion, MessageRange } from "./question.ts";
import type { ImapSettings } from "./settings.ts";

export interface ImapSessionOptions {
  readonly peer: Peer;
  readonly settings: ImapSettings;
  /** Names the connection in the log. */
  readonly sessionId: string;
}

/** Wrong commands one after another (Dovecot: 3 in its login process, 20 after). */
const maxBadBeforeLogin = 3;
const maxBadAfterLogin = 20;

type ImapInput = Input<ImapAnswer, ImapNotice>;

export class ImapSession
  implements Engine<ImapQuestion, ImapAnswer, MessageRange, ImapNotice>, SessionContext {
  readonly settings: ImapSettings;
  readonly peer: Peer;
  readonly sessionId: string;
  readonly counters: Counters = {
    deleted: 0,
    expunged: 0,
    headerCount: 0,
    headerOctets: 0,
    bodyCount: 0,
    bodyOctets: 0,
    loginAttempts: 0,
  };
  tls: TlsInfo | undefined;
  nowMs = 0;
  tag = "";
  lastTried: SessionContext["lastTried"];
  endReason = "Connection closed";
  readonly #reader = new Reader();
  #state: State = { phase: "greeted" };
  #limits: CommandLimits = limitsBeforeLogin;
  #running: Running<void> | undefined;
  #want: Want | undefined;
  #isAsking = false;
  #isClosed = false;
  #effects: ImapEffect[] = [];
  #badCommands = 0;
  #openedMs = 0;
  #octetsIn = 0;
  #octetsOut = 0;

  constructor(options: ImapSessionOptions) {
    this.settings = options.settings;
    this.peer = options.peer;
    this.sessionId = options.sessionId;
    this.tls = options.peer.tls;
  }

  get state(): State {
    return this.#state;
  }

  set state(state: State) {
    this.#state = state;
    if (state.phase === "greeted") return;
    this.#limits = limitsAfterLogin;
    this.#reader.limits = limitsAfterLogin;
  }

  capabilities(): string {
    return formatCapabilities(this);
  }

  acceptLiteral(): void {
    this.#reader.streamLiteral();
  }

  refuseLiteral(): void {
    this.#reader.refuseLiteral();
  }

  open(nowMs: number): readonly ImapEffect[] {
    this.nowMs = this.#openedMs = nowMs;
    this.#emit({ kind: "deadline", idleMs: this.settings.loginMs });
    this.#send(`* OK [CAPABILITY ${this.capabilities()}] ${this.settings.greeting}`);
    return this.#effects.splice(0);
  }

  step(input: ImapInput, nowMs: number): readonly ImapEffect[] {
    this.nowMs = nowMs;
    if (!this.#isClosed) this.#take(input);
    return this.#effects.splice(0);
  }

  #take(input: ImapInput): void {
    switch (input.kind) {
      case "receive":
        this.#octetsIn += input.bytes.length;
        this.#reader.push(input.bytes);
        if (this.#isLate()) {
          return this.#bye("Disconnected for inactivity.", "Inactivity during authentication");
        }
        return this.#pump();
      case "answer":
        this.#isAsking = false;
        this.#resume(input.answer);
        return this.#pump();
      case "notify":
        if (this.#want?.want === "event") this.#resume({ wanted: "notice" });
        return this.#pump();
      case "secured":
        this.tls = input.tls;
        return this.#pump();
      case "expired":
        if (this.#want?.want !== "event") return this.#bye("Disconnected for inactivity.", "Inactivity");
        this.#resume({ wanted: "expired" });
        return this.#pump();
      case "shutdown":
        return input.reason === "stopping"
          ? this.#bye("Server shutting down.", "Server shutting down")
          : this.#bye("Internal error occurred. Refer to server log for more information.", "Internal error");
      case "ended":
        return this.#end();
    }
  }

  /** A client that sends an octet now and then must not hold a connection without logging in. */
  #isLate(): boolean {
    return this.#state.phase === "greeted" && this.nowMs - this.#openedMs > this.settings.loginMs;
  }

  /** Runs whatever can be run with what has come. */
  #pump(): void {
    while (!this.#isClosed && !this.#isAsking) {
      if (this.#running === undefined) {
        const event = this.#reader.next();
        if (event === undefined) return;
        this.#begin(event);
      } else {
        const given = this.#want === undefined ? undefined : this.#satisfy(this.#want);
        if (given === undefined) return;
        this.#resume(given);
      }
    }
  }

  #begin(event: ReaderEvent): void {
    switch (event.kind) {
      case "command": {
        const next = dispatch(event.pieces, this);
        if (next.kind === "run") return this.#run(next.tag, next.operation, next.proceed);
        if (next.kind === "answer") return this.#answer(next.tag, next.completion);
        throw new Error("a whole command awaits a literal");
      }
      case "literal":
        return this.#beginLiteral(event.pieces, event.literal);
      case "tooLong": {
        const tag =
          /^([^\s(){%*"\\+]+) /.exec(typeof event.pieces[0] === "string" ? event.pieces[0] : "")?.[1] ?? "*";
        return this.#answer(tag, bad("Error in IMAP command: Too long argument."));
      }
      case "octets":
        throw new Error("octets of a literal that no command wants");
    }
  }

  /** A command has come as far as a literal's announcement. */
  #beginLiteral(pieces: readonly Piece[], literal: PendingLiteral): void {
    const next = dispatch(pieces, this, literal);
    if (next.kind === "run") return this.#run(next.tag, next.operation, next.proceed);
    if (next.kind === "answer") {
      this.#reader.refuseLiteral();
      return this.#answer(next.tag, next.completion);
    }
    const octets = pieces.reduce(
      (sum, piece) => sum + (typeof piece === "string" ? 0 : piece.length),
      literal.octets,
    );
    if (octets <= this.#limits.literalOctets) {
      this.#reader.takeLiteral();
      if (literal.synchronizing) this.#send("+ OK");
      return;
    }
    this.#reader.refuseLiteral();
    // Before login nobody has reason to send so much; what follows is not waited for.
    if (this.#state.phase === "greeted") return this.#bye("Literal too large.", "Literal too large");
    this.#answer(next.tag, bad("[TOOBIG] Literal too large."));
  }

  #run(tag: string, operation: Operation, proceed: Proceed): void {
    this.tag = tag;
    this.#running = this.#perform(operation, proceed);
    this.#resume(undefined);
  }

  /** Answers a command that does not get to run. */
  #answer(tag: string, completion: Completion): void {
    this.tag = tag;
    this.#running = this.#complete(completion);
    this.#resume(undefined);
  }

  *#perform(operation: Operation, proceed: Proceed): Running<void> {
    const before = this.#state.phase;
    const completion = yield* proceed();
    if (before === "greeted" && this.#state.phase !== "greeted") {
      yield { kind: "deadline", idleMs: this.settings.idleMs };
    }
    if (!completion.untold) {
      // RFC 3501 §5.5: a command that is already here may count by sequence numbers; EXPUNGE waits for a gap.
      const mayExpunge = !operation.holdsExpunges && !this.#reader.hasMore;
      const expunge = operation.expunges === true || mayExpunge;
      yield* tellChanges(this, { expunge, withUid: operation.name.startsWith("UID ") });
    }
    yield* this.#complete(completion);
  }

  *#complete(completion: Completion): Running<void> {
    yield* say(`${this.tag} ${completion.status} ${completion.text}`);
    this.#badCommands = completion.status === "BAD" ? this.#badCommands + 1 : 0;
    if (completion.starttls) {
      this.#reader.drop();
      yield { kind: "starttls" };
    }
    if (completion.close) yield { kind: "close" };
    const most = this.#state.phase === "greeted" ? maxBadBeforeLogin : maxBadAfterLogin;
    if (this.#badCommands < most) return;
    this.endReason = "Too many invalid IMAP commands";
    yield* say("* BYE Too many invalid IMAP commands.");
    yield { kind: "close" };
  }

  /** Runs the command on until it asks, wants, closes or is done. */
  #resume(value: Resume): void {
    const running = this.#running;
    if (running === undefined) throw new Error("no command is running");
    this.#want = undefined;
    let next = running.next(value);
    while (!next.done) {
      const yielded = next.value;
      if ("want" in yielded) {
        this.#want = yielded;
        return;
      }
      if (yielded.kind === "close") return this.#end();
      this.#emit(yielded);
      if (yielded.kind === "ask") {
        this.#isAsking = true;
        return;
      }
      next = running.next(undefined);
    }
    this.#running = undefined;
  }

  /** What the running command wants, if it has come. */
  #satisfy({ want }: Want): Wanted | undefined {
    if (want === "line" || want === "event") {
      const line = this.#reader.nextLine();
      if (line?.kind === "tooLong") this.#bye("Input line too long.", "Input line too long");
      return line?.kind === "line" ? { wanted: "line", text: line.text } : undefined;
    }
    const event = this.#reader.next();
    if (event === undefined) return undefined;
    if (want === "octets") {
      if (event.kind !== "octets") throw new Error("the message was not announced");
      return { wanted: "octets", bytes: event.bytes, last: event.last };
    }
    if (event.kind === "literal") this.#reader.refuseLiteral();
    return { wanted: "rest", clean: event.kind === "command" && event.pieces.join("").trim() === "" };
  }

  #emit(effect: ImapEffect): void {
    if (effect.kind === "send") this.#octetsOut += effect.bytes.length;
    if (effect.kind === "stream") this.#octetsOut += effect.source.length;
    this.#effects.push(effect);
  }

  #send(text: string): void {
    this.#emit({ kind: "send", bytes: wireBytes(`${text}\r\n`) });
  }

  #bye(text: string, reason: string): void {
    this.endReason = reason;
    this.#send(`* BYE ${text}`);
    this.#end();
  }

  #end(): void {
    this.#isClosed = true;
    this.#running?.return();
    this.#running = undefined;
    this.#emit({ kind: "log", level: "info", text: this.#formatEnd() });
    this.#emit({ kind: "close" });
  }

  #formatEnd(): string {
    const state = this.#state;
    if (state.phase === "greeted") {
      const seconds = Math.max(0, Math.round((this.nowMs - this.#openedMs) / 1000));
      return formatLoginEnd(this, { reason: this.endReason, seconds });
    }
    const who = { user: state.user, sessionId: this.sessionId, reason: this.endReason };
    return formatSessionEnd(who, this.counters, { octetsIn: this.#octetsIn, octetsOut: this.#octetsOut });
  }
}
