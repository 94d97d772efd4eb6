/**
 * The client's side of SMTP and LMTP as an engine: greets, secures, logs in, then sends one message after another for as
 * long as `next` is answered with messages.
 *
 * | state      | waits for                                | then                                          |
 * |------------|------------------------------------------|-----------------------------------------------|
 * | greeting   | 220                                      | EHLO, LHLO, or HELO                           |
 * | helo       | the reply to it                          | HELO in place of EHLO, STARTTLS, AUTH, or idle |
 * | starttls   | 220                                      | the handshake, then whether the peer is right |
 * | login      | 334 or 235                               | idle                                          |
 * | idle       | the answer to `next`                     | a transaction, or QUIT                        |
 * | reset      | the reply to RSET                        | idle                                          |
 * | transaction| replies to its commands                  | RSET, or idle                                 |
 * | quit       | the reply to QUIT, or its time           | the end                                       |
 *
 * What cannot be said by a question any more, because the connection is gone, is in `failure` and `report` when the
 * session is over: whoever runs it looks there.
 */

import { decodeBase64, encodeBase64 } from "../../../tools/kit/base/base64.ts";
import { utf8Bytes } from "../../../tools/kit/base/bytes.ts";
import type { Effect, Engine, Input } from "../../../tools/kit/wire/engine.ts";

import { type Features, noFeatures, parseFeatures } from "./features.ts";
import {
  brokenFailure,
  isLoop,
  loginFailure,
  missingProtection,
  replyFailure,
  stageOf,
  whatFails,
} from "./failures.ts";
import type {
  ClientAnswer,
  ClientMessage,
  ClientQuestion,
  ClientSource,
  MessageReport,
  SessionFailure,
} from "./message.ts";
import { messageProblem, sourceOf } from "./message_fit.ts";
import { ReplyReader, type ServerReply } from "./reply_reader.ts";
import { type ClientSettings, type ClientTarget, stepMs } from "./settings.ts";
import type { State } from "./state.ts";
import { type Move, Transaction } from "./transaction.ts";

type ClientEffect = Effect<ClientQuestion, ClientSource>;
type Effects = readonly ClientEffect[];

export class SmtpClient implements Engine<ClientQuestion, ClientAnswer, ClientSource> {
  /** Why the session ended before its time. */
  failure: SessionFailure | undefined;
  /** Of the message that was in hand when it ended, or the last one that was told of. */
  report: MessageReport | undefined;
  /** Of the last EHLO. */
  features: Features = noFeatures;
  readonly #settings: ClientSettings;
  readonly #target: ClientTarget;
  readonly #reader = new ReplyReader();
  #state: State = { kind: "greeting" };
  #secured: boolean;
  #loggedIn = false;
  /** An earlier transaction is still open in the server's eyes. */
  #needsReset = false;
  #waiting: ClientMessage | undefined;
  #effects: ClientEffect[] = [];
  /** A question, a handshake or the end: nothing more in this step. */
  #paused = false;

  constructor(settings: ClientSettings, target: ClientTarget) {
    this.#settings = settings;
    this.#target = target;
    this.#secured = target.tls === "wrapped";
  }

  open(): Effects {
    if (this.#target.tls === "wrapped") {
      this.#state = { kind: "handshake" };
      return [{ kind: "deadline", idleMs: this.#settings.starttlsMs }, { kind: "starttls" }];
    }
    return [{ kind: "deadline", idleMs: this.#settings.heloMs }];
  }

  step(input: Input<ClientAnswer>): Effects {
    this.#effects = [];
    this.#paused = false;
    if (this.#state.kind === "over") return [];
    switch (input.kind) {
      case "receive":
        this.#reader.push(input.bytes);
        this.#readReplies();
        break;
      case "answer":
        this.#answered(input.answer);
        if (!this.#paused) this.#readReplies();
        break;
      case "secured":
        this.#reader.clear();
        this.#secured = true;
        this.#state = { kind: "judging" };
        this.#ask({ kind: "secured" });
        break;
      case "expired":
        this.#broken(`conversation with ${this.#target.where} timed out`);
        break;
      case "ended":
        this.#broken(`lost connection with ${this.#target.where}`);
        break;
      case "shutdown":
        this.#broken(`conversation with ${this.#target.where} was broken off`);
        break;
      case "notify":
        break;
    }
    return this.#effects;
  }

  #readReplies(): void {
    while (!this.#paused && this.#state.kind !== "idle" && this.#state.kind !== "judging") {
      const reply = this.#reader.next();
      if (reply === undefined) return;
      if (typeof reply === "string") return this.#garbled(reply);
      this.#take(reply);
    }
  }

  #take(reply: ServerReply): void {
    const state = this.#state;
    switch (state.kind) {
      case "greeting":
        return this.#takeGreeting(reply);
      case "helo":
        return this.#takeHelo(state.verb, reply);
      case "starttls":
        return this.#takeStartTls(reply);
      case "login":
        return this.#takeLogin(reply);
      case "reset":
        if (reply.code === 421) return this.#fail(replyFailure(reply, this.#target, "mail"));
        this.#needsReset = false;
        return this.#begin();
      case "transaction":
        return this.#takeStep(state.transaction, reply);
      case "quit":
        return this.#close();
      default:
        return;
    }
  }

  #takeGreeting(reply: ServerReply): void {
    if (reply.code !== 220) {
      return this.#leave(replyFailure(reply, this.#target, "greeting", this.#settings));
    }
    const first = reply.lines.join(" ");
    const isExtended = this.#settings.alwaysEhlo || /\bESMTP\b/i.test(first);
    if (this.#target.protocol === "lmtp") this.#hello("LHLO");
    else this.#hello(isExtended && !this.#settings.neverEhlo ? "EHLO" : "HELO");
  }

  #takeHelo(verb: "EHLO" | "HELO" | "LHLO", reply: ServerReply): void {
    if (Math.floor(reply.code / 100) !== 2) {
      if (verb === "EHLO" && reply.code !== 421 && !this.#secured) return this.#hello("HELO");
      return this.#leave(replyFailure(reply, this.#target, "helo"));
    }
    if (isLoop(reply, this.#settings, this.#target)) {
      const text = `mail for ${this.#target.nexthop} loops back to myself`;
      return this.#leave({ stage: "helo", status: "5.4.6", text });
    }
    this.features = verb === "HELO" ? noFeatures : parseFeatures(reply, this.#settings.discardKeywords);
    this.#afterHelo();
  }

  #afterHelo(): void {
    const { tls, where, login } = this.#target;
    if (!this.#secured && tls !== "none" && this.features.startTls) {
      this.#state = { kind: "starttls" };
      return this.#send("STARTTLS\r\n", this.#settings.starttlsMs);
    }
    const missing = missingProtection(this.features, this.#target, this.#secured);
    if (missing !== undefined) return this.#leave(missing);
    if (tls === "none" && this.features.startTls && this.#settings.notesTlsOffer) {
      this.#effects.push({ kind: "log", level: "info", text: `Host offered STARTTLS: [${where}]` });
    }
    if (login && !this.#loggedIn && this.features.mechanisms.length > 0) {
      this.#state = { kind: "login" };
      return this.#ask({ kind: "login", offered: this.features.mechanisms });
    }
    this.#next(undefined);
  }

  #takeStartTls(reply: ServerReply): void {
    if (reply.code === 220) {
      this.#reader.clear();
      this.#state = { kind: "handshake" };
      return this.#last({ kind: "starttls" });
    }
    if (this.#target.tls === "must" || reply.code === 421) {
      const text = `TLS is required, but host ${this.#target.where} refused to start TLS: ${reply.text}`;
      return this.#leave({ stage: "tls", status: "4.7.5", text, reply: reply.text });
    }
    this.features = { ...this.features, startTls: false };
    this.#afterHelo();
  }

  #takeLogin(reply: ServerReply): void {
    if (reply.code === 334) {
      const data = decodeBase64(reply.lines[0]?.trim() ?? "");
      if (data === undefined) return this.#send("*\r\n", this.#settings.mailMs);
      return this.#ask({ kind: "challenge", data });
    }
    if (Math.floor(reply.code / 100) !== 2) {
      return this.#leave(loginFailure(reply, this.#target, this.#settings));
    }
    this.#loggedIn = true;
    this.#next(undefined);
  }

  #answered(answer: ClientAnswer): void {
    switch (answer.kind) {
      case "message":
        this.#waiting = answer.message;
        this.report = undefined;
        if (!this.#needsReset) return this.#begin();
        this.#state = { kind: "reset" };
        return this.#send("RSET\r\n", this.#settings.rsetMs);
      case "quit":
        return this.#quit();
      case "measured":
        return this.#transact(this.#waiting!, answer.octets);
      case "judged":
        if (answer.problem !== undefined) {
          return this.#leave({ stage: "tls", status: "4.7.5", text: answer.problem });
        }
        if (this.#target.tls === "wrapped") {
          this.#state = { kind: "greeting" };
          return void this.#effects.push({ kind: "deadline", idleMs: this.#settings.heloMs });
        }
        // What was said before TLS counts no more (RFC 3207 §4.2).
        return this.#hello(this.#target.protocol === "lmtp" ? "LHLO" : "EHLO");
      case "login": {
        const { mechanism, initial } = answer;
        // An empty initial response is `=` (RFC 4954 §4).
        const word = initial === undefined ? "" : initial.length === 0 ? " =" : ` ${encodeBase64(initial)}`;
        return this.#send(`AUTH ${mechanism}${word}\r\n`, this.#settings.mailMs);
      }
      case "noLogin": {
        const text = `SASL authentication failed; cannot authenticate to server ${this.#target.where}: `;
        return this.#leave({ stage: "auth", status: "4.7.0", text: text + answer.problem });
      }
      case "response":
        return this.#send(
          answer.data === undefined ? "*\r\n" : `${encodeBase64(answer.data)}\r\n`,
          this.#settings.mailMs,
        );
    }
  }

  #begin(): void {
    const message = this.#waiting;
    if (message === undefined) return this.#next(undefined);
    this.#waiting = undefined;
    const problem = messageProblem(message, this.features, this.#target);
    if (problem !== undefined) return this.#next({ fates: message.recipients.map(() => problem) });
    if (!this.features.chunking || !this.#settings.chunking) return this.#transact(message, undefined);
    this.#waiting = message;
    const source = { ...sourceOf(message, this.features, this.#settings), isExact: true };
    this.#ask({ kind: "measure", source });
  }

  #transact(message: ClientMessage, chunkOctets: number | undefined): void {
    this.#waiting = undefined;
    const mailAuth = this.#loggedIn && this.#settings.dummyMailAuth;
    const transaction = new Transaction(message, this.features, {
      target: this.#target,
      chunkOctets,
      mailAuth,
    });
    this.#state = { kind: "transaction", transaction };
    this.#move(transaction, transaction.start());
  }

  #takeStep(transaction: Transaction, reply: ServerReply): void {
    const step = transaction.awaited;
    if (step === undefined) return this.#garbled(reply.text);
    // The server is closing: what it says to the rest is the same (RFC 5321 §3.8).
    if (reply.code === 421) {
      return this.#fail(
        replyFailure(reply, this.#target, "mail", this.#settings, whatFails[step.kind].command),
      );
    }
    this.#move(transaction, transaction.take(reply));
  }

  #move(transaction: Transaction, { send, body, done }: Move): void {
    if (send !== undefined) this.#sendBytes(send);
    if (body === "empty") this.#sendBytes(".\r\n");
    if (body === "content" || body === "chunk") {
      const isExact = body === "chunk";
      const source = { ...sourceOf(transaction.message, this.features, this.#settings), isExact };
      this.#effects.push({ kind: "stream", source, framing: isExact ? "exact" : "dot" });
    }
    if (done !== undefined) {
      this.#needsReset = done.reset;
      return this.#next({ fates: transaction.fates });
    }
    const step = transaction.awaited?.kind;
    if (step !== undefined) this.#effects.push({ kind: "deadline", idleMs: stepMs(step, this.#settings) });
  }

  /** The connection is gone: nothing more is said. */
  #broken(what: string): void {
    const failure = brokenFailure(this.#state, what);
    if (failure === undefined) this.#close();
    else this.#fail(failure);
  }

  #garbled(text: string): void {
    if (this.#state.kind === "quit") return this.#close();
    const { where } = this.#target;
    this.#fail({
      stage: stageOf(this.#state),
      status: "4.5.0",
      text: `Protocol error: host ${where} said: ${text}`,
    });
  }

  /** Says goodbye to a server that will not do. */
  #leave(failure: SessionFailure): void {
    this.failure = failure;
    this.#quit();
  }

  #fail(failure: SessionFailure): void {
    this.failure = failure;
    const state = this.#state;
    if (state.kind === "transaction") this.#giveUp(state.transaction, failure);
    else if (this.#waiting !== undefined) {
      this.report = { fates: this.#waiting.recipients.map(() => undefined) };
    }
    this.#close();
  }

  /** After the message was sent, nobody knows whether it arrived: not for another server at once. */
  #giveUp(transaction: Transaction, { status, text, reply }: SessionFailure): void {
    if (transaction.bodySent) {
      const isFinal = status.startsWith("5");
      transaction.settle({
        kind: isFinal ? "failed" : "deferred",
        status,
        text,
        remote: { host: this.#target.host },
        diagnostic: reply === undefined ? undefined : { type: "smtp", text: reply },
      });
    }
    this.report = { fates: transaction.fates };
  }

  #quit(): void {
    this.#send("QUIT\r\n", this.#settings.quitMs);
    this.#state = { kind: "quit" };
    if (this.#settings.skipQuitResponse) this.#close();
  }

  #close(): void {
    this.#state = { kind: "over" };
    this.#last({ kind: "close" });
  }

  #hello(verb: "EHLO" | "HELO" | "LHLO"): void {
    this.#state = { kind: "helo", verb };
    this.#send(`${verb} ${this.#settings.heloName}\r\n`, this.#settings.heloMs);
  }

  #next(report: MessageReport | undefined): void {
    this.#state = { kind: "idle" };
    this.report = report;
    this.#ask({ kind: "next", report });
  }

  #ask(question: ClientQuestion): void {
    this.#last({ kind: "ask", question });
  }

  #last(effect: ClientEffect): void {
    this.#effects.push(effect);
    this.#paused = true;
  }

  #send(text: string, idleMs: number): void {
    this.#sendBytes(text);
    this.#effects.push({ kind: "deadline", idleMs });
  }

  #sendBytes(text: string): void {
    this.#effects.push({ kind: "send", bytes: utf8Bytes(text) });
  }
}
