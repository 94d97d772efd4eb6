/** The end of a message, however it came: refuse what is wrong, have the rest made durable, and say so (RFC 5321 §4.2.5). */

import { logRefusal, refusalOf } from "./answer.ts";
import type { Intake, IntakeProblem } from "./intake.ts";
import type { SmtpAnswer } from "./question.ts";
import { type Reply, reply } from "./reply.ts";
import type { Session } from "./session.ts";
import { noMail, type OpenTransaction } from "./transaction.ts";

const tooBig = reply(552, "5.3.4", "Error: message file too big");
const tooManyHops = reply(554, "5.4.0", "Error: too many hops");

/** Octets for the sink; the sink is given up as soon as the message cannot be taken. */
export function passBody(session: Session, intake: Intake, bytes: Uint8Array): void {
  if (intake.problem !== undefined) session.giveUpMessage();
  else if (bytes.length > 0) session.emit({ kind: "body", bytes });
}

/** `via` tells which words the client gets. Ends the transaction and the command. */
export function endMessage(
  session: Session,
  transaction: OpenTransaction,
  intake: Intake,
  via: "DATA" | "BDAT",
): void {
  session.where = "END-OF-MESSAGE";
  session.sawBareLf ||= intake.sawBareLf;
  session.mail = noMail;
  if (intake.problem !== undefined) {
    session.giveUpMessage();
    return refuseAll(session, transaction, problemReply(session, transaction, intake.problem));
  }
  // From here on the message is the service's: it is kept or not, but no longer given up.
  session.sinkOpen = false;
  const { sender, parameters, recipients } = transaction;
  const { octets, has8Bit, messageId } = intake;
  session.ask({
    kind: "commit",
    facts: session.facts,
    transaction: { sender, parameters, recipients, octets, has8Bit, messageId },
  }, (answer) => finishCommitted(session, transaction, answer, queuedText(intake, via)));
}

function queuedText(intake: Intake, via: "DATA" | "BDAT"): (id: string) => string {
  return (id) => via === "DATA" ? `Ok: queued as ${id}` : `Ok: ${intake.wireOctets} bytes queued as ${id}`;
}

function finishCommitted(
  session: Session,
  transaction: OpenTransaction,
  answer: SmtpAnswer,
  text: (id: string) => string,
): void {
  if (answer.kind === "queued") {
    for (const line of answer.lines ?? []) session.log("info", line);
    forgive(session);
    const said = text(answer.id);
    if (session.role !== "lmtp") return session.finish(reply(250, "2.0.0", said));
    return finishAll(
      session,
      transaction.recipients.map(({ address }) => reply(250, "2.0.0", `<${address}> ${said}`)),
    );
  }
  if (answer.kind === "replies" && session.role === "lmtp") {
    if (answer.replies.some(({ code }) => code < 300)) forgive(session);
    return finishAll(session, answer.replies);
  }
  const { sender } = transaction;
  const envelope = { sender, recipient: onlyRecipient(transaction) };
  const refusal = refusalOf(session, answer, { where: "END-OF-MESSAGE", ...envelope });
  if (refusal === "hangup") return session.done(false);
  refuseAll(session, transaction, refusal ?? reply(451, "4.3.0", "Error: queue file write error"));
}

/** A message came through: earlier errors are forgiven, as Postfix does. */
function forgive(session: Session): void {
  session.errors = 0;
  session.junk = 0;
}

/** LMTP: one reply for each accepted recipient, in order (RFC 2033 §4.2). */
function refuseAll(session: Session, transaction: OpenTransaction, refusal: Reply): void {
  if (session.role !== "lmtp") return session.finish(refusal);
  finishAll(session, transaction.recipients.map(() => refusal));
}

function finishAll(session: Session, replies: readonly Reply[]): void {
  for (const each of replies) session.reply(each);
  session.done(replies.some(({ code }) => code < 400));
}

/** Also logs. */
export function problemReply(session: Session, transaction: OpenTransaction, problem: IntakeProblem): Reply {
  const { sender } = transaction;
  switch (problem) {
    case "tooBig":
      session.log("warning", "NOQUEUE: queue file size limit exceeded");
      return tooBig;
    case "tooManyHops":
      session.log("warning", "NOQUEUE: message rejected: hopcount exceeded");
      return tooManyHops;
    case "bareLf":
      logRefusal(session, "END-OF-MESSAGE", "bare <LF> received", {
        sender,
        recipient: onlyRecipient(transaction),
      });
      return bareLfReply(session);
  }
}

/** smtpd_forbid_bare_newline = reject. */
export function bareLfReply(session: Session): Reply {
  const { hostname, forbidBareNewlineRejectCode } = session.settings;
  return reply(forbidBareNewlineRejectCode, "5.5.2", `${hostname} Error: bare <LF> received`);
}

function onlyRecipient(transaction: OpenTransaction): string | undefined {
  return transaction.recipients[0]?.address;
}
