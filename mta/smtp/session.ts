/**
 * The state of one session, and the few things that commands do with it: reply, ask, log, count, give up a message.
 * Nothing here knows a verb.
 */

import type { LogLevel } from "../../tools/kit/base/log.ts";
import { isLoopback } from "../../tools/kit/mail/ip.ts";
import type { SaslExchange } from "../../tools/kit/sasl/mechanism.ts";
import type { Effect, Peer, TlsInfo } from "../../tools/kit/wire/engine.ts";
import { LineReader } from "../../tools/kit/wire/line_reader.ts";

import type { Intake } from "./intake.ts";
import type { SessionFacts, SmtpAnswer, SmtpQuestion, SmtpRole } from "./question.ts";
import { formatReply, type Reply, softened } from "./reply.ts";
import type { SmtpServerSettings } from "./settings.ts";
import { type MailState, noMail, type OpenTransaction } from "./transaction.ts";

/** What the next octets are. */
export type Phase =
  | { readonly kind: "command" }
  | { readonly kind: "auth"; readonly exchange: SaslExchange; readonly mechanism: string }
  | { readonly kind: "data"; readonly transaction: OpenTransaction; readonly intake: Intake }
  | {
    readonly kind: "chunk";
    /** Octets of the chunk still to come. */
    remaining: number;
    /** Absent: they are dropped. */
    readonly intake: Intake | undefined;
    readonly whole: () => void;
  }
  /** A question is open. */
  | {
    readonly kind: "asking";
    readonly question: SmtpQuestion["kind"];
    readonly then: (answer: SmtpAnswer) => void;
  }
  | { readonly kind: "securing" }
  | { readonly kind: "closed" };

export interface SmtpServerOptions {
  readonly role: SmtpRole;
  /** The listener's name; the role's where there is one listener of it. */
  readonly service?: string | undefined;
  readonly settings: SmtpServerSettings;
}

const commandPhase: Phase = { kind: "command" };

export class Session {
  /** As they are for this client. */
  settings: SmtpServerSettings;
  readonly role: SmtpRole;
  readonly service: string;
  readonly peer: Peer;
  readonly reader: LineReader;
  phase: Phase = commandPhase;
  mail: MailState = noMail;
  helo: string | undefined;
  protocol: SessionFacts["protocol"];
  tls: TlsInfo | undefined;
  login: SessionFacts["login"];
  clientName = "unknown";
  /** The client: the peer, or who an authorised peer says that it speaks for (XCLIENT). */
  client: Peer;
  /** The peer may speak XCLIENT. */
  mayXclient = false;
  /** What happened last, for the log: a verb, `CONNECT`, `DATA content`, `END-OF-MESSAGE`, `UNKNOWN`. */
  where = "CONNECT";
  /** Refused at connect: every command but QUIT hears so (RFC 5321 §3.1). */
  denied: Reply | undefined;
  /** The session ends after the effects at hand. */
  hangup = false;
  /** Between the `data` question and commit or discard. */
  sinkOpen = false;
  sawBareLf = false;
  errors = 0;
  junk = 0;
  /** Called once when the command under way is done. */
  onDone: (ok: boolean) => void = () => {};
  #facts: SessionFacts | undefined;
  #effects: Effect<SmtpQuestion>[] = [];

  constructor(peer: Peer, { role, service, settings }: SmtpServerOptions) {
    this.settings = settings;
    this.role = role;
    this.service = service ?? role;
    this.peer = peer;
    this.client = peer;
    this.tls = peer.tls;
    this.protocol = role === "lmtp" ? "LMTP" : "SMTP";
    this.reader = new LineReader({ maxOctets: settings.lineLengthLimit - 2 });
  }

  /** `NAME[ADDRESS]` as all log lines name the client. */
  get clientLabel(): string {
    return `${this.clientName}[${this.client.address}]`;
  }

  get facts(): SessionFacts {
    const facts = this.#facts ??= {
      role: this.role,
      service: this.service,
      peer: this.client,
      clientName: this.clientName,
      helo: this.helo,
      protocol: this.protocol,
      tls: this.tls,
      login: this.login,
    };
    const mayPipeline = this.protocol !== "SMTP" && this.where !== "DATA";
    return this.reader.buffered > 0 && !mayPipeline ? { ...facts, pipelined: true } : facts;
  }

  /** Sets what `facts` are made of. */
  learn(
    facts: Partial<Pick<Session, "client" | "clientName" | "helo" | "protocol" | "tls" | "login">>,
  ): void {
    Object.assign(this, facts);
    this.#facts = undefined;
  }

  /** Is the EHLO keyword not hidden by smtpd_discard_ehlo_keywords? */
  hasKeyword(keyword: string): boolean {
    return !this.settings.discardEhloKeywords.includes(keyword);
  }

  get offersStartTls(): boolean {
    return this.tls === undefined && this.settings.tlsLevel !== "none" && this.settings.hasCertificate;
  }

  /** Passwords are asked for only where nobody can listen: in TLS, or when both ends are on this machine. */
  get offersAuth(): boolean {
    if (!this.settings.saslAuth || this.role === "lmtp") return false;
    if (this.tls !== undefined) return true;
    return !this.settings.tlsAuthOnly && isLoopback(this.peer.address) && isLoopback(this.peer.localAddress);
  }

  takeEffects(): readonly Effect<SmtpQuestion>[] {
    const effects = this.#effects;
    this.#effects = [];
    return effects;
  }

  emit(effect: Effect<SmtpQuestion>): void {
    this.#effects.push(effect);
  }

  log(level: LogLevel, text: string): void {
    this.#effects.push({ kind: "log", level, text });
  }

  /** Sends; slows down those who make many errors. 421 and 521 end the session (RFC 5321 §3.8). */
  reply(reply: Reply): void {
    if (this.errors >= this.settings.softErrorLimit) this.pause();
    this.say(reply);
    if (reply.code === 421 || reply.code === 521) this.hangup = true;
  }

  /** Sends at once. */
  say(reply: Reply): void {
    const said = this.settings.softBounce ? softened(reply) : reply;
    this.#effects.push({ kind: "send", bytes: formatReply(said) });
  }

  pause(): void {
    this.#effects.push({ kind: "pause", ms: this.settings.errorSleepMs });
  }

  /** The command's last reply: it is done, well or not. */
  finish(reply: Reply, ok: boolean = reply.code < 400): void {
    this.reply(reply);
    this.done(ok);
  }

  done(ok: boolean): void {
    if (!ok) this.errors++;
    const onDone = this.onDone;
    this.onDone = () => {};
    onDone(ok);
  }

  ask(question: SmtpQuestion, then: (answer: SmtpAnswer) => void): void {
    this.phase = { kind: "asking", question: question.kind, then };
    this.#effects.push({ kind: "ask", question });
  }

  expectCommand(): void {
    this.phase = commandPhase;
  }

  /** Back to after EHLO (RFC 5321 §4.1.1.5). */
  resetMail(): void {
    this.giveUpMessage();
    this.mail = noMail;
  }

  giveUpMessage(): void {
    if (this.sinkOpen) this.#effects.push({ kind: "discard" });
    this.sinkOpen = false;
  }
}
