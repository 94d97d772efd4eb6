/**
 * One mail transaction as the client conducts it: MAIL, RCPT, DATA, the message, and what the server said to each
 * (RFC 5321 §3.3); with PIPELINING many commands at a time (RFC 2920); for LMTP one reply for each recipient that was
 * taken (RFC 2033 §4.2).
 *
 * | step  | command at hand            | a refusal is for                                     |
 * |-------|----------------------------|------------------------------------------------------|
 * | mail  | `MAIL FROM:<...> SIZE=...` | all                                                  |
 * | rcpt  | `RCPT TO:<...> ...`        | that recipient                                       |
 * | data  | `DATA`                     | all that were taken                                  |
 * | dot   | (the message, a lone dot)  | all that were taken; in LMTP the next of them        |
 *
 * With CHUNKING one `BDAT n LAST` takes the place of DATA and the dot (RFC 3030 §2).
 */

import type { DeliveryOutcome } from "../../../store/spool/spool.ts";

import { encodeUtf8Xtext, encodeXtext } from "../xtext.ts";

import type { Features } from "./features.ts";
import type { ClientMessage, ClientRecipient } from "./message.ts";
import type { ServerReply } from "./reply_reader.ts";
import type { ClientTarget } from "./settings.ts";
import { type CommandWords, outcomeOf, said } from "./words.ts";

export type Step =
  | { readonly kind: "mail" }
  | { readonly kind: "rcpt"; readonly index: number }
  | { readonly kind: "data" }
  | { readonly kind: "dot"; readonly index: number | undefined };

/** What to do next. */
export interface Move {
  /** Commands to send now, each with its line end. */
  readonly send?: string | undefined;
  /** Send the message now: the server has said 354. `empty`: nobody takes it, a lone dot ends it (RFC 2920 §3.1). */
  readonly body?: "content" | "chunk" | "empty" | undefined;
  /** All is known. `reset`: the server still believes in this transaction. */
  readonly done?: { readonly reset: boolean } | undefined;
}

/** Recipients whose replies may be outstanding, so that neither side's buffers fill up (RFC 2920 §3.1). */
const window = 50;

const stepWords: Readonly<Record<Step["kind"], CommandWords>> = {
  mail: "MAIL FROM command",
  rcpt: "RCPT TO command",
  data: "DATA command",
  dot: "end of DATA command",
};

export interface TransactionOptions {
  readonly target: ClientTarget;
  readonly chunkOctets?: number | undefined;
  /** Say `AUTH=<>`: who submitted it is not known (RFC 4954 §5). */
  readonly mailAuth: boolean;
}

export class Transaction {
  readonly message: ClientMessage;
  readonly fates: (DeliveryOutcome | undefined)[];
  /** In the order in which replies come. */
  readonly #awaited: Step[] = [];
  readonly #features: Features;
  readonly #target: ClientTarget;
  readonly #accepted = new Set<number>();
  #nextRcpt = 0;
  #mailAccepted = false;
  #dataSent = false;
  #dataRefused = false;
  /** Octets of the message on the wire, where it goes by BDAT. */
  readonly #chunkOctets: number | undefined;
  readonly #mailAuth: boolean;
  /** The lone dot, or octets before it, may have gone out. */
  bodySent = false;

  constructor(message: ClientMessage, features: Features, options: TransactionOptions) {
    const { target } = options;
    this.#chunkOctets = options.chunkOctets;
    this.#mailAuth = options.mailAuth;
    this.message = message;
    this.#features = features;
    this.#target = target;
    this.fates = message.recipients.map(() => undefined);
  }

  /** Whose reply is next; `undefined` when none is awaited. */
  get awaited(): Step | undefined {
    return this.#awaited[0];
  }

  start(): Move {
    this.#awaited.push({ kind: "mail" });
    const auth = this.#mailAuth ? " AUTH=<>" : "";
    const mail = `${mailCommand(this.message, this.#features)}${auth}\r\n`;
    return { send: mail + (this.#features.pipelining ? this.#more() : "") };
  }

  /** Takes the reply to the first awaited step. */
  take(reply: ServerReply): Move {
    const step = this.#awaited.shift();
    if (step === undefined) throw new Error("a reply to nothing");
    switch (step.kind) {
      case "mail":
        return this.#takeMail(reply);
      case "rcpt":
        this.#takeRcpt(step.index, reply);
        return this.#proceed();
      case "data":
        return this.#takeData(reply);
      case "dot":
        return this.#takeDot(step.index, reply);
    }
  }

  /** Everybody whose fate is open has this one. */
  settle(outcome: DeliveryOutcome): void {
    for (let index = 0; index < this.fates.length; index++) this.fates[index] ??= outcome;
  }

  #takeMail(reply: ServerReply): Move {
    if (isPositive(reply)) {
      this.#mailAccepted = true;
      return this.#features.pipelining ? {} : this.#proceed();
    }
    this.settle(this.#refused(reply, "mail"));
    return this.#features.pipelining ? {} : this.#proceed();
  }

  #takeRcpt(index: number, reply: ServerReply): void {
    if (this.fates[index] !== undefined) return;
    if (isPositive(reply) && this.message.isProbe === true) this.fates[index] = this.#delivered(reply);
    else if (isPositive(reply)) this.#accepted.add(index);
    else this.fates[index] = this.#refused(asTooMany(reply), "rcpt");
  }

  #takeData(reply: ServerReply): Move {
    if (reply.code === 354) {
      this.#awaitDots();
      return { body: this.#accepted.size > 0 ? "content" : "empty" };
    }
    this.#dataRefused = true;
    for (const index of this.#accepted) this.fates[index] = this.#refused(reply, "data");
    this.#accepted.clear();
    return this.#proceed();
  }

  #awaitDots(): void {
    this.bodySent = this.#accepted.size > 0;
    const isEach = this.#target.protocol === "lmtp" && this.#accepted.size > 0;
    for (const index of isEach ? this.#accepted : [undefined]) this.#awaited.push({ kind: "dot", index });
  }

  #takeDot(index: number | undefined, reply: ServerReply): Move {
    const outcome = isPositive(reply) ? this.#delivered(reply) : this.#refused(reply, "dot");
    for (const one of index === undefined ? this.#accepted : [index]) this.fates[one] ??= outcome;
    return this.#awaited.length > 0 ? {} : { done: { reset: false } };
  }

  /** The next commands, or the end, when nothing stands in the way. */
  #proceed(): Move {
    if (this.#awaited.length > 0 && !(this.#features.pipelining && this.#awaited.length < window / 2)) {
      return {};
    }
    const send = this.#more();
    if (send !== "") return { send };
    if (this.#awaited.length > 0) return {};
    if (this.#chunkOctets !== undefined && this.#accepted.size > 0 && !this.#dataSent) {
      this.#dataSent = true;
      this.#awaitDots();
      return { send: `BDAT ${this.#chunkOctets} LAST\r\n`, body: "chunk" };
    }
    return { done: { reset: this.#mailAccepted } };
  }

  #more(): string {
    if (!this.#features.pipelining) return this.#moreOfOne();
    let commands = "";
    if (this.#mailAccepted || this.#awaited.some(({ kind }) => kind === "mail")) {
      while (this.#nextRcpt < this.fates.length && this.#awaited.length < window) commands += this.#rcpt();
      if (this.#nextRcpt === this.fates.length && this.fates.length > 0 && this.#mayGiveData()) {
        commands += this.#data();
      }
    }
    return commands;
  }

  #moreOfOne(): string {
    if (!this.#mailAccepted) return "";
    if (this.#nextRcpt < this.fates.length) return this.#rcpt();
    return this.#accepted.size > 0 && !this.#dataSent && this.#chunkOctets === undefined ? this.#data() : "";
  }

  /** Not when it is known that nobody takes the message. */
  #mayGiveData(): boolean {
    if (this.#dataSent || this.#dataRefused || this.#chunkOctets !== undefined) return false;
    if (this.message.isProbe === true) return false;
    // In LMTP no reply follows a message that nobody takes.
    return this.#accepted.size > 0 ||
      (this.#target.protocol === "smtp" && this.#awaited.some(({ kind }) => kind === "rcpt"));
  }

  #rcpt(): string {
    const index = this.#nextRcpt++;
    this.#awaited.push({ kind: "rcpt", index });
    return rcptCommand(this.message.recipients[index]!, this.message, this.#features);
  }

  #data(): string {
    this.#dataSent = true;
    this.#awaited.push({ kind: "data" });
    return "DATA\r\n";
  }

  #delivered(reply: ServerReply): DeliveryOutcome {
    return {
      kind: "delivered",
      status: reply.status ?? "2.0.0",
      text: reply.text,
      how: this.#features.dsn ? "passed on" : "relayed",
      remote: { host: this.#target.host },
      diagnostic: { type: "smtp", text: reply.text },
    };
  }

  #refused(reply: ServerReply, step: Step["kind"]): DeliveryOutcome {
    return outcomeOf(reply, said(this.#target.where, reply.text, stepWords[step]), this.#target.host);
  }
}

function isPositive(reply: ServerReply): boolean {
  return reply.code >= 200 && reply.code < 300;
}

/** "Too many recipients" is for another transaction (RFC 5321 §4.5.3.1.10), unless the status tells of a full mailbox. */
function asTooMany(reply: ServerReply): ServerReply {
  if (reply.code !== 552 || (reply.status ?? "5.5.3") !== "5.5.3") return reply;
  return { ...reply, code: 452, status: "4.5.3" };
}

function mailCommand(message: ClientMessage, features: Features): string {
  const words = [`MAIL FROM:<${oneLine(message.sender)}>`];
  if (features.maxOctets !== undefined) words.push(`SIZE=${message.octets}`);
  // What had to be converted is sent as 7BIT, which need not be said.
  if (features.eightBit && message.body === "8BITMIME") words.push("BODY=8BITMIME");
  if (message.needsUtf8) words.push("SMTPUTF8");
  if (message.requiresTls && features.requireTls) words.push("REQUIRETLS");
  if (features.dsn && message.ret !== undefined) words.push(`RET=${message.ret}`);
  if (features.dsn && message.envelopeId) words.push(`ENVID=${encodeXtext(message.envelopeId)}`);
  return words.join(" ");
}

function rcptCommand(recipient: ClientRecipient, message: ClientMessage, features: Features): string {
  const words = [`RCPT TO:<${oneLine(recipient.address)}>`];
  if (features.dsn) {
    if (recipient.notify !== undefined && recipient.notify.length > 0) {
      words.push(`NOTIFY=${recipient.notify.join(",")}`);
    }
    const original = originalWord(recipient.originalRecipient, message.needsUtf8);
    if (original !== undefined) words.push(`ORCPT=${original}`);
  }
  return `${words.join(" ")}\r\n`;
}

/** `type;xtext` (RFC 3461 §4.2, RFC 6533 §3). */
function originalWord(original: string | undefined, isUtf8: boolean): string | undefined {
  const [, type, address] = /^([A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+);(.+)$/s.exec(original ?? "") ?? [];
  if (type === undefined || address === undefined) return undefined;
  // deno-lint-ignore no-control-regex
  if (/^[\x00-\x7f]*$/.test(address) && type.toLowerCase() !== "utf-8") {
    return `${type};${encodeXtext(address)}`;
  }
  // deno-lint-ignore no-control-regex
  const shown = isUtf8 ? address.replace(/[\x00-\x20\x7f\\+=]/g, encodeUtf8Xtext) : encodeUtf8Xtext(address);
  return `utf-8;${shown}`;
}

/** Whatever is in the queue, an address must not end its command and begin another. */
function oneLine(address: string): string {
  // deno-lint-ignore no-control-regex
  return address.replace(/[\x00-\x1f\x7f]/g, "?");
}
