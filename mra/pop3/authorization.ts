/**
 * Before the login (RFC 1939 §4 AUTHORIZATION state): CAPA, STLS, USER and PASS, AUTH, QUIT. Whoever fails waits;
 * passwords are taken only where nobody can listen, unless the settings say otherwise.
 */

import { decodeBase64, encodeBase64 } from "../../tools/kit/base/base64.ts";
import { latin1Text } from "../../tools/kit/base/bytes.ts";
import { decodeInitialResponse } from "../../tools/kit/sasl/initial_response.ts";
import type { SaslExchange, SaslMechanism, SaslStep } from "../../tools/kit/sasl/mechanism.ts";
import { findMechanism, saslMechanisms } from "../../tools/kit/sasl/mechanisms.ts";

import { maxCommandOctets, maxSaslOctets } from "./command.ts";
import { Maildrop } from "./maildrop.ts";
import type { Handlers, Phase, Turn } from "./phase.ts";
import { connectionWords, handleCommand, isLocal } from "./phase.ts";
import type { Pop3Answer } from "./question.ts";
import type { ResponseCode } from "./response.ts";
import { capabilityLines, formatChallenge, formatError, formatMultiline, formatOk } from "./response.ts";
import type { Pop3Settings } from "./settings.ts";
import { Transaction } from "./transaction.ts";

const cleartextRefused = "Cleartext authentication disallowed on non-secure (SSL/TLS) connections.";

/** Longest user name, octets; passwords are bounded by the line. */
const maxUserLength = 255;

interface Attempt {
  readonly user: string;
  readonly mechanism: string;
}

export class Authorization implements Phase {
  /** The argument of USER. */
  #user: string | undefined;
  #exchange: { readonly mechanism: string; readonly sasl: SaslExchange } | undefined;
  /** The last login tried, for the log. */
  #attempt: Attempt | undefined;
  #failures = 0;
  #triedCleartext = false;

  readonly #handlers: Handlers = {
    CAPA: (_, turn) => turn.send(formatMultiline("+OK", capabilityLines(this.#offer(turn)))), // RFC 2449 §5
    STLS: (argument, turn) => this.#stls(argument, turn), // RFC 2595 §4
    USER: (argument, turn) => this.#userCommand(argument, turn), // RFC 1939 §7
    PASS: (argument, turn) => this.#pass(argument, turn), // RFC 1939 §7
    AUTH: (argument, turn) => this.#auth(argument, turn), // RFC 5034 §4
    QUIT: (_, turn) => this.#quit(turn), // RFC 1939 §4
  };

  get maxLineOctets(): number {
    return this.#exchange === undefined ? maxCommandOctets : maxSaslOctets;
  }

  idleMs(settings: Pop3Settings): number {
    return settings.loginIdleMs;
  }

  maxBadCommands(settings: Pop3Settings): number {
    return settings.maxBadCommandsBeforeLogin;
  }

  line(line: Uint8Array, turn: Turn): boolean {
    if (this.#exchange !== undefined) {
      this.#saslLine(latin1Text(line), turn);
      return true;
    }
    return handleCommand(line, this.#handlers, turn);
  }

  answer(answer: Pop3Answer, turn: Turn): void {
    switch (answer.kind) {
      case "opened": {
        const maildrop = new Maildrop(answer.maildrop);
        const method = this.#attempt?.mechanism ?? "USER";
        turn.log(
          "info",
          `pop3-login: Login: user=<${answer.user}>, method=${method}, ${connectionWords(turn.connection)}`,
        );
        turn.enter(new Transaction(answer.user, maildrop));
        turn.send(formatOk("Logged in."));
        return;
      }
      case "refused":
        return this.#refuse(turn);
      case "unavailable":
        return turn.send(formatError("Temporary authentication failure.", "SYS/TEMP"));
      case "inUse":
        return turn.send(formatError(answer.text, "IN-USE"));
      case "failed":
        return turn.send(formatError(answer.text, "SYS/TEMP"));
      default:
        throw new Error(`answer ${answer.kind} before the login`);
    }
  }

  farewell(reason: string, turn: Turn): string {
    const seconds = Math.max(0, Math.floor((turn.nowMs - turn.connection.openedMs) / 1000));
    const what = this.#failures > 0
      ? `auth failed, ${this.#failures} attempts in ${seconds} secs`
      : this.#triedCleartext
      ? "tried to use disallowed cleartext auth"
      : `no auth attempts in ${seconds} secs`;
    const user = `user=<${this.#attempt?.user ?? this.#user ?? ""}>`;
    const method = this.#attempt === undefined ? "" : `, method=${this.#attempt.mechanism}`;
    return `pop3-login: Disconnected: ${reason} (${what}): ${user}${method}, ${
      connectionWords(turn.connection)
    }`;
  }

  #offer(turn: Turn) {
    const cleartext = this.#allowsCleartext(turn);
    const mechanisms = saslMechanisms.filter((mechanism) =>
      isOffered(mechanism, turn) && (cleartext || !mechanism.plaintext)
    );
    return {
      loggedIn: false,
      stls: this.#offersStls(turn),
      cleartext,
      mechanisms: mechanisms.map((mechanism) => mechanism.name),
    };
  }

  #offersStls(turn: Turn): boolean {
    return turn.settings.offerStls && turn.connection.tls === undefined;
  }

  #allowsCleartext(turn: Turn): boolean {
    const { settings, connection } = turn;
    return settings.allowCleartext || connection.tls !== undefined ||
      (settings.allowCleartextOnLoopback && isLocal(connection));
  }

  #stls(argument: string, turn: Turn): void {
    if (turn.connection.tls !== undefined) return turn.send(formatError("TLS is already active."));
    if (!turn.settings.offerStls) return turn.send(formatError("TLS support isn't enabled."));
    // RFC 2595 §4: no arguments. Taking some would start TLS for a client that meant something else.
    if (argument.trim() !== "") return turn.send(formatError("STLS takes no arguments."));
    turn.send(formatOk("Begin TLS negotiation now."));
    turn.startTls();
  }

  #userCommand(argument: string, turn: Turn): void {
    if (!this.#allowsCleartext(turn)) return this.#refuseCleartext(turn);
    if (argument === "") return turn.send(formatError("No username given."));
    this.#user = argument;
    turn.send(formatOk());
  }

  #pass(argument: string, turn: Turn): void {
    const user = this.#user;
    if (!this.#allowsCleartext(turn)) return this.#refuseCleartext(turn);
    if (user === undefined) return turn.send(formatError("No username given."));
    this.#user = undefined;
    this.#login({ user, mechanism: "USER" }, argument, turn);
  }

  #auth(argument: string, turn: Turn): void {
    const [name = "", initial, ...more] = argument.trimEnd().split(" ");
    // Not in RFC 5034: old clients ask so which mechanisms there are.
    if (name === "") return turn.send(formatMultiline("+OK", this.#offer(turn).mechanisms));
    const mechanism = findMechanism(name);
    if (mechanism === undefined || !isOffered(mechanism, turn)) {
      return turn.send(formatError("Unsupported authentication mechanism."));
    }
    if (mechanism.plaintext && !this.#allowsCleartext(turn)) return this.#refuseCleartext(turn);
    if (more.length > 0) return turn.send(formatError("Invalid base64 data in initial response."));
    this.#begin(mechanism, initial, turn);
  }

  #begin(mechanism: SaslMechanism, initial: string | undefined, turn: Turn): void {
    const octets = initial === undefined ? undefined : decodeInitialResponse(initial);
    if (initial !== undefined && octets === undefined) {
      return turn.send(formatError("Invalid base64 data in initial response."));
    }
    const sasl = mechanism.create();
    this.#exchange = { mechanism: mechanism.name, sasl };
    this.#saslStep(sasl.begin(octets), turn);
  }

  #saslLine(line: string, turn: Turn): void {
    const { sasl } = this.#exchange!;
    const octets = decodeBase64(line);
    if (line === "*" || octets === undefined) {
      this.#exchange = undefined;
      // RFC 5034 §4: a lone asterisk cancels the exchange.
      const text = line === "*"
        ? "Authentication aborted by client."
        : "Invalid base64 data in continued response.";
      return turn.send(formatError(text));
    }
    this.#saslStep(sasl.respond(octets), turn);
  }

  #saslStep(step: SaslStep, turn: Turn): void {
    if (step.kind === "challenge") return turn.send(formatChallenge(encodeBase64(step.data)));
    const { mechanism } = this.#exchange!;
    this.#exchange = undefined;
    if (step.kind === "malformed") {
      this.#attempt = { user: "", mechanism };
      return this.#refuse(turn);
    }
    // Nobody may act for somebody else (RFC 4616 §2 authorization identity).
    if (step.authorizationId !== step.user) {
      this.#attempt = { user: step.user, mechanism };
      return this.#refuse(turn);
    }
    this.#login({ user: step.user, mechanism }, step.password, turn);
  }

  #login(attempt: Attempt, password: string, turn: Turn): void {
    this.#attempt = attempt;
    const { user, mechanism } = attempt;
    // An empty password never reaches a check that might take it for another.
    if (password === "" || user.length > maxUserLength) return this.#refuse(turn);
    const { peer, tls } = turn.connection;
    turn.ask({ kind: "login", user, password, mechanism, peer, tls });
  }

  #refuse(turn: Turn): void {
    this.#failures++;
    turn.pause(turn.settings.failureDelayMs);
    this.#sayFailed("Authentication failed.", "AUTH", turn);
    if (this.#failures >= turn.settings.maxFailedLogins) turn.close("Too many failed logins");
  }

  #refuseCleartext(turn: Turn): void {
    this.#triedCleartext = true;
    this.#sayFailed(cleartextRefused, "AUTH", turn);
  }

  #sayFailed(text: string, code: ResponseCode, turn: Turn): void {
    turn.send(formatError(text, code));
  }

  #quit(turn: Turn): void {
    turn.send(formatOk("Logging out"));
    turn.close("Aborted login by logging out");
  }
}

function isOffered(mechanism: SaslMechanism, turn: Turn): boolean {
  return turn.settings.mechanisms.some((name) => name.toUpperCase() === mechanism.name);
}
