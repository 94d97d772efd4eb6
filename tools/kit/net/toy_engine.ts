/**
 * A protocol made up for trying what carries protocols: it knows a line for each effect of the contract, and says back
 * each input it was given. Used by tests and benches of this folder.
 */

import { noBytes, utf8Bytes, utf8Text } from "../base/bytes.ts";
import type { Effect, Engine, Input, Service } from "../wire/engine.ts";

export type ToyEffect = Effect<string, string>;

/** Lines: `ask X`, `stream X`, `exact X`, `body X`, `starttls`, `pause N`, `deadline N`, `log X`, `big N`, `throw`, `quit`. */
export class ToyEngine implements Engine<string, string, string, string> {
  /** Inputs as given, octets as text. */
  readonly inputs: string[] = [];
  #rest = "";

  constructor(readonly greeting = "hello") {}

  open(): readonly ToyEffect[] {
    return [say(this.greeting)];
  }

  step(input: Input<string, string>): readonly ToyEffect[] {
    this.inputs.push(describe(input));
    switch (input.kind) {
      case "receive":
        this.#rest += utf8Text(input.bytes);
        return this.#lines();
      case "answer":
        return [say(`answer ${input.answer}`), ...this.#lines()];
      case "notify":
        return [say(`notice ${input.notice}`)];
      case "secured":
        return [say(`secured ${input.tls.protocol}`)];
      case "expired":
        return [say("expired"), { kind: "close" }];
      case "shutdown":
        return [say(`bye ${input.reason}`), { kind: "close" }];
      case "ended":
        return [{ kind: "log", level: "info", text: "ended" }];
    }
  }

  #lines(): readonly ToyEffect[] {
    const effects: ToyEffect[] = [];
    for (let end = this.#rest.indexOf("\n"); end >= 0; end = this.#rest.indexOf("\n")) {
      const line = this.#rest.slice(0, end).trimEnd();
      this.#rest = this.#rest.slice(end + 1);
      effects.push(...this.#line(line));
      const last = effects.at(-1)?.kind;
      if (last === "starttls") this.#rest = "";
      if (last === "ask" || last === "starttls" || last === "close") break;
    }
    return effects;
  }

  #line(line: string): readonly ToyEffect[] {
    const [word = "", text = ""] = line.split(/ (.*)/);
    switch (word) {
      case "ask":
        return [{ kind: "ask", question: text }];
      case "stream":
      case "exact":
        return [
          { kind: "stream", source: text, framing: word === "stream" ? "dot" : "exact" },
          say("streamed"),
        ];
      case "body":
        return [{ kind: "body", bytes: utf8Bytes(text) }, say("took")];
      case "discard":
        return [{ kind: "discard" }];
      case "starttls":
        return [say("go ahead"), { kind: "starttls" }];
      case "pause":
        return [say("before"), { kind: "pause", ms: Number(text) }, say("after")];
      case "deadline":
        return [{ kind: "deadline", idleMs: Number(text) }, say("patient")];
      case "log":
        return [{ kind: "log", level: "info", text }];
      case "big":
        return [{ kind: "send", bytes: new Uint8Array(Number(text)).fill(120) }];
      case "throw":
        throw new Error("engine broke");
      case "quit":
        return [say("bye"), { kind: "close" }];
      default:
        return [say(`said ${line}`)];
    }
  }
}

/** A service that answers at once, streams nothing and remembers. */
export class ToyService implements Service<string, string, string, string> {
  readonly questions: string[] = [];
  readonly bodies: string[] = [];
  discards = 0;
  closes = 0;
  notify: (notice: string) => void = () => {};

  ask(question: string): Promise<string> {
    this.questions.push(question);
    return Promise.resolve(question.toUpperCase());
  }

  body(bytes: Uint8Array): Promise<void> | void {
    this.bodies.push(utf8Text(bytes));
  }

  discard(): void {
    this.discards++;
  }

  async *source(_source: string): AsyncIterable<Uint8Array> {
    yield await Promise.resolve(noBytes);
  }

  subscribe(notify: (notice: string) => void): void {
    this.notify = notify;
  }

  closed(): void {
    this.closes++;
  }
}

function say(text: string): ToyEffect {
  return { kind: "send", bytes: utf8Bytes(`${text}\r\n`) };
}

function describe(input: Input<string, string>): string {
  switch (input.kind) {
    case "receive":
      return `receive ${utf8Text(input.bytes)}`;
    case "answer":
      return `answer ${input.answer}`;
    case "notify":
      return `notify ${input.notice}`;
    case "shutdown":
      return `shutdown ${input.reason}`;
    default:
      return input.kind;
  }
}
