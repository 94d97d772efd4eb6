/**
 * Messages on their way into the queue, for one worker: small ones whole, large ones piece by piece. A message is in the queue
 * when the spool's `commit` has returned, and only then is it answered as queued (RFC 5321 §6.1).
 */

import { concatBytes, utf8Bytes } from "../../tools/kit/base/bytes.ts";
import { failureText, TempFailure } from "../../tools/kit/base/failure.ts";

import type { QueueId, SpoolEntry } from "../../store/spool/spool.ts";

import { canonicalAddress } from "../address/recipient.ts";
import type { AddressSettings } from "../address/settings.ts";
import type { SessionFacts, SmtpAnswer, Transaction } from "../smtp/question.ts";
import { formatReceived } from "../smtp/trace.ts";
import { queueEnvelope } from "./envelope.ts";
import { missingHeaders } from "./missing_headers.ts";
import { isLoopback, type ReceptionOptions } from "./reception_options.ts";
import { failureAnswer } from "./service.ts";
import type { JudgedMessage, OpeningMessage } from "./session_desk.ts";

export type NewMessage = OpeningMessage & {
  /** The message's beginning. */
  readonly start: Uint8Array;
};

/** What stands above a message. */
interface Top {
  readonly bytes: Uint8Array;
  readonly arrivedMs: number;
  /** The Message-Id that was made for it. */
  readonly messageId: string | undefined;
}

interface OpenMessage {
  readonly entry: SpoolEntry;
  readonly top: Top;
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
  async commitWhole(
    { facts, transaction, actions, content }: JudgedMessage & { readonly content: Uint8Array },
  ): Promise<SmtpAnswer> {
    const { sender, recipients, parameters: { smtpUtf8 } } = transaction;
    let entry: SpoolEntry | undefined;
    try {
      this.#checkOctets(content.length);
      entry = await this.#options.spool.begin();
      const top = this.#top(entry.id, { facts, sender, recipients, smtpUtf8, actions, start: content });
      await entry.write(concatBytes([top.bytes, content]));
      return await this.#commit(entry, facts, { ...top, transaction });
    } catch (thrown) {
      return await this.#giveUp(entry, thrown);
    }
  }

  /** Begins one with its first piece. @throws TempFailure */
  async open(first: NewMessage): Promise<number> {
    const octets = first.start.length;
    this.#checkOctets(octets);
    const { spool, limits } = this.#options;
    if (this.#opening + this.#open.size >= (limits?.openMessages ?? Infinity)) {
      throw new TempFailure("4.3.0", "too many messages are open");
    }
    this.#opening++;
    try {
      const entry = await spool.begin();
      const top = this.#top(entry.id, first);
      try {
        await entry.write(concatBytes([top.bytes, first.start]));
      } catch (thrown) {
        await this.#giveUp(entry, thrown);
        throw thrown;
      }
      const message = ++this.#lastMessage;
      this.#open.set(message, { entry, top, octets, last: Promise.resolve() });
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
      return open.entry.write(bytes);
    });
    // Whoever comes next hears of it too.
    open.last.catch(() => {});
    return open.last;
  }

  async commitOpen(
    { facts, transaction, message }: JudgedMessage & { readonly message: number },
  ): Promise<SmtpAnswer> {
    const open = this.#open.get(message);
    try {
      if (open === undefined) throw new TempFailure("4.3.0", "the message is not open");
      await open.last;
      this.#open.delete(message);
      return await this.#commit(open.entry, facts, { ...open.top, transaction });
    } catch (thrown) {
      this.#open.delete(message);
      return await this.#giveUp(open?.entry, thrown);
    }
  }

  /** What is put above the message: our trace, and what a sender on this machine left out. */
  #top(id: QueueId, { facts, sender, recipients, smtpUtf8, start }: NewMessage): Top {
    const { hostname, mailName, showLogin, clock } = this.#options;
    const arrivedMs = clock.now();
    const zone = this.#options.zone(arrivedMs);
    const received = formatReceived(facts, {
      id,
      smtpUtf8,
      hostname,
      mailName,
      showLogin,
      recipients: recipients.map(({ address }) => address),
      timeMs: arrivedMs,
      zone,
    });
    if (!this.#isFromHere(facts)) return { bytes: utf8Bytes(received), arrivedMs, messageId: undefined };
    const missing = missingHeaders(start, {
      id,
      hostname,
      sender: canonicalAddress(sender, this.#addresses(facts)),
      timeMs: arrivedMs,
      zone,
    });
    return { bytes: utf8Bytes(received + missing.text), arrivedMs, messageId: missing.messageId };
  }

  /** local_header_rewrite_clients = permit_inet_interfaces */
  #isFromHere(facts: SessionFacts): boolean {
    const { address } = facts.peer;
    return isLoopback(address) || this.#addresses(facts).ownAddresses.includes(address);
  }

  #addresses({ service }: SessionFacts): AddressSettings {
    return this.#options.cleanupFor(service).addresses;
  }

  async #commit(
    entry: SpoolEntry,
    facts: SessionFacts,
    { transaction, arrivedMs, messageId }: Top & { readonly transaction: Transaction },
  ): Promise<SmtpAnswer> {
    const { log, onQueued } = this.#options;
    const { myorigin } = this.#addresses(facts);
    const { id } = entry;
    const { login } = facts;
    const sasl = login === undefined ? "" : `, sasl_method=${login.mechanism}, sasl_username=${login.user}`;
    log.write("info", `${id}: client=${facts.clientName}[${facts.peer.address}]${sasl}`);
    const isLocal = this.#isFromHere(facts);
    await entry.commit(queueEnvelope(facts, transaction, { myorigin, arrivedMs, isLocal }));
    log.part("cleanup").write("info", `${id}: message-id=${transaction.messageId ?? messageId ?? "<>"}`);
    onQueued(id);
    return { kind: "queued", id };
  }

  /** One place turns failures into what the peer hears; nothing is left of the message. */
  async #giveUp(entry: SpoolEntry | undefined, thrown: unknown): Promise<SmtpAnswer> {
    const name = entry?.id ?? "NOQUEUE";
    this.#options.log.write("error", `${name}: cannot queue the message: ${failureText(thrown)}`);
    try {
      await entry?.abort();
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
    const abort = () => open.entry.abort();
    open.last.then(abort, abort).catch((thrown) => {
      this.#options.log.write(
        "error",
        `${open.entry.id}: cannot remove what was written: ${failureText(thrown)}`,
      );
    });
  }
}
