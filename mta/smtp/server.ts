/**
 * An SMTP, submission or LMTP server session (RFC 5321, RFC 6409, RFC 2033) as an engine: octets and answers in, effects out.
 *
 * Here are the turns of a session: which octets are a command, a SASL response or a message; what holds for every command
 * (limits, order, must-use-TLS); how a session ends. What each verb does stands in its row.
 *
 * Replies and log lines are Postfix's, to the word: scripts and clients know them.
 */

import type { Effect, Engine, Input, Peer } from "../../tools/kit/wire/engine.ts";
import type { Line } from "../../tools/kit/wire/line_reader.ts";

import { logRefusal, nameClient, refusalOf } from "./answer.ts";
import { respond } from "./auth_command.ts";
import { type Command, decodeLine, parseCommand } from "./command.ts";
import type { CommandRow } from "./command_row.ts";
import { commandTable } from "./command_table.ts";
import { bareLfReply, endMessage, passBody } from "./message_end.ts";
import type { SmtpAnswer, SmtpQuestion } from "./question.ts";
import { type Reply, reply } from "./reply.ts";
import { type Phase, Session, type SmtpServerOptions } from "./session.ts";
import type { SmtpServerSettings } from "./settings.ts";
import { Statistics } from "./statistics.ts";

type SmtpEffects = readonly Effect<SmtpQuestion>[];
type EndReason = "lost connection" | "timeout" | "too many errors";

const badSyntax = reply(500, "5.5.2", "Error: bad syntax");
const badUtf8 = reply(500, "5.5.2", "Error: bad UTF-8 syntax");
const notRecognized = reply(500, "5.5.2", "Error: command not recognized");
const goodbye = reply(221, "2.7.0", "Error: I can break rules, too. Goodbye.");
const mustStartTls = reply(530, "5.7.0", "Must issue a STARTTLS command first");
const outOfStep = reply(554, "5.5.0", "Error: SMTP protocol synchronization");

export class SmtpServer implements Engine<SmtpQuestion, SmtpAnswer> {
  readonly #session: Session;
  readonly #table: ReadonlyMap<string, CommandRow>;
  readonly #statistics = new Statistics();
  #greeted = false;
  #improperPipelining = false;

  constructor(peer: Peer, options: SmtpServerOptions) {
    this.#session = new Session(peer, options);
    this.#table = commandTable(options.role);
  }

  open(_nowMs: number): SmtpEffects {
    const session = this.#session;
    session.emit({ kind: "deadline", idleMs: session.settings.timeoutMs });
    session.ask({ kind: "connect", facts: session.facts }, (answer) => this.#greet(answer));
    return session.takeEffects();
  }

  step(input: Input<SmtpAnswer>, _nowMs: number): SmtpEffects {
    if (this.#session.phase.kind !== "closed") this.#take(input);
    return this.#session.takeEffects();
  }

  #take(input: Input<SmtpAnswer>): void {
    const session = this.#session;
    const { hostname } = session.settings;
    switch (input.kind) {
      case "receive":
        this.#receive(input.bytes);
        return this.#run();
      case "answer": {
        const { phase } = session;
        if (phase.kind !== "asking") throw new Error("An SMTP session was answered but had not asked");
        session.expectCommand();
        phase.then(input.answer);
        return this.#run();
      }
      case "secured":
        session.learn({ tls: input.tls });
        session.expectCommand();
        return session.done(true);
      case "expired":
        return this.#end("timeout", reply(421, "4.4.2", `${hostname} Error: timeout exceeded`));
      case "shutdown":
        return this.#end(undefined, farewell(hostname, input.reason));
      case "ended":
        return this.#end("lost connection", undefined);
      case "notify":
        return;
    }
  }

  #greet(answer: SmtpAnswer): void {
    const session = this.#session;
    nameClient(session, answer);
    if (answer.kind === "proceed") {
      session.mayXclient = answer.mayXclient === true;
      if (answer.mayUseBareNewline === true) {
        session.settings = { ...session.settings, forbidBareNewline: "no" };
      }
    }
    this.#logConnect();
    const refusal = refusalOf(session, answer, { where: "CONNECT" });
    if (refusal === undefined) return session.reply(reply(220, undefined, session.settings.banner));
    if (refusal === "hangup") return;
    session.reply(refusal);
    session.errors++;
    session.denied = refusal;
  }

  #logConnect(): void {
    this.#greeted = true;
    this.#session.log("info", `connect from ${this.#session.clientLabel}`);
  }

  /** Octets of a message need not pass through the line buffer. */
  #receive(bytes: Uint8Array): void {
    const { phase, reader } = this.#session;
    const straight = reader.buffered === 0 && (phase.kind === "data" || phase.kind === "chunk");
    reader.push(straight ? this.#content(phase, bytes) : bytes);
  }

  /** Goes on until there is nothing left to look at, a question is open or the session is over. */
  #run(): void {
    const session = this.#session;
    const { reader, settings } = session;
    for (;;) {
      if (session.hangup) return this.#end(undefined, undefined);
      const { phase } = session;
      switch (phase.kind) {
        case "command": {
          if (session.errors >= settings.hardErrorLimit) {
            return this.#end(
              "too many errors",
              reply(421, "4.7.0", `${settings.hostname} Error: too many errors`),
            );
          }
          const line = reader.next();
          if (line === undefined) return;
          this.#commandLine(line);
          break;
        }
        case "auth": {
          const line = reader.next();
          if (line === undefined) return;
          respond(session, phase.exchange, phase.mechanism, line);
          break;
        }
        case "data":
        case "chunk":
          if (reader.buffered === 0 && !(phase.kind === "chunk" && phase.remaining === 0)) return;
          reader.push(
            this.#content(phase, reader.take(phase.kind === "chunk" ? phase.remaining : reader.buffered)),
          );
          break;
        case "asking":
        case "securing":
        case "closed":
          return;
      }
    }
  }

  /** Takes what belongs to the message at hand and gives back the rest. */
  #content(phase: Phase & { readonly kind: "data" | "chunk" }, bytes: Uint8Array): Uint8Array {
    const session = this.#session;
    if (phase.kind === "data") {
      const part = phase.intake.take(bytes);
      passBody(session, phase.intake, part.bytes);
      if (!part.ended) return bytes.subarray(part.taken);
      session.expectCommand();
      endMessage(session, phase.transaction, phase.intake, "DATA");
      return bytes.subarray(part.taken);
    }
    const part = bytes.subarray(0, phase.remaining);
    phase.remaining -= part.length;
    if (phase.intake !== undefined && part.length > 0) {
      passBody(session, phase.intake, phase.intake.take(part).bytes);
    }
    if (phase.remaining === 0) phase.whole();
    return bytes.subarray(part.length);
  }

  #commandLine(line: Line): void {
    const session = this.#session;
    if (line.kind === "tooLong") {
      const { hostname, lineLengthLimit } = session.settings;
      session.log("warning", `${session.clientLabel}: request longer than ${lineLengthLimit}`);
      return this.#refuseUnknown(reply(500, "5.5.2", `${hostname} Error: command too long`));
    }
    if (line.end === "lf") {
      session.sawBareLf = true;
      if (session.settings.forbidBareNewline === "reject") {
        logRefusal(session, session.where, "bare <LF> received");
        session.hangup = true;
        return this.#refuseUnknown(bareLfReply(session));
      }
    }
    const text = decodeLine(line.bytes);
    const command = text === undefined ? undefined : parseCommand(text, line.end);
    if (command === undefined) return this.#refuseUnknown(text === undefined ? badUtf8 : badSyntax);
    const row = this.#table.get(command.verb);
    if (row === undefined) return this.#unknown(command);
    this.#begin(row.verb, row.junk === true);
    if (session.denied !== undefined && row.verb !== "QUIT") {
      return session.finish(deniedReply(session), false);
    }
    const { tlsLevel } = session.settings;
    if (
      tlsLevel === "encrypt" && session.tls === undefined && row.beforeTls !== true && session.role !== "lmtp"
    ) {
      return session.finish(mustStartTls);
    }
    session.where = row.verb;
    if (this.#isOutOfStep(row)) {
      session.hangup = true;
      return session.reply(outOfStep);
    }
    const checked = row.check(session, command);
    if (typeof checked === "function") checked(session);
    else session.finish(checked);
  }

  /** From here to `session.done` is one command. */
  #begin(verb: string, isJunk: boolean): void {
    const session = this.#session;
    const count = this.#statistics.begin(verb);
    session.onDone = (ok) => {
      if (ok) count();
      if (isJunk && session.junk++ > session.settings.junkCommandLimit) session.errors++;
    };
  }

  #refuseUnknown(refusal: Reply): void {
    this.#begin("UNKNOWN", false);
    this.#session.where = "UNKNOWN";
    this.#session.finish(refusal, false);
  }

  #unknown(command: Command): void {
    const session = this.#session;
    if (!isForbidden(command.verb, session.settings)) {
      return this.#refuseUnknown(session.denied === undefined ? notRecognized : deniedReply(session));
    }
    session.log("warning", `non-SMTP command from ${session.clientLabel}: ${command.line.slice(0, 100)}`);
    session.hangup = true;
    this.#refuseUnknown(goodbye);
  }

  /** Has the client sent more behind a command that must be a group's last (RFC 2920 §3.1)? Said once. */
  #isOutOfStep(row: CommandRow): boolean {
    const session = this.#session;
    if (this.#improperPipelining || session.reader.buffered === 0) return false;
    if (session.protocol !== "SMTP" && row.last !== true) return false;
    this.#improperPipelining = true;
    session.log("info", `improper command pipelining after ${row.verb} from ${session.clientLabel}`);
    return session.settings.forbidUnauthPipelining;
  }

  #end(reason: EndReason | undefined, last: Reply | undefined): void {
    const session = this.#session;
    if (!this.#greeted) this.#logConnect();
    if (last !== undefined) session.say(last);
    if (reason !== undefined) this.#logReason(reason);
    session.giveUpMessage();
    const notes = session.sawBareLf && session.settings.forbidBareNewline === "note" ? " notes=bare_lf" : "";
    const statistics = this.#statistics.format(this.#table.keys());
    session.log("info", `disconnect from ${session.clientLabel}${statistics}${notes}`);
    session.emit({ kind: "close" });
    session.phase = { kind: "closed" };
  }

  #logReason(reason: EndReason): void {
    const { where, phase, mail, clientLabel } = this.#session;
    const intake = phase.kind === "data" || phase.kind === "chunk"
      ? phase.intake
      : mail.kind === "chunks"
      ? mail.intake
      : undefined;
    const verb = where.split(" ")[0]!;
    const octets = where.endsWith(" content") ? ` (${intake?.wireOctets ?? 0} bytes)` : "";
    // A client that goes away after its message has been taken does no harm.
    if (where === "END-OF-MESSAGE" && reason === "lost connection") return;
    this.#session.log("info", `${reason} after ${verb}${octets} from ${clientLabel}`);
  }
}

function farewell(hostname: string, reason: "stopping" | "failure"): Reply {
  return reason === "stopping"
    ? reply(421, "4.3.2", `${hostname} Service not available, closing transmission channel`)
    : reply(421, "4.3.0", `${hostname} Server local data error`);
}

/** RFC 5321 §3.1: after a refusal at connect only QUIT does something. */
function deniedReply(session: Session): Reply {
  const { denied } = session;
  return denied?.code === 421 || denied?.code === 521
    ? denied
    : reply(503, "5.7.0", `Error: access denied for ${session.clientLabel}`);
}

/** smtpd_forbidden_commands: what web browsers and worms say, and header fields where commands are due. */
function isForbidden(verb: string, settings: SmtpServerSettings): boolean {
  return settings.forbiddenCommands.includes(verb) || /^[^A-Z]/.test(verb) || /^[!-9;-~]+:/.test(verb);
}
