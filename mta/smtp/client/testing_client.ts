/**
 * Dialogues for tests of the client: what a server says and what the client must send, played three times: whole, octet by
 * octet, and cut at random.
 *
 * | line        | meaning                                                                  |
 * |-------------|--------------------------------------------------------------------------|
 * | `S text`    | the server says this line; lines that follow each other come in one piece |
 * | `C text`    | the client sends exactly this line                                       |
 * | `BODY`      | the client streams the content                                           |
 * | `TLS`       | the client starts TLS; the handshake succeeds                            |
 * | `NOTLS`     | the client starts TLS; the handshake fails                               |
 * | `END`, `EXPIRE` | the server goes away, the time is up                                 |
 * | `CLOSED`    | the client has closed the connection                                     |
 * | `FREE`      | the client is free for another message                                   |
 */

import { concatBytes, utf8Bytes, utf8Text } from "../../../tools/kit/base/bytes.ts";
import { SeededRandom } from "../../../tools/kit/base/random.ts";
import type { Effect, Input } from "../../../tools/kit/wire/engine.ts";

import { SmtpClient } from "./client.ts";
import type {
  ClientAnswer,
  ClientMessage,
  ClientQuestion,
  ClientSource,
  MessageReport,
  SessionFailure,
} from "./message.ts";
import { type ClientSettings, type ClientTarget, defaultClientSettings } from "./settings.ts";

type ClientEffect = Effect<ClientQuestion, ClientSource>;

export interface ClientPlayOptions {
  readonly messages?: readonly ClientMessage[];
  readonly settings?: Partial<ClientSettings>;
  readonly target?: Partial<ClientTarget>;
  readonly answer?: (question: ClientQuestion) => ClientAnswer | undefined;
}

export interface ClientPlayed {
  readonly reports: readonly MessageReport[];
  readonly failure: SessionFailure | undefined;
  readonly sources: readonly ClientSource[];
  /** Deadlines that were set, milliseconds. */
  readonly deadlines: readonly number[];
  /** `sent (250 2.0.0 Ok)`, `deferred 4.2.0 (...)`, `-`: one a recipient, of all messages. */
  readonly fates: readonly string[];
}

export function message(to: readonly string[], more: Partial<ClientMessage> = {}): ClientMessage {
  return {
    content: 1,
    sender: "a@a.test",
    recipients: to.map((address) => ({ address })),
    octets: 100,
    body: "7BIT",
    needsUtf8: false,
    requiresTls: false,
    ...more,
  };
}

/** @throws Error at the first line that differs */
export function playClient(text: string, options: ClientPlayOptions = {}): ClientPlayed {
  const lines = text.split("\n").map((line) => line.trimStart()).filter((line) => line !== "");
  const random = new SeededRandom(text.length);
  const played = new Play(lines, options, (bytes) => [bytes]).run();
  new Play(lines, options, (bytes) => Array.from(bytes, (octet) => new Uint8Array([octet]))).run();
  new Play(lines, options, (bytes) => {
    const pieces: Uint8Array[] = [];
    for (let at = 0; at < bytes.length;) {
      const end = Math.min(bytes.length, at + 1 + random.below(12));
      pieces.push(bytes.subarray(at, end));
      at = end;
    }
    return pieces;
  }).run();
  return played;
}

class Play {
  readonly #lines: readonly string[];
  readonly #options: ClientPlayOptions;
  readonly #cut: (bytes: Uint8Array) => readonly Uint8Array[];
  readonly #engine: SmtpClient;
  readonly #messages: ClientMessage[];
  #sent = "";
  #bodies = 0;
  #startsTls = false;
  #free = false;
  #closed = false;
  readonly #reports: MessageReport[] = [];
  readonly #sources: ClientSource[] = [];
  readonly #deadlines: number[] = [];

  constructor(
    lines: readonly string[],
    options: ClientPlayOptions,
    cut: (bytes: Uint8Array) => readonly Uint8Array[],
  ) {
    this.#lines = lines;
    this.#options = options;
    this.#cut = cut;
    this.#messages = [...options.messages ?? []];
    const target: ClientTarget = {
      ...{ protocol: "smtp", where: "mx.test[192.0.2.1]", host: "mx.test", detectsLoop: true },
      ...{ nexthop: "mx.test", tls: "none", needsRequireTls: false, login: false },
      ...options.target,
    };
    this.#engine = new SmtpClient(
      { ...defaultClientSettings, heloName: "me.test", ...options.settings },
      target,
    );
  }

  run(): ClientPlayed {
    this.#perform(this.#engine.open());
    for (let index = 0; index < this.#lines.length; index++) {
      const line = this.#lines[index]!;
      if (!line.startsWith("S ")) {
        this.#expect(line);
        continue;
      }
      let said = `${line.slice(2)}\r\n`;
      while (this.#lines[index + 1]?.startsWith("S ")) said += `${this.#lines[++index]!.slice(2)}\r\n`;
      for (const piece of this.#cut(utf8Bytes(said))) this.#input({ kind: "receive", bytes: piece });
    }
    if (this.#sent !== "") throw new Error(`the client also sent ${JSON.stringify(this.#sent)}`);
    const { failure, report } = this.#engine;
    const reports = this.#closed && report !== undefined && report !== this.#reports.at(-1)
      ? [...this.#reports, report]
      : this.#reports;
    const fates = reports.flatMap((one) => one.fates.map(showFate));
    return { reports, failure, sources: this.#sources, deadlines: this.#deadlines, fates };
  }

  #expect(line: string): void {
    switch (line) {
      case "BODY":
        this.#bodies--;
        if (this.#bodies < 0) throw new Error("no content was sent");
        return;
      case "TLS":
        if (!this.#startsTls) throw new Error("TLS was not started");
        this.#startsTls = false;
        return this.#input({ kind: "secured", tls: { protocol: "TLSv1.3", cipher: "x", bits: 256 } });
      case "NOTLS":
        if (!this.#startsTls) throw new Error("TLS was not started");
        return this.#input({ kind: "ended" });
      case "END":
        return this.#input({ kind: "ended" });
      case "EXPIRE":
        return this.#input({ kind: "expired" });
      case "CLOSED":
        if (!this.#closed) throw new Error("the client has not closed");
        return;
      case "FREE":
        if (!this.#free) throw new Error("the client is not free");
        return;
      default: {
        const wanted = `${line.slice(2)}\r\n`;
        if (!this.#sent.startsWith(wanted)) {
          throw new Error(`wanted ${JSON.stringify(wanted)}, sent ${JSON.stringify(this.#sent)}`);
        }
        this.#sent = this.#sent.slice(wanted.length);
      }
    }
  }

  #input(input: Input<ClientAnswer>): void {
    this.#perform(this.#engine.step(input));
  }

  #perform(effects: readonly ClientEffect[]): void {
    for (const effect of effects) {
      if (this.#closed) throw new Error("an effect after the end");
      switch (effect.kind) {
        case "send":
          this.#sent += utf8Text(concatBytes([effect.bytes]));
          break;
        case "stream":
          this.#bodies++;
          this.#sources.push(effect.source);
          break;
        case "starttls":
          this.#startsTls = true;
          break;
        case "deadline":
          this.#deadlines.push(effect.idleMs);
          break;
        case "close":
          this.#closed = true;
          break;
        case "ask":
          return this.#ask(effect.question);
      }
    }
  }

  #ask(question: ClientQuestion): void {
    const own = this.#options.answer?.(question);
    if (own !== undefined) return this.#input({ kind: "answer", answer: own });
    if (question.kind === "secured") return this.#input({ kind: "answer", answer: { kind: "judged" } });
    if (question.kind === "measure") {
      return this.#input({ kind: "answer", answer: { kind: "measured", octets: 77 } });
    }
    if (question.kind !== "next") throw new Error(`no answer to ${question.kind}`);
    if (question.report !== undefined) this.#reports.push(question.report);
    const next = this.#messages.shift();
    this.#free = next === undefined;
    if (next !== undefined) this.#input({ kind: "answer", answer: { kind: "message", message: next } });
  }
}

function showFate(fate: MessageReport["fates"][number]): string {
  return fate === undefined ? "-" : `${fate.kind} ${fate.status} (${fate.text})`;
}
