/**
 * Messages on their way into the queue, for one worker: small ones whole, large ones piece by piece. A message is in the queue
 * when the spool's `commit` has returned, and only then is it answered as queued (RFC 5321 §6.1).
 */

import { failureText, TempFailure } from "../../tools/kit/base/failure.ts";

import type { SmtpAnswer } from "../smtp/question.ts";
import { MessageWriter } from "./message_desk_writer.ts";
import type { ReceptionOptions } from "./reception_options.ts";
import { failureAnswer } from "./service.ts";
import type { JudgedMessage, OpeningMessage } from "./session_desk.ts";

export type NewMessage = OpeningMessage & {
  /** The message's beginning. */
  readonly start: Uint8Array;
};

interface OpenMessage {
  readonly writer: MessageWriter;
  /** Taken so far. */
  octets: number;
  /** Writes and commit come one after another. */
  last: Promise<void>;
}

export class MessageDesk {
  readonly #options: ReceptionOptions;
  readonly #open = new Map<number, OpenMessage>();
  /** Being opened. */
  #opening = 0;
  #lastMessage = 0;

  constructor(options: ReceptionOptions) {
    this.#options = options;
  }

  /** A whole message at once. */
  async commitWhole(message: JudgedMessage & { readonly content: Uint8Array }): Promise<SmtpAnswer> {
    const { facts, transaction, actions, content } = message;
    const { sender, recipients, parameters: { smtpUtf8 } } = transaction;
    let writer: MessageWriter | undefined;
    try {
      this.#checkOctets(content.length);
      const opening = { facts, sender, recipients, smtpUtf8, actions };
      writer = await MessageWriter.begin(this.#options, opening, { isWhole: true });
      await writer.write(content);
      return await writer.commit(message);
    } catch (thrown) {
      return await this.#giveUp(writer, thrown);
    }
  }

  /** Begins one with its first piece. @throws TempFailure */
  async open(first: NewMessage): Promise<number> {
    const octets = first.start.length;
    this.#checkOctets(octets);
    if (this.#opening + this.#open.size >= (this.#options.limits?.openMessages ?? Infinity)) {
      throw new TempFailure("4.3.0", "too many messages are open");
    }
    this.#opening++;
    try {
      const writer = await MessageWriter.begin(this.#options, first, { isWhole: false });
      try {
        await writer.write(first.start);
      } catch (thrown) {
        await this.#giveUp(writer, thrown);
        throw thrown;
      }
      const message = ++this.#lastMessage;
      this.#open.set(message, { writer, octets, last: Promise.resolve() });
      return message;
    } finally {
      this.#opening--;
    }
  }

  /** The worker keeps to the limits itself; one that does not is not to fill the disk. @throws TempFailure */
  #checkOctets(octets: number): void {
    const limit = this.#options.limits?.messageOctets ?? 0;
    if (limit > 0 && octets > limit) {
      throw new TempFailure("4.3.0", "the message is larger than a worker may send");
    }
  }

  /** Resolves when the piece is written. @throws TempFailure */
  write(message: number, bytes: Uint8Array): Promise<void> {
    const open = this.#open.get(message);
    if (open === undefined) return Promise.reject(new TempFailure("4.3.0", "the message is not open"));
    open.octets += bytes.length;
    open.last = open.last.then(() => {
      this.#checkOctets(open.octets);
      return open.writer.write(bytes);
    });
    // Whoever comes next hears of it too.
    open.last.catch(() => {});
    return open.last;
  }

  async commitOpen(judged: JudgedMessage & { readonly message: number }): Promise<SmtpAnswer> {
    const { message } = judged;
    const open = this.#open.get(message);
    try {
      if (open === undefined) throw new TempFailure("4.3.0", "the message is not open");
      await open.last;
      this.#open.delete(message);
      return await open.writer.commit(judged);
    } catch (thrown) {
      this.#open.delete(message);
      return await this.#giveUp(open?.writer, thrown);
    }
  }

  /** One place turns failures into what the peer hears; nothing is left of the message. */
  async #giveUp(writer: MessageWriter | undefined, thrown: unknown): Promise<SmtpAnswer> {
    const name = writer?.id ?? "NOQUEUE";
    this.#options.log.write("error", `${name}: cannot queue the message: ${failureText(thrown)}`);
    try {
      await writer?.abort();
    } catch (again) {
      this.#options.log.write("error", `${name}: cannot remove what was written: ${failureText(again)}`);
    }
    return failureAnswer(thrown);
  }

  /** Gives up all that is open. */
  reset(): void {
    for (const message of [...this.#open.keys()]) this.abandon(message);
  }

  abandon(message: number): void {
    const open = this.#open.get(message);
    if (open === undefined) return;
    this.#open.delete(message);
    const abort = () => open.writer.abort();
    open.last.then(abort, abort).catch((thrown) => {
      this.#options.log.write(
        "error",
        `${open.writer.id}: cannot remove what was written: ${failureText(thrown)}`,
      );
    });
  }
}
