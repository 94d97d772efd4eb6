/** MAIL, RCPT and RSET (RFC 5321 §4.1.1.2, §4.1.1.3, §4.1.1.5). Checks come in Postfix's order. */

import { needsSmtpUtf8, parsePath, splitAddress, unquoteLocalPart } from "../../tools/kit/mail/address.ts";
import { isValidDomain } from "../../tools/kit/mail/domain.ts";

import { logRefusal, refusalOf, refuse } from "./answer.ts";
import { afterKeyword, type Command } from "./command.ts";
import type { CommandRow, Proceed, SessionView } from "./command_row.ts";
import { isReply, type ParameterOptions, parseMailParameters, parseRcptParameters } from "./parameter.ts";
import type { EnvelopeRecipient, MailParameters } from "./question.ts";
import { type Reply, reply } from "./reply.ts";
import type { Session } from "./session.ts";
import type { OpenTransaction } from "./transaction.ts";

const heloFirst = reply(503, "5.5.1", "Error: send HELO/EHLO first");
const loginFirst = reply(530, "5.7.0", "Authentication required");
const nested = reply(503, "5.5.1", "Error: nested MAIL command");
const mailAfterBdat = reply(503, "5.5.1", "Error: MAIL after BDAT");
const mailSyntax = reply(501, "5.5.4", "Syntax: MAIL FROM:<address>");
const badSender = reply(501, "5.1.7", "Bad sender address syntax");
const tooBig = reply(552, "5.3.4", "Message size exceeds fixed limit");
const undeclared = reply(553, "5.6.7", "Must declare SMTPUTF8 to send unicode address");
const mailOk = reply(250, "2.1.0", "Ok");

const needMail = reply(503, "5.5.1", "Error: need MAIL command");
const rcptAfterBdat = reply(503, "5.5.1", "Error: RCPT after BDAT");
const rcptSyntax = reply(501, "5.5.4", "Syntax: RCPT TO:<address>");
const badRecipient = reply(501, "5.1.3", "Bad recipient address syntax");
const tooManyRecipients = reply(452, "4.5.3", "Error: too many recipients");
const rcptOk = reply(250, "2.1.5", "Ok");

const rsetSyntax = reply(501, "5.5.4", "Syntax: RSET");
const rsetOk = reply(250, "2.0.0", "Ok");

export const mailCommands: readonly CommandRow[] = [
  { verb: "MAIL", rfc: "RFC 5321 §4.1.1.2", check: checkMail },
  { verb: "RCPT", rfc: "RFC 5321 §4.1.1.3", check: checkRcpt },
  {
    verb: "RSET",
    rfc: "RFC 5321 §4.1.1.5",
    junk: true,
    check: (_, command) => {
      if (command.argument !== "") return rsetSyntax;
      return (session) => {
        session.resetMail();
        session.finish(rsetOk);
      };
    },
  },
];

function checkMail(session: SessionView, command: Command): Reply | Proceed {
  if (session.settings.heloRequired && session.helo === undefined) return heloFirst;
  // RFC 6409 §4.3: nobody submits without saying who he is.
  if (session.role === "submission" && session.login === undefined) return loginFirst;
  if (session.mail.kind === "spoiled") return mailAfterBdat;
  if (session.mail.kind !== "none") return nested;
  const text = afterKeyword(command.argument, "FROM");
  if (text === undefined) return mailSyntax;
  const path = readPath(text, session);
  if (path === undefined) return illegal(badSender, command);
  const parameters = parseMailParameters(path.rest, parameterOptions(session));
  if (isReply(parameters)) return parameters;
  const limit = session.settings.messageSizeLimit;
  if (limit > 0 && (parameters.size ?? 0) > limit) return refused(tooBig, path.address);
  if (!parameters.smtpUtf8 && needsSmtpUtf8(path.address)) return undeclared;
  return (session) => askMail(session, path.address, parameters);
}

function askMail(session: Session, sender: string, parameters: MailParameters): void {
  session.ask({ kind: "mail", facts: session.facts, sender, parameters }, (answer) => {
    const refusal = refusalOf(session, answer, { where: "MAIL", sender });
    if (refusal !== undefined) return refuse(session, refusal);
    session.mail = { kind: "mail", transaction: { sender, parameters, recipients: [], overshoot: 0 } };
    session.finish(mailOk);
  });
}

function checkRcpt(session: SessionView, command: Command): Reply | Proceed {
  const { mail, settings } = session;
  if (mail.kind === "none") return needMail;
  if (mail.kind !== "mail") return rcptAfterBdat;
  const { transaction } = mail;
  const text = afterKeyword(command.argument, "TO");
  if (text === undefined) return rcptSyntax;
  const path = readPath(text, session);
  if (path === undefined || path.address === "") return illegal(badRecipient, command);
  const parameters = parseRcptParameters(path.rest, parameterOptions(session));
  if (isReply(parameters)) return parameters;
  if (settings.recipientLimit > 0 && transaction.recipients.length >= settings.recipientLimit) {
    return (session) => {
      // Too many is no error of the client's, within reason: it sends the rest in another transaction (RFC 5321 §4.5.3.1.10).
      const forgiven = transaction.overshoot++ < settings.recipientOvershootLimit;
      session.finish(tooManyRecipients, forgiven);
    };
  }
  if (!transaction.parameters.smtpUtf8 && needsSmtpUtf8(path.address)) return undeclared;
  return (session) => askRcpt(session, transaction, { address: path.address, parameters });
}

function askRcpt(session: Session, transaction: OpenTransaction, recipient: EnvelopeRecipient): void {
  const { sender, parameters, recipients } = transaction;
  const accepted = recipients.length;
  session.ask({ kind: "rcpt", facts: session.facts, sender, parameters, recipient, accepted }, (answer) => {
    const refusal = refusalOf(session, answer, { where: "RCPT", sender, recipient: recipient.address });
    if (refusal !== undefined) return refuse(session, refusal);
    recipients.push(recipient);
    session.finish(rcptOk);
  });
}

/** The path behind `FROM:` or `TO:`; `undefined` when it is none that mail could come from or go to. */
function readPath(
  text: string,
  session: SessionView,
): { readonly address: string; readonly rest: string } | undefined {
  const parsed = parsePath(text, { strict: session.settings.strictEnvelopes });
  if (parsed.kind !== "ok") return undefined;
  const { localPart, domain } = splitAddress(parsed.path);
  // postconf(5) allow_min_user = no: no program shall take an address for an option.
  if (unquoteLocalPart(localPart).startsWith("-")) return undefined;
  if (domain === "" || domain.startsWith("[")) return { address: parsed.path, rest: parsed.rest };
  if (!isValidDomain(domain)) return undefined;
  // trivial-rewrite(8) strips one trailing dot.
  const address = domain.endsWith(".") ? `${localPart}@${domain.slice(0, -1)}` : parsed.path;
  return { address, rest: parsed.rest };
}

function parameterOptions(session: SessionView): ParameterOptions {
  return {
    smtpUtf8: session.settings.smtpUtf8 && session.hasKeyword("smtputf8"),
    dsn: session.hasKeyword("dsn"),
    requireTls: session.settings.requireTls && session.tls !== undefined &&
      session.hasKeyword("requiretls"),
  };
}

function illegal(refusal: Reply, command: Command): Proceed {
  return (session) => {
    const shown = command.argument.slice(command.argument.indexOf(":") + 1).trim();
    session.log(
      "warning",
      `Illegal address syntax from ${session.clientLabel} in ${command.verb} command: ${shown.slice(0, 200)}`,
    );
    session.finish(refusal);
  };
}

function refused(refusal: Reply, sender: string): Proceed {
  return (session) => {
    logRefusal(session, "MAIL", refusal, { sender });
    session.finish(refusal);
  };
}
