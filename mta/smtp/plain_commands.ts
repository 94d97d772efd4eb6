/** Commands that carry no mail: NOOP, HELP, VRFY, EXPN, ETRN, QUIT. */

import { needsSmtpUtf8, parsePath } from "../../tools/kit/mail/address.ts";
import { isValidDomain, parseAddressLiteral } from "../../tools/kit/mail/domain.ts";

import { refusalOf, refuse } from "./answer.ts";
import { type Command, words } from "./command.ts";
import type { CommandRow, Proceed, SessionView } from "./command_row.ts";
import { type Reply, reply } from "./reply.ts";

const ok = reply(250, "2.0.0", "Ok");
const bye = reply(221, "2.0.0", "Bye");
const notImplemented = reply(502, "5.5.1", "Error: command not implemented");
const vrfyDisabled = reply(502, "5.5.1", "VRFY command is disabled");
const badRecipient = reply(501, "5.1.3", "Bad recipient address syntax");
const undeclared = reply(553, "5.6.7", "Must declare SMTPUTF8 to send unicode address");

export const noopCommand: CommandRow = {
  verb: "NOOP",
  rfc: "RFC 5321 §4.1.1.9",
  junk: true,
  beforeTls: true,
  last: true,
  check: () => (session) => session.finish(ok),
};

export const quitCommand: CommandRow = {
  verb: "QUIT",
  rfc: "RFC 5321 §4.1.1.10",
  beforeTls: true,
  check: () => (session) => {
    session.hangup = true;
    session.finish(bye);
  },
};

/** `verbs`: those that the session's role knows. */
export function helpCommand(verbs: () => readonly string[]): CommandRow {
  return {
    verb: "HELP",
    rfc: "RFC 5321 §4.1.1.8",
    beforeTls: true,
    check: () => (session) =>
      session.finish(reply(214, "2.0.0", `Commands: ${[...verbs()].sort().join(" ")}`)),
  };
}

export const vrfyCommand: CommandRow = {
  verb: "VRFY",
  rfc: "RFC 5321 §4.1.1.6",
  junk: true,
  last: true,
  check: checkVrfy,
};

/** Who is behind an alias is nobody's business (RFC 5321 §7.3). */
export const expnCommand: CommandRow = {
  verb: "EXPN",
  rfc: "RFC 5321 §4.1.1.7",
  junk: true,
  last: true,
  check: () => notImplemented,
};

export const etrnCommand: CommandRow = {
  verb: "ETRN",
  rfc: "RFC 1985",
  roles: ["smtp", "submission"],
  junk: true,
  check: checkEtrn,
};

function checkVrfy(session: SessionView, command: Command): Reply | Proceed {
  const { settings } = session;
  if (settings.disableVrfy) return vrfyDisabled;
  const knowsUtf8 = settings.smtpUtf8 && session.hasKeyword("smtputf8");
  const [, before, keyword] = /^(.*?)(?:^|[ \t]+)(SMTPUTF8)$/i.exec(command.argument) ?? [];
  const smtpUtf8 = knowsUtf8 && keyword !== undefined;
  const shown = smtpUtf8 ? before! : command.argument;
  if (shown === "") {
    return reply(501, "5.5.4", `Syntax: VRFY address${settings.smtpUtf8 ? " [SMTPUTF8]" : ""}`);
  }
  const path = parsePath(shown, { strict: false });
  if (path.kind !== "ok" || path.path === "" || path.rest !== "") return badRecipient;
  if (!smtpUtf8 && needsSmtpUtf8(path.path)) return undeclared;
  const address = path.path;
  return (session) => {
    const { mail, facts } = session;
    const sender = mail.kind === "mail" ? mail.transaction.sender : undefined;
    session.ask({ kind: "verify", facts, sender, address, smtpUtf8 }, (answer) => {
      const refusal = refusalOf(session, answer, { where: "VRFY", recipient: address });
      if (refusal !== undefined) return refuse(session, refusal);
      // 252: taken, but that is not to say that it exists (RFC 5321 §3.5.3).
      session.finish(reply(252, "2.0.0", shown));
    });
  };
}

/**
 * No domain is in fast_flush_domains yet, so each is refused as Postfix refuses one that is not (RFC 1985 §5.2); replies to
 * ETRN have no enhanced status there either.
 */
function checkEtrn(session: SessionView, command: Command): Reply | Proceed {
  if (session.settings.heloRequired && session.helo === undefined) {
    return reply(503, undefined, "Error: send HELO/EHLO first");
  }
  if (session.mail.kind !== "none") return reply(503, undefined, "Error: MAIL transaction in progress");
  const [argument, ...more] = words(command.argument);
  if (argument === undefined || more.length > 0) return reply(500, undefined, "Syntax: ETRN domain");
  const domain = argument.replace(/^[@#]/, "");
  if (!isValidDomain(domain) && parseAddressLiteral(domain) === undefined) {
    return reply(501, undefined, "Error: invalid parameter syntax");
  }
  return (session) =>
    session.ask({ kind: "etrn", facts: session.facts, domain }, (answer) => {
      const refusal = refusalOf(session, answer, { where: "ETRN" });
      if (refusal !== undefined) return refuse(session, refusal);
      session.log("warning", `reject: ETRN ${domain.slice(0, 100)}... from ${session.clientLabel}`);
      session.finish(reply(459, undefined, `<${domain}>: service unavailable`));
    });
}
