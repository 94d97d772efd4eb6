/**
 * The runner: performs the effects of any protocol engine over any connection (the contract is in `wire/engine.ts`).
 *
 * One loop a session: take an input, give it to the engine, perform the effects in order. Nothing is read while it
 * works, so a slow service or a slow reader holds its own peer back and nobody else.
 *
 * What is promised beyond the contract:
 * - Replies of one input go out in one write; those to pipelined commands too, unless a question keeps them for more
 *   than `holdBackMs`.
 * - A failed write is `ended` for the engine, at the latest before its next question.
 * - `shutdown` waits for the answer to an open question, and takes the place of the next one.
 * - An error in the engine or the service ends this session only: it is logged, the engine gets `shutdown` with reason
 *   `failure` once, its farewell is sent, the connection is closed.
 */

import type { Clock } from "../base/clock.ts";
import { failureText } from "../base/failure.ts";
import type { Log } from "../base/log.ts";
import { DotStuffer } from "../wire/dot_stuffing.ts";
import type { Effect, Engine, Input, Service, TlsInfo } from "../wire/engine.ts";

import type { Connection } from "./connection.ts";
import { Inlet } from "./inlet.ts";
import { Outlet } from "./outlet.ts";
import type {
  RunningSession,
  SessionLimits,
  SessionOptions,
  SessionStart,
  SessionState,
  SessionStatus,
} from "./session.ts";
import { defaultSessionLimits } from "./session.ts";
import type { Limit } from "./ticker.ts";

/** Runs a session to its end; never throws. */
export function runSession<Question, Answer, Source = never, Notice = never>(
  connection: Connection,
  engine: Engine<Question, Answer, Source, Notice>,
  service: Service<Question, Answer, Source, Notice>,
  options: SessionOptions,
): RunningSession {
  return new SessionRunner(connection, engine, service, options);
}

/** Pairs an engine with the world behind it, for `Server`. */
export function startSession<Question, Answer, Source = never, Notice = never>(
  engine: Engine<Question, Answer, Source, Notice>,
  service: Service<Question, Answer, Source, Notice>,
): SessionStart {
  return (connection, options) => runSession(connection, engine, service, options);
}

class SessionRunner<Question, Answer, Source, Notice> implements RunningSession {
  readonly done: Promise<void>;
  #finish: () => void = () => {};
  readonly #connection: Connection;
  readonly #engine: Engine<Question, Answer, Source, Notice>;
  readonly #service: Service<Question, Answer, Source, Notice>;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #acceptor: SessionOptions["tls"];
  readonly #limits: SessionLimits;
  readonly #limit: Limit;
  readonly #inlet: Inlet<Answer, Notice>;
  readonly #outlet: Outlet;
  readonly #startedMs: number;
  readonly #hears: boolean;

  #state: SessionState = "working";
  #tls: TlsInfo | undefined;
  #stopping = false;
  /** The engine has been given its last input: the loop ends after its effects. */
  #last = false;
  /** `close` was performed, or the session was aborted: no effect counts any more. */
  #over = false;
  #serviceClosed = false;

  constructor(
    connection: Connection,
    engine: Engine<Question, Answer, Source, Notice>,
    service: Service<Question, Answer, Source, Notice>,
    options: SessionOptions,
  ) {
    this.#connection = connection;
    this.#engine = engine;
    this.#service = service;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#acceptor = options.tls;
    this.#limits = { ...defaultSessionLimits, ...options.limits };
    this.#limit = options.ticker.limit();
    this.#outlet = new Outlet(connection, options.clock, this.#limit, this.#limits.writeMs);
    this.#inlet = new Inlet(connection, options.clock, this.#limit, () => {
      this.#outlet.break();
      connection.abort();
    });
    this.#startedMs = options.clock.now();
    this.#hears = options.hearsWhileStreaming === true;
    this.done = new Promise((resolve) => {
      this.#finish = resolve;
    });
    this.#run();
  }

  shutdown(): void {
    this.#stopping = true;
    this.#inlet.wake();
  }

  abort(): void {
    if (this.#serviceClosed) return this.#connection.abort();
    this.#outlet.break();
    this.#connection.abort();
    try {
      if (!this.#last) this.#performLast(this.#lastStep({ kind: "ended" }));
    } catch (thrown) {
      this.#logFailure("session failed while ending", thrown);
    }
    this.#over = true;
    this.#limit.clear();
    this.#closeService();
    this.#inlet.wake();
    // An open question may never be answered; nobody waits for it.
    this.#finish();
  }

  status(): SessionStatus {
    return {
      peer: this.#connection.peer,
      state: this.#state,
      tls: this.#tls,
      octetsIn: this.#inlet.octets,
      octetsOut: this.#outlet.octets,
      startedMs: this.#startedMs,
    };
  }

  async #run(): Promise<void> {
    try {
      this.#service.subscribe?.((notice) => {
        if (!this.#over && !this.#last) this.#inlet.push({ kind: "notify", notice });
      });
      await this.#perform(this.#engine.open(this.#clock.now()));
      while (!this.#over && !this.#last) await this.#perform(this.#step(await this.#nextInput()));
    } catch (thrown) {
      await this.#fail(thrown);
    }
    await this.#outlet.flush();
    this.#over = true;
    this.#limit.clear();
    this.#closeService();
    if (this.#outlet.isBroken) this.#connection.abort();
    else await this.#connection.close();
    this.#state = "closed";
    this.#finish();
  }

  /** The engine or the service is at fault: farewell once, then no more. */
  async #fail(thrown: unknown): Promise<void> {
    if (this.#over) return;
    this.#logFailure("session failed", thrown);
    if (this.#last) return;
    try {
      await this.#perform(this.#lastStep({ kind: "shutdown", reason: "failure" }));
    } catch (again) {
      this.#logFailure("session failed while ending", again);
    }
  }

  #step(input: Input<Answer, Notice>): readonly Effect<Question, Source>[] {
    if (this.#over) return [];
    if (input.kind === "ended" || input.kind === "shutdown") return this.#lastStep(input);
    return this.#engine.step(input, this.#clock.now());
  }

  #lastStep(input: Input<Answer, Notice>): readonly Effect<Question, Source>[] {
    this.#last = true;
    return this.#engine.step(input, this.#clock.now());
  }

  /** What the engine gets next; replies are flushed when there is nothing at hand. */
  async #nextInput(): Promise<Input<Answer, Notice>> {
    for (;;) {
      if (this.#outlet.isBroken && !this.#mayHearMore) {
        return { kind: this.#hears && this.#outlet.isLate ? "expired" : "ended" };
      }
      if (this.#stopping) return { kind: "shutdown", reason: "stopping" };
      const input = this.#inlet.take();
      if (input !== undefined) {
        this.#state = "working";
        return input;
      }
      if (this.#outlet.isEmpty) {
        this.#state = "waiting";
        await this.#inlet.wait();
      } else {
        await this.#during("writing", this.#outlet.flush());
      }
    }
  }

  /** The peer may have said something before it broke off. */
  get #mayHearMore(): boolean {
    return this.#hears && (this.#inlet.hasInput || !this.#inlet.isBroken);
  }

  async #perform(effects: readonly Effect<Question, Source>[]): Promise<void> {
    let todo = effects;
    for (let index = 0; index < todo.length && !this.#over; index++) {
      const effect = todo[index]!;
      switch (effect.kind) {
        case "send":
          this.#outlet.push(effect.bytes);
          if (this.#outlet.pendingOctets > this.#limits.maxPendingOctets) await this.#outlet.flush();
          break;
        case "ask":
          // After its last input an engine has nothing left to ask.
          todo = this.#last ? [] : await this.#ask(effect.question);
          index = -1;
          break;
        case "body": {
          const taken = this.#service.body(effect.bytes);
          if (taken !== undefined) await this.#during("asking", taken);
          break;
        }
        case "stream":
          await this.#stream(effect.source, effect.framing);
          break;
        case "starttls":
          todo = await this.#startTls();
          index = -1;
          break;
        case "pause":
          await this.#pause(effect.ms);
          break;
        case "close":
          await this.#outlet.flush();
          this.#over = true;
          break;
        default:
          this.#performNow(effect);
      }
    }
  }

  /** Effects that take no time. */
  #performNow(effect: Effect<Question, Source>): void {
    switch (effect.kind) {
      case "deadline":
        this.#inlet.setPatience(effect.idleMs);
        break;
      case "discard":
        this.#service.discard();
        break;
      case "log":
        this.#log.write(effect.level, effect.text, effect.fields);
        break;
    }
  }

  /** The connection is gone: of the engine's last words only the log and the giving up of a message count. */
  #performLast(effects: readonly Effect<Question, Source>[]): void {
    for (const effect of effects) this.#performNow(effect);
  }

  /** Work during which the peer's silence does not count. */
  async #during<T>(state: SessionState, work: Promise<T>): Promise<T> {
    this.#state = state;
    const sinceMs = this.#clock.monotonic();
    try {
      return await work;
    } finally {
      this.#state = "working";
      this.#inlet.extendPatience(this.#clock.monotonic() - sinceMs);
    }
  }

  async #ask(question: Question): Promise<readonly Effect<Question, Source>[]> {
    if (this.#outlet.isBroken) return this.#step({ kind: "ended" });
    if (this.#stopping) return this.#step({ kind: "shutdown", reason: "stopping" });
    const cancelFlush = this.#outlet.flushAfter(this.#limits.holdBackMs);
    let answer: Answer;
    try {
      answer = await this.#during("asking", this.#service.ask(question));
    } finally {
      cancelFlush();
    }
    return this.#step({ kind: "answer", answer });
  }

  async #stream(source: Source, framing: "dot" | "exact"): Promise<void> {
    if (this.#outlet.isBroken) return;
    try {
      await this.#during("streaming", this.#copy(source, framing));
    } catch (thrown) {
      this.#logFailure("cannot read what was to be sent", thrown);
      this.#outlet.break();
      if (this.#hears) this.#connection.abort();
    }
  }

  async #copy(source: Source, framing: "dot" | "exact"): Promise<void> {
    const stuffer = framing === "dot" ? new DotStuffer() : undefined;
    if (this.#hears) this.#inlet.listen();
    for await (const chunk of this.#service.source(source)) {
      if (this.#hears && this.#inlet.hasInput) return;
      this.#outlet.push(stuffer?.push(chunk) ?? chunk);
      if (this.#outlet.pendingOctets > this.#limits.maxPendingOctets) await this.#outlet.flush();
      if (this.#outlet.isBroken || this.#over) return;
    }
    if (stuffer !== undefined) this.#outlet.push(stuffer.finish());
  }

  async #startTls(): Promise<readonly Effect<Question, Source>[]> {
    // What came in plain text behind the command must not be taken for something said inside TLS (RFC 3207 §4.2).
    this.#inlet.dropReceived();
    await this.#outlet.flush();
    const acceptor = this.#acceptor?.();
    if (acceptor === undefined || this.#outlet.isBroken) return this.#step({ kind: "ended" });
    try {
      const upgrading = this.#connection.upgrade(acceptor, { limitMs: this.#limits.handshakeMs });
      this.#tls = await this.#during("handshake", upgrading);
    } catch (thrown) {
      const { address } = this.#connection.peer;
      if (!this.#over) {
        this.#log.write("info", `TLS handshake with ${address} failed: ${failureText(thrown)}`);
      }
      this.#outlet.break();
      return this.#step({ kind: "ended" });
    }
    return this.#step({ kind: "secured", tls: this.#tls });
  }

  async #pause(ms: number): Promise<void> {
    await this.#outlet.flush();
    if (this.#stopping || this.#over || this.#outlet.isBroken) return;
    await this.#during("paused", this.#inlet.pause(ms));
  }

  #closeService(): void {
    if (this.#serviceClosed) return;
    this.#serviceClosed = true;
    try {
      this.#service.closed();
    } catch (thrown) {
      this.#logFailure("cannot end the session's service", thrown);
    }
  }

  #logFailure(what: string, thrown: unknown): void {
    this.#log.write("error", `${what}: ${failureText(thrown)}`, {
      peer: this.#connection.peer.address,
      stack: thrown instanceof Error ? thrown.stack : undefined,
    });
  }
}
