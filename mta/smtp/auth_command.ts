/** AUTH (RFC 4954): the exchange, base64 around it, and what it comes to. The password is checked elsewhere. */

import { decodeBase64, encodeBase64 } from "../../tools/kit/base/base64.ts";
import { latin1Text } from "../../tools/kit/base/bytes.ts";
import { decodeInitialResponse } from "../../tools/kit/sasl/initial_response.ts";
import type { SaslExchange, SaslStep } from "../../tools/kit/sasl/mechanism.ts";
import { findMechanism } from "../../tools/kit/sasl/mechanisms.ts";
import type { Line } from "../../tools/kit/wire/line_reader.ts";

import { refusalOf, refuse } from "./answer.ts";
import { type Command, words } from "./command.ts";
import type { CommandRow, Proceed, SessionView } from "./command_row.ts";
import type { SmtpAnswer } from "./question.ts";
import { type Reply, reply } from "./reply.ts";
import type { Session } from "./session.ts";

const heloFirst = reply(503, "5.5.1", "Error: send HELO/EHLO first");
const notEnabled = reply(503, "5.5.1", "Error: authentication not enabled");
const inTransaction = reply(503, "5.5.1", "Error: MAIL transaction in progress");
const already = reply(503, "5.5.1", "Error: already authenticated");
const encryptionRequired = reply(538, "5.7.11", "Encryption required for requested authentication mechanism");
const syntax = reply(501, "5.5.4", "Syntax: AUTH mechanism");
const unknownMechanism = reply(504, "5.5.4", "Error: authentication mechanism not supported");
const notBase64 = reply(501, "5.5.2", "Error: invalid base64 data in response");
const aborted = reply(501, "5.7.0", "Authentication aborted");
const tooLong = reply(500, "5.5.6", "SASL response limit exceeded");
const successful = reply(235, "2.7.0", "Authentication successful");
const unavailable = reply(454, "4.7.0", "Temporary authentication failure");

export const authCommand: CommandRow = {
  verb: "AUTH",
  rfc: "RFC 4954 §4",
  roles: ["smtp", "submission"],
  check: checkAuth,
};

function checkAuth(session: SessionView, command: Command): Reply | Proceed {
  const { settings } = session;
  if (settings.heloRequired && session.helo === undefined) return heloFirst;
  if (!settings.saslAuth || !session.hasKeyword("auth")) return notEnabled;
  if (session.mail.kind !== "none") return inTransaction;
  if (session.login !== undefined) return already;
  if (!session.offersAuth) return encryptionRequired;
  const [name, initial, ...more] = words(command.argument);
  if (name === undefined || more.length > 0) return syntax;
  const mechanism = findMechanism(name);
  if (mechanism === undefined) return unknownMechanism;
  const response = initial === undefined ? undefined : decodeInitialResponse(initial);
  if (initial !== undefined && response === undefined) return notBase64;
  return (session) => {
    const exchange = mechanism.create();
    follow(session, exchange, mechanism.name, exchange.begin(response));
  };
}

/** A line of the client's while an exchange is under way. */
export function respond(session: Session, exchange: SaslExchange, mechanism: string, line: Line): void {
  leave(session);
  if (line.kind === "tooLong") return session.finish(tooLong);
  const text = latin1Text(line.bytes).trimEnd();
  if (text === "*") {
    session.log("warning", `${session.clientLabel}: SASL ${mechanism} authentication aborted`);
    return session.finish(aborted);
  }
  const response = decodeBase64(text);
  if (response === undefined) return session.finish(notBase64);
  follow(session, exchange, mechanism, exchange.respond(response));
}

function follow(session: Session, exchange: SaslExchange, mechanism: string, step: SaslStep): void {
  switch (step.kind) {
    case "challenge":
      session.reply(reply(334, undefined, encodeBase64(step.data)));
      session.reader.maxOctets = session.settings.saslResponseLimit - 2;
      session.phase = { kind: "auth", exchange, mechanism };
      return;
    case "malformed":
      return fail(session, mechanism, step.reason, undefined);
    case "credentials": {
      const { user, password, authorizationId } = step;
      if (authorizationId.toLowerCase() !== user.toLowerCase()) {
        return fail(session, mechanism, "may not act for another", user);
      }
      session.ask(
        { kind: "login", facts: session.facts, mechanism, user, password },
        (answer) => conclude(session, mechanism, user, answer),
      );
    }
  }
}

function conclude(session: Session, mechanism: string, user: string, answer: SmtpAnswer): void {
  switch (answer.kind) {
    case "loggedIn":
      session.learn({ login: { user: answer.user, mechanism } });
      return session.finish(successful);
    case "loginRefused":
      return fail(session, mechanism, "authentication failure", user);
    case "reply":
    case "hangup": {
      const refusal = refusalOf(session, answer, { where: "AUTH" });
      return refuse(session, refusal ?? unavailable);
    }
    case "loginUnavailable":
    case "proceed":
    case "replies":
    case "queued":
      logFailure(session, mechanism, "authentication service unavailable", user);
      return session.finish(unavailable);
  }
}

/** Not who he says, or not said so that it can be checked. Guessing is slowed down. */
function fail(session: Session, mechanism: string, reason: string, user: string | undefined): void {
  logFailure(session, mechanism, reason, user);
  if (session.errors < session.settings.softErrorLimit) session.pause();
  session.finish(reply(535, "5.7.8", `Error: authentication failed: ${reason}`));
}

/** In the words that log watchers ban by. */
function logFailure(session: Session, mechanism: string, reason: string, user: string | undefined): void {
  session.log(
    "warning",
    `${session.clientLabel}: SASL ${mechanism} authentication failed: ${reason}, sasl_username=${
      user === undefined ? "(unavailable)" : user.slice(0, 100)
    }`,
  );
}

function leave(session: Session): void {
  session.reader.maxOctets = session.settings.lineLengthLimit - 2;
  session.expectCommand();
}
