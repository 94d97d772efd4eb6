/**
 * Dialogues for tests: what a client sends and what it must hear, replayed against the engine with a scripted world. Every
 * dialogue is played three times: each turn whole, octet by octet, and cut at random (the seed is in the failure).
 *
 * | line | meaning |
 * |---|---|
 * | `C text` | the client sends text and CRLF; `\r \n \t \0 \xHH \\` are escapes, `\c` at the end leaves CRLF out |
 * | `S text` | the server says exactly this line; `S text...` a line that begins so |
 * | `TLS` | the server starts TLS here, the handshake succeeds |
 * | `EXPIRE`, `END`, `STOP`, `FAIL` | the deadline passes, the peer leaves, the server stops, the service fails |
 * | `CLOSED` | the server has ended the session |
 * | `L text` | this was logged since the last `L` |
 */

import { latin1Bytes, utf8Bytes, utf8Text } from "../../tools/kit/base/bytes.ts";
import { SeededRandom } from "../../tools/kit/base/random.ts";
import type { Effect, Input, Peer, TlsInfo } from "../../tools/kit/wire/engine.ts";

import type { SmtpAnswer, SmtpQuestion, SmtpRole, Transaction } from "./question.ts";
import { reply } from "./reply.ts";
import { SmtpServer } from "./server.ts";
import { type SmtpServerSettings, smtpServerSettings } from "./settings.ts";

export const testTls: TlsInfo = { protocol: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384", bits: 256 };
export const testPeer: Peer = {
  address: "192.0.2.1",
  port: 40_000,
  localAddress: "192.0.2.25",
  localPort: 25,
};

export interface DialogueOptions {
  readonly role?: SmtpRole;
  readonly settings?: Partial<SmtpServerSettings>;
  readonly peer?: Partial<Peer>;
  /** Answers other than the usual ones. */
  readonly answer?: (question: SmtpQuestion) => SmtpAnswer | undefined;
  /** Play it in this way only. */
  readonly only?: "whole";
}

export interface Played {
  /** Contents of the messages that were committed, as text. */
  readonly messages: readonly string[];
  readonly transactions: readonly Transaction[];
  readonly questions: readonly SmtpQuestion[];
  readonly log: readonly string[];
  readonly discarded: number;
  readonly pausedMs: number;
  readonly closed: boolean;
}

/** Plays the dialogue in all ways and gives the first play's outcome. @throws Error at the first line that differs */
export function playDialogue(text: string, options: DialogueOptions = {}): Played {
  const lines = text.split("\n").map((line) => line.trimStart()).filter((line) => line !== "");
  const seed = 1 + (text.length % 1000);
  const random = new SeededRandom(seed);
  const played = new Play(lines, options, (bytes) => [bytes], "whole").run();
  if (options.only === "whole") return played;
  new Play(lines, options, (bytes) => Array.from(bytes, (octet) => new Uint8Array([octet])), "octet by octet")
    .run();
  for (let round = 0; round < 5; round++) {
    new Play(lines, options, (bytes) => cut(bytes, random), `at random cuts, seed ${seed}, round ${round}`)
      .run();
  }
  return played;
}

function cut(bytes: Uint8Array, random: SeededRandom): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = 1 + random.below(random.below(3) === 0 ? 3 : 40);
    parts.push(bytes.subarray(at, at + length));
    at += length;
  }
  return parts;
}

class Play {
  readonly #engine: SmtpServer;
  readonly #lines: readonly string[];
  readonly #options: DialogueOptions;
  readonly #cut: (bytes: Uint8Array) => readonly Uint8Array[];
  readonly #how: string;
  readonly #messages: string[] = [];
  readonly #transactions: Transaction[] = [];
  readonly #questions: SmtpQuestion[] = [];
  readonly #log: string[] = [];
  #unread: string[] = [];
  #body: Uint8Array[] = [];
  #said = "";
  #logSeen = 0;
  #discarded = 0;
  #pausedMs = 0;
  #closed = false;
  #securing = false;

  constructor(
    lines: readonly string[],
    options: DialogueOptions,
    cut: (bytes: Uint8Array) => readonly Uint8Array[],
    how: string,
  ) {
    this.#lines = lines;
    this.#options = options;
    this.#cut = cut;
    this.#how = how;
    this.#engine = new SmtpServer({ ...testPeer, ...options.peer }, {
      role: options.role ?? "smtp",
      settings: smtpServerSettings("mx.ref.test", options.settings),
    });
  }

  run(): Played {
    this.#perform(this.#engine.open(0));
    let turn: Uint8Array[] = [];
    for (const [index, line] of this.#lines.entries()) {
      if (line.startsWith("C ") || line === "C") {
        turn.push(unescape(line.slice(2)));
        continue;
      }
      for (const bytes of turn) {
        for (const part of this.#cut(bytes)) this.#give({ kind: "receive", bytes: part });
      }
      turn = [];
      this.#expect(line, index);
    }
    for (const bytes of turn) {
      for (const part of this.#cut(bytes)) this.#give({ kind: "receive", bytes: part });
    }
    if (this.#unread.length > 0) throw this.#error("the end", this.#unread.join(" | "), this.#lines.length);
    return {
      messages: this.#messages,
      transactions: this.#transactions,
      questions: this.#questions,
      log: this.#log,
      discarded: this.#discarded,
      pausedMs: this.#pausedMs,
      closed: this.#closed,
    };
  }

  #expect(line: string, index: number): void {
    switch (line) {
      case "TLS":
        if (!this.#securing) throw this.#error(line, "no STARTTLS", index);
        this.#securing = false;
        return this.#give({ kind: "secured", tls: testTls });
      case "EXPIRE":
        return this.#give({ kind: "expired" });
      case "END":
        return this.#give({ kind: "ended" });
      case "STOP":
        return this.#give({ kind: "shutdown", reason: "stopping" });
      case "FAIL":
        return this.#give({ kind: "shutdown", reason: "failure" });
      case "CLOSED":
        if (!this.#closed) throw this.#error(line, "an open session", index);
        return;
    }
    const wanted = line.slice(2);
    if (line.startsWith("L ")) return this.#expectLog(wanted, index);
    const heard = this.#unread.shift() ?? "(nothing)";
    const same = wanted.endsWith("...") ? heard.startsWith(wanted.slice(0, -3)) : heard === wanted;
    if (!same) throw this.#error(line, heard, index);
  }

  #expectLog(wanted: string, index: number): void {
    const found = this.#log.slice(this.#logSeen).indexOf(wanted);
    if (found < 0) throw this.#error(wanted, `log: ${this.#log.slice(this.#logSeen).join(" | ")}`, index);
    this.#logSeen += found + 1;
  }

  #error(wanted: string, got: string, index: number): Error {
    return new Error(`line ${index + 1}, ${this.#how}: expected "${wanted}", got "${got}"`);
  }

  #give(input: Input<SmtpAnswer>): void {
    if (this.#closed) return;
    if (input.kind === "receive" && this.#securing) return;
    this.#perform(this.#engine.step(input, 0));
  }

  #perform(effects: readonly Effect<SmtpQuestion>[]): void {
    for (const effect of effects) {
      switch (effect.kind) {
        case "send":
          this.#hear(effect.bytes);
          break;
        case "ask":
          this.#questions.push(effect.question);
          this.#perform(this.#engine.step({ kind: "answer", answer: this.#answer(effect.question) }, 0));
          break;
        case "body":
          this.#body.push(effect.bytes);
          break;
        case "discard":
          this.#body = [];
          this.#discarded++;
          break;
        case "starttls":
          this.#securing = true;
          break;
        case "log":
          this.#log.push(effect.text);
          break;
        case "pause":
          this.#pausedMs += effect.ms;
          break;
        case "close":
          this.#closed = true;
          break;
      }
    }
  }

  #hear(bytes: Uint8Array): void {
    const lines = (this.#said + utf8Text(bytes)).split("\r\n");
    this.#said = lines.pop()!;
    this.#unread.push(...lines);
  }

  #answer(question: SmtpQuestion): SmtpAnswer {
    const special = this.#options.answer?.(question);
    if (question.kind === "commit") {
      const text = this.#body.map((bytes) => utf8Text(bytes)).join("");
      this.#body = [];
      if (special === undefined || special.kind === "queued" || special.kind === "replies") {
        this.#messages.push(text);
        this.#transactions.push(question.transaction);
      }
    }
    return special ?? usualAnswer(question);
  }
}

function usualAnswer(question: SmtpQuestion): SmtpAnswer {
  switch (question.kind) {
    case "connect":
      return { kind: "proceed", clientName: "client.test" };
    case "login":
      return question.user === "u1" && question.password === "pw1"
        ? { kind: "loggedIn", user: "u1" }
        : { kind: "loginRefused" };
    case "rcpt":
      return rcptAnswer(question.recipient.address);
    case "verify":
      return rcptAnswer(question.address);
    case "xclient":
      return { kind: "proceed", clientName: question.attributes.name };
    case "helo":
    case "starttls":
    case "mail":
    case "etrn":
    case "data":
      return { kind: "proceed" };
    case "commit":
      return { kind: "queued", id: "4C2F1A0B3D" };
  }
}

function rcptAnswer(address: string): SmtpAnswer {
  if (address.startsWith("nosuch@")) {
    const text = `<${address}>: Recipient address rejected: User unknown in local recipient table`;
    return { kind: "reply", reply: reply(550, "5.1.1", text) };
  }
  if (address.endsWith("@elsewhere.test")) {
    return { kind: "reply", reply: reply(454, "4.7.1", `<${address}>: Relay access denied`) };
  }
  return { kind: "proceed" };
}

function unescape(text: string): Uint8Array {
  const whole = text.endsWith("\\c") ? text.slice(0, -2) : `${text}\\r\\n`;
  const octets = String.fromCharCode(...utf8Bytes(whole));
  return latin1Bytes(
    octets.replace(/\\(?:x([0-9A-F]{2})|(.))/g, (_, hex: string | undefined, char: string) => {
      if (hex !== undefined) return String.fromCharCode(parseInt(hex, 16));
      return { r: "\r", n: "\n", t: "\t", 0: "\0" }[char] ?? char;
    }),
  );
}
