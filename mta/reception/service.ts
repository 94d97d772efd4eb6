/**
 * The world of one SMTP session as its worker has it: questions go to the keeper, a message is gathered and handed over.
 * Questions that need no keeper are answered here.
 */

import { type Bytes, concatBytes } from "../../tools/kit/base/bytes.ts";
import { PermFailure, TempFailure } from "../../tools/kit/base/failure.ts";
import type { Caller } from "../../tools/kit/rpc/rpc.ts";
import type { Service } from "../../tools/kit/wire/engine.ts";

import type { SmtpAnswer, SmtpQuestion } from "../smtp/question.ts";
import { reply } from "../smtp/reply.ts";
import {
  inlineOctets,
  type Interests,
  type ReceptionApi,
  type Speaker,
  type TransactionStart,
} from "./api.ts";

type Of<Kind extends SmtpQuestion["kind"]> = Extract<SmtpQuestion, { readonly kind: Kind }>;

const proceed: SmtpAnswer = { kind: "proceed" };

export class ReceptionService implements Service<SmtpQuestion, SmtpAnswer> {
  readonly #keeper: Caller<ReceptionApi>;
  /** The keeper's number of it, once it has one. */
  #session: number | undefined;
  #isClosed = false;
  #interests: Interests = { helo: true, mail: true, data: true, etrn: true };
  /** The transaction under way, or the last one. */
  #start: TransactionStart = { number: 0, sender: "", parameters: { smtpUtf8: false } };
  /** What opened the sink. */
  #data: Of<"data"> | undefined;
  #pieces: Uint8Array[] = [];
  #octets = 0;
  /** Set once a message is too large to travel inside its commit. */
  #message: number | undefined;
  /** Writing went wrong: the answer at commit. Till then the octets are taken and forgotten. */
  #failure: SmtpAnswer | undefined;

  constructor(keeper: Caller<ReceptionApi>) {
    this.#keeper = keeper;
  }

  async ask(question: SmtpQuestion): Promise<SmtpAnswer> {
    try {
      return await this.#answer(question);
    } catch (thrown) {
      if (question.kind === "login") return { kind: "loginUnavailable" };
      return failureAnswer(thrown);
    }
  }

  body(bytes: Uint8Array): Promise<void> | void {
    this.#pieces.push(bytes);
    this.#octets += bytes.length;
    if (this.#octets > inlineOctets) return this.#writePieces();
  }

  discard(): void {
    const message = this.#message;
    this.#forget();
    if (message !== undefined) this.#keeper.tell("abandon", { message });
  }

  // deno-lint-ignore require-yield
  async *source(_: never): AsyncIterable<Uint8Array> {
    throw new Error("an SMTP server sends no message");
  }

  closed(): void {
    this.#isClosed = true;
    this.discard();
    if (this.#session !== undefined) this.#keeper.tell("disconnect", { session: this.#session });
    this.#session = undefined;
  }

  async #answer(question: SmtpQuestion): Promise<SmtpAnswer> {
    const keeper = this.#keeper;
    switch (question.kind) {
      case "connect": {
        const { session, interests, answer } = await keeper.call("connect", { facts: question.facts });
        this.#session = session;
        this.#interests = interests;
        // It was broken off meanwhile: the keeper must not go on counting it.
        if (this.#isClosed) this.closed();
        return answer;
      }
      case "xclient":
        return await keeper.call("xclient", this.#with(question, { attributes: question.attributes }));
      case "login": {
        const { mechanism, user, password } = question;
        return await keeper.call("login", this.#with(question, { mechanism, user, password }));
      }
      case "helo":
        return this.#interests.helo ? await keeper.call("helo", this.#with(question, {})) : proceed;
      case "starttls":
        return await keeper.call("starttls", this.#with(question, {}));
      case "mail": {
        const { sender, parameters } = question;
        this.#start = { number: this.#start.number + 1, sender, parameters };
        if (!this.#interests.mail) return proceed;
        return await keeper.call("mail", this.#with(question, { start: this.#start }));
      }
      case "rcpt": {
        const { recipient } = question;
        return await keeper.call("rcpt", this.#with(question, { start: this.#start, recipient }));
      }
      case "etrn":
        if (!this.#interests.etrn) return proceed;
        return await keeper.call("etrn", this.#with(question, { domain: question.domain }));
      case "verify": {
        const { sender, address } = question;
        return await keeper.call("verify", this.#with(question, { sender, address }));
      }
      case "data": {
        this.#forget();
        this.#data = question;
        if (!this.#interests.data) return proceed;
        return await keeper.call("data", this.#with(question, { number: this.#start.number }));
      }
      case "commit":
        return await this.#commit(question);
    }
  }

  async #commit({ facts, transaction }: Of<"commit">): Promise<SmtpAnswer> {
    const request = { ...this.#speaker(facts), number: this.#start.number, transaction };
    if (this.#message === undefined && this.#failure === undefined) {
      const content = this.#takePieces();
      this.#forget();
      return await this.#keeper.call("commit", { ...request, content }, [content.buffer]);
    }
    await this.#writePieces();
    const { message, failure } = { message: this.#message, failure: this.#failure };
    this.#forget();
    if (message === undefined || failure !== undefined) {
      if (message !== undefined) this.#keeper.tell("abandon", { message });
      return failure ?? failureAnswer(undefined);
    }
    return await this.#keeper.call("commitMessage", { ...request, message });
  }

  /** Hands over what was gathered; the peer is held back until the keeper has it. Never throws. */
  async #writePieces(): Promise<void> {
    const bytes = this.#takePieces();
    if (this.#failure !== undefined || this.#data === undefined) return;
    const { facts } = this.#data;
    try {
      if (this.#message === undefined) {
        const request = { ...this.#speaker(facts), number: this.#start.number, bytes };
        this.#message = (await this.#keeper.call("openMessage", request, [bytes.buffer])).message;
      } else {
        await this.#keeper.call("writeMessage", { message: this.#message, bytes }, [bytes.buffer]);
      }
    } catch (thrown) {
      this.#failure = failureAnswer(thrown);
    }
  }

  #takePieces(): Bytes {
    const bytes = concatBytes(this.#pieces);
    this.#pieces = [];
    this.#octets = 0;
    return bytes;
  }

  #forget(): void {
    this.#pieces = [];
    this.#octets = 0;
    this.#message = undefined;
    this.#failure = undefined;
    this.#data = undefined;
  }

  #with<T>({ facts }: { readonly facts: Speaker["facts"] }, more: T): Speaker & T {
    return { ...this.#speaker(facts), ...more };
  }

  #speaker(facts: Speaker["facts"]): Speaker {
    // A session that could not be opened is refused each time it asks.
    return { session: this.#session ?? 0, facts };
  }
}

/** What the peer hears when the world fails (RFC 5321 §4.2.2): for now, unless it was said to be for good. */
export function failureAnswer(thrown: unknown): SmtpAnswer {
  if (thrown instanceof PermFailure) {
    return { kind: "reply", reply: reply(554, thrown.status, `Error: ${thrown.text}`) };
  }
  if (thrown instanceof TempFailure && thrown.status === "4.3.1") {
    return { kind: "reply", reply: reply(452, "4.3.1", "Insufficient system storage") };
  }
  return { kind: "reply", reply: reply(451, "4.3.0", "Error: queue file write error") };
}
