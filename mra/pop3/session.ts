/**
 * A POP3 session, the server's side (RFC 1939): an engine without I/O. It cuts the input into lines, gives each to the
 * phase in charge (`authorization.ts`, `transaction.ts`), and turns what the phase does into effects.
 *
 * Between `ask` and `answer` no line is looked at; so responses keep the order of commands (RFC 2449 §6.6 PIPELINING),
 * and at most one message or listing is on its way at a time.
 */

import type { Effect, Engine, Input, Peer, TlsInfo } from "../../tools/kit/wire/engine.ts";
import { LineReader } from "../../tools/kit/wire/line_reader.ts";

import { Authorization } from "./authorization.ts";
import { maxCommandOctets } from "./command.ts";
import type { Connection, Phase, Turn } from "./phase.ts";
import type { Pop3Answer, Pop3Question, Pop3Source } from "./question.ts";
import { formatError, formatOk } from "./response.ts";
import type { Pop3Settings } from "./settings.ts";

type Pop3Effect = Effect<Pop3Question, Pop3Source>;

export interface Pop3SessionOptions {
  readonly peer: Peer;
  readonly settings: Pop3Settings;
  /** Names this session in the log. */
  readonly sessionId: string;
}

export class Pop3Session implements Engine<Pop3Question, Pop3Answer, Pop3Source> {
  readonly #options: Pop3SessionOptions;
  readonly #reader = new LineReader({ maxOctets: maxCommandOctets });
  #phase: Phase = new Authorization();
  #tls: TlsInfo | undefined;
  #openedMs = 0;
  /** `open`: lines are looked at; `asking`, `handshaking`: they wait; `closed`: nothing comes any more. */
  #state: "open" | "asking" | "handshaking" | "closed" = "open";
  #badCommands = 0;
  #effects: Pop3Effect[] = [];

  constructor(options: Pop3SessionOptions) {
    this.#options = options;
    this.#tls = options.peer.tls;
  }

  open(nowMs: number): readonly Pop3Effect[] {
    const { settings } = this.#options;
    this.#openedMs = nowMs;
    this.#effects.push({ kind: "deadline", idleMs: this.#phase.idleMs(settings) });
    this.#effects.push({ kind: "send", bytes: formatOk(settings.greeting) });
    return this.#drain();
  }

  step(input: Input<Pop3Answer>, nowMs: number): readonly Pop3Effect[] {
    if (this.#state === "closed") return [];
    const turn = this.#turn(nowMs);
    switch (input.kind) {
      case "receive":
        this.#reader.push(input.bytes);
        this.#readLines(turn);
        break;
      case "answer":
        if (this.#state !== "asking") throw new Error("answer without a question");
        this.#state = "open";
        this.#phase.answer(input.answer, turn);
        this.#readLines(turn);
        break;
      case "secured":
        this.#tls = input.tls;
        this.#state = "open";
        // RFC 2595 §4: what was said before is forgotten.
        this.#phase = new Authorization();
        break;
      case "expired":
        turn.send(formatError("Disconnected for inactivity."));
        turn.close("Disconnected for inactivity");
        break;
      case "shutdown":
        this.#shutDown(input.reason, turn);
        break;
      case "ended":
        turn.close("Connection closed");
        break;
      case "notify":
        break;
      default:
        input satisfies never;
    }
    return this.#drain();
  }

  #shutDown(reason: "stopping" | "failure", turn: Turn): void {
    if (reason === "stopping") {
      turn.send(formatError("Server shutting down.", "SYS/TEMP"));
      turn.close("Server shutting down");
    } else {
      turn.send(
        formatError("Internal error occurred. Refer to server log for more information.", "SYS/TEMP"),
      );
      turn.close("Internal error");
    }
  }

  #readLines(turn: Turn): void {
    while (this.#state === "open") {
      this.#reader.maxOctets = this.#phase.maxLineOctets;
      const line = this.#reader.next();
      if (line === undefined) return;
      if (line.kind === "line" && this.#phase.line(line.bytes, turn)) {
        this.#badCommands = 0;
        continue;
      }
      if (line.kind === "tooLong") turn.send(formatError("Input line too long."));
      this.#countBadCommand(turn);
    }
  }

  #countBadCommand(turn: Turn): void {
    this.#badCommands++;
    if (this.#state !== "open" || this.#badCommands <= this.#phase.maxBadCommands(this.#options.settings)) {
      return;
    }
    turn.send(formatError("Too many bad commands."));
    turn.close("Too many bad commands");
  }

  #turn(nowMs: number): Turn {
    const { settings, peer, sessionId } = this.#options;
    const connection: Connection = { peer, sessionId, tls: this.#tls, openedMs: this.#openedMs };
    const push = (effect: Pop3Effect) => this.#effects.push(effect);
    const turn: Turn = {
      nowMs,
      settings,
      connection,
      send: (bytes) => push({ kind: "send", bytes }),
      stream: (source) => push({ kind: "stream", source, framing: "dot" }),
      pause: (ms) => push({ kind: "pause", ms }),
      log: (level, text) => push({ kind: "log", level, text }),
      ask: (question) => {
        this.#state = "asking";
        push({ kind: "ask", question });
      },
      startTls: () => {
        this.#state = "handshaking";
        this.#reader.clear();
        push({ kind: "starttls" });
      },
      enter: (phase) => {
        this.#phase = phase;
        this.#badCommands = 0;
        push({ kind: "deadline", idleMs: phase.idleMs(settings) });
      },
      close: (reason) => {
        this.#state = "closed";
        this.#reader.clear();
        push({ kind: "log", level: "info", text: this.#phase.farewell(reason, turn) });
        push({ kind: "close" });
      },
    };
    return turn;
  }

  #drain(): readonly Pop3Effect[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }
}
