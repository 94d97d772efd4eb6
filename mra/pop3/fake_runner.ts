/** For tests: plays a session without sockets and without time. Input goes in as chunks, the transcript comes out. */

import { latin1Bytes, latin1Text } from "../../tools/kit/base/bytes.ts";
import { createLog } from "../../tools/kit/base/log.ts";
import type { Effect, Input, Peer } from "../../tools/kit/wire/engine.ts";
import { DotStuffer } from "../../tools/kit/wire/dot_stuffing.ts";

import type { FakeStore } from "./fake_store.ts";
import type { Pop3Answer, Pop3Question, Pop3Source } from "./question.ts";
import { Pop3Service } from "./service.ts";
import { Pop3Session } from "./session.ts";
import { defaultPop3Settings, type Pop3Settings } from "./settings.ts";

export const loopback: Peer = { address: "127.0.0.1", port: 4000, localAddress: "127.0.0.1", localPort: 110 };
export const stranger: Peer = { address: "192.0.2.7", port: 4000, localAddress: "192.0.2.1", localPort: 110 };

const tls = { protocol: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384", bits: 256 };
const startMs = Date.UTC(2026, 5, 1);

export interface PlayOptions {
  readonly peer?: Peer;
  readonly settings?: Partial<Pop3Settings>;
  /** How the input is cut; default: one chunk. */
  readonly cut?: (bytes: Uint8Array) => readonly Uint8Array[];
}

export class FakeRunner {
  output = "";
  readonly logLines: string[] = [];
  /** Milliseconds held back. */
  paused = 0;
  idleMs = 0;
  closed = false;
  /** Most octets sent by one effect or one chunk of a stream. */
  mostOctets = 0;
  readonly #session: Pop3Session;
  readonly #service: Pop3Service;
  #nowMs = startMs;
  #effects: Effect<Pop3Question, Pop3Source>[] = [];
  #handshake = false;

  constructor(store: FakeStore, options: PlayOptions = {}) {
    const log = createLog((record) => this.logLines.push(`${record.level}: ${record.text}`), {
      now: () => this.#nowMs,
      part: "pop3",
    });
    this.#service = new Pop3Service({ login: store.login, store: store.store, log });
    this.#session = new Pop3Session({
      peer: options.peer ?? loopback,
      settings: { ...defaultPop3Settings, ...options.settings },
      sessionId: "abc",
    });
    this.#effects = [...this.#session.open(this.#nowMs)];
  }

  advance(ms: number): void {
    this.#nowMs += ms;
  }

  async give(input: Input<Pop3Answer>): Promise<void> {
    await this.#perform();
    if (this.closed) return;
    this.#effects.push(...this.#session.step(input, this.#nowMs));
    await this.#perform();
  }

  async receive(text: string): Promise<void> {
    await this.give({ kind: "receive", bytes: latin1Bytes(text) });
  }

  /** What was sent since the last call. */
  take(): string {
    const output = this.output;
    this.output = "";
    return output;
  }

  async #perform(): Promise<void> {
    for (let effect = this.#effects.shift(); effect !== undefined; effect = this.#effects.shift()) {
      await this.#performOne(effect);
    }
    if (!this.#handshake || this.closed) return;
    this.#handshake = false;
    await this.give({ kind: "secured", tls });
  }

  async #performOne(effect: Effect<Pop3Question, Pop3Source>): Promise<void> {
    switch (effect.kind) {
      case "send":
        return this.#send(effect.bytes);
      case "ask": {
        if (this.#effects.length > 0) throw new Error("effects after a question");
        const answer = await this.#service.ask(effect.question);
        this.#effects.push(...this.#session.step({ kind: "answer", answer }, this.#nowMs));
        return;
      }
      case "stream":
        return await this.#stream(effect.source);
      case "starttls":
        this.output += "<TLS>\r\n";
        this.#handshake = true;
        return;
      case "deadline":
        this.idleMs = effect.idleMs;
        return;
      case "log":
        this.logLines.push(`${effect.level}: ${effect.text}`);
        return;
      case "pause":
        this.paused += effect.ms;
        return;
      case "close":
        this.closed = true;
        this.#service.closed();
        // What the service still does by itself is done after a few turns.
        for (let turn = 0; turn < 10; turn++) await Promise.resolve();
        return;
      default:
        throw new Error(`POP3 has no effect ${effect.kind}`);
    }
  }

  #send(bytes: Uint8Array): void {
    this.mostOctets = Math.max(this.mostOctets, bytes.length);
    this.output += latin1Text(bytes);
  }

  async #stream(source: Pop3Source): Promise<void> {
    const stuffer = new DotStuffer();
    try {
      for await (const chunk of this.#service.source(source)) this.#send(stuffer.push(chunk));
    } catch (thrown) {
      this.logLines.push(`broken: ${thrown instanceof Error ? thrown.message : thrown}`);
      this.closed = true;
      this.#service.closed();
      return;
    }
    this.#send(stuffer.finish());
  }
}

/** All that the server sends when the client sends `text` (CRLF line ends) and then leaves. */
export async function play(store: FakeStore, text: string, options: PlayOptions = {}): Promise<FakeRunner> {
  const runner = new FakeRunner(store, options);
  const bytes = latin1Bytes(text);
  for (const chunk of options.cut?.(bytes) ?? [bytes]) {
    if (runner.closed) break;
    await runner.give({ kind: "receive", bytes: chunk });
  }
  if (!runner.closed) await runner.give({ kind: "ended" });
  return runner;
}

/** One octet a chunk. */
export function byteByByte(bytes: Uint8Array): readonly Uint8Array[] {
  return Array.from(bytes, (octet) => new Uint8Array([octet]));
}

/** Lines of a dialogue, joined as they go over the wire. */
export function wire(...lines: readonly string[]): string {
  return lines.map((line) => `${line}\r\n`).join("");
}
